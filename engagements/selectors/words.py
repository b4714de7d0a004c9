"""Numbers as people say them in lists and sentences."""

from collections.abc import Iterable
from datetime import date

NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def count(number: int, what: str, many: str = "") -> str:
    """ "1 step", "1,200 steps"."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def listed(names: Iterable[str]) -> str:
    """ "Ana, Ben and Cleo"."""
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last


def spoken(number: int) -> str:
    """ "nine" for 9; digits above twelve."""
    return NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"


def late(on: date, today: date) -> str:
    """ "4 days late"; empty for a day that is not over."""
    days = (today - on).days
    return f"{count(days, 'day')} late" if days > 0 else ""


def motions_said(names: Iterable[str]) -> str:
    """ "Motion: Customer Health". Without the word in front, that name reads as a rating of health."""
    named = list(names)
    return f"Motion{'' if len(named) == 1 else 's'}: {', '.join(named)}" if named else ""
