"""Undo, from a toast."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from engagements import access
from engagements.services import undo
from engagements.services.refusals import Refused


@require_POST
def event_undo(request: HttpRequest, event: int) -> HttpResponse:
    """Takes one's own last change back, and draws the page that it was made on again."""
    found = access.get_own_event(request, event)
    try:
        undo.undo(event=found, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Undone.")
    if request.htmx:
        return HttpResponseClientRefresh()
    return redirect(_where_it_was(request))


def _where_it_was(request: HttpRequest) -> str:
    """The page with the toast; for browsers that keep it to themselves, Today."""
    address = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else reverse("today")
