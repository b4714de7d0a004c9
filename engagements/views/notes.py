"""Notes outside a step, each on its own address, and the next actions they promise (R50–R52)."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from engagements import access
from engagements.forms.notes import NextDayForm, NoteForm, typed_again
from engagements.models import Engagement, NextAction, Note
from engagements.selectors.composer import Composer, about_review, composer_at
from engagements.selectors.days import due, on_day
from engagements.selectors.header import engagement_header
from engagements.selectors.mentions import people_named, preview
from engagements.selectors.notes import NoteFilters, documented_lines, drawable, mentioned_in, note_row, notes_page
from engagements.services import next_actions, notes
from engagements.services.refusals import Refused
from engagements.views.way_back import way_back
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
    if not request.htmx:
        messages.success(request, "Note saved.")
        return redirect(f"{reverse('engagement_notes', args=[pk])}?saved={note.pk}#note-{note.pk}")
    answer = _draw(request, access.get_engagement(request, pk), fresh=note.pk)
    answer = trigger_client_event(answer, "announce", {"value": "Note saved."})
    answer = trigger_client_event(answer, "kept", {"value": "clear"})
    return trigger_client_event(answer, "focus", {"value": f"#note-{note.pk}"})


@require_safe
def note_detail(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    """One note for good: what it says, what it documents, what it promised."""
    engagement, today = access.get_engagement(request, pk), timezone.localdate()
    found = get_object_or_404(drawable(engagement.notes.all()), pk=note)
    action = getattr(found, "next_action", None)
    header = _header(request, engagement)
    context = {
        "nav": "portfolio",
        "header": header,
        "note": note_row(found, today, may_edit=False, people=mentioned_in([found]).get(note))
        | {"documents": [], "next": "", "fresh": False},
        "documents": documented_lines(found),
        "recap": _recap(request, header, note),
        "action": _action(action, today) if action else None,
        "form": NextDayForm(today=today, initial={"due": action.due_on}) if action else None,
    }
    return render(request, "engagements/note_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def next_action(request: HttpRequest, action: int) -> HttpResponse:
    """Done, taken back, or put on another day. Posts done=1, undo=1, or due with a reason."""
    found = NextAction.objects.select_related("owner", "note").filter(pk=action).first()
    if found is None:
        raise Http404("There is no such next action, or it is not one of yours.")
    if request.method != "POST":
        engagement = access.get_engagement(request, found.engagement_id)
        form = NextDayForm(today=timezone.localdate(), initial={"due": found.due_on})
        return _draw_action(request, found, engagement, form)
    access.get_editable_engagement(request, found.engagement_id)
    if "undo" in request.POST or "undo" in request.GET:
        next_actions.unfinish(action_id=action, by=request.user)
        said = f"Open again: {found.text}"
        if not request.htmx:
            return _back(request, found, said)
        messages.success(request, said)
        return HttpResponseClientRefresh()
    if "done" in request.POST:
        next_actions.finish(action_id=action, by=request.user)
        said = f"Done: {found.text}"
        undo = f"{reverse('next_action', args=[action])}?undo=1"
        return _left(said, undo=undo) if request.htmx else _back(request, found, said, undo)
    return _move(request, found)


def _move(request: HttpRequest, action: NextAction) -> HttpResponse:
    today = timezone.localdate()
    form = NextDayForm(request.POST, today=today)
    if form.is_valid():
        to, why = form.cleaned_data["due"], form.cleaned_data["why"].strip()
        try:
            next_actions.move(action_id=action.pk, to=to, by=request.user, why=why)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            said = f"Moved to {on_day(to, today)}: {action.text}"
            return _left(said) if request.htmx else _back(request, action, said)
    engagement = access.get_engagement(request, action.engagement_id)
    return _draw_action(request, action, engagement, form, status=422)


def _left(said: str, **more: str) -> HttpResponse:
    """Nothing in place of the row that was swapped, and a toast that says why."""
    return trigger_client_event(HttpResponse(), "toast", {"text": said, **more})


def _back(request: HttpRequest, action: NextAction, said: str, undo: str = "") -> HttpResponse:
    messages.success(request, said, extra_tags=undo)  # the toast offers Undo there
    return redirect(_next_address(request, action))


def _next_address(request: HttpRequest, action: NextAction) -> str:
    return way_back(request, reverse("engagement_notes", args=[action.engagement_id]))


def _draw_action(
    request: HttpRequest, action: NextAction, engagement: Engagement, form: NextDayForm, status: int = 200
) -> HttpResponse:
    context = {
        "nav": "portfolio",
        "engagement": engagement,
        "action": _action(action, timezone.localdate()),
        "form": form,
        "next": _next_address(request, action),
    }
    return render(request, "engagements/next_action.html", context, status=status)


def _action(action: NextAction, today) -> dict:
    done = action.done_at is not None
    return {
        "url": reverse("next_action", args=[action.pk]),
        "note_url": reverse("note_detail", args=[action.engagement_id, action.note_id]) if action.note_id else "",
        "text": action.text,
        "owner": str(action.owner),
        "done": f"done {on_day(timezone.localtime(action.done_at).date(), today)}" if done else "",
        "due": due(action.due_on, today),
        "late": action.due_on < today and not done,
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
        row["actions"] = [*row["actions"], *_recap(request, header, row["pk"])]
    return render(request, "engagements/engagement_notes.html", context, status=status)


def _recap(request: HttpRequest, header: dict, note: int) -> list[dict[str, str]]:
    """The way to a recap, for those who may send one."""
    if not (header["may_edit"] and access.may_read_internal(request.user)):
        return []
    return [{"label": "Recap", "url": reverse("note_recap", args=[header["engagement"].pk, note])}]


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
