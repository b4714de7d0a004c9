"""Asking to do without, and deciding on it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from engagements import access
from engagements.models import Engagement, Waiver
from engagements.selectors.step_page import open_lines
from engagements.services import waivers
from engagements.services.refusals import AlreadyCompleted, Refused
from engagements.views.steps import _number, _writable
from engagements.views.way_back import way_back
from engagements.walk import load_walk


@require_http_methods(["GET", "HEAD", "POST"])
def waiver_ask(request: HttpRequest, pk: int, process: str, step: str) -> HttpResponse:
    """Chooses one open line or mandatory task and says why the step can do without it."""
    at = _writable(request, pk, process, step)
    needed = [row for row, applies in at.place.tasks if applies.applies and applies.mandatory]
    kind, _, chosen = (request.POST.get("what") or request.GET.get("what", "")).partition("-")
    error, field = "", ""
    if request.method == "POST":
        what = {"requirement": _number(chosen)} if kind == "line" else {"number": _number(chosen)}
        try:
            asked = waivers.ask_waiver(
                **at.where, **what, by=request.user, today=at.today, reason=request.POST.get("reason", "")
            )
            messages.success(request, f"Waiver requested. {waivers.who_decides(request.user)}")
            return redirect(f"{at.place.url}#waiver-{asked.pk}")
        except Refused as refusal:
            error, field = refusal.message, refusal.field or ""
        except AlreadyCompleted as faster:
            error = str(faster)
    context = {
        "nav": "portfolio",
        "place": at.place,
        "lines": open_lines(at.place),
        "tasks": needed,
        f"chosen_{kind}": _number(chosen),
        "reason": request.POST.get("reason", ""),
        "error": error,
        "field": field,
    }
    return render(request, "engagements/waiver_ask.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def waiver_decide(request: HttpRequest, waiver: int) -> HttpResponse:
    """A team manager grants or refuses; whoever asked cannot decide."""
    row = get_object_or_404(
        Waiver.objects.select_related("run__step__process", "requirement", "task", "asked_by"), pk=waiver
    )
    if not Engagement.objects.visible_to(request.user).filter(pk=row.run.engagement_id).exists():
        raise Http404("There is no such waiver, or it is not one of yours.")
    if not access.may_waive(request.user) or row.asked_by_id == request.user.pk:
        raise PermissionDenied("A team manager other than the person who asked decides on a waiver.")
    error = ""
    if request.method == "POST":
        try:
            waivers.decide_waiver(
                waiver_id=row.pk,
                by=request.user,
                today=timezone.localdate(),
                grant=request.POST.get("decision") == "grant",
                answer=request.POST.get("answer", ""),
            )
            messages.success(request, "Decided. The person who asked sees it in the step.")
            return redirect(way_back(request, reverse("today")))
        except Refused as refusal:
            error = refusal.message
    walk = load_walk(row.run.engagement_id, timezone.localdate())
    place = walk.place(row.run.step.key, row.run.service_id)
    context = {"nav": "today", "waiver": row, "place": place, "engagement": walk.engagement, "error": error}
    return render(request, "engagements/waiver_decide.html", context, status=422 if error else 200)
