"""Next actions: promised, done, taken back, put on another day, handed on (R51).

Each is told in the history, which is what the pages of an action are drawn from.
"""

from datetime import date

from django.db import transaction
from django.utils import timezone

from engagements.models import Engagement, NextAction, Note, Review, User
from engagements.services import events, summaries
from engagements.services.locking import lock
from engagements.services.refusals import Refused

LONGEST = 500


@transaction.atomic
def add(*, engagement_id: int, text: str, due_on: date, owner: User, by: User) -> NextAction:
    """Promises something without a note."""
    engagement = lock(engagement_id)
    must_be_whole(text, due_on, owner, names=("text", "due_on", "owner"))
    action = put(engagement, text=text, due_on=due_on, owner=owner, by=by)
    summaries.refresh(engagement_id)
    return action


@transaction.atomic
def finish(*, action_id: int, by: User) -> NextAction:
    """Marks what was promised as done."""
    action = _locked(action_id)
    if NextAction.objects.filter(pk=action_id, done_at=None).update(done_at=timezone.now(), done_by=by):
        events.record("did", occurrence(action), by=by, engagement=action.engagement)
        summaries.refresh(action.engagement_id)
    action.refresh_from_db()
    return action


@transaction.atomic
def unfinish(*, action_id: int, by: User) -> NextAction:
    """Takes "done" back."""
    action = _locked(action_id)
    if NextAction.objects.filter(pk=action_id, done_at__isnull=False).update(done_at=None, done_by=None):
        events.record("took back", occurrence(action), by=by, engagement=action.engagement)
        summaries.refresh(action.engagement_id)
    action.refresh_from_db()
    return action


@transaction.atomic
def move(*, action_id: int, to: date, by: User, why: str = "") -> NextAction:
    """Puts what was promised on another day; the old day stays in the history."""
    action = _locked(action_id)
    if action.done_at:
        raise Refused("This is done already. Take that back before you move it.", "due")
    events.record(
        "moved",
        occurrence(action),
        by=by,
        engagement=action.engagement,
        before={"due": action.due_on.isoformat()},
        after={"due": to.isoformat(), "why": why},
    )
    NextAction.objects.filter(pk=action_id).update(due_on=to)
    summaries.refresh(action.engagement_id)
    action.refresh_from_db()
    return action


def put(
    engagement: Engagement,
    *,
    text: str,
    due_on: date,
    owner: User,
    by: User,
    note: Note | None = None,
    review: Review | None = None,
) -> NextAction:
    """Writes what was promised, for services that hold the engagement and refresh its summary themselves."""
    action = NextAction.objects.create(
        engagement=engagement, note=note, review=review, text=text.strip(), due_on=due_on, owner=owner
    )
    if note is None:  # what a note promised is told with the note
        after = {"due": due_on.isoformat(), "user": owner.pk}
        events.record("promised", occurrence(action), by=by, engagement=engagement, after=after)
    return action


def must_be_whole(text: str, due_on: date | None, owner: User | None, *, names: tuple[str, str, str]) -> None:
    """A promise says what, when and who; ``names`` are the fields of the form that asked."""
    what, on, who = names
    if not text.strip():
        raise Refused("Say what is to be done.", what)
    if len(text.strip()) > LONGEST:
        raise Refused(f"A next action has at most {LONGEST} characters.", what)
    if due_on is None:
        raise Refused("Say on which day the next action is due.", on)
    if owner is None:
        raise Refused("Say who does the next action.", who)


def occurrence(action: NextAction) -> str:
    """How the history calls it."""
    return f"next action:{action.pk}"


def _locked(action_id: int) -> NextAction:
    """The action as it stands under the lock of its engagement."""
    lock(NextAction.objects.values_list("engagement", flat=True).get(pk=action_id))
    return NextAction.objects.select_related("engagement__tenant", "owner").get(pk=action_id)
