"""The step page: where an FM works, writes one note, ticks what it documents, and completes."""

from copy import copy
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from engagements import access
from engagements.applicability import NO, YES
from engagements.forms.notes import NoteForm, typed_again
from engagements.gate import GateClosed
from engagements.models import Engagement, Note, Receipt
from engagements.selectors import people
from engagements.selectors.checklist import place_url, takes_statement
from engagements.selectors.composer import Composer, composer_at, ticks_of
from engagements.selectors.guidance import guidance
from engagements.selectors.mentions import people_named, preview
from engagements.selectors.questions import ask_id, asks
from engagements.selectors.step_page import StepPage, asked_category, line_of
from engagements.services import conditions, notes, steps
from engagements.services.refusals import AlreadyCompleted, Refused
from engagements.walk import Place, load_walks


@require_safe
def step_detail(request: HttpRequest, pk: int, process: str, step: str) -> HttpResponse:
    """What the step asks for, what is there, and the note that documents the rest."""
    page = StepPage(_place(request, pk, process, step), request.user)
    if not page.may_write:
        return _page(request, page)
    composer = _composer(page)
    draft = composer.begun(_number(request.GET.get("draft")))
    if draft:
        page.ticked = ticks_of(draft.values)
    return _page(request, page, _note_form(page, composer=composer, draft=draft))


@require_POST
def step_complete(request: HttpRequest, pk: int, process: str, step: str) -> HttpResponse:
    """Closes the step, or refuses with everything that is left."""
    at = _writable(request, pk, process, step)
    try:
        steps.complete_step(**at.where, by=request.user, today=at.today, with_tasks="with_tasks" in request.POST)
    except GateClosed:
        return _refused(request, at, lambda page: page.gate(refused=True))
    except AlreadyCompleted as faster:
        receipt = faster.receipt
        return _refused(request, at, lambda page: _faster(page, receipt))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Step completed.")
    return _to(request, at.place)


@require_POST
def step_note(request: HttpRequest, pk: int, process: str, step: str) -> HttpResponse:
    """Saves the composer's note with the lines it documents; invalid text comes back as it was typed."""
    at = _writable(request, pk, process, step)
    page = StepPage(at.place, request.user, _ticked(request))
    composer = _composer(page)
    if again := typed_again(request.POST, composer):
        form = _note_form(page, composer=composer, initial=again)
        if "preview" in request.POST:
            form.preview = preview(page.engagement, again["body"])
        return _page(request, page, form)
    form = _note_form(page, request.POST, composer=composer)
    if not form.is_valid():
        return _page(request, page, form, status=422)
    here = notes.StepPlace(at.place.step.key, at.service_id, tuple(page.ticked))
    try:
        note, _ = notes.write_note(engagement_id=pk, note=form.note(), by=request.user, today=at.today, at_step=here)
    except Refused as refusal:
        form.refused(refusal)
        return _page(request, page, form, status=422)
    except AlreadyCompleted as faster:
        who = people.names([faster.receipt.completed_by_id]).get(faster.receipt.completed_by_id, "Somebody")
        messages.warning(request, f"{who} completed this step meanwhile. Your note is saved.")
        return _to(request, at.place)
    if unreached := people_named(page.engagement, note.body).said():
        messages.warning(request, unreached)
    if not request.htmx:
        messages.success(request, "Note saved.")
        return redirect(place_url(at.place, "step_detail"))
    page = StepPage(_place(request, pk, process, step), request.user)
    answer = _page(request, page)
    left, total = len(page.place.verdict.blockers), page.place.verdict.total
    said = f"Note saved. {left} of {total} left." if left else "Note saved. Nothing is left."
    answer = trigger_client_event(answer, "announce", {"value": said})
    answer = trigger_client_event(answer, "kept", {"value": "clear"})
    return trigger_client_event(answer, "focus", {"value": _next_focus(page)})


