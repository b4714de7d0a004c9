"""Working days of a country: without its weekend and its public holidays. Reads no database."""

from datetime import date

from holidays import HolidayBase, country_holidays, list_supported_countries


def working_day_after(start: date, days: int, country: str) -> date:
    """The n-th working day after a day; where the holidays of a country are not known, weekends alone are left out."""
    calendar = country_holidays(country.upper()) if is_known(country) else HolidayBase()
    return calendar.get_nth_working_day(start, days)


def is_known(country: str) -> bool:
    """Whether the public holidays of a country are known."""
    return country.upper() in list_supported_countries()
