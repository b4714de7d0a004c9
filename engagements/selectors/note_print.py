"""All notes of an engagement as a document to read, print or keep."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models.functions import Length
from django.utils import timezone

from engagements.models import Engagement, Note, User
from engagements.note_markdown import Allowance, plain_paragraphs, render
from engagements.selectors.days import day
from engagements.selectors.notes import documented_lines, drawable, mentioned_in, note_row
from engagements.selectors.words import count

MOST_NOTES, MOST_CHARACTERS = 500, 500_000  # of one part of the document
FORMATTED = 25_000  # of what drawing a part may cost; the rest of it is shown as it was typed


class Place(NamedTuple):
    """Where a note stands in the document."""

    part: int
    number: int


def printed_notes(engagement: Engagement, reader: User, now: datetime, part: str | None = None) -> dict[str, Any]:
    """A part of the notes, in the order they were written, each with what it documents and what it promised."""
    today = timezone.localdate(now)
    all_of_them = engagement.notes.order_by("created_at", "pk")
    sizes = list(all_of_them.values_list("pk", Length("body"), "created_at"))
    places = _places((pk, size) for pk, size, _ in sizes)
    parts = max((place.part for place in places.values()), default=1)
    shown = min(int(part), parts) if part and part.isascii() and part.isdecimal() and 0 < len(part) < 6 else 1
    shown = max(shown, 1)
    found = drawable(Note.objects.filter(pk__in=[pk for pk, place in places.items() if place.part == shown]))
    notes = list(found.prefetch_related("corrections").order_by("created_at", "pk"))
    people, allowance, rows = mentioned_in(notes), Allowance(FORMATTED), []
    for note in notes:
        row = note_row(note, today, may_edit=False)
        row |= {"number": places[note.pk].number, "documents": documented_lines(note)}
        row |= {"pk": note.pk, "on": f"{timezone.localtime(note.created_at):%A %-d %B %Y, %H:%M}"}
        is_formatted = allowance.covers(note.body)
        row["body"] = render(note.body, people.get(note.pk)) if is_formatted else plain_paragraphs(note.body)
        row["corrects"] = _address(note.corrects_id, places, shown)
        row["corrected_by"] = [_address(one.pk, places, shown) for one in note.corrections.all()]
        rows.append(row)
    tenant = engagement.tenant
    return {
        "engagement": engagement,
        "customer": tenant.customer,
        "tenant": tenant,
        "notes": rows,
        "parts": [{"number": n, "current": n == shown} for n in range(1, parts + 1)] if parts > 1 else [],
        "said": count(len(sizes), "note"),
        "since": day(timezone.localdate(sizes[0][2]), today) if sizes else "",
        "until": day(timezone.localdate(sizes[-1][2]), today) if sizes else "",
        "reader": str(reader),
        "drawn": f"{timezone.localtime(now):%-d %B %Y, %H:%M}",
    }


def _places(sizes: Iterable[tuple[int, int]]) -> dict[int, Place]:
    """Note id → its part and its number: a part ends before it has too many notes or too much text."""
    places: dict[int, Place] = {}
    part, notes, characters = 1, 0, 0
    for number, (pk, size) in enumerate(sizes, start=1):
        if notes and (notes == MOST_NOTES or characters + size > MOST_CHARACTERS):
            part, notes, characters = part + 1, 0, 0
        notes, characters = notes + 1, characters + size
        places[pk] = Place(part, number)
    return places


def _address(note: int | None, places: Mapping[int, Place], shown: int) -> str:
    """The way to another note of the document, also in another part; "" for none."""
    if note is None or note not in places:
        return ""
    part = places[note].part
    return f"#h-{note}" if part == shown else f"?part={part}#h-{note}"
