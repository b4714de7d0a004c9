"""A demo handover that waits for an answer: from the second FastTrack Manager to the first."""

import datetime as dt
from collections.abc import Iterable

from engagements.models import Engagement, Handover, User
from engagements.services import handovers

WHY = "I am on parental leave from next month. The customer knows, and likes short calls on Thursdays."


def offer_one(engagements: Iterable[Engagement], people: dict[str, User], today: dt.date) -> Handover | None:
    """Offers one open engagement that ``fm2`` leads to ``fm``; the service itself does it."""
    giver, receiver = people["fm2"], people["fm"]
    open_ones = (row for row in engagements if row.status == Engagement.Status.OPEN)
    found = next((row for row in open_ones if handovers.responsible(row.tenant) == giver), None)
    if found is None:
        return None
    return handovers.offer(engagement_id=found.pk, receiver=receiver, why=WHY, by=giver, today=today)
