"""Confirming what a process ends with."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from engagements import access
from engagements.selectors.exits import key_output
from engagements.services import exits
from engagements.services.refusals import Refused
from engagements.walk import load_walk


@require_http_methods(["GET", "HEAD", "POST"])
def key_output_confirm(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """A person says in words that a key output holds, where no record can tell. ``?from=state`` goes back there."""
    engagement = access.get_editable_engagement(request, pk)
    today = timezone.localdate()
    found = key_output(load_walk(pk, today), line)
    if found is None:
        raise Http404("This engagement's edition has no key output by that number that a person confirms.")
    process, spec = found
    if not access.may_use_page(request.user, process):
        raise PermissionDenied("This page is for Microsoft staff. Somebody else of the team confirms it.")
    back = (
        reverse("engagement_state", args=[pk]) if request.GET.get("from") == "state" else engagement.get_absolute_url()
    )
    error, text = "", request.POST.get("text", "")
    if request.method == "POST":
        try:
            exits.confirm_key_output(engagement_id=pk, line=spec, text=text, by=request.user, today=today)
            messages.success(request, "Confirmed.")
            return redirect(back)
        except Refused as refusal:
            error = refusal.message
    page = {"nav": "portfolio", "back": back, "line": spec, "text": text, "error": error}
    page["back_label"] = engagement.tenant.name
    return render(request, "engagements/key_output_confirm.html", page, status=422 if error else 200)
