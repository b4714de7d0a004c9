"""One writer per engagement at a time: a row lock on PostgreSQL, the IMMEDIATE transaction on SQLite."""

from datetime import date

from engagements.models import Engagement
from engagements.services.refusals import Refused
from engagements.walk import Place, Walk, load_walk


def lock(engagement_id: int) -> Engagement:
    """The open engagement, held until the transaction ends. Refuses one that is closed."""
    engagement = Engagement.objects.select_for_update().get(pk=engagement_id)
    if engagement.status == Engagement.Status.CLOSED:
        raise Refused("This engagement is closed and can only be read. Reopen it first.")
    return engagement


def locked_walk(engagement_id: int, today: date) -> Walk:
    """The engagement as it stands under the lock."""
    lock(engagement_id)
    return load_walk(engagement_id, today)


def locked_place(engagement_id: int, step_key: str, service_id: int | None, today: date) -> Place:
    place = locked_walk(engagement_id, today).place(step_key, service_id)
    if place is None:
        raise Refused("This engagement has no such step.")
    return place
