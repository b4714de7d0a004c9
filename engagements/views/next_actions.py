"""Next actions: those of an engagement, and settling one (R51)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from engagements import access
from engagements.forms.next_actions import HandOnForm, NewActionForm, NextDayForm
from engagements.models import Engagement, NextAction
from engagements.selectors.days import on_day
from engagements.selectors.header import engagement_header
from engagements.selectors.next_actions import actions_page, drawn, histories, last_change, receivers
from engagements.services import next_actions
from engagements.services.escalations import those_who_answer
from engagements.services.refusals import Refused
from engagements.views.toasts import undo_url
from engagements.views.way_back import way_back
from engagements.walk import load_walks


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_actions(request: HttpRequest, pk: int) -> HttpResponse:
    """What is promised in an engagement and what became of it; a form promises something without a note."""
    if request.method == "POST":
        access.get_editable_engagement(request, pk)
    engagement, today = access.get_engagement(request, pk), timezone.localdate()
    header = engagement_header(next(load_walks([engagement], today)), request.user)
    back = way_back(request, reverse("engagement_actions", args=[pk]))
    form, status = None, 200
    if header["may_edit"]:
        team = [row.user for row in header["team"]]
        form = NewActionForm(request.POST or None, people=team, user=request.user, today=today)
    if request.method == "POST" and form is not None:
        if form.is_valid() and _added(request, pk, form):
            return redirect(back)
        status = 422
    context = {"nav": "portfolio", "header": header, "form": form, "next": request.GET.get("next") and back}
    return render(
        request, "engagements/engagement_actions.html", context | actions_page(engagement, today), status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
def next_action(request: HttpRequest, action: int) -> HttpResponse:
    """Done, taken back, another day, or handed on; ``done``, ``undo``, ``due`` and ``hand-to`` say which."""
    found, engagement = access.get_next_action(request, action)
    if request.method != "POST":
        return _draw(request, found, engagement)
    if not engagement.may_settle:
        raise PermissionDenied("You may read this next action, not settle it.")
    if "undo" in request.POST or "undo" in request.GET:
        next_actions.unfinish(action_id=action, by=request.user)
        said = f"Open again: {found.text}"
        if not request.htmx:
            return _back(request, found, said)
        messages.success(request, said)
        return HttpResponseClientRefresh()
    if "done" in request.POST:
        next_actions.finish(action_id=action, by=request.user)
        return _settled(request, found, f"Done: {found.text}", f"{reverse('next_action', args=[action])}?undo=1")
    return _handed_on(request, found, engagement) if "hand-to" in request.POST else _moved(request, found, engagement)


def _added(request: HttpRequest, pk: int, form: NewActionForm) -> bool:
    values = {name: form.cleaned_data[name] for name in ("text", "due_on", "owner")}
    try:
        next_actions.add(engagement_id=pk, by=request.user, **values)
    except Refused as refusal:
        form.add_error(refusal.field, refusal.message)
        return False
    messages.success(request, f"Promised for {on_day(values['due_on'], timezone.localdate())}: {values['text']}")
    return True


def _moved(request: HttpRequest, action: NextAction, engagement: Engagement) -> HttpResponse:
    today = timezone.localdate()
    form = NextDayForm(request.POST, today=today)
    if form.is_valid():
        to, why = form.cleaned_data["due"], form.cleaned_data["why"]
        try:
            next_actions.move(action_id=action.pk, to=to, by=request.user, why=why)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            said = f"Moved to {on_day(to, today)}: {action.text}"
            return _settled(request, action, said, undo_url(last_change(action).first()))
    return _draw(request, action, engagement, day=form, status=422)


def _handed_on(request: HttpRequest, action: NextAction, engagement: Engagement) -> HttpResponse:
    form = HandOnForm(request.POST, people=_receivers(action, engagement))
    if form.is_valid():
        to = form.cleaned_data["to"]
        try:
            next_actions.hand_on(action_id=action.pk, to=to, by=request.user, why=form.cleaned_data["why"])
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            said = f"{to} has it now, and hears of it: {action.text}"
            return _settled(request, action, said, undo_url(last_change(action).first()))
    return _draw(request, action, engagement, hand=form, status=422)


def _settled(request: HttpRequest, action: NextAction, said: str, undo: str) -> HttpResponse:
    """Nothing in place of the row that was swapped, and a toast that says why; otherwise back to where one was."""
    if request.htmx:
        return trigger_client_event(HttpResponse(), "toast", {"text": said, "undo": undo})
    return _back(request, action, said, undo)


def _back(request: HttpRequest, action: NextAction, said: str, undo: str = "") -> HttpResponse:
    messages.success(request, said, extra_tags=undo)  # the toast offers Undo there
    return redirect(_next_address(request, action))


def _next_address(request: HttpRequest, action: NextAction) -> str:
    return way_back(request, reverse("engagement_notes", args=[action.engagement_id]))


def _receivers(action: NextAction, engagement: Engagement) -> list:
    return receivers(action, engagement, those_who_answer(engagement.tenant))


def _draw(
    request: HttpRequest,
    action: NextAction,
    engagement: Engagement,
    *,
    day: NextDayForm | None = None,
    hand: HandOnForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "nav": "portfolio",
        "engagement": engagement,
        "action": drawn(action, today),
        "may_settle": engagement.may_settle,
        "form": day or NextDayForm(today=today, initial={"due": action.due_on}),
        "hand": hand or HandOnForm(people=_receivers(action, engagement)),
        "history": histories([action], today)[action.pk],
        "next": _next_address(request, action),
    }
    return render(request, "engagements/next_action.html", context, status=status)
