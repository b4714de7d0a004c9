"""Whether reminders go out: the queue, the last round, what waits and what failed."""

from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from engagements import working_days
from engagements.models import Assignment, Reminder, Sweep, Tenant, User
from engagements.reminding.sending import oldest_due
from engagements.selectors.words import count

# A round that is later than this many intervals has not begun: beat or every worker is away.
LATE = 3
MANY = 100  # jobs; beat sends one a minute
NAMED = 8
DAY = timedelta(days=1)


def rounds_facts() -> list[dict[str, str]]:
    """Each a name, what is so, and whether somebody should look ("" or "bad")."""
    now = timezone.now()
    last = Sweep.objects.first()
    waiting, queue = _queue()
    return [
        queue,
        _beat(last, waiting, now),
        _last_round(last, now),
        _waiting(now),
        _failed(now),
        _aside(),
        _server(last),
        _without_address(),
        _calendars(),
    ]


def _queue() -> tuple[int, dict[str, str]]:
    """How many jobs wait at the broker, as far as it answers."""
    try:
        with current_app.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
            queue = current_app.conf.task_default_queue
            waiting = connection.default_channel.queue_declare(queue=queue, durable=True).message_count
    except Exception as fault:  # every transport has its own exceptions
        return 0, _fact("Queue", f"The broker does not answer: {fault}", bad=True)
    return waiting, _fact("Queue", f"{count(waiting, 'job')} waiting", bad=waiting > MANY)


def _beat(last: Sweep | None, waiting: int, now: datetime) -> dict[str, str]:
    """Beat leaves nothing behind but jobs: one that was done, or one that waits."""
    if last is not None and not _is_late(last, now):
        return _fact("Beat", f"Its last job began {_ago(last.began_at, now)}")
    if waiting:
        return _fact("Beat", "Its jobs wait, and no worker takes them", bad=True)
    return _fact("Beat", "It has sent no job for a while: beat is away, or never ran", bad=True)


def _last_round(last: Sweep | None, now: datetime) -> dict[str, str]:
    if last is None:
        return _fact("Last round", "None has run yet. Are worker and beat running?", bad=True)
    late = _is_late(last, now)
    said = _ago(last.began_at, now) + ("; beat or the workers are away" if late else "")
    if not late and last.ended_at:
        took = (last.ended_at - last.began_at).total_seconds()
        said += f", took {took:.1f} s: {last.planned} planned, {last.sent} sent, {last.dropped} not sent"
    return _fact("Last round", said, bad=late)


def _is_late(last: Sweep, now: datetime) -> bool:
    return now - last.began_at > LATE * settings.REMINDER_EVERY


def _ago(at: datetime, now: datetime) -> str:
    seconds = max(int((now - at).total_seconds()), 0)
    if seconds < 120:
        return f"{seconds} seconds ago"
    return f"{seconds // 60} minutes ago" if seconds < 7200 else f"{seconds // 3600} hours ago"


def _waiting(now: datetime) -> dict[str, str]:
    since = oldest_due(now)
    if since is None:
        return _fact("Waiting", "Nothing that is due waits")
    return _fact("Waiting", f"Due since {timezone.localtime(since):%-d %b, %H:%M}", bad=True)


def _aside() -> dict[str, str]:
    aside = Reminder.objects.filter(state=Reminder.State.ASIDE).count()
    url = f"{reverse('admin:engagements_reminder_changelist')}?state__exact=aside" if aside else ""
    says = f"{count(aside, 'message')} refused too often" if aside else "None"
    return _fact("Set aside", says, bad=bool(aside), url=url)


def _failed(now: datetime) -> dict[str, str]:
    found = Sweep.objects.filter(began_at__gte=now - DAY).exclude(error="").count()
    url = f"{reverse('admin:engagements_sweep_changelist')}?error__isempty=0"
    return _fact(
        "Failures", f"{count(found, 'round')} of the last day" if found else "None today", url=url if found else ""
    )


def _without_address() -> dict[str, str]:
    """Who is to hear of things, and can be reached in the desk only."""
    people = User.objects.filter(is_active=True, email="").filter(
        Exists(Assignment.objects.filter(user=OuterRef("pk")))
    )
    found = people.count()
    if not found:
        return _fact("Addresses", "Everybody who is assigned somewhere has one")
    names = ", ".join(str(one) for one in people.order_by("username")[:NAMED])
    more = f" and {found - NAMED} more" if found > NAMED else ""
    says = f"{count(found, 'person', 'people')} without one, who read reminders in the desk only: {names}{more}"
    return _fact("Addresses", says, bad=True)


def _server(last: Sweep | None) -> dict[str, str]:
    error = last.error if last else ""
    return _fact("Mail server", error or "No complaint in the last round", bad=bool(error))


def _calendars() -> dict[str, str]:
    """Countries by which nobody can say which day is a holiday: reviews there avoid weekends alone."""
    countries = Tenant.objects.exclude(country="").order_by().values_list("country", flat=True).distinct()
    unknown = working_days.unknown_among(countries)
    if not unknown:
        return _fact("Holidays", "Known for the country of every tenant")
    return _fact("Holidays", f"Not known for {', '.join(unknown)}: reviews avoid weekends alone there", bad=True)


def _fact(name: str, says: str, *, bad: bool = False, url: str = "") -> dict[str, str]:
    return {"name": name, "says": says, "state": "bad" if bad else "", "url": url}
