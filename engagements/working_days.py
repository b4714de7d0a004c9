"""Working days of a country: without its weekend and its public holidays. Reads no database."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from holidays import HolidayBase, country_holidays, list_supported_countries

DAY = timedelta(days=1)


def working_day_after(start: date, days: int, country: str) -> date:
    """The n-th working day after a day; where the holidays of a country are not known, weekends alone are left out."""
    return _calendar(country.upper()).get_nth_working_day(start, days)


def is_working_day(on: date, country: str) -> bool:
    return _calendar(country.upper()).is_working_day(on)


def same_or_next(on: date, country: str) -> date:
    """The day itself, or the first working day after it."""
    while not is_working_day(on, country):
        on += DAY
    return on


def same_or_last(on: date, country: str) -> date:
    """The day itself, or the last working day before it."""
    while not is_working_day(on, country):
        on -= DAY
    return on


def holiday(on: date, country: str) -> str:
    """What the public holiday is called that falls on a day; empty where there is none."""
    return _calendar(country.upper()).get(on) or ""


def is_known(country: str) -> bool:
    """Whether the public holidays of a country are known."""
    return country.upper() in _known()


def unknown_among(countries: Iterable[str]) -> list[str]:
    """Those countries whose public holidays are not known, as they are written; who has none is not meant."""
    return sorted({country for country in countries if country and not is_known(country)})


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(list_supported_countries())


@lru_cache(maxsize=300)
def _calendar(country: str) -> HolidayBase:
    """Kept, because a calendar works out a year of holidays only once."""
    return country_holidays(country) if country in _known() else HolidayBase()
