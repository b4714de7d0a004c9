"""The address of somebody's private calendar: made, made anew, taken away. The token itself is kept nowhere."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from engagements.models import CalendarFeed, User
from engagements.services import audit
from engagements.services.locking import write

BYTES = 32
READ_IS_NOTED_EVERY = timedelta(minutes=15)


@write
def renew(*, person: User) -> str:
    """Makes an address and returns its token, this once; the one before stops working."""
    token = secrets.token_urlsafe(BYTES)
    made = {"token_digest": digest(token), "made_at": timezone.now(), "read_at": None}
    CalendarFeed.objects.update_or_create(user=person, defaults=made)
    audit.record(audit.Action.CALENDAR_SHARED, f"user:{person.pk}", by=person)
    return token


@write
def revoke(*, person: User, by: User | None = None) -> bool:
    """Takes the address away; whoever subscribed reads nothing any more. ``by`` is who did it, if not the person."""
    gone = bool(CalendarFeed.objects.filter(user=person).delete()[0])
    if gone:
        audit.record(audit.Action.CALENDAR_CLOSED, f"user:{person.pk}", by=by or person)
    return gone


def reader(token: str, now: datetime) -> User | None:
    """Whose calendar a token opens. It is looked up by its digest, so that no answer tells how near a guess was."""
    feed = CalendarFeed.objects.filter(token_digest=digest(token), user__is_active=True).select_related("user").first()
    if feed is None:
        return None
    unnoted = Q(read_at=None) | Q(read_at__lt=now - READ_IS_NOTED_EVERY)
    if feed.read_at is None or feed.read_at < now - READ_IS_NOTED_EVERY:
        CalendarFeed.objects.filter(unnoted, pk=feed.pk).update(read_at=now)
    return feed.user


def digest(token: str) -> str:
    """A token has 256 random bits: there is nothing to guess, and so nothing to salt or to slow down."""
    return hashlib.sha256(token.encode()).hexdigest()
