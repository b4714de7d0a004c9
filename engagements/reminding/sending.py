"""Claims what is due, sends it, marks it: nothing twice but where a process dies in between, nothing lost.

A claim is a lease. Who dies while holding one loses it after some minutes, and somebody else sends: with the
same Message-ID, so that mail systems can drop what they have. A server that is down costs time and no
attempt; a message that the server refuses is tried some times and then set aside, where an admin sees it.
"""

import smtplib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from engagements.models import Digest, Reminder, ReminderChoice
from engagements.reminding.kinds import KINDS, Kind
from engagements.reminding.mails import digest_mail, reminder_mail
from engagements.reminding.writing import Message, write

AT_A_TIME = 100
MOST_REFUSALS = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
State, How = Reminder.State, ReminderChoice.How
log = structlog.get_logger("desk.reminders")


@dataclass
class Sent:
    """What a round did."""

    sent: int = 0
    dropped: int = 0
    failed: int = 0
    error: str = ""


class ServerDown(Exception):
    """The mail server does not answer; nothing more is tried in this round."""


def send_due(now: datetime, *, until: datetime | None = None) -> Sent:
    """Sends everything that is due at ``now``, person by person; stops at ``until``, where that is given."""
    done = Sent()
    connection = get_connection()
    try:
        while not (until and timezone.now() >= until) and (claimed := claim(now)):
            _send(claimed, connection, done)
    except ServerDown as down:
        done.error = str(down)
    finally:
        _close(connection)
    return done


def claim(now: datetime) -> list[Reminder]:
    """Takes what one person has due, or what somebody who died was sending, under a new lease."""
    clock = timezone.now()
    due = Q(state=State.PLANNED, try_at__lte=now) | Q(state=State.CLAIMED, lease_until__lt=clock)
    with transaction.atomic():
        first = Reminder.objects.filter(due).order_by("try_at", "pk").select_for_update(skip_locked=True).first()
        if first is None:
            return []
        theirs = Reminder.objects.filter(due, recipient=first.recipient_id).order_by("try_at", "pk")
        ids = list(theirs.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_A_TIME])
        lease = uuid4()
        Reminder.objects.filter(pk__in=ids).update(
            state=State.CLAIMED, lease=lease, lease_until=clock + settings.REMINDER_LEASE
        )
        rows = Reminder.objects.filter(pk__in=ids).select_related("recipient", "digest").order_by("try_at", "pk")
        rows = list(rows)
        _compose(rows, clock)
    return rows


def _compose(rows: list[Reminder], clock: datetime) -> None:
    """Puts what goes into the mail of the morning together, before anything is sent: a retry sends the same."""
    loose = [row for row in rows if row.digest_id is None and how(row) == How.DIGEST]
    if len(loose) > 1:
        digest = Digest.objects.create(recipient=loose[0].recipient, composed_at=clock)
        Reminder.objects.filter(pk__in=[row.pk for row in loose]).update(digest=digest)
        for row in loose:
            row.digest = digest


def how(reminder: Reminder) -> str:
    """What the recipient chose for the kind, or what the kind does by itself."""
    user = reminder.recipient
    if not hasattr(user, "how_by_kind"):
        user.how_by_kind = dict(ReminderChoice.objects.filter(user=user).values_list("kind", "how"))
    by_itself = How.AT_ONCE if KINDS[Kind(reminder.kind)].at_once else How.DIGEST
    return user.how_by_kind.get(reminder.kind, by_itself)


def _send(rows: list[Reminder], connection: BaseEmailBackend, done: Sent) -> None:
    lease = rows[0].lease
    try:
        said = write(rows)
    except Exception as fault:
        # A fault of ours in one message must not hold up the others: one by one from here.
        if len(rows) == 1:
            _refused(rows, f"It could not be written: {fault!r}", done)
            return
        for row in rows:
            _send([row], connection, done)
        return
    wanted = []
    for row in rows:
        message = said[row.pk]
        reason = message if isinstance(message, str) else _no_mail(row)
        if reason:
            _mark([row], State.DROPPED, reason)
            done.dropped += 1
        else:
            wanted.append(row)
    for together in _mails(wanted):
        if not _still_mine(lease, together):
            continue
        _send_one(together, said, connection, done)


