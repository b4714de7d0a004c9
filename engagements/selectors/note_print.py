"""All notes of an engagement as a document to read, print or keep."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from engagements.models import Engagement, User
from engagements.selectors.days import day
from engagements.selectors.notes import documented_lines, drawable, mentioned_in, note_row
from engagements.selectors.words import count

CHUNK = 500


def printed_notes(engagement: Engagement, reader: User, now: datetime) -> dict[str, Any]:
    """In the order they were written, each with what it documents line by line and what it promised."""
    today = timezone.localdate(now)
    found = drawable(engagement.notes.all()).prefetch_related("corrections").order_by("created_at", "pk")
    notes = list(found.iterator(chunk_size=CHUNK))
    people = mentioned_in(notes)
    tenant = engagement.tenant
    rows = []
    for number, note in enumerate(notes, start=1):
        row = note_row(note, today, may_edit=False, people=people.get(note.pk))
        row |= {"number": number, "documents": documented_lines(note), "corrects": note.corrects_id}
        row |= {"pk": note.pk, "on": f"{timezone.localtime(note.created_at):%A %-d %B %Y, %H:%M}"}
        rows.append(row | {"corrected_by": [one.pk for one in note.corrections.all()]})
    return {
        "engagement": engagement,
        "customer": tenant.customer,
        "tenant": tenant,
        "notes": rows,
        "numbers": {row["pk"]: row["number"] for row in rows},
        "said": count(len(rows), "note"),
        "since": day(timezone.localdate(notes[0].created_at), today) if notes else "",
        "until": day(timezone.localdate(notes[-1].created_at), today) if notes else "",
        "reader": str(reader),
        "drawn": f"{timezone.localtime(now):%-d %B %Y, %H:%M}",
    }
