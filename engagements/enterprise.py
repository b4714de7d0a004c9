"""The enterprise status of a customer: who owns it, until when it is renewed, what of it is shown (R38–R40). Pure."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

LONGEST_DAYS = 21  # of a red or yellow status
MONTHS = 3  # of a green one
LEVELS = (3, 4)  # of Is Enterprise, which unlock it (R40)
S1500 = {"S400", "S500", "S501+", "S1500", "TOP400", "T1500"}
S500 = {"S500"}
KEPT_OFF = "##"


def renewed_by(status: str, today: date) -> date:
    """The last day of the next update: 21 days for red and yellow, a quarter for green."""
    return today + timedelta(days=LONGEST_DAYS) if status in ("red", "yellow") else _months_after(today, MONTHS)


def why_not_next(status: str, next_on: date, today: date) -> str:
    """Why an update cannot be promised for a day; empty where it can."""
    if next_on <= today:
        return "The next update is on a day after today."
    last = renewed_by(status, today)
    if next_on <= last:
        return ""
    often = f"at most {LONGEST_DAYS} days" if status in ("red", "yellow") else "at most a quarter"
    return f"A {status} status is renewed after {often}: choose {last:%-d %B %Y} or earlier."


def why_not_kept(level: int | None, has_winner: bool) -> str:
    """Why a customer has no enterprise status; empty where it has one (R38, R40)."""
    if not has_winner:
        return "An enterprise status is kept on the winner tenant. Choose it on the page of the customer first."
    if level not in LEVELS:
        return "Is Enterprise of the winner tenant is neither Level 3 nor Level 4. Set it on the Tenant tab first."
    return ""


def preselected(lists: Iterable[str]) -> list[str]:
    """The reasons that follow from the strategic lists a customer is on: S1500 is a Major Brand."""
    return ["brand"] if S1500 & {name.strip().upper() for name in lists} else []


def owner_role(lists: Iterable[str]) -> str:
    """Who owns status and health: the architect of S500, the manager of everybody else (R38)."""
    return "FastTrack Architect" if S500 & {name.strip().upper() for name in lists} else "FastTrack Manager"


def shown(text: str) -> str:
    """What goes to a page that leaves the house: text after ``##`` stays off it."""
    return text.partition(KEPT_OFF)[0].strip()


def _months_after(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))