def _no_mail(row: Reminder) -> str:
    if how(row) == How.OFF:
        return "The recipient reads these in the desk only."
    return "" if row.recipient.email else "The recipient has no e-mail address; it stands in the desk only."


def _mails(rows: Iterable[Reminder]) -> list[list[Reminder]]:
    """The reminders of each mail: those of a digest together, others by themselves."""
    mails: dict[object, list[Reminder]] = {}
    for row in rows:
        mails.setdefault(row.digest or row.pk, []).append(row)
    return list(mails.values())


def _send_one(rows: list[Reminder], said: dict[int, Message], connection: BaseEmailBackend, done: Sent) -> None:
    mail = digest_mail(rows, said) if rows[0].digest_id else reminder_mail(rows[0], said[rows[0].pk])
    mail.connection = connection
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as fault:
        codes = {code for code, _ in fault.recipients.values()}
        _failed(rows, _words(fault), done, for_good=all(code >= 500 for code in codes))
    except smtplib.SMTPResponseException as fault:
        _failed(rows, _words(fault), done, for_good=fault.smtp_code >= 500)
    except (OSError, smtplib.SMTPException) as fault:
        _failed(rows, f"The mail server does not answer: {fault}", done, for_good=False)
        _close(connection)
        raise ServerDown(f"The mail server does not answer: {fault}") from fault
    except Exception as fault:
        _failed(rows, f"It could not be sent: {fault!r}", done, for_good=True)
    else:
        _mark(rows, State.SENT, "", sent_at=timezone.now())
        done.sent += len(rows)


def _failed(rows: list[Reminder], reason: str, done: Sent, *, for_good: bool) -> None:
    if for_good:
        _refused(rows, reason, done)
        return
    for row in rows:
        _again(row, reason)
    done.failed += len(rows)


def _refused(rows: list[Reminder], reason: str, done: Sent) -> None:
    """Counts a refusal of each; what was refused too often is set aside."""
    for row in rows:
        row.refusals += 1
        if row.refusals >= MOST_REFUSALS:
            log.warning("reminder set aside", reminder=row.pk, kind=row.kind, reason=reason)
            _mark([row], State.ASIDE, reason, attempts=row.attempts + 1, refusals=row.refusals)
        else:
            _again(row, reason)
    done.failed += len(rows)


def _again(row: Reminder, reason: str) -> None:
    """Later, after a pause that doubles with each attempt."""
    pause = min(FIRST_WAIT * 2 ** min(row.attempts, 10), LONGEST_WAIT)
    again = {"attempts": row.attempts + 1, "refusals": row.refusals, "try_at": timezone.now() + pause}
    _mark([row], State.PLANNED, reason, **again)


def _mark(rows: list[Reminder], state: str, reason: str, **values) -> None:
    """Ends the lease, where it is still ours."""
    mine = Reminder.objects.filter(pk__in=[row.pk for row in rows], state=State.CLAIMED, lease=rows[0].lease)
    mine.update(state=state, reason=reason[:300], lease=None, lease_until=None, **values)


def _still_mine(lease: UUID, rows: list[Reminder]) -> bool:
    """Lengthens the lease before each mail; who lost it in a long round sends nothing any more."""
    mine = Reminder.objects.filter(pk__in=[row.pk for row in rows], state=State.CLAIMED, lease=lease)
    return mine.update(lease_until=timezone.now() + settings.REMINDER_LEASE) == len(rows)


def _words(fault: Exception) -> str:
    return f"The mail server refused it: {fault}"


def _close(connection: BaseEmailBackend) -> None:
    with suppress(OSError, smtplib.SMTPException):
        connection.close()


def oldest_due(now: datetime) -> datetime | None:
    """Since when something waits that should have gone out, for the page that says whether reminders go out."""
    return Reminder.objects.filter(state=State.PLANNED, try_at__lte=now).aggregate(at=Min("send_at"))["at"]
