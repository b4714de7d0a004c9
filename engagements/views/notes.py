"""Notes outside a step, each on its own address, and correcting one with another (R50–R52)."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from engagements import access
from engagements.forms.corrections import CorrectionForm
from engagements.forms.next_actions import HandOnForm, NextDayForm
from engagements.forms.notes import NoteForm, typed_again
from engagements.models import Engagement, Note
from engagements.selectors.composer import Composer, about_review, composer_at
from engagements.selectors.corrections import newest
from engagements.selectors.escalations import saved_said, waiting_for
from engagements.selectors.header import engagement_header
from engagements.selectors.mentions import people_named, preview
from engagements.selectors.next_actions import drawn, histories, receivers
from engagements.selectors.notes import (
    NoteFilters,
    around,
    documented_lines,
    drawable,
    notes_page,
    whole_note,
)
from engagements.services import notes
from engagements.services.refusals import Refused
from engagements.walk import load_walks


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_notes(request: HttpRequest, pk: int) -> HttpResponse:
    """Every note of the engagement, newest first, and a composer for what belongs to no step."""
    if request.method != "POST":
        return _draw(request, access.get_engagement(request, pk), fresh=_number(request.GET.get("saved")))
    access.get_editable_engagement(request, pk)
    engagement, today = access.get_engagement(request, pk), timezone.localdate()
    header = _header(request, engagement)
    composer = _composer(request, header)
    if again := typed_again(request.POST, composer):
        form = _form(request, header, composer, initial=again)
        if "preview" in request.POST:
            form.preview = preview(engagement, again["body"])
        return _draw(request, engagement, header=header, form=form)
    form = _form(request, header, composer, request.POST)
    if not form.is_valid():
        return _draw(request, engagement, header=header, form=form, status=422)
    try:
        note, _ = notes.write_note(engagement_id=pk, note=form.note(), by=request.user, today=today)
    except Refused as refusal:
        form.refused(refusal)
        return _draw(request, engagement, header=header, form=form, status=422)
    if unreached := people_named(engagement, note.body).said():
        messages.warning(request, unreached)
    said = saved_said(note)
    if not request.htmx:
        messages.success(request, said)
        return redirect(f"{reverse('engagement_notes', args=[pk])}?saved={note.pk}#note-{note.pk}")
    answer = _draw(request, access.get_engagement(request, pk), fresh=note.pk)
    if note.escalated:
        answer = trigger_client_event(answer, "toast", {"text": said})
    answer = trigger_client_event(answer, "announce", {"value": said})
    answer = trigger_client_event(answer, "kept", {"value": "clear"})
    return trigger_client_event(answer, "focus", {"value": f"#note-{note.pk}"})


@require_safe
def note_detail(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    """One note for good: what it says, what it documents, what it promised."""
    engagement, today = access.get_engagement(request, pk), timezone.localdate()
    found = get_object_or_404(drawable(engagement.notes.all()), pk=note)
    header = _header(request, engagement)
    row = whole_note(found, today)
    context = {
        "nav": "portfolio",
        "header": header,
        "note": row | around([found], today)[note] | {"documents": [], "next": "", "actions": [], "fresh": False},
        "documents": documented_lines(found),
        "recap": _recap(request, header, row),
        "waiting": waiting_for(request.user, found),
        "correct_url": reverse("note_correct", args=[pk, note]) if header["may_edit"] else "",
        **_promised(found, header, today),
    }
    return render(request, "engagements/note_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def note_correct(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    """Writes a new note in place of one that was wrong; the old one stays, and each names the other."""
    access.get_editable_engagement(request, pk)
    engagement, today = access.get_engagement(request, pk), timezone.localdate()
    old = get_object_or_404(drawable(engagement.notes.all()), pk=note)
    if request.method != "POST" and (last := newest(old)) != old:
        messages.info(request, "That note was corrected already. This is the newest.")
        return redirect("note_correct", pk, last.pk)
    form = CorrectionForm(request.POST or None, note=old)
    if request.method == "POST" and form.is_valid():
        try:
            new, _ = notes.write_note(engagement_id=pk, note=form.correction(), by=request.user, today=today)
        except Refused as refusal:
            form.add_error("body" if refusal.field == "body" else None, refusal.message)
        else:
            messages.success(request, saved_said(new).replace("Note saved", "Correction saved"))
            return redirect("note_detail", pk, new.pk)
    context = {
        "nav": "portfolio",
        "header": _header(request, engagement),
        "form": form,
        "note": whole_note(old, today),
        "keep_key": f"{request.user.pk}:correct-{note}",
    }
    return render(request, "engagements/note_correct.html", context, status=422 if request.method == "POST" else 200)


def _promised(note: Note, header: dict, today) -> dict:
    """The next action of a note, and the ways to settle it."""
    action = getattr(note, "next_action", None)
    if action is None:
        return {}
    return {
        "action": drawn(action, today),
        "form": NextDayForm(today=today, initial={"due": action.due_on}),
        "hand": HandOnForm(people=receivers(action, header["engagement"])),
        "history": histories([action], today)[action.pk],
    }


def _draw(
    request: HttpRequest,
    engagement: Engagement,
    *,
    header: dict | None = None,
    form: NoteForm | None = None,
    fresh: int | None = None,
    status: int = 200,
) -> HttpResponse:
    header = header or _header(request, engagement)
    filters = NoteFilters.from_query(request.GET)
    number, today = request.GET.get("page"), timezone.localdate()
    context = {
        "nav": "portfolio",
        "header": header,
        "keep_key": f"{request.user.pk}:note-{engagement.pk}{_opened_from(request)}",
        "fresh": fresh,
        **notes_page(engagement, filters, number, today, may_edit=header["may_edit"], fresh=fresh),
    }
    if header["may_edit"]:
        if form is None:
            composer = _composer(request, header)
            fill = composer.begun(_number(request.GET.get("draft"))) if request.method != "POST" else None
            form = _form(request, header, composer, draft=fill, initial=_prefilled(request, header))
        context |= {"form": form, "about": _about(request, engagement)}
    for row in context["notes"]:
        row["actions"] = [*row["actions"], *_recap(request, header, row)]
    return render(request, "engagements/engagement_notes.html", context, status=status)


def _recap(request: HttpRequest, header: dict, row: dict) -> list[dict[str, str]]:
    """The way to a recap of a note that customers may read, for those who may send one."""
    if not (row["for_customers"] and header["may_edit"] and access.may_read_internal(request.user)):
        return []
    return [{"label": "Recap", "url": reverse("note_recap", args=[header["engagement"].pk, row["pk"]])}]


def _header(request: HttpRequest, engagement: Engagement) -> dict:
    walk = next(load_walks([engagement], timezone.localdate()))
    return engagement_header(walk, request.user)


def _form(request: HttpRequest, header: dict, composer: Composer, data=None, **more) -> NoteForm:
    return NoteForm(
        data,
        engagement=header["engagement"],
        team=[row.user for row in header["team"]],
        user=request.user,
        today=timezone.localdate(),
        composer=composer,
        **more,
    )


def _composer(request: HttpRequest, header: dict) -> Composer:
    """Opened from a task, a service or a review it is another one than the Notes tab's own, with its own drafts."""
    engagement = header["engagement"]
    opened = {name: request.GET.get(name, "") for name in ("task", "service", "from")}
    query = urlencode({name: value[:40] for name, value in opened.items() if value})
    place = reverse("engagement_notes", args=[engagement.pk]) + (f"?{query}" if query else "")
    asked = Note.Category.TECHNICAL_ENABLEMENT.value if opened["task"] or opened["service"] else ""
    if not asked and opened["from"]:
        asked = Note.Category.ENGAGEMENT_MANAGEMENT.value
    return composer_at(engagement, request.user, header["roles"], place, timezone.localdate(), asked)


def _prefilled(request: HttpRequest, header: dict) -> dict:
    """What the link that opened the composer knows already."""
    task, service = _number(request.GET.get("task")), _number(request.GET.get("service"))
    return ({"task": task} if task is not None else {}) | ({"services": service} if service is not None else {})


def _about(request: HttpRequest, engagement: Engagement) -> str:
    """The review that a note is written about, where it was opened from one."""
    kind, _, pk = request.GET.get("from", "").partition(":")
    number = _number(pk)
    return about_review(engagement, number) if kind == "review" and number is not None else ""


def _opened_from(request: HttpRequest) -> str:
    return "".join(f"-{request.GET[name][:40]}" for name in ("task", "service", "from") if request.GET.get(name))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 18 else None
