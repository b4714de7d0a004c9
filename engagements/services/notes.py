"""Writing notes, and all that comes with a note once it is saved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from engagements.models import Engagement, Note, User
from engagements.note_markdown import LONGEST
from engagements.services import drafts, escalations, events, mentions, next_actions, note_words, steps, summaries
from engagements.services.locking import lock, locked_place, writing
from engagements.services.note_intent import must_say_intent
from engagements.services.refusals import AlreadyCompleted, Refused


@dataclass(frozen=True)
class NewNote:
    """What a composer sends. ``services`` and ``task`` are ids of rows; ``next_action`` needs a date and an owner.

    ``corrects`` is the id of the note that this one is written in place of.
    """

    token: UUID
    body: str
    category: str = Note.Category.ENGAGEMENT_MANAGEMENT.value
    services: tuple[int, ...] = ()
    task: int | None = None
    escalated: bool = False
    next_action: str = ""
    next_on: date | None = None
    next_owner: User | None = None
    corrects: int | None = None


@dataclass(frozen=True)
class StepPlace:
    """The step a note is written from, and the lines it documents there."""

    key: str
    service_id: int | None = None
    documents: tuple[int, ...] = ()


def write_note(
    *, engagement_id: int, note: NewNote, by: User, today: date, at_step: StepPlace | None = None
) -> tuple[Note, bool]:
    """Saves a note and all that it documents, or nothing; returns it and whether it is new.

    The form's token makes a double click save one note. Where somebody completed the step meanwhile the
    note is kept all the same, without links, and AlreadyCompleted says so afterwards. Within a transaction of
    another service everything is saved with it or not at all; only one that names no step may call it there.
    """
    try:
        with writing():
            return _write(engagement_id, note, by, today, at_step)
    except AlreadyCompleted as faster:
        with writing():
            _write(engagement_id, note, by, today, None)
        raise faster
    except IntegrityError:
        saved = Note.objects.filter(token=note.token, author=by, engagement_id=engagement_id).first()
        if saved is None:
            if Note.objects.filter(token=note.token).exists():
                raise Refused("This form has saved a note elsewhere. Reload the page and write it here anew.") from None
            raise
        return saved, False


def _write(engagement_id: int, new: NewNote, by: User, today: date, at_step: StepPlace | None) -> tuple[Note, bool]:
    engagement = lock(engagement_id)
    saved = Note.objects.filter(token=new.token, author=by, engagement_id=engagement_id).first()
    if saved:
        if saved.body != drafts.as_saved(new.body) and not saved.redactions.exists():
            raise Refused(
                "This form has saved its note before, with other words. Save again to keep these too.", "token"
            )
        return saved, False
    _must_be_whole(new)
    if new.corrects:
        _must_be_newest(new.corrects, engagement)
    place = locked_place(engagement_id, at_step.key, at_step.service_id, today) if at_step else None
    if place and place.receipt:
        raise AlreadyCompleted(place.receipt)
    now = timezone.now()
    note = Note.objects.create(
        engagement=engagement,
        category=new.category,
        body=drafts.as_saved(new.body),
        task_id=new.task,
        escalated=new.escalated,
        author=by,
        created_at=now,
        corrects_id=new.corrects,
        token=new.token,
    )
    note.services.set(new.services)
    events.record("wrote", f"note:{note.pk}", by=by, engagement=engagement, after={"category": new.category}, at=now)
    if new.corrects:
        events.record(
            "corrected", f"note:{new.corrects}", by=by, engagement=engagement, after={"note": note.pk}, at=now
        )
    _follow(note, new, engagement, by)
    if place:
        steps.put_evidence(place, note, _ids(at_step.documents), by)
    summaries.refresh(engagement_id)
    return note, True


def _follow(note: Note, new: NewNote, engagement: Engagement, by: User) -> None:
    """All that a saved note brings with it, in its transaction: one line for each.

    Its words come last: they hold those of the next action, and from then on its services stay as they are.
    """
    drafts.end_draft(by=by, token=new.token)
    mentions.tell_named(note, engagement, note.created_at)
    if new.next_action.strip():
        next_actions.put(engagement, text=new.next_action, due_on=new.next_on, owner=new.next_owner, by=by, note=note)
    if note.escalated:
        escalations.put(note, engagement, by=by, at=note.created_at)
    note_words.follow([note.pk])


def _must_be_whole(new: NewNote) -> None:
    if not new.body.strip():
        raise Refused("Write what happened; an empty note documents nothing.", "body")
    if len(new.body) > LONGEST:
        raise Refused(f"A note has at most {LONGEST:,} characters; this one has {len(new.body):,}.", "body")
    if new.category not in Note.Category.values:
        raise Refused("Choose one of the note categories.", "category")
    must_say_intent(new.category, new.body, new.services)
    if new.next_action.strip():
        names = ("next_action", "next_on", "next_owner")
        next_actions.must_be_whole(new.next_action, new.next_on, new.next_owner, names=names)


def _must_be_newest(corrects: int, engagement: Engagement) -> None:
    """A note is corrected once; the correction may be corrected in its turn (R50)."""
    old = engagement.notes.filter(pk=corrects).first()
    if old is None:
        raise Refused("This engagement has no such note.")
    if faster := old.corrections.select_related("author").first():
        raise Refused(f"{faster.author} has corrected this note meanwhile. Open theirs, and correct that.")


def _ids(documents: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(documents))
