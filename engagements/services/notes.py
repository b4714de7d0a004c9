"""Writing notes, and doing the next actions that they promise."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from engagements.models import NextAction, Note, User
from engagements.services import events, note_words, steps, summaries
from engagements.services.locking import lock, locked_place
from engagements.services.refusals import AlreadyCompleted, Refused

LONGEST = 100_000


@dataclass(frozen=True)
class NewNote:
    """What a composer sends. ``services`` and ``task`` are ids of rows; ``next_action`` needs a date and an owner."""

    token: UUID
    body: str
    category: str = Note.Category.ENGAGEMENT_MANAGEMENT.value
    services: tuple[int, ...] = ()
    task: int | None = None
    escalated: bool = False
    next_action: str = ""
    next_on: date | None = None
    next_owner: User | None = None


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
    note is kept all the same, without links, and AlreadyCompleted says so afterwards.
    """
    try:
        with transaction.atomic():
            return _write(engagement_id, note, by, today, at_step)
    except AlreadyCompleted as faster:
        with transaction.atomic():
            _write(engagement_id, note, by, today, None)
        raise faster
    except IntegrityError:
        saved = Note.objects.filter(token=note.token, author=by, engagement_id=engagement_id).first()
        if saved is None:
            if Note.objects.filter(token=note.token).exists():
                raise Refused("This form has saved a note elsewhere. Reload the page and write it here anew.") from None
            raise
        return saved, False


@transaction.atomic
def finish_next_action(*, action_id: int, by: User) -> NextAction:
    """Marks what was promised as done."""
    action = NextAction.objects.get(pk=action_id)
    lock(action.engagement_id)
    if NextAction.objects.filter(pk=action_id, done_at=None).update(done_at=timezone.now(), done_by=by):
        events.record("did", f"next action:{action_id}", by=by, engagement=action.engagement)
        summaries.refresh(action.engagement_id)
    action.refresh_from_db()
    return action


@transaction.atomic
def unfinish_next_action(*, action_id: int, by: User) -> NextAction:
    """Takes "done" back."""
    action = NextAction.objects.get(pk=action_id)
    lock(action.engagement_id)
    if NextAction.objects.filter(pk=action_id, done_at__isnull=False).update(done_at=None, done_by=None):
        events.record("took back", f"next action:{action_id}", by=by, engagement=action.engagement)
        summaries.refresh(action.engagement_id)
    action.refresh_from_db()
    return action


@transaction.atomic
def move_next_action(*, action_id: int, to: date, by: User, why: str = "") -> NextAction:
    """Puts what was promised on another day; the old day stays in the history."""
    action = NextAction.objects.get(pk=action_id)
    lock(action.engagement_id)
    action.refresh_from_db()
    if action.done_at:
        raise Refused("This is done already. Take that back before you move it.", "due")
    events.record(
        "moved",
        f"next action:{action_id}",
        by=by,
        engagement=action.engagement,
        before={"due": action.due_on.isoformat()},
        after={"due": to.isoformat(), "why": why},
    )
    NextAction.objects.filter(pk=action_id).update(due_on=to)
    summaries.refresh(action.engagement_id)
    action.refresh_from_db()
    return action


def _write(engagement_id: int, new: NewNote, by: User, today: date, at_step: StepPlace | None) -> tuple[Note, bool]:
    engagement = lock(engagement_id)
    saved = Note.objects.filter(token=new.token, author=by, engagement_id=engagement_id).first()
    if saved:
        return saved, False
    _must_be_whole(new)
    place = locked_place(engagement_id, at_step.key, at_step.service_id, today) if at_step else None
    if place and place.receipt:
        raise AlreadyCompleted(place.receipt)
    now = timezone.now()
    note = Note.objects.create(
        engagement=engagement,
        category=new.category,
        body=new.body.strip(),
        task_id=new.task,
        escalated=new.escalated,
        author=by,
        created_at=now,
        token=new.token,
    )
    note.services.set(new.services)
    if new.next_action.strip():
        NextAction.objects.create(
            engagement=engagement, note=note, text=new.next_action.strip(), due_on=new.next_on, owner=new.next_owner
        )
    note_words.follow([note.pk])
    events.record("wrote", f"note:{note.pk}", by=by, engagement=engagement, after={"category": new.category}, at=now)
    if place:
        steps.put_evidence(place, note, _ids(at_step.documents), by)
    summaries.refresh(engagement_id)
    return note, True


def _must_be_whole(new: NewNote) -> None:
    if not new.body.strip():
        raise Refused("Write what happened; an empty note documents nothing.", "body")
    if len(new.body) > LONGEST:
        raise Refused(f"A note has at most {LONGEST:,} characters; this one has {len(new.body):,}.", "body")
    if new.category not in Note.Category.values:
        raise Refused("Choose one of the note categories.", "category")
    if new.next_action.strip():
        if len(new.next_action.strip()) > 500:
            raise Refused("A next action has at most 500 characters.", "next_action")
        if new.next_on is None:
            raise Refused("Say on which day the next action is due.", "next_on")
        if new.next_owner is None:
            raise Refused("Say who does the next action.", "next_owner")


def _ids(documents: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(documents))