@require_POST
def step_route(request: HttpRequest, pk: int, process: str, step: str) -> HttpResponse:
    """Takes one of several routes; the ticks of the unsaved note stay."""
    at = _writable(request, pk, process, step)
    group, route = _number(request.POST.get("group")), _number(request.POST.get("route"))
    try:
        steps.choose_route(**at.where, group=group, route=route, by=request.user, today=at.today)
    except (Refused, AlreadyCompleted) as refusal:
        messages.error(request, str(refusal))
        return _to(request, at.place)
    ticked = _ticked(request)
    return _body(request, pk, process, step, ticked)


@require_http_methods(["GET", "HEAD", "POST"])
def step_statement(request: HttpRequest, pk: int, process: str, step: str) -> HttpResponse:
    """A person states in words that a line holds, where no note is asked for."""
    at = _writable(request, pk, process, step)
    line = line_of(at.place, _number(request.GET.get("line")))
    if line is None or not takes_statement(line):
        raise Http404("No line of this step takes a statement by that number.")
    error, text = "", request.POST.get("text", "")
    if request.method == "POST":
        try:
            steps.state_line(**at.where, requirement=line.id, text=text, by=request.user, today=at.today)
            return redirect(place_url(at.place, "step_detail") + f"#line-{line.id}")
        except (Refused, AlreadyCompleted) as refusal:
            error = str(refusal)
    page = {"nav": "portfolio", "place": at.place, "line": line, "text": text, "error": error}
    return render(request, "engagements/step_statement.html", page, status=422 if error else 200)


@require_safe
def step_evidence(request: HttpRequest, pk: int, process: str, step: str) -> HttpResponse:
    """What documents one line, with a way to take a wrong link away."""
    at = _writable(request, pk, process, step)
    line = line_of(at.place, _number(request.GET.get("line")))
    if line is None:
        raise Http404("This step has no such line.")
    rows = [row for row in at.place.run.evidence_rows if row.requirement_id == line.id] if at.place.run else []
    names = people.names(row.by_id for row in rows)
    links = [
        {
            "what": f"{Note.Category(row.category).label} note" if row.note_id else f"“{row.text}”",
            "at": row.at,
            "by": names.get(row.by_id, ""),
            "url": place_url(at.place, "step_unlink", row.pk),
        }
        for row in rows
    ]
    return render(
        request, "engagements/step_evidence.html", {"nav": "portfolio", "place": at.place, "line": line, "links": links}
    )


@require_POST
def step_unlink(request: HttpRequest, pk: int, process: str, step: str, evidence: int) -> HttpResponse:
    """Takes a link away; the note stays."""
    at = _writable(request, pk, process, step)
    links = at.place.run.evidence_rows if at.place.run else ()
    link = next((row for row in links if row.pk == evidence), None)
    if link is None:
        raise Http404("This step has no such link.")
    try:
        steps.unlink(evidence_id=evidence, by=request.user, today=at.today)
        messages.success(request, "Link removed. The note itself stays.")
    except (Refused, AlreadyCompleted) as refusal:
        messages.error(request, str(refusal))
    return redirect(
        place_url(at.place, "step_detail") + (f"#line-{link.requirement_id}" if link.requirement_id else "")
    )


@require_http_methods(["GET", "HEAD", "POST"])
def step_link_note(request: HttpRequest, pk: int, process: str, step: str) -> HttpResponse:
    """Documents lines with a note that was written earlier."""
    at = _writable(request, pk, process, step)
    page, error = StepPage(at.place, request.user, _ticked(request)), ""
    if request.method == "POST":
        try:
            steps.link_note(
                **at.where,
                note_id=_number(request.POST.get("note")),
                requirements=page.ticked,
                by=request.user,
                today=at.today,
            )
            messages.success(request, "The earlier note is linked.")
            after = StepPage(_place(request, pk, process, step), request.user)
            return redirect(place_url(at.place, "step_detail") + _next_focus(after))
        except (Refused, AlreadyCompleted) as refusal:
            error = str(refusal)
    earlier = at.place.walk.engagement.notes.select_related("author")[:50]
    context = {
        "nav": "portfolio",
        "place": at.place,
        "earlier": earlier,
        "lines": page.writable_lines(),
        "error": error,
    }
    return render(request, "engagements/step_link_note.html", context, status=422 if error else 200)


