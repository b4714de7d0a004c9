"""The text of a cell as the value that it means, or a sentence that says what is wrong with it."""

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import TypeVar
from zoneinfo import available_timezones

from holidays.registry import COUNTRIES

from tasks.folding import fold

Found = TypeVar("Found")

LARGEST_COUNT = 2**31 - 1
LARGEST_NUMBER = 2**63 - 1
LONGEST_NAME = 200
YES = {"yes", "y", "ja", "j", "x", "true", "wahr", "1"}
NO = {"no", "n", "nein", "-", "false", "falsch", "0"}
GERMAN_COUNTRIES = {"deutschland": "DE", "osterreich": "AT", "schweiz": "CH"}

_GUID = re.compile(r"\{?([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})\}?", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:([.,' ’])\d{3})(?:\1\d{3})*")
_ISO_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_DOTTED_DAY = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4}|\d{2})")
_SLASHED_DAY = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})")
# What Excel writes behind a day that has no hour.
_MIDNIGHT = re.compile(r"[T ](0{1,2}:00(:00)?(\.0+)?|12:00(:00)? ?AM)$", re.IGNORECASE)
# A comma within "1,200" divides no services.
_BETWEEN_SERVICES = re.compile(r"[;\n]|(?<!\d),|,(?!\d{3}(?!\d))|\s/\s")


_NO_DAY = "“{}” is not a day. Write one such as 2026-05-12 or 12.05.2026."


class Unclear(Exception):
    """What is wrong with a cell, as a sentence."""


class Near:
    """What a misspelt word may mean. Each search is slow, so a file gets a bounded number of them."""

    def __init__(self, searches: int = 50):
        self.left = searches

    def __call__(self, text: str, known: Iterable[str], most: int = 1, cutoff: float = 0.75) -> list[str]:
        if self.left <= 0:
            return []
        self.left -= 1
        return get_close_matches(text[:LONGEST_NAME], known, n=most, cutoff=cutoff)


def name(text: str, what: str, longest: int = LONGEST_NAME) -> str:
    text = " ".join(text.split())
    if len(text) > longest:
        raise Unclear(f"{what} is longer than {longest} characters.")
    return text


def guid(text: str) -> uuid.UUID:
    found = _GUID.fullmatch(text.strip())
    if not found or not set(found[1]) - set("0-"):
        raise Unclear(f"“{short(text)}” is not a tenant ID. It has 32 digits: 3f2504e0-4f89-41d3-9a0c-0305e82c3301.")
    return uuid.UUID(found[1])


def domain(text: str) -> str:
    text = name(text, "Domain")
    if re.search(r"[\s@/:]", text) or "." not in text[1:-1]:
        raise Unclear(f"“{short(text)}” is not a domain. Give one such as contoso.onmicrosoft.com.")
    return text


def whole_number(text: str, what: str, most: int = LARGEST_COUNT, least: int = 0) -> int:
    """Digits, also in groups of three: 1200, 1,200, 1.200, 1 200."""
    bare = re.sub(r"[^\d]", "", text) if _GROUPED.fullmatch(text) else text
    if not re.fullmatch(r"[0-9]{1,19}", bare) or not least <= int(bare) <= most:
        advice = " Excel has shortened it: format the column as a number." if re.search(r"\de\+", text.lower()) else ""
        raise Unclear(f"{what} “{short(text)}” is not a whole number from {least} to {most:,}.{advice}")
    return int(bare)


