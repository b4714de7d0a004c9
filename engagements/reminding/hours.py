"""When a message may reach somebody: their zone, their morning, their quiet hours. Pure; DST comes out right.

A local time that a change of clocks skips is counted as if the clocks had not changed yet, and so lies after the
change; one that comes twice is the first of both. Quiet hours may go over midnight.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING, QUIET_FROM, QUIET_UNTIL = time(8), time(19), time(7)


@dataclass(frozen=True)
class Hours:
    """``morning``: when the mail of the morning goes out. No quiet hours where both ends are the same."""

    zone: ZoneInfo
    morning: time
    quiet_from: time
    quiet_until: time

    def is_quiet(self, at: time) -> bool:
        begin, end = self.quiet_from, self.quiet_until
        return begin <= at < end if begin <= end else at >= begin or at < end

    def morning_of(self, day: date) -> datetime:
        """The instant (UTC) at which the day's reminders go out: never within quiet hours, never another day."""
        at = self.quiet_until if self.is_quiet(self.morning) else self.morning
        return self._instant(day, at)

    def soonest(self, now: datetime) -> datetime:
        """The instant (UTC) from ``now`` on that is not within quiet hours."""
        here = now.astimezone(self.zone)
        if not self.is_quiet(here.time()):
            return now.astimezone(UTC)
        day = here.date() + timedelta(days=self.quiet_until <= here.time())
        return max(self._instant(day, self.quiet_until), now.astimezone(UTC))

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)
