"""The seats of one service, placed on statuses: what a grid of slices may look like (R42–R45, R47). Pure.

A grid is the list of a service's slices. ``why`` of a slice is one key: that of its L2, or of its L3, which
begins with the key of its L2.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tasks.consumption import NEW_SEATS, Consumption

MOST_SLICES = 40
MOST_SEATS = 10_000_000


@dataclass(frozen=True)
class Slice:
    """Some seats at one status. One that follows the DIBS due date has ``follows_due`` and no target of its own."""

    l1: str
    count: int
    why: str = ""
    target_on: date | None = None
    follows_due: bool = False
    owner: str = ""
    note: str = ""

    @property
    def reason(self) -> str:
        """The key of its L2."""
        return "/".join(self.why.split("/")[:2])

    @property
    def detail(self) -> str:
        """The key of its L3, where it has one."""
        return self.why if self.why.count("/") > 1 else ""

    def plain(self) -> dict[str, Any]:
        """As events and forms keep it: only what is said."""
        target = self.target_on.isoformat() if self.target_on and not self.follows_due else ""
        said = {"why": self.why, "target_on": target, "owner": self.owner, "note": self.note}
        if self.follows_due:
            said["follows_due"] = True
        return {"l1": self.l1, "count": self.count} | {name: value for name, value in said.items() if value}

    @classmethod
    def from_plain(cls, said: Mapping[str, Any]) -> "Slice":
        target = said.get("target_on")
        return cls(**{**said, "target_on": date.fromisoformat(target) if target else None})


@dataclass(frozen=True)
class Problem:
    """What is wrong, at which row of the grid (None: with the whole) and in which field."""

    text: str
    row: int | None = None
    field: str = ""


Grid = list[Slice]


def tidied(grid: Iterable[Slice], available: int) -> Grid:
    """Without rows that hold nothing; where there are no seats at all, a row of none still says the intent."""
    return [one for one in grid if one.count or not available]


def problems(grid: Grid, available: int, *, due_on: date | None, reasons: Collection[str]) -> list[Problem]:
    """Every reason why the grid cannot stand, rows first. ``reasons`` are the keys that the service may name."""
    found = [problem for at, one in enumerate(grid) for problem in _row(at, one, due_on, reasons)]
    if len(grid) > MOST_SLICES:
        found.append(Problem(f"There are more than {MOST_SLICES} slices. Join some of them."))
    total = difference(grid, available)
    return [*found, Problem(total)] if total else found


def _row(at: int, one: Slice, due_on: date | None, reasons: Collection[str]):
    if one.l1 not in list(Consumption):
        yield Problem("Choose one of the five statuses.", at, "l1")
        return
    l1 = Consumption(one.l1)
    if not 0 <= one.count <= MOST_SEATS:
        yield Problem(f"Give a whole number from 0 to {MOST_SEATS:,}.", at, "count")
    if one.why and not l1.takes_reason:
        yield Problem(f"{l1.label} takes no reason.", at, "why")
    elif one.why and not one.why.startswith(f"{l1}/"):
        yield Problem(f"This is not a reason of {l1.label}.", at, "why")
    elif one.why and one.why not in reasons:
        yield Problem("This service has no such reason.", at, "why")
    target = due_on if one.follows_due else one.target_on
    if l1.needs_target and target is None:
        yield Problem(f"{l1.label} needs a target date: give one here, or a due date above.", at, "target_on")
    elif one.follows_due and target is None:
        yield Problem("There is no due date to follow.", at, "target_on")
    if (target or one.follows_due) and not l1.takes_target:
        yield Problem(f"{l1.label} takes no target date.", at, "target_on")
    if one.owner and not l1.takes_owner:
        yield Problem(f"{l1.label} takes no owner: nothing has to be cleared.", at, "owner")


def difference(grid: Iterable[Slice], available: int) -> str:
    """What the slices lack to total the seats, or have too much of (R42); empty where they total them."""
    return apart(sum(one.count for one in grid), available, "entitlements are placed")


def apart(placed: int, wanted: int, what: str) -> str:
    """ "120 of 150 entitlements are placed; 30 are missing."; empty where both are the same."""
    off = wanted - placed
    if not off:
        return ""
    said = f"{abs(off):,} {'is' if abs(off) == 1 else 'are'} {'missing' if off > 0 else 'too many'}"
    return f"{placed:,} of {wanted:,} {what}; {said}."


def in_progress(grid: Iterable[Slice]) -> int:
    """The seats that are being deployed: what migration scenarios have to total (R43)."""
    return sum(one.count for one in grid if one.l1 == Consumption.IN_PROGRESS)


# Seats that come and go (R47) -------------------------------------------------------------------------


def with_new_seats(grid: Grid, count: int) -> Grid:
    """New seats enter as Status Unknown, New Subscription or Workload; nobody was asked about them yet."""
    for at, one in enumerate(grid):
        if one.why == NEW_SEATS and not one.owner and not one.note:
            return [*grid[:at], replace(one, count=one.count + count), *grid[at + 1 :]]
    return [*grid, Slice(Consumption.STATUS_UNKNOWN.value, count, NEW_SEATS)]


def without_seats(grid: Grid, count: int) -> Grid:
    """Takes seats away from Status Unknown, the newest first; raises NoSuchSeats where more are to go."""
    unknown = sum(one.count for one in grid if one.l1 == Consumption.STATUS_UNKNOWN)
    if unknown < count:
        raise NoSuchSeats(unknown)
    left = list(grid)
    for at in sorted(range(len(grid)), key=lambda at: grid[at].why != NEW_SEATS):
        if count and grid[at].l1 == Consumption.STATUS_UNKNOWN:
            taken = min(count, grid[at].count)
            left[at], count = replace(grid[at], count=grid[at].count - taken), count - taken
    return [one for one in left if one.count]


class NoSuchSeats(Exception):
    """Fewer seats stand at Status Unknown than are to go: somebody has to say which slice loses them."""

    def __init__(self, unknown: int):
        self.unknown = unknown
        super().__init__(f"Only {unknown:,} stand at Status Unknown.")


def adjusted(grid: Grid, before: int, after: int) -> Grid:
    """The grid after the number of seats changed."""
    if after > before:
        return with_new_seats(tidied(grid, after), after - before)
    return without_seats(grid, before - after) if after < before else grid


def moved_to(grid: Grid, available: int, l1: Consumption) -> Grid:
    """What a customer's answer does to the seats nobody was asked about: deploys them, or not (DIBS)."""
    moved = [one for one in grid if one.l1 != Consumption.STATUS_UNKNOWN]
    unknown = available - sum(one.count for one in moved)
    if unknown <= 0 and (moved or available):
        return grid
    follows = l1 is Consumption.IN_PROGRESS
    for at, one in enumerate(moved):
        if one.l1 == l1 and one.follows_due == follows and not one.owner and not one.note:
            return [*moved[:at], replace(one, count=one.count + unknown), *moved[at + 1 :]]
    return [*moved, Slice(l1.value, unknown, follows_due=follows)]


# What they say ----------------------------------------------------------------------------------------


def intent(statuses: Iterable[str]) -> str:
    """ "yes" while something is deployed or blocked, "no" when all is declined or invalid, else not known."""
    found = {Consumption(l1) for l1 in statuses}
    if any(l1.shows_intent for l1 in found):
        return "yes"
    return "no" if found and Consumption.STATUS_UNKNOWN not in found else ""


def counts(rows: Iterable[Any]) -> dict[Consumption, int]:
    """Seats by status, in the order in which the bar is drawn; only where there are any."""
    found = dict.fromkeys(ORDER, 0)
    for row in rows:
        found[Consumption(row.l1)] += row.count
    return {l1: count for l1, count in found.items() if count}


def in_words(rows: Iterable[Any]) -> str:
    """ "3,010 In Progress, 190 Blocked"."""
    return ", ".join(f"{count:,} {l1.label}" for l1, count in counts(rows).items())


ORDER = (
    Consumption.IN_PROGRESS,
    Consumption.BLOCKED,
    Consumption.NO_INTENT,
    Consumption.STATUS_UNKNOWN,
    Consumption.DUPLICATE,
)
