"""Confirming what a process ends with."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from engagements import access
from engagements.selectors.exits import key_output
from engagements.services import exits
from engagements.services.refusals import Refused
from engagements.walk import load_walk


@require_http_methods(["GET", "HEAD", "POST"])
def key_output_confirm(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """A person says in words that a key output holds, where no record can tell."""
    engagement = access.get_editable_engagement(request, pk)
    today = timezone.localdate()
    spec = key_output(load_walk(pk, today), line)
    if spec is None:
        raise Http404("This engagement's edition has no key output by that number that a person confirms.")
    error, text = "", request.POST.get("text", "")
    if request.method == "POST":
        try:
            exits.confirm_key_output(engagement_id=pk, line=spec, text=text, by=request.user, today=today)
            messages.success(request, "Confirmed.")
            return redirect(engagement)
        except Refused as refusal:
            error = refusal.message
    page = {"nav": "portfolio", "back": engagement.get_absolute_url(), "line": spec, "text": text, "error": error}
    page["back_label"] = engagement.tenant.name
    return render(request, "engagements/key_output_confirm.html", page, status=422 if error else 200)
