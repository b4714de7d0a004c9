"""Task 983 follows the referrals of its engagement: nobody has to set it."""

from datetime import date

from engagements.gate import checklists_closed
from engagements.models import Referral, User
from engagements.referring import TASK, task_status
from engagements.services.tasks import put_status
from engagements.walk import Place, Walk, load_walk
from tasks.statuses import TaskStatus


def follow_referrals(*, engagement_id: int, by: User, today: date) -> str:
    """Puts 983 where the referrals say, already under the lock; returns why it could not, or nothing.

    R9 holds here as it does for people: while the checklists of a step that lists it are open, it does not
    become Complete. Closing that step asks again.
    """
    walk = load_walk(engagement_id, today)
    if not walk.lists(TASK):
        return ""
    referrals = Referral.objects.filter(engagement=engagement_id)
    now = walk.task_state(TASK)[0]
    wanted = task_status(
        now,
        is_open=referrals.filter(closed_on=None).exists(),
        was_sent=referrals.filter(sent_on__isnull=False).exists(),
    )
    if wanted == TaskStatus.COMPLETE and (held := waits_for(walk)):
        return f"Task {TASK} becomes Complete with {held.title}, whose checklists are open."
    if wanted != now:
        put_status(walk, TASK, wanted, by=by, reason="The referral says so.")
    return ""


def waits_for(walk: Walk) -> Place | None:
    """The step that lists 983 and whose checklists are still open (R9)."""
    for place in walk.steps_listing(TASK):
        if place.step.has_checklists and not place.is_done and not checklists_closed(place.verdict, TASK):
            return place
    return None
