"""Ending an engagement: what is left of each service, what would be left behind, and how it ended."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from engagements import access
from engagements.forms.engagements import CloseForm
from engagements.selectors.closing import closing_choices, closing_page
from engagements.services.closing import close_engagement
from engagements.services.refusals import Refused
from engagements.walk import load_walks


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_closing(request: HttpRequest, pk: int) -> HttpResponse:
    """An RFA is disengaged service by service (R25, R26); what is open informs, and the outcome says how it ended."""
    if request.method == "POST":
        access.get_editable_engagement(request, pk)
    engagement, today = access.get_engagement(request, pk), timezone.localdate()
    walk = next(load_walks([engagement], today))
    form = None
    if engagement.may_edit:
        form = CloseForm(request.POST if request.method == "POST" else None, **closing_choices(walk, request.user))
    if request.method == "POST" and form.is_valid():
        try:
            close_engagement(engagement_id=pk, by=request.user, today=today, **form.values())
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, "The engagement is closed.")
            return redirect("engagement_state", pk)
    context = {"nav": "portfolio", "engagement": engagement, "form": form, **closing_page(walk, request.user)}
    status = 422 if form is not None and form.errors else 200
    return render(request, "engagements/engagement_closing.html", context, status=status)
