"""The Notes tab: what was written, what each note documents, and the next action it promised (DOMAIN §8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from engagements.customer_safe import Origin, withheld
from engagements.models import Engagement, Evidence, Mention, NextAction, Note, NoteWords, Redaction
from engagements.note_markdown import Allowance, beginning, render
from engagements.searching.matching import holding
from engagements.searching.query import Asked, read
from engagements.selectors.corrections import corrections
from engagements.selectors.days import day, due, on_day
from engagements.selectors.escalations import told
from engagements.selectors.words import count

PAGE = 25


@dataclass(frozen=True)
class NoteFilters:
    """What somebody looks for. An unknown category shows all, never an error."""

    category: str = ""
    text: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "NoteFilters":
        category = query.get("category", "")
        return cls(category if category in Note.Category.values else "", query.get("q", "").strip())

    def address(self, **more: object) -> str:
        given = {"category": self.category, "q": self.text, **more}
        return "?" + urlencode({name: value for name, value in given.items() if value})

    def find(self, notes: QuerySet[Note]) -> QuerySet[Note]:
        if self.category:
            notes = notes.filter(category=self.category)
        return notes if self.asked.is_empty else notes.filter(pk__in=holding(NoteWords.objects.all(), self.asked))

    @cached_property
    def asked(self) -> Asked:
        return read(self.text)

    @property
    def everywhere(self) -> str:
        """The same search in all notes that the reader may see."""
        return f"{reverse('note_library')}{self.address()}"


def notes_page(
    engagement: Engagement, filters: NoteFilters, number: str | None, today: date, *, may_edit: bool, fresh: int | None
) -> dict[str, Any]:
    """One page of notes, newest first, in a constant number of queries whatever they hold."""
    page = Paginator(filters.find(drawable(engagement.notes.all())), PAGE).get_page(number)
    total = page.paginator.count
    pager = None
    if page.paginator.num_pages > 1:
        pager = {
            "say": f"{page.start_index()}–{page.end_index()} of {total:,}",
            "previous_url": filters.address(page=page.number - 1) if page.has_previous() else "",
            "next_url": filters.address(page=page.number + 1) if page.has_next() else "",
        }
    named, since, allowance = mentioned_in(page), around(page, today), Allowance()
    rows = [
        note_row(note, today, may_edit=may_edit, fresh=note.pk == fresh)
        | drawn(note, named.get(note.pk), allowance)
        | since[note.pk]
        for note in page
    ]
    if may_edit:
        for note, row in zip(page, rows, strict=True):
            if "corrected" not in row:
                row["actions"].append(
                    {"label": "Correct", "url": reverse("note_correct", args=[engagement.pk, note.pk])}
                )
    return {
        "notes": rows,
        "pager": pager,
        "say": count(total, "note"),
        "filters": filters,
        "filtered": bool(filters.category or filters.text),
        "problem": filters.asked.refusal or filters.asked.hint,
        "categories": [{"value": v, "label": w, "selected": v == filters.category} for v, w in Note.Category.choices],
    }


def drawable(notes: QuerySet[Note]) -> QuerySet[Note]:
    """With everything that a drawn note shows."""
    documents = Evidence.objects.select_related("run__step__process", "run__service", "requirement")
    return (
        with_later_changes(notes)
        .select_related("author", "task", "next_action__owner")
        .prefetch_related("services", Prefetch("documents", documents.order_by("pk")))
    )


def with_later_changes(notes: QuerySet[Note]) -> QuerySet[Note]:
    """With when and on what basis a note was redacted last, if it was, and whether another one corrects it."""
    last = Redaction.objects.filter(note=OuterRef("pk")).order_by("-pk")
    return notes.annotate(
        redacted_at=Subquery(last.values("at")[:1]),
        redaction_basis=Subquery(last.values("basis")[:1]),
        is_corrected=Exists(Note.objects.filter(corrects=OuterRef("pk")).order_by()),
    )


def redacted(note: Note, today: date) -> str:
    """ "Tue 19 May: asked for by mail": when a note lost the name of a person, and on what basis."""
    return f"{day(timezone.localdate(note.redacted_at), today)}: {note.redaction_basis}" if note.redacted_at else ""


def mentioned_in(notes: Iterable[Note]) -> dict[int, dict[str, str]]:
    """Note id → user name → what the person is called, in one query where a text names anybody."""
    naming = [note.pk for note in notes if "@" in note.body]
    found: dict[int, dict[str, str]] = {}
    if naming:
        for row in Mention.objects.filter(note__in=naming).select_related("user"):
            found.setdefault(row.note_id, {})[row.user.username] = str(row.user)
    return found


def around(notes: Iterable[Note], today: date) -> dict[int, dict[str, Any]]:
    """Note id → what others did about it since: whom it reached, and what corrects it; in two queries at most."""
    notes = list(notes)
    reached, corrected = told(notes, today), corrections(notes, today)
    return {note.pk: {"escalated": reached.get(note.pk, "")} | corrected.get(note.pk, {}) for note in notes}


def drawn(note: Note, people: Mapping[str, str] | None, allowance: Allowance) -> dict[str, Any]:
    """The text of one of several notes; of one that is too long for the page its beginning, and where to read it."""
    if allowance.covers(note.body):
        return {"body": render(note.body, people), "rest": ""}
    return {"body": beginning(note.body), "rest": f"Read the whole note ({len(note.body):,} characters)"}


def note_row(note: Note, today: date, *, may_edit: bool, fresh: bool = False) -> dict[str, Any]:
    """A note from ``drawable`` as the note component draws it, without its text."""
    action: NextAction | None = getattr(note, "next_action", None)
    url = reverse("note_detail", args=[note.engagement_id, note.pk])
    row = {
        "pk": note.pk,
        "id": f"note-{note.pk}",
        "url": url,
        "author": str(note.author),
        "when": moment(note.created_at, today),
        "category": note.get_category_display(),
        "for_customers": not withheld(Origin(category=note.category)),
        "fresh": fresh,
        "services": ", ".join(service.label for service in note.services.all()),
        "documents": _documents(note),
        "redacted": redacted(note, today),
    }
    if note.task:
        row["services"] = ", ".join(filter(None, [row["services"], f"task {note.task.number}"]))
    back = reverse("engagement_notes", args=[note.engagement_id])
    return row | promise(action, today, may_edit=may_edit, back=back)


def whole_note(note: Note, today: date) -> dict[str, Any]:
    """One note from ``drawable`` with its whole text, as a page of its own shows it."""
    body = render(note.body, mentioned_in([note]).get(note.pk))
    return note_row(note, today, may_edit=False) | {"body": body}


def promise(action: NextAction | None, today: date, *, may_edit: bool, back: str) -> dict[str, Any]:
    """What a note promised, and the way to say that it is done; ``back`` is where that leads afterwards."""
    if action is None:
        return {"next": "", "actions": []}
    if action.done_at or not may_edit:
        return {"next": _next(action, today), "actions": []}
    url = f"{reverse('next_action', args=[action.pk])}?{urlencode({'next': back})}"
    return {"next": _next(action, today), "actions": [{"label": "Done, or another day", "url": url}]}


def moment(at: datetime, today: date) -> str:
    """ "today 14:32", "Tue 19 May 14:32", "12 Mar 2025" on the reader's clock."""
    here = timezone.localtime(at)
    recent = today - here.date() <= timedelta(days=14)
    return f"{on_day(here.date(), today)} {here:%H:%M}" if recent else day(here.date(), today)


