"""Tasks 3333 and 3334 follow the series of reviews: nobody has to set them.

Unlike what people set, they do not wait for the checklist of a step that lists them (R9): they say that something
was agreed or held, and that is so.
"""

from collections.abc import Iterable
from datetime import date

from engagements.gate import SETTLED
from engagements.models import User
from engagements.services.tasks import put_status
from engagements.walk import Walk, load_walks
from engagements.walk_rows import walkable
from tasks.statuses import TaskStatus

HEALTH_MEETINGS, LEADERSHIP = 3333, 3334
CUSTOMER_FACING, CXO = "customer-facing", "cxo"


def follow_reviews(*, engagement_ids: Iterable[int], by: User, today: date) -> None:
    """Puts both tasks where the series say, already under the lock. None of the two goes back by itself."""
    for walk in load_walks(walkable(list(engagement_ids)), today):
        if series := walk.series_of(CXO):
            _put(walk, LEADERSHIP, TaskStatus.COMPLETE, by, f"{series.name}: agreed.")
        if series := walk.series_of(CUSTOMER_FACING):
            if series.last_held:
                _put(walk, HEALTH_MEETINGS, TaskStatus.COMPLETE, by, f"{series.name}: the first one was held.")
            elif walk.lists(HEALTH_MEETINGS) and walk.task_state(HEALTH_MEETINGS)[0] == TaskStatus.NOT_STARTED:
                _put(walk, HEALTH_MEETINGS, TaskStatus.IN_PROGRESS, by, f"{series.name}: agreed.")


def _put(walk: Walk, number: int, status: TaskStatus, by: User, reason: str) -> None:
    """What a person settled stays as they settled it."""
    if walk.lists(number) and walk.task_state(number)[0] not in SETTLED:
        put_status(walk, number, status, by=by, reason=reason)
