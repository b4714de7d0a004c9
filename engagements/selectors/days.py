"""Days as people say them: "today", "Tue 26 May", "30 Jun 2027"."""

from datetime import date


def day(on: date | None, today: date) -> str:
    """A day in a list: with its weekday while it is near, with its year where that is another one."""
    if on is None:
        return ""
    if on == today:
        return "Today"
    if on.year != today.year:
        return f"{on:%-d %b %Y}"
    return f"{on:%a %-d %b}" if abs((on - today).days) <= 14 else f"{on:%-d %b}"


def on_day(on: date, today: date) -> str:
    """A day at the end of a sentence: "today", "Tue 26 May"."""
    return "today" if on == today else day(on, today)


def due(on: date, today: date) -> str:
    """A day within a sentence: "due today", "overdue since Tue 19 May", "due Tue 26 May"."""
    if on == today:
        return "due today"
    return f"{'overdue since' if on < today else 'due'} {day(on, today)}"
