"""Notes as the rows of a table, one row each, in the order of the search."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from engagements.models import NextAction, Note
from engagements.selectors.note_library import MOST, drawable

CHUNK = 500


def _of_action(read: Callable[[NextAction], Any]) -> Callable[[Note], Any]:
    """A column that is empty where nothing was promised."""

    def column(note: Note) -> Any:
        action = getattr(note, "next_action", None)
        return read(action) if action else ""

    return column


def _done_on(action: NextAction) -> date | str:
    return timezone.localdate(action.done_at) if action.done_at else ""


COLUMNS: dict[str, Callable[[Note], Any]] = {
    "Customer": lambda note: note.engagement.tenant.customer.name,
    "TPID": lambda note: note.engagement.tenant.customer.tpid,
    "Tenant": lambda note: note.engagement.tenant.name,
    "Category": lambda note: note.get_category_display(),
    "Written on": lambda note: timezone.localdate(note.created_at),
    "At": lambda note: f"{timezone.localtime(note.created_at):%H:%M}",
    "Author": lambda note: str(note.author),
    "Services": lambda note: ", ".join(note.service_labels),
    "Task": lambda note: note.task.number if note.task else "",
    "Escalated": lambda note: "Yes" if note.escalated else "",
    "Corrects note": lambda note: note.corrects_id or "",
    "Corrected by note": lambda note: ", ".join(map(str, note.corrected_by)),
    "Redacted on": lambda note: timezone.localdate(note.redacted_at) if note.redacted_at else "",
    "Text": lambda note: note.body,
    "Next action": _of_action(lambda action: action.text),
    "Next action on": _of_action(lambda action: action.due_on),
    "Next action by": _of_action(lambda action: str(action.owner)),
    "Next action done on": _of_action(_done_on),
    "Note": lambda note: note.pk,
}


def rows(ids: list[int], site: str, *, is_cut: bool) -> Iterator[list[Any]]:
    """The names of the columns, then a row for each note; the last row says what the file leaves out."""
    yield [*COLUMNS, "Address"]
    for start in range(0, len(ids), CHUNK):
        for note in drawable(ids[start : start + CHUNK]):
            address = site + reverse("note_detail", args=[note.engagement_id, note.pk])
            yield [*(read(note) for read in COLUMNS.values()), address]
    if is_cut:
        yield [f"More notes were found; these are the newest {MOST:,}. Narrow the search for the others."]
