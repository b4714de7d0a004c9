"""Next actions: promised, done, taken back, put on another day, handed on (R51).

Each is told in the history, which is what the pages of an action are drawn from.
"""

from datetime import date

from django.utils import timezone

from engagements.models import Engagement, Event, NextAction, Note, Review, User
from engagements.reminding.kinds import Kind
from engagements.services import events, reminders, summaries
from engagements.services.locking import lock, write
from engagements.services.refusals import Refused
from engagements.services.restoring import GONE, row_of

LONGEST = 500


@write
def add(*, engagement_id: int, text: str, due_on: date, owner: User, by: User) -> NextAction:
    """Promises something without a note."""
    engagement = lock(engagement_id)
    must_be_whole(text, due_on, owner, names=("text", "due_on", "owner"))
    action = put(engagement, text=text, due_on=due_on, owner=owner, by=by)
    summaries.refresh(engagement_id)
    return action


@write
def finish(*, action_id: int, by: User) -> NextAction:
    """Marks what was promised as done."""
    action = _locked(action_id)
    if NextAction.objects.filter(pk=action_id, done_at=None).update(done_at=timezone.now(), done_by=by):
        events.record("did", occurrence(action), by=by, engagement=action.engagement)
        summaries.refresh(action.engagement_id)
    action.refresh_from_db()
    return action


@write
def unfinish(*, action_id: int, by: User) -> NextAction:
    """Takes "done" back."""
    action = _locked(action_id)
    if NextAction.objects.filter(pk=action_id, done_at__isnull=False).update(done_at=None, done_by=None):
        events.record("took back", occurrence(action), by=by, engagement=action.engagement)
        summaries.refresh(action.engagement_id)
    action.refresh_from_db()
    return action


@write
def move(*, action_id: int, to: date, by: User, why: str) -> NextAction:
    """Puts what was promised on another day, with the reason; the old day stays in the history."""
    action, why = _locked(action_id), _reason(why, "Say why it moves; whoever waits for it reads that.")
    if action.done_at:
        raise Refused("This is done already. Take that back before you move it.", "due")
    if to == action.due_on:
        raise Refused(f"It is due on {to:%-d %B} already.", "due")
    events.record(
        "moved",
        occurrence(action),
        by=by,
        engagement=action.engagement,
        before={"due": action.due_on.isoformat()},
        after={"due": to.isoformat(), "why": why},
    )
    return _changed(action, due_on=to)


@write
def hand_on(*, action_id: int, to: User, by: User, why: str) -> NextAction:
    """Gives it to a colleague, with why; they hear of it at once, and it is theirs from then on."""
    action, why = _locked(action_id), _reason(why, "Say why you hand it on; they read that first.")
    if action.done_at:
        raise Refused("This is done already. Take that back before you hand it on.", "to")
    if to.pk == action.owner_id:
        raise Refused(f"It is {to}’s already.", "to")
    if not to.is_active or not Engagement.objects.visible_to(to).filter(pk=action.engagement_id).exists():
        raise Refused(f"{to} may not see this engagement. Put them on its team first.", "to")
    _pass(action, to, by, {"why": why})
    return _changed(action, owner=to, handed_by=by)


@write
def restore(event: Event, by: User) -> None:
    """Undo: done, moved or handed on is as it was before."""
    action = row_of(event, NextAction.objects.all())
    if action is None:
        raise Refused(GONE)
    action, before = _locked(action.pk), event.before
    if event.verb == "did":
        unfinish(action_id=action.pk, by=by)
    elif event.verb == "took back":
        finish(action_id=action.pk, by=by)
    elif action.done_at:
        raise Refused(GONE)
    elif event.verb == "moved" and action.due_on.isoformat() == event.after["due"]:
        move(action_id=action.pk, to=date.fromisoformat(before["due"]), by=by, why="Undone.")
    elif event.verb == "handed on" and action.owner_id == event.after["user"]:
        _take_back(action, event, by)
    else:
        raise Refused(GONE)


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


def _pass(action: NextAction, to: User, by: User, after: dict) -> None:
    """Tells it, and sees to it that the new owner hears of it, and the old one of nothing any more."""
    engagement, now = action.engagement, timezone.now()
    before = {"user": action.owner_id, "handed_by": action.handed_by_id}
    event = events.record(
        "handed on", occurrence(action), by=by, engagement=engagement, before=before, after=after | {"user": to.pk}
    )
    if to != by:
        reminders.promise(
            kind=Kind.ACTION_HANDED, occurrence=f"handed:{event.pk}", recipient=to, now=now, engagement=engagement
        )
    reminders.withdraw(occurrence=f"action:{action.pk}:{action.due_on}", reason=f"Handed on to {to}.")


def _take_back(action: NextAction, event: Event, by: User) -> None:
    """It is its former owner's again; what was promised to the other has not gone out, or says so when it does."""
    owner = User.objects.filter(pk=event.before["user"]).first()
    if owner is None:
        raise Refused(GONE)
    reminders.withdraw(occurrence=f"handed:{event.pk}", reason="It was taken back.")
    before = {"user": action.owner_id, "handed_by": action.handed_by_id}
    after = {"user": owner.pk, "why": "Undone."}
    events.record("handed on", occurrence(action), by=by, engagement=action.engagement, before=before, after=after)
    giver = User.objects.filter(pk=event.before["handed_by"]).first()
    _changed(action, owner=owner, handed_by=giver)


def _reason(why: str, otherwise: str) -> str:
    if not why.strip():
        raise Refused(otherwise, "why")
    return why.strip()[:LONGEST]


def _changed(action: NextAction, **values) -> NextAction:
    NextAction.objects.filter(pk=action.pk).update(**values)
    summaries.refresh(action.engagement_id)
    action.refresh_from_db()
    return action


def _locked(action_id: int) -> NextAction:
    """The action as it stands under the lock of its engagement."""
    lock(NextAction.objects.values_list("engagement", flat=True).get(pk=action_id))
    return NextAction.objects.select_related("engagement__tenant", "owner").get(pk=action_id)
