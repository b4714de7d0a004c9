"""Writing the enterprise status of a customer: each stays, and the newest holds (DOMAIN §3.7, R38–R40)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from engagements.enterprise import why_not_kept, why_not_next
from engagements.models import Customer, Engagement, EnterpriseStatus, Note, Review, User
from engagements.services import events
from engagements.services.locking import lock_customer, write
from engagements.services.notes import NewNote, write_note
from engagements.services.refusals import Refused

LENGTHS = {"summary": 256, "overview": 2_000, "activities": 2_000, "risks": 512, "brand": 200, "awareness": 512}
REQUIRED = {
    "summary": "Sum it up for leadership in a sentence or two.",
    "overview": "Say where the deployment stands.",
}


@dataclass(frozen=True)
class NewStatus:
    """What a person says of a customer to leadership."""

    status: str
    reasons: tuple[str, ...]
    summary: str
    overview: str
    next_update_on: date | None
    activities: str = ""
    risks: str = ""
    brand: str = ""
    awareness: str = ""

    def said(self) -> dict[str, str]:
        return {name: getattr(self, name).strip() for name in LENGTHS}


@write
def write_status(*, customer_id: int, new: NewStatus, token: UUID, by: User, today: date) -> EnterpriseStatus:
    """Writes the status outside of a review, and its note in the newest open engagement of the winner tenant.

    The same status once more on the same day, as of a double click, is not written again.
    """
    customer = lock_customer(customer_id)
    engagement = newest_open(customer)
    last = customer.enterprise_statuses.first()
    if last and _is_same(last, new, by, today):
        return last
    row = put_status(customer, new, by=by, today=today)
    if engagement:
        note = NewNote(token=token, body=in_words(row), category=Note.Category.ENTERPRISE_STATUS.value)
        write_note(engagement_id=engagement.pk, note=note, by=by, today=today)
    return row


def put_status(
    customer: Customer, new: NewStatus, *, by: User, today: date, review: Review | None = None
) -> EnterpriseStatus:
    """Writes the row and its event, already under the lock of the customer."""
    winner = customer.winner
    if why := why_not_kept(winner.enterprise_level if winner else None, winner is not None):
        raise Refused(why)
    _must_be_whole(new, today)
    before = customer.enterprise_statuses.first()
    row = EnterpriseStatus.objects.create(
        customer=customer,
        review=review,
        status=new.status,
        reasons=list(dict.fromkeys(new.reasons)),
        next_update_on=new.next_update_on,
        on=today,
        at=timezone.now(),
        by=by,
        **new.said(),
    )
    events.record(
        "wrote",
        f"enterprise status:{row.pk}",
        by=by,
        customer=customer,
        before={"status": before.status} if before else {},
        after={"status": row.status, "next": row.next_update_on.isoformat()},
    )
    return row


def in_words(row: EnterpriseStatus) -> str:
    """The status as its note says it, with what stays off a printed page."""
    named = dict(EnterpriseStatus.Reason.choices)
    lines = [
        f"Enterprise status: {row.get_status_display()}",
        f"Reason: {', '.join(named.get(one, one) for one in row.reasons)}",
        *(f"{label}: {text}" for label, text in texts(row) if text),
        f"Next update: {row.next_update_on:%-d %b %Y}",
    ]
    return "\n\n".join(lines)


def texts(row: EnterpriseStatus) -> list[tuple[str, str]]:
    """(what it is called, what it says), in the order of the portal."""
    called: Mapping[str, str] = {
        "summary": "Exec summary",
        "overview": "Deployment status, current overview",
        "activities": "Current FTC activities",
        "risks": "Risks",
        "brand": "Public or brand name",
        "awareness": "Awareness",
    }
    return [(label, getattr(row, name)) for name, label in called.items()]


def newest_open(customer: Customer) -> Engagement | None:
    """Where the note of a status goes that no review wrote."""
    rows = Engagement.objects.filter(tenant=customer.winner_id).exclude(status=Engagement.Status.CLOSED)
    return rows.order_by("-pk").first() if customer.winner_id else None


def _is_same(last: EnterpriseStatus, new: NewStatus, by: User, today: date) -> bool:
    values = new.said() | {"status": new.status, "next_update_on": new.next_update_on}
    same = all(getattr(last, name) == value for name, value in values.items())
    return same and last.on == today and last.by_id == by.pk and set(last.reasons) == set(new.reasons)


def _must_be_whole(new: NewStatus, today: date) -> None:
    if new.status not in EnterpriseStatus.Status.values:
        raise Refused("Choose Red, Yellow or Green.", "status")
    if not new.reasons:
        raise Refused("Choose at least one reason.", "reasons")
    if set(new.reasons) - set(EnterpriseStatus.Reason.values):
        raise Refused("Choose reasons from the list.", "reasons")
    said: Mapping[str, Any] = new.said()
    for name, why in REQUIRED.items():
        if not said[name]:
            raise Refused(why, name)
    for name, longest in LENGTHS.items():
        if len(said[name]) > longest:
            raise Refused(f"At most {longest:,} characters; this has {len(said[name]):,}.", name)
    if new.next_update_on is None:
        raise Refused("Say when the next update follows.", "next_update_on")
    if why := why_not_next(new.status, new.next_update_on, today):
        raise Refused(why, "next_update_on")
