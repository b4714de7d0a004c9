"""Whether enough people use a service: for its enablement (R22), and for success (R28). Pure.

A service is judged by its newest reading, against the entitlements that count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

ENOUGH = 100  # active users, whatever the size
SHARE = 10  # of 100 entitlements
FEW_SEATS = 1_000  # below it, the share is enough too
FIRST_DAY = date(2000, 1, 1)  # a year typed with two digits is one of the first century


@dataclass(frozen=True)
class Usage:
    """The newest reading of a service; ``on`` is empty where there is none."""

    name: str
    available: int
    active: int | None = None
    on: date | None = None

    @property
    def percent(self) -> int | None:
        """Whole percents of the entitlements, never rounded up; above 100 where more are active than entitled."""
        return percent(self.active, self.available)


def why_no_day(on: date, today: date) -> str:
    """Why nobody can have been counted on a day; empty where somebody can."""
    if on > today:
        return "This day is still to come. Give the day on which they were counted."
    return "Give the year with four digits, such as 2026-05-27." if on < FIRST_DAY else ""


def percent(active: int | None, available: int) -> int | None:
    return 100 * active // available if active is not None and available else None


def needed_for_enablement(available: int, seats: int) -> int:
    """R22: 100 active users; below 1,000 seats 10 % is enough too, where the entitlements are known."""
    return min(ENOUGH, _share(available)) if available and seats < FEW_SEATS else ENOUGH


def needed_for_success(available: int) -> int | None:
    """R28: 10 % of the entitlements; nothing to reach where these are not known."""
    return _share(available) if available else None


def overall(services: Sequence[Usage]) -> int | None:
    """Active users of 100 entitlements over all services that were counted and have any."""
    counted = [one for one in services if one.percent is not None]
    return percent(sum(one.active or 0 for one in counted), sum(one.available for one in counted))


def judge_enablement(services: Sequence[Usage], seats: int) -> tuple[Usage | None, str]:
    """(the first service that lacks users, why in a sentence); nothing lacks where the rule holds (R22)."""
    lacking = [one for one in services if (one.active or 0) < needed_for_enablement(one.available, seats)]
    if not lacking:
        return None, _all_there(services, "enough active users")
    first = lacking[0]
    needed = needed_for_enablement(first.available, seats)
    if first.active is None:
        return first, f"Nobody has counted the active users of {first.name} yet; {needed:,} are needed{_more(lacking)}."
    return (
        first,
        f"{first.name} has {first.active:,} active users, {_day(first)}; {needed:,} are needed{_more(lacking)}.",
    )


def judge_success(services: Sequence[Usage]) -> tuple[Usage | None, str]:
    """The same for what success asks (R28)."""
    lacking = [one for one in services if one.percent is None or one.percent < SHARE]
    if not lacking:
        return None, _all_there(services, f"{SHARE} % active users or more")
    first = lacking[0]
    if first.active is None:
        return first, f"Nobody has counted the active users of {first.name} yet; {SHARE} % are needed{_more(lacking)}."
    if not first.available:
        return first, f"How many entitlements {first.name} has is not known, so nobody can say what {SHARE} % are."
    share = f"{first.percent} % active users ({first.active:,} of {first.available:,})"
    return first, f"{first.name} has {share}, {_day(first)}; {SHARE} % are needed{_more(lacking)}."


def _share(available: int) -> int:
    return -(-available * SHARE // 100)


def _all_there(services: Sequence[Usage], what: str) -> str:
    if len(services) == 1:
        only = services[0]
        share = f", {only.percent} % of its entitlements" if only.percent is not None else ""
        return f"{only.name} has {only.active:,} active users{share}, {_day(only)}."
    oldest = min(services, key=lambda one: one.on)
    return f"All {len(services)} services have {what}, counted {_day(oldest)} or later."


def _day(usage: Usage) -> str:
    return f"on {usage.on:%-d %b %Y}"


def _more(lacking: Sequence[Usage]) -> str:
    more = len(lacking) - 1
    return f", and {more} more {'service lacks' if more == 1 else 'services lack'} users" if more else ""
