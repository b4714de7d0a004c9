"""Keeps the words by which notes are found."""

from collections.abc import Iterable

from engagements.models import Note, NoteWords
from engagements.searching.words import words_of
from engagements.services.locking import lock_tenants, writing

CHUNK = 500
FOLLOWED = ("tenant", "engagement", "author", "category", "escalated", "created_at", "words")


def follow(note_ids: Iterable[int]) -> None:
    """Writes the words of some notes anew; whoever writes a note or changes its text calls it in their transaction."""
    ids = list(note_ids)
    for start in range(0, len(ids), CHUNK):
        _write(Note.objects.filter(pk__in=ids[start : start + CHUNK]))


def follow_customer(customer_id: int) -> None:
    """For an erasure, which may change the text of any note of the customer, and of any next action."""
    notes = Note.objects.filter(engagement__tenant__customer=customer_id)
    follow(notes.order_by().values_list("pk", flat=True))


def rebuild_all() -> int:
    """Writes the words of every note anew while the desk is in use; returns how many notes there are.

    Each batch is a write of its own under the locks of its tenants.
    """
    done, last = 0, 0
    while ids := list(Note.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        with writing():
            # An erasure, which takes a name out of both, comes before or after.
            lock_tenants(set(Note.objects.filter(pk__in=ids).order_by().values_list("engagement__tenant", flat=True)))
            _write(Note.objects.filter(pk__in=ids))
        done, last = done + len(ids), ids[-1]
    return done


def _write(notes) -> None:
    names = ("pk", "engagement__tenant", "engagement", "author", "category", "escalated", "created_at", "body")
    rows = notes.order_by("pk").values_list(*names, "next_action__text", "task__number")
    NoteWords.objects.bulk_create(
        (
            NoteWords(
                note_id=pk,
                tenant_id=tenant,
                engagement_id=engagement,
                author_id=author,
                category=category,
                escalated=escalated,
                created_at=created_at,
                words=words_of(body, action or "", task),
            )
            for pk, tenant, engagement, author, category, escalated, created_at, body, action, task in rows
        ),
        update_conflicts=True,
        unique_fields=["note"],
        update_fields=FOLLOWED,
    )
