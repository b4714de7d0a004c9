"""How long a health colour stands when nobody confirms it; after that nobody knows (DOMAIN §7, enterprise status).

Pure: takes days, knows no database. The bounds are the longest days of the cadence of the enterprise status, which
admins edit; where they say nothing, Red and Yellow stand for three weeks and the others for a quarter.
"""

from datetime import date, timedelta

CADENCE = "enterprise-status"
STANDS = {"red": 21, "yellow": 21, "green": 92, "blue": 92}


def stands_until(colour: str, rated_on: date | None, longest: int | None = None) -> date | None:
    """The last day on which the colour still stands; ``longest`` are the days that the cadence allows."""
    if not colour or rated_on is None:
        return None
    days = longest or STANDS.get(colour, min(STANDS.values()))
    return date.max if days > (date.max - rated_on).days else rated_on + timedelta(days=days)


def is_stale(until: date | None, today: date) -> bool:
    """On its last day a colour still stands."""
    return until is not None and until < today


def was(word: str, rated_on: date | None, today: date) -> str:
    """What an unknown colour is followed by: "was Green 23 days ago"."""
    if rated_on is None:
        return f"was {word}"
    days = (today - rated_on).days
    return f"was {word} yesterday" if days == 1 else f"was {word} {days:,} days ago"
