"""Whether reminders go out: the queue, the last round, what waits and what failed."""

from datetime import datetime

from celery import current_app
from django.conf import settings
from django.utils import timezone

from engagements import working_days
from engagements.models import Reminder, Sweep, Tenant
from engagements.reminding.sending import oldest_due
from engagements.selectors.words import count

# A round that is later than this many intervals has not begun: beat or every worker is away.
LATE = 3


def rounds_facts() -> list[dict[str, str]]:
    """Each a name, what is so, and whether somebody should look ("" or "bad")."""
    now = timezone.now()
    last = Sweep.objects.first()
    return [_queue(), _last_round(last, now), _waiting(now), _aside(), _server(last), _calendars()]


def _queue() -> dict[str, str]:
    try:
        with current_app.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
            queue = current_app.conf.task_default_queue
            waiting = connection.default_channel.queue_declare(queue=queue, durable=True).message_count
    except Exception as fault:  # every transport has its own exceptions
        return _fact("Queue", f"The broker does not answer: {fault}", bad=True)
    return _fact("Queue", f"{count(waiting, 'job')} waiting", bad=waiting > 100)


def _last_round(last: Sweep | None, now: datetime) -> dict[str, str]:
    if last is None:
        return _fact("Last round", "None has run yet. Are worker and beat running?", bad=True)
    ago = int((now - last.began_at).total_seconds())
    late = ago > LATE * settings.REMINDER_EVERY.total_seconds()
    return _fact("Last round", f"{ago} seconds ago" + ("; beat or the workers are away" if late else ""), bad=late)


def _waiting(now: datetime) -> dict[str, str]:
    since = oldest_due(now)
    if since is None:
        return _fact("Waiting", "Nothing that is due waits")
    return _fact("Waiting", f"Due since {timezone.localtime(since):%-d %b, %H:%M}", bad=True)


def _aside() -> dict[str, str]:
    aside = Reminder.objects.filter(state=Reminder.State.ASIDE).count()
    return _fact("Set aside", f"{count(aside, 'message')} refused too often" if aside else "None", bad=bool(aside))


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


def _fact(name: str, says: str, *, bad: bool = False) -> dict[str, str]:
    return {"name": name, "says": says, "state": "bad" if bad else ""}
