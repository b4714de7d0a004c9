"""Demo notes that wait for somebody: one escalated that mentions a colleague, one about the intent of a service."""

import datetime as dt
import uuid
from collections.abc import Iterable

from engagements.models import Engagement, Note, User
from engagements.services.notes import NewNote, write_note

TROUBLE = "Sign-in fails for 200 people since the certificate was renewed. @fm, their head of IT asks for a call today."
INTENT = "The customer intends to deploy {service} to all sites by June because its old system ends then."


def write_some(engagements: Iterable[Engagement], people: dict[str, User], today: dt.date) -> list[Note]:
    """In the first open engagement that ``fm``, ``fe`` and ``tm`` share; the service itself writes them."""
    team = {people[name].pk for name in ("fm", "fe", "tm")}
    open_ones = (row for row in engagements if row.status == Engagement.Status.OPEN)
    found = next((row for row in open_ones if team <= _assigned(row)), None)
    service = found and found.services.first()
    if not service:
        return []
    trouble = NewNote(
        token=uuid.uuid4(), body=TROUBLE, category=Note.Category.TECHNICAL_ENABLEMENT.value, escalated=True
    )
    intent = NewNote(
        token=uuid.uuid4(),
        body=INTENT.format(service=service.label),
        category=Note.Category.SERVICE_INTENT.value,
        services=(service.pk,),
    )
    written = ((trouble, people["fe"]), (intent, people["fm"]))
    return [write_note(engagement_id=found.pk, note=note, by=by, today=today)[0] for note, by in written]


def _assigned(engagement: Engagement) -> set[int]:
    return set(engagement.tenant.assignments.values_list("user", flat=True))