@require_POST
def condition_answer(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Answers a question on which steps or lines depend; answers the step it was asked at."""
    process, _, step = request.GET.get("step", "").partition("/")
    at, about = _writable(request, pk, process, step), _number(request.GET.get("about"))
    try:
        conditions.answer_condition(
            engagement_id=pk,
            key=key,
            said=request.POST.get("answer", ""),
            why=request.POST.get("why", ""),
            service_id=about,
            by=request.user,
            today=at.today,
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    after = _place(request, pk, process, step)
    if after.applies != at.place.applies:  # composer and gate bar come or go: the whole page is drawn anew
        messages.success(request, "The step applies now." if after.applies else "The step does not apply any more.")
        return _to(request, after)
    if not request.htmx:
        return redirect(place_url(after, "step_detail"))
    page = StepPage(after, request.user, _ticked(request))
    return trigger_client_event(
        _page(request, page), "focus", {"value": _focus_after_answer(at.place, page, key, about)}
    )


@require_safe
def receipt_detail(request: HttpRequest, pk: int, receipt: int) -> HttpResponse:
    """One receipt as it was kept, also after the step was reopened."""
    engagement = access.get_engagement(request, pk)
    row = get_object_or_404(
        Receipt.objects.select_related("run__step__process__edition"), pk=receipt, engagement=engagement
    )
    walk = next(load_walks([engagement], timezone.localdate()))
    place = walk.place(row.step_key, row.run.service_id) or _as_it_was(engagement, row)
    return _page(request, StepPage(place, request.user, shown_receipt=row))


def _as_it_was(engagement: Engagement, row: Receipt) -> Place:
    """The place of a receipt whose step the engagement's edition no longer has, on the edition that had it."""
    then = copy(engagement)
    then.edition, then.may_edit = row.run.step.process.edition, False
    place = next(load_walks([then], timezone.localdate())).place(row.step_key, row.run.service_id)
    if place is None:
        raise Http404("The step of that receipt cannot be found any more.")
    return place


@require_http_methods(["GET", "HEAD", "POST"])
def step_reopen(request: HttpRequest, pk: int, receipt: int) -> HttpResponse:
    """Takes a completion back, with a reason."""
    engagement = access.get_editable_engagement(request, pk)
    row = get_object_or_404(Receipt.objects.select_related("run__step__process"), pk=receipt, engagement=engagement)
    step = row.run.step
    _refuse_partner(request, step.process)
    error, why = "", request.POST.get("why", "")
    if request.method == "POST":
        try:
            steps.reopen_step(receipt_id=receipt, by=request.user, today=timezone.localdate(), why=why)
            messages.success(request, "Step reopened. Its receipt is kept.")
            address = redirect("step_detail", pk, step.process.slug, step.slug)
            if row.run.service_id:
                address["Location"] += f"?service={row.run.service_id}"
            return address
        except Refused as refusal:
            error = refusal.message
    page = {"nav": "portfolio", "engagement": engagement, "step": step, "receipt": row, "why": why, "error": error}
    return render(request, "engagements/step_reopen.html", page, status=422 if error else 200)


# Doors and answers ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _At:
    """A place that the reader may write at, and how services name it."""

    place: Place
    today: object

    @property
    def service_id(self) -> int | None:
        return self.place.service.id if self.place.service else None

    @property
    def where(self) -> dict:
        return {
            "engagement_id": self.place.walk.engagement.pk,
            "step_key": self.place.step.key,
            "service_id": self.service_id,
        }


def _place(request: HttpRequest, pk: int, process: str, step: str) -> Place:
    """The place of an address within the engagement's own edition, or 404."""
    engagement = access.get_engagement(request, pk)
    walk = next(load_walks([engagement], timezone.localdate()))
    key = next((s.key for _, p, s in walk.edition.steps() if p.slug == process and s.slug == step), None)
    service = _number(request.GET.get("service"))
    place = walk.place(key, service) if key else None
    if place is None:
        raise Http404("This engagement's edition of the playbook has no such step.")
    return place


def _writable(request: HttpRequest, pk: int, process: str, step: str) -> _At:
    access.get_editable_engagement(request, pk)
    place = _place(request, pk, process, step)
    _refuse_partner(request, place.process)
    return _At(place, timezone.localdate())


def _refuse_partner(request: HttpRequest, page) -> None:
    if not access.may_use_page(request.user, page):
        raise PermissionDenied("This step is for Microsoft staff. Somebody else of the team documents it.")


def _page(request: HttpRequest, page: StepPage, form: NoteForm | None = None, status: int = 200) -> HttpResponse:
    """The whole page; an htmx request takes from it what it swaps."""
    context = page.context() | guidance(page.place, request.user)
    if page.may_write:
        context["form"] = form or _note_form(page)
    return render(request, "engagements/step_detail.html", context, status=status)


def _body(request: HttpRequest, pk: int, process: str, step: str, ticked: frozenset[int]) -> HttpResponse:
    place = _place(request, pk, process, step)
    if not request.htmx:
        return redirect(place_url(place, "step_detail"))
    return _page(request, StepPage(place, request.user, ticked))


def _refused(request: HttpRequest, at: _At, gate) -> HttpResponse:
    page = StepPage(
        _place(request, at.place.walk.engagement.pk, at.place.process.slug, at.place.step.slug), request.user
    )
    bar = gate(page)
    if request.htmx:
        return render(request, "components/gate_bar.html", {"gate": bar}, status=409)
    context = page.context() | guidance(page.place, request.user) | {"gate": bar}
    if page.may_write:
        context["form"] = _note_form(page)
    return render(request, "engagements/step_detail.html", context, status=409)


def _faster(page: StepPage, receipt: Receipt) -> dict:
    who = people.names([receipt.completed_by_id]).get(receipt.completed_by_id, "Somebody")
    at = timezone.localtime(receipt.completed_at)
    told = {"by": who, "at": f"{at:%H:%M}", "receipt_url": place_url(page.place, "step_detail"), "kept": ""}
    return {"state": "faster", "left": 0, "total": 0, "faster": told}


def _to(request: HttpRequest, place: Place) -> HttpResponse:
    """The step's page as it stands now."""
    url = place_url(place, "step_detail")
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _composer(page: StepPage) -> Composer:
    roles, today = people.roles_of(page.user, page.team), page.place.walk.today
    return composer_at(
        page.engagement, page.user, roles, place_url(page.place, "step_detail"), today, asked_category(page.place)
    )


def _note_form(page: StepPage, data=None, *, composer: Composer | None = None, **more) -> NoteForm:
    listings = [row for row, applies in page.place.tasks if applies.applies]
    return NoteForm(
        data,
        engagement=page.engagement,
        team=[row.user for row in page.team],
        user=page.user,
        number=listings[0].number if len(listings) == 1 else None,
        today=page.place.walk.today,
        composer=composer or _composer(page),
        **more,
    )


def _ticked(request: HttpRequest) -> frozenset[int]:
    """The lines that the form ticks: boxes post ``documents``, routes ``documents-group-<id>``."""
    names = [name for name in request.POST if name == "documents" or name.startswith("documents-")]
    values = (_number(value) for name in names for value in request.POST.getlist(name))
    return frozenset(value for value in values if value is not None)


def _next_focus(page: StepPage) -> str:
    """The next open item, or Complete when nothing is left."""
    return next((row["url"] for row in page.gate()["blockers"]), "#complete")


def _focus_after_answer(before: Place, page: StepPage, key: str, about: int | None) -> str:
    """The next open question, then the next open item; who changed an answer stays at it."""
    settled = before.walk.facts.answers.get((key, about)) in (YES, NO)
    if settled or not page.place.applies:
        return f"#{ask_id(key, about)}"
    asked = asks(page.place, page.names, may_answer=True)
    return next((f"#{ask['id']}" for ask in asked if not ask["settled"]), _next_focus(page))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 18 else None
