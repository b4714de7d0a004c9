"""Setting the status of an FTOP number, in place, with Undo."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget, trigger_client_event

from engagements import access
from engagements.gate import GateClosed
from engagements.selectors.checklist import place_url
from engagements.selectors.task_rows import task_row
from engagements.services import tasks
from engagements.services.refusals import Refused
from engagements.views.steps import _body, _number
from engagements.walk import load_walk


@require_POST
def task_status(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Answers the step it was set at (``?step=process/step``), or the one row of the tasks tab."""
    access.get_editable_engagement(request, pk)
    today = timezone.localdate()
    status = request.POST.get("status") or request.GET.get("status", "")
    walk = load_walk(pk, today)
    at = request.GET.get("step")
    if at and at not in {f"{process.slug}/{step.slug}" for _, process, step in walk.edition.steps()}:
        raise Http404("This engagement's edition of the playbook has no such step.")
    before = walk.task_state(number)[0]
    error = ""
    try:
        tasks.set_task_status(
            engagement_id=pk,
            number=number,
            status=status,
            by=request.user,
            today=today,
            reason=request.POST.get("reason", ""),
            percent=_number(request.POST.get("percent")),
        )
    except tasks.NeedsWaiver as needed:
        return _to_waiver(request, number, needed)
    except Refused as refusal:
        error = refusal.message
    except GateClosed as closed:
        left = len(closed.verdict.blockers)
        error = (
            f"Task {number} closes with its step: {left} still left there, first “{closed.verdict.blockers[0].text}”."
        )
    answer = _answer(request, pk, number, error)
    if error or not request.htmx:
        return answer
    undo = f"{reverse('task_status', args=[pk, number])}?{urlencode({**request.GET.dict(), 'status': before})}"
    toast = {"text": f"Task {number} is {status}.", "undo": undo, "within": "#step-body" if at else ""}
    answer = trigger_client_event(answer, "toast", toast)
    return trigger_client_event(answer, "focus", {"value": f"#task-{number}-status"})


def _to_waiver(request: HttpRequest, number: int, needed: tasks.NeedsWaiver) -> HttpResponse:
    """To the page that asks for the reason, with the task chosen there."""
    messages.info(request, needed.message)
    address = place_url(needed.place, "waiver_ask", what=f"task-{number}")
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _answer(request: HttpRequest, pk: int, number: int, error: str) -> HttpResponse:
    process, _, step = request.GET.get("step", "").partition("/")
    if step:
        if error:
            messages.error(request, error)
        answer = _body(request, pk, process, step, frozenset())
        return reswap(retarget(answer, "#step-body"), "outerHTML") if request.htmx else answer
    if not request.htmx:
        if error:
            messages.error(request, error)
        return redirect("engagement_tasks", pk)
    row = task_row(load_walk(pk, timezone.localdate()), number, error)
    answer = render(request, "components/task_row.html", {"task": row}, status=422 if error else 200)
    return reswap(retarget(answer, f"#task-{number}"), "outerHTML")  # Undo asks from a toast, not from the row
