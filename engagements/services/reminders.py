"""Promising a message, and running the ledger: the one way to reach somebody by mail."""

from datetime import date, datetime

import structlog
from django.utils import timezone

from engagements.models import Customer, Engagement, Reminder, Sweep, Tenant, User
from engagements.reminding import planning, sending
from engagements.reminding.kinds import Kind
from engagements.services.locking import write

log = structlog.get_logger("desk.reminders")


@write
def promise(
    *,
    kind: Kind,
    occurrence: str,
    recipient: User,
    now: datetime,
    engagement: Engagement | None = None,
    tenant: Tenant | None = None,
    customer: Customer | None = None,
    due_on: date | None = None,
) -> Reminder:
    """Promises a message that is to go out as soon as the recipient's quiet hours allow; once, however often asked."""
    at = recipient.hours.soonest(now)
    reminder, _ = Reminder.objects.get_or_create(
        kind=kind,
        occurrence=occurrence,
        recipient=recipient,
        defaults={
            "engagement": engagement,
            "tenant": tenant,
            "customer": customer,
            "due_on": due_on,
            "send_at": at,
            "try_at": at,
            "planned_at": now,
        },
    )
    return reminder


@write
def withdraw(*, occurrence: str, reason: str) -> int:
    """Takes back what was promised about an occurrence and has not gone out; ``reason`` is a sentence."""
    waiting = Reminder.objects.filter(occurrence=occurrence, state=Reminder.State.PLANNED)
    return waiting.update(state=Reminder.State.DROPPED, reason=reason[:300])


def sweep(now: datetime, *, until: datetime | None = None) -> Sweep:
    """Plans what comes up around ``now`` and sends what is due by then; leaves a row for the page that admins see."""
    row = Sweep.objects.create(began_at=timezone.now())
    try:
        row.planned = planning.plan(now)
        done = sending.send_due(now, until=until)
    except Exception as fault:
        row.error = repr(fault)[:500]
        raise
    else:
        row.sent, row.dropped, row.failed, row.error = done.sent, done.dropped, done.failed, done.error[:500]
    finally:
        row.ended_at = timezone.now()
        row.save()
        log.info("round", planned=row.planned, sent=row.sent, dropped=row.dropped, failed=row.failed, error=row.error)
    return row


@write
def try_again(*, reminders: list[int]) -> int:
    """Sends what was set aside once more, after somebody mended what was in the way."""
    aside = Reminder.objects.filter(pk__in=reminders, state=Reminder.State.ASIDE)
    return aside.update(state=Reminder.State.PLANNED, try_at=timezone.now(), refusals=0, reason="")


@write
def forget_rounds(*, before: datetime) -> None:
    """Rounds are kept for the page that says whether reminders go out, not for ever."""
    Sweep.objects.filter(began_at__lt=before).delete()