def _next(action: NextAction, today: date) -> str:
    said = f"{action.text}, {action.owner}, "
    if action.done_at:
        return said + f"done {on_day(timezone.localtime(action.done_at).date(), today)}"
    return said + due(action.due_on, today)


def _documents(note: Note) -> list[dict[str, str]]:
    """The steps that the note is evidence for, each with how many of its lines."""
    runs = {row.run_id: row.run for row in note.documents.all()}
    lines = [row.run_id for row in note.documents.all() if row.requirement_id]
    found = []
    for pk, run in runs.items():
        step, number = run.step, lines.count(pk)
        address = reverse("step_detail", args=[note.engagement_id, step.process.slug, step.slug])
        title = f"{step.title}: {run.service.label}" if run.service else step.title
        found.append(
            {
                "label": f"{title} ({count(number, 'line')})" if number else title,
                "url": f"{address}?service={run.service_id}" if run.service else address,
            }
        )
    return found


def documented_lines(note: Note) -> list[dict[str, Any]]:
    """For the note's own page: step by step, the lines it documents in their words."""
    texts: dict[int, list[str]] = {}
    for row in note.documents.all():
        texts.setdefault(row.run_id, []).extend([row.requirement.text] if row.requirement else [])
    return [step | {"lines": lines} for step, lines in zip(_documents(note), texts.values(), strict=True)]