class DateOrder(StrEnum):
    """Which comes first in a day such as 03/04/2026."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class Contradiction(Unclear):
    """Two cells of one column that can only be read in different orders; ``rows`` are their numbers."""

    def __init__(self, text: str, rows: tuple[int, int]):
        self.rows = rows
        super().__init__(text)


def date_order(column: Iterable[tuple[int, str]]) -> tuple[DateOrder | None, str]:
    """(the order in which all days of a column are written, a cell that both orders read as a day).

    ``column`` is (row, text). The order is None where no cell decides; the cell is empty where none needs it.
    Raises Contradiction, which names two rows, where two cells decide differently.
    """
    decided: dict[DateOrder, tuple[int, str]] = {}
    unclear = ""
    for row, text in column:
        one, other = _two_numbers(text)
        if one > 12 >= other:
            decided.setdefault(DateOrder.DAY_FIRST, (row, text))
        elif other > 12 >= one:
            decided.setdefault(DateOrder.MONTH_FIRST, (row, text))
        elif one != other and max(one, other) <= 12:
            unclear = unclear or text
    if len(decided) > 1:
        (day_row, by_day), (month_row, by_month) = decided[DateOrder.DAY_FIRST], decided[DateOrder.MONTH_FIRST]
        first, second = sorted((day_row, month_row))
        raise Contradiction(
            f"Rows {first} and {second} write dates in different orders: “{short(by_day)}” has the day first, "
            f"“{short(by_month)}” the month. Use one order in the whole column and upload the file again.",
            (first, second),
        )
    return next(iter(decided), None), unclear


def _two_numbers(text: str) -> tuple[int, int]:
    """The day and the month of a day with slashes, in whichever order; two zeros where it is written otherwise."""
    found = _SLASHED_DAY.fullmatch(_MIDNIGHT.sub("", text.strip()))
    return (int(found[1]), int(found[3])) if found else (0, 0)


def day(text: str, order: DateOrder | str | None = None) -> dt.date:
    """2026-05-12, 12.05.2026, 12.5.26; with slashes in the ``order`` of its column, or where only one reads it."""
    bare = _MIDNIGHT.sub("", text.strip())
    if found := _ISO_DAY.fullmatch(bare):
        return _day(text, *map(int, found.groups()))
    if found := _DOTTED_DAY.fullmatch(bare):
        of_month, month, year = map(int, found.groups())
        return _day(text, year if year > 99 else 2000 + year, month, of_month)
    if found := _SLASHED_DAY.fullmatch(bare):
        one, other, year = int(found[1]), int(found[3]), int(found[4])
        if order:
            month, of_month = (one, other) if order == DateOrder.MONTH_FIRST else (other, one)
            return _day(text, year, month, of_month)
        if one <= 12 and other <= 12 and one != other:
            ways = " or ".join(f"{_day(text, year, *way):%-d %B}" for way in ((one, other), (other, one)))
            raise Unclear(f"“{text}” may be {ways}. Write {year}-{one:02}-{other:02} or {year}-{other:02}-{one:02}.")
        return _day(text, year, *((other, one) if one > 12 else (one, other)))
    if re.fullmatch(r"\d{5}", bare):
        raise Unclear(f"“{bare}” is a number. Format the column as a date in Excel and save it again.")
    raise Unclear(_NO_DAY.format(short(text)))


def _day(text: str, year: int, month: int, of_month: int) -> dt.date:
    try:
        return dt.date(year, month, of_month)
    except ValueError:
        raise Unclear(_NO_DAY.format(short(text))) from None


def tpid(text: str) -> int:
    return whole_number(text, "TPID", most=LARGEST_NUMBER, least=1)


def seats(text: str) -> int:
    return whole_number(text, "Seats")


def country(text: str, near: Near) -> str:
    known = _countries()
    if code := known.get(_letters(text)):
        return code
    likely = near(_letters(text), known, cutoff=0.8) if len(text) > 3 else []
    hint = f" Is {known[likely[0]]} meant?" if likely else ""
    raise Unclear(f"“{short(text)}” is not a country. Give its two letters, such as DE or US.{hint}")


def time_zone(text: str, near: Near) -> str:
    zones = _time_zones()
    wanted = fold(text).replace(" ", "_")
    if wanted in zones:
        return zones[wanted]
    places = {zone.rpartition("/")[2]: zone for zone in zones}
    likely = near(wanted, [*zones, *places])
    hint = f" Is {zones[places.get(likely[0], likely[0])]} meant?" if likely else ""
    raise Unclear(f"“{short(text)}” is not a time zone. Give one such as Europe/Berlin.{hint}")


def yes_or_no(text: str) -> bool:
    if fold(text) in YES:
        return True
    if fold(text) in NO:
        return False
    raise Unclear(f"Primary “{short(text)}” is neither yes nor no.")


def services(text: str, known: Mapping[str, Found]) -> tuple[list[tuple[Found, int | None]], list[str]]:
    """(service, entitlements where given) of each part, and the parts that are no service.

    "Exchange: Outlook Mobile" is a name, "Teams: 500" a name with a number, "Classroom/SDS" one name.
    """
    found, strange = [], []
    for part in filter(None, (part.strip() for part in _BETWEEN_SERVICES.split(text))):
        title, colon, number = part.rpartition(":")
        if service := known.get(fold(part)):
            found.append((service, None))
        elif colon and (service := known.get(fold(title))):
            found.append((service, whole_number(number.strip(), f"{title.strip()}: the number of entitlements")))
        else:
            strange.append(title.strip() if colon and re.fullmatch(r"[\d.,' ]+", number.strip()) else part)
    return found, strange


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", fold(text))


def short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


@cache
def _countries() -> dict[str, str]:
    """Two letters, three letters and English name → two letters, for every country with a calendar of holidays."""
    known = {}
    for title, (_, code, *others) in COUNTRIES.items():
        known |= {
            _letters(spelling): code for spelling in (title, code, *others) if not spelling.startswith("Holidays")
        }
    return known | GERMAN_COUNTRIES


@cache
def _time_zones() -> dict[str, str]:
    return {fold(zone): zone for zone in available_timezones()}
