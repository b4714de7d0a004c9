"""The ledger of reminders: one's own, and those of an engagement."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from engagements import access
from engagements.selectors.reminders import my_reminders, reminders_of


@require_safe
def reminders(request: HttpRequest) -> HttpResponse:
    """What was promised to the reader, and why it did or did not come."""
    return render(request, "engagements/reminders.html", my_reminders(request.user, request.GET))


@require_safe
def engagement_reminders(request: HttpRequest, pk: int) -> HttpResponse:
    """What an engagement promised to whom."""
    engagement = access.get_engagement(request, pk)
    crumbs = [
        {"label": engagement.tenant.customer.name, "url": engagement.get_absolute_url()},
    ]
    context = {"nav": "portfolio", "engagement": engagement, "crumbs": crumbs, "everybody": True}
    context |= reminders_of(engagement, request.user, request.GET)
    return render(request, "engagements/reminders.html", context)
