"""One's own account, and the page of components for developers."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from engagements.forms.account import HoursForm, RemindersForm
from engagements.models import CalendarFeed, User
from engagements.selectors.account import where_assigned
from engagements.services import people
from fasttrack.components_page import components_page


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Name, roles, password; zone, morning and quiet hours; which reminders come how."""
    # A copy: a refused time zone must not become the clock of this very page.
    person = User.objects.get(pk=request.user.pk)
    chosen = dict(person.reminder_choices.values_list("kind", "how"))
    is_about_reminders = request.POST.get("do") == "reminders"
    hours = HoursForm(request.POST if request.method == "POST" and not is_about_reminders else None, instance=person)
    wanted = RemindersForm(request.POST if is_about_reminders else None, chosen=chosen)
    if hours.is_bound and hours.is_valid():
        people.set_hours(person=hours.instance, now=timezone.now())
        messages.success(request, "Your hours are saved.")
        return redirect("account")
    if wanted.is_bound and wanted.is_valid():
        people.choose_reminders(person=person, how=wanted.cleaned_data)
        messages.success(request, "Your choice is saved.")
        return redirect(reverse("account") + "#reminders")
    status = 422 if hours.errors or wanted.errors else 200
    return account_page(request, form=hours, reminders_form=wanted, status=status)


def account_page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page, with fresh forms where none is given; ``calendar_address`` is shown where it is given."""
    person = request.user
    if "form" not in more:
        chosen = dict(person.reminder_choices.values_list("kind", "how"))
        more |= {"form": HoursForm(instance=person), "reminders_form": RemindersForm(chosen=chosen)}
    context = {
        "person": person,
        "groups": list(person.groups.order_by("name").values_list("name", flat=True)),
        "roles": where_assigned(person),
        "calendar": CalendarFeed.objects.filter(user=person).first(),
        **more,
    }
    return render(request, "engagements/account.html", context, status=status)


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state; only where the settings say DEBUG."""
    if not settings.DEBUG:
        raise Http404("The components are shown to developers only.")
    return components_page(request)
