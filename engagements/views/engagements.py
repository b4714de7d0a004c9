"""An engagement as a whole: the workspace, and whether it is open, parked or closed."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from engagements import access
from engagements.forms.engagements import MovedForm, NothingAsked, ParkForm, ReopenForm
from engagements.models import Engagement, User
from engagements.selectors.beside import beside
from engagements.selectors.closing import after_the_end
from engagements.selectors.header import engagement_header
from engagements.selectors.scope import engagement_runs
from engagements.selectors.state import engagement_standing
from engagements.selectors.workspace import Filters, reader_of, workspace
from engagements.services import closing
from engagements.services import engagements as services
from engagements.services.refusals import Refused
from engagements.walk import Walk, load_walks

# What one may do with an engagement: the form, the service that does it, and what is said afterwards.
DOINGS = {
    "park": (ParkForm, services.park_engagement, "The engagement is parked."),
    "resume": (NothingAsked, services.resume_engagement, "The engagement goes on."),
    "reopen": (ReopenForm, closing.reopen_engagement, "The engagement is open again."),
    "moved": (MovedForm, closing.confirm_move, "The move is confirmed. The FastTrack Manager can be unassigned now."),
    "left": (NothingAsked, closing.unassign_manager, "The FastTrack Manager is unassigned."),
    "looked": (NothingAsked, closing.finish_follow_up, "Nothing is promised here any more."),
}
DATED = ("park", "moved")


@require_safe
@vary_on_headers("HX-Request")
def engagement_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The workspace: every step by process, with filters that change the list alone."""
    walk = _walk(request, pk)
    header = engagement_header(walk, request.user, on_workspace=True)
    reader = reader_of(request.user, header)
    page = workspace(walk, reader, Filters.from_query(request.GET, walk, reader))
    context = {"nav": "portfolio", "header": header, **page}
    if _wants_fragment(request):
        return render(request, "engagements/_steps.html", {**context, "oob": True})
    return render(request, "engagements/engagement_detail.html", {**context, "beside": beside(walk, reader)})


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_state(request: HttpRequest, pk: int) -> HttpResponse:
    """What it runs, and parking, resuming or reopening it; ``do`` names which. What is open informs."""
    walk = _walk(request, pk)
    allowed = _allowed(request, walk.engagement)
    asked = {name: DOINGS[name][0]() for name in allowed}
    status = 200
    if request.method == "POST":
        name = request.POST.get("do", "")
        if name not in allowed:
            raise PermissionDenied("You may not change the state of this engagement in this way.")
        asked[name] = form = DOINGS[name][0](request.POST)
        if form.is_valid() and _changed(request, pk, name, form):
            # Who unassigned themselves does not see the engagement any more.
            sees = Engagement.objects.visible_to(request.user).filter(pk=pk).exists()
            return redirect(walk.engagement) if sees else redirect("today")
        status = 422
    context = {"nav": "portfolio", "engagement": walk.engagement, "forms": asked}
    context |= engagement_standing(walk, request.user) | {"runs": engagement_runs(walk)}
    context["after"] = after_the_end(walk.engagement, walk.today)
    return render(request, "engagements/engagement_state.html", context, status=status)


def _walk(request: HttpRequest, pk: int) -> Walk:
    return next(load_walks([access.get_engagement(request, pk)], timezone.localdate()))


def _wants_fragment(request: HttpRequest) -> bool:
    return bool(request.htmx) and not request.htmx.history_restore_request


def _allowed(request: HttpRequest, engagement: Engagement) -> list[str]:
    """What this person may do with an engagement in this state."""
    if engagement.status == Engagement.Status.CLOSED:
        return _after_the_end(engagement, request.user) if access.may_reopen(request.user, engagement) else []
    if not engagement.may_edit:
        return []
    return ["resume", "park"] if engagement.status == Engagement.Status.PARKED else ["park"]


def _after_the_end(engagement: Engagement, user: User) -> list[str]:
    """All that is left to those who worked on a closed engagement (R27)."""
    moves = bool(engagement.queue) and not engagement.queue_moved_on
    looks = engagement.next_actions.filter(done_at=None, note=None).exists()
    leaves = closing.leaving_manager(engagement, user) is not None
    return [*["moved"] * moves, *["left"] * leaves, *["looked"] * looks, "reopen"]


def _changed(request: HttpRequest, pk: int, name: str, form: forms.Form) -> bool:
    """Calls the service; a refusal stands beside the field that it is about."""
    _, do, said = DOINGS[name]
    dated = {"today": timezone.localdate()} if name in DATED else {}
    try:
        do(engagement_id=pk, by=request.user, **dated, **form.cleaned_data)
    except Refused as refused:
        form.add_error(refused.field, refused.message)
        return False
    messages.success(request, said)
    return True
