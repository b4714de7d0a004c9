"""Keeps the mornings of everybody who may get reminders, from yesterday until the horizon."""

from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q

from engagements.models import Morning, Reminder, User
from engagements.services.locking import hold, write

DAY = timedelta(days=1)
FIRST, LAST = -2 * DAY, 4 * DAY  # which days around today are kept
CHUNK = 2000
PLANNED = ["at", "day_before", "week_after", "three_weeks_before"]


def extend(today: date) -> int:
    """Adds what is missing of the days around today, and forgets those that are past; returns how many were added.

    From two days back: on the date line it is still yesterday somewhere, and a desk that was off catches up.
    """
    Morning.objects.filter(day__lt=today - 7 * DAY).delete()
    days = [today + n * DAY for n in range(FIRST.days, LAST.days + 1)]
    kept = Count("mornings", filter=Q(mornings__day__range=(days[0], days[-1])))
    lacking = User.objects.filter(is_active=True).order_by("pk").annotate(n_kept=kept).filter(n_kept__lt=len(days))
    added, last = 0, 0
    while ids := list(lacking.filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK]):
        added, last = added + _extend(ids, days), ids[-1]
    return added


@write
def _extend(ids: list[int], days: list[date]) -> int:
    """Under the locks of these people: who changes their hours meanwhile comes before or after."""
    users = hold(User.objects.filter(pk__in=ids).only("time_zone", "morning_at", "quiet_from", "quiet_until"))
    have = set(Morning.objects.filter(user__in=ids, day__gte=days[0]).values_list("user_id", "day"))
    missing = [_morning(user, day) for user in users for day in days if (user.pk, day) not in have]
    return len(Morning.objects.bulk_create(missing, ignore_conflicts=True))


def plan_anew(user: User, now: datetime) -> None:
    """After somebody changed their zone or hours, under their lock: what is still to come goes out by the new ones."""
    Morning.objects.filter(user=user).delete()
    today = now.astimezone(user.zone).date()
    days = [_morning(user, today + n * DAY) for n in range(FIRST.days, LAST.days + 1)]
    # A round of reminders may be adding some of them this very moment.
    Morning.objects.bulk_create(days, update_conflicts=True, unique_fields=["user", "day"], update_fields=PLANNED)
    waiting = Reminder.objects.filter(recipient=user, state=Reminder.State.PLANNED, attempts=0)
    for reminder in waiting.filter(send_at=F("try_at"), send_on__isnull=False):
        at = user.hours.morning_of(reminder.send_on)
        Reminder.objects.filter(pk=reminder.pk, state=Reminder.State.PLANNED).update(send_at=at, try_at=at)


def _morning(user: User, day: date) -> Morning:
    around = {"day_before": day - DAY, "week_after": day + 7 * DAY, "three_weeks_before": day - 21 * DAY}
    return Morning(user=user, day=day, at=user.hours.morning_of(day), **around)
