"""Which note corrects which (R50)."""

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from engagements.models import Note
from engagements.selectors.days import on_day
from tasks.prepared import prepared


def corrections(notes: Iterable[Note], today: date) -> dict[int, dict[str, dict[str, str]]]:
    """Note id → ``corrects`` and ``corrected``, each {said, url}; one query where there is any.

    The notes know whether they are corrected (``notes.with_later_changes``).
    """
    notes = list(notes)
    ids = {note.pk for note in notes if note.is_corrected} | {note.corrects_id for note in notes if note.corrects_id}
    found: dict[int, dict[str, dict[str, str]]] = {}
    for row in _correcting(ids=sorted(ids)) if ids else ():
        before = row.corrects
        found.setdefault(before.pk, {})["corrected"] = _link(row, f"{row.author} {_on(row, today)}")
        found.setdefault(row.pk, {})["corrects"] = _link(before, f"the note of {_on(before, today)}")
    return found


@prepared
def _correcting(ids) -> QuerySet[Note]:
    return Note.objects.filter(corrects__in=ids).select_related("author", "corrects").order_by("pk")


def newest(note: Note) -> Note:
    """The last of a chain of corrections; corrections are few."""
    while following := note.corrections.first():
        note = following
    return note


def _on(note: Note, today: date) -> str:
    return on_day(timezone.localdate(note.created_at), today)


def _link(note: Note, said: str) -> dict[str, str]:
    return {"said": said, "url": reverse("note_detail", args=[note.engagement_id, note.pk])}
