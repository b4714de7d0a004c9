"""How an engagement ends, what is left to do once it has ended, and opening it again (R25 to R27)."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from engagements import access, assigning
from engagements.disengagement import disengagement, is_rfa, look_again_on
from engagements.models import Assignment, Engagement, Event, NextAction, User
from engagements.services import assignments, events, handovers, reviews
from engagements.services.engagements import change
from engagements.services.locking import lock_any, lock_customer_of, locked_walk, write
from engagements.services.refusals import Refused
from engagements.walk import Walk

Ending = Engagement.Ending


@dataclass(frozen=True)
class FollowUp:
    """Looking at the customer again after the end: who, when, and what for."""

    text: str
    on: date
    owner: User


@write
def close_engagement(
    *,
    engagement_id: int,
    ended_as: str,
    outcome: str,
    by: User,
    today: date,
    follow_up: FollowUp | None = None,
    queue: str = "",
) -> Engagement:
    """Ends it with an outcome; it is read-only from then on. The last one of a tenant ends its reviews as well.

    An RFA engagement is disengaged only when every service had its completion discussion and the task that
    ends it is complete (R25, R26), and then with a day to look again and the queue it moves to (R27).
    """
    # Reviews may belong to the customer, who is locked before its tenants.
    lock_customer_of(engagement_id=engagement_id)
    walk = locked_walk(engagement_id, today)
    engagement = walk.engagement
    if ended_as not in Ending.values:
        raise Refused("Choose how the engagement ended.", "ended_as")
    if not outcome.strip():
        raise Refused("Say how the engagement ended.", "outcome")
    if ended_as == Ending.DISENGAGED and is_rfa(engagement):
        _must_be_disengaged(walk, today, follow_up, queue)
    if follow_up:
        _promise(engagement, follow_up, by, today)
    values = {"ended_as": ended_as, "outcome": outcome.strip()[:500], "closed_on": today}
    if queue:
        values |= {"queue": queue, "queue_asked_on": today}
    handovers.end_with(engagement, by=by)
    reviews.end_with_last(engagement, by=by, today=today)
    change(engagement, "closed", by, status=Engagement.Status.CLOSED, **values)
    return engagement


@write
def reopen_engagement(*, engagement_id: int, why: str, by: User) -> Engagement:
    """Opens a closed engagement again, with a reason; how it had ended stays in the history."""
    engagement = lock_any(engagement_id)
    if not why.strip():
        raise Refused("Say why the engagement is reopened.", "why")
    if engagement.status != Engagement.Status.CLOSED:
        raise Refused("This engagement is open already.")
    if engagement.tenant.is_duplicate:
        raise Refused("This tenant is a duplicate (R46). Say first that it is none.")
    ended = {"ended_as": "", "outcome": "", "closed_on": None}
    ended |= {"queue": "", "queue_asked_on": None, "queue_moved_on": None}
    change(engagement, "reopened", by, why=why.strip()[:500], status=Engagement.Status.OPEN, **ended)
    return engagement


@write
def confirm_move(*, engagement_id: int, on: date, by: User, today: date) -> Engagement:
    """Says that the tenant was moved to the queue that was asked for; only then is the FM unassigned (R27)."""
    engagement = lock_any(engagement_id)
    if engagement.status != Engagement.Status.CLOSED or not engagement.queue:
        raise Refused("No move to a queue was requested here.")
    if engagement.queue_moved_on:
        raise Refused("This move is confirmed already.")
    if on > today:
        raise Refused("Confirm the move once it has happened.", "on")
    if on < engagement.queue_asked_on:
        raise Refused("The move was requested after that day.", "on")
    change(engagement, "confirmed the move of", by, queue_moved_on=on)
    return engagement


def leaving_manager(engagement: Engagement, by: User) -> Assignment | None:
    """The FastTrack Manager whom this person may unassign, now that the tenant was moved to its queue (R27)."""
    if engagement.status != Engagement.Status.CLOSED or not engagement.queue_moved_on:
        return None
    leads = engagement.tenant.assignments.filter(role__name=assigning.MANAGER, primary=True)
    row = leads.select_related("user", "role", "tenant").first()
    if row is None or not access.may_assign_at(by, engagement.tenant) or assignments.why_not_away(row, by=by):
        return None
    return row


@write
def unassign_manager(*, engagement_id: int, by: User) -> Event:
    """The last of a disengagement: the FastTrack Manager leaves the tenant that is in its queue (R27)."""
    row = leaving_manager(lock_any(engagement_id), by)
    if row is None:
        raise Refused("Nobody can be unassigned here any more. The team says who works there.")
    return assignments.unassign(assignment_id=row.pk, by=by)


@write
def finish_follow_up(*, engagement_id: int, by: User) -> NextAction:
    """Somebody looked at the closed engagement again and there is nothing to do; otherwise they reopen it."""
    engagement = lock_any(engagement_id)
    action = engagement.next_actions.filter(done_at=None, note=None).first()
    if engagement.status != Engagement.Status.CLOSED or action is None:
        raise Refused("Nothing was promised for after the end of this engagement.")
    NextAction.objects.filter(pk=action.pk).update(done_at=timezone.now(), done_by=by)
    events.record("did", f"next action:{action.pk}", by=by, engagement=engagement)
    action.refresh_from_db()
    return action


def _must_be_disengaged(walk: Walk, today: date, follow_up: FollowUp | None, queue: str) -> None:
    left = disengagement(walk).left
    if left:
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        raise Refused(
            f"It is not disengaged yet: {left[0].title} is not complete{more}. Complete what the table names, "
            "or say that it ended in another way.",
            "ended_as",
        )
    day = look_again_on(today)
    if follow_up is None or follow_up.on != day:
        raise Refused(f"After disengaging, the next action is due {day:%-d %B %Y} (R27).", "follow_up_on")
    if queue not in Engagement.Queue.values:
        raise Refused("Say which queue the tenant moves to (R27).", "queue")


def _promise(engagement: Engagement, follow_up: FollowUp, by: User, today: date) -> None:
    if follow_up.on <= today:
        raise Refused("Look again on a day after today.", "follow_up_on")
    if not follow_up.text.strip():
        raise Refused("Say what somebody does on that day.", "follow_up_text")
    action = NextAction.objects.create(
        engagement=engagement, text=follow_up.text.strip()[:500], due_on=follow_up.on, owner=follow_up.owner
    )
    events.record(
        "promised",
        f"next action:{action.pk}",
        by=by,
        engagement=engagement,
        after={"due": follow_up.on.isoformat(), "user": follow_up.owner.pk},
    )
