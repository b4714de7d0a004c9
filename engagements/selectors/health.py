"""The colours of a customer in words and shapes, and how they came about."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from engagements.models import Customer, Engagement, EngagementSummary, HealthRating
from engagements.selectors.days import day
from engagements.services.summaries import longest_by_colour
from engagements.staleness import is_stale, stands_until, was

WINDOW = timedelta(days=365)
COLOURS = dict(HealthRating.Colour.choices)
UNRATED = {"kind": "unrated", "word": "Not rated", "since": ""}
UNKNOWN = "unknown"


def colour_chip(colour: str, since: date | None, today: date) -> dict[str, str]:
    """What ``components/chip.html`` draws, and "since 4 May"."""
    if not colour:
        return UNRATED
    return {"kind": colour, "word": COLOURS[colour], "since": f"since {_since(since, today)}" if since else ""}


def health_chip(row: EngagementSummary | Engagement, today: date) -> dict[str, str]:
    """The same of a summary, or of an engagement that is walked: a colour that nobody confirmed is unknown."""
    if is_stale(row.health_until, today):
        return _unknown(row.health, row.health_rated_on, today)
    return colour_chip(row.health, row.health_on, today)


def health_said(row: EngagementSummary | Engagement, today: date) -> str:
    """The same in words alone, for tables and texts."""
    if is_stale(row.health_until, today):
        return f"Unknown, {was(COLOURS[row.health], row.health_rated_on, today)}"
    return COLOURS.get(row.health, "")


def chip_as_of(rating: HealthRating, on: date) -> dict[str, str]:
    """What a rating is worth on a day: its colour, or unknown where nobody had confirmed it by then."""
    until = stands_until(rating.colour, rating.on, dict(longest_by_colour()).get(rating.colour))
    return _unknown(rating.colour, rating.on, on) if is_stale(until, on) else colour_chip(rating.colour, None, on)


def _unknown(colour: str, rated_on: date | None, today: date) -> dict[str, str]:
    return {"kind": UNKNOWN, "word": "Unknown", "since": was(COLOURS[colour], rated_on, today)}


def health_groups(customer: Customer, today: date) -> list[dict[str, Any]]:
    """Overall and the three groups, each with its colour, its last year as a line, and every rating. Two queries."""
    longest = dict(longest_by_colour())
    rows = defaultdict(list)
    for rating in customer.health_ratings.select_related("by"):
        rows[rating.group].append(rating)
    return [_group(HealthRating.Group(value), rows[value], longest, today) for value in HealthRating.Group.values]


def _group(
    group: HealthRating.Group, ratings: Sequence[HealthRating], longest: Mapping[str, int], today: date
) -> dict[str, Any]:
    """``ratings`` are the newest first."""
    turns = [rating for rating in ratings if rating.colour != rating.before]
    name, _, services = group.label.partition(": ")
    colour, rated_on = (ratings[0].colour, ratings[0].on) if ratings else ("", None)
    until = stands_until(colour, rated_on, longest.get(colour))
    chip = UNRATED
    if ratings:
        stale = is_stale(until, today)
        chip = _unknown(colour, rated_on, today) if stale else colour_chip(colour, turns[0].on, today)
    return {
        "value": group.value,
        "key": f"health-{group.value}",
        "name": name,
        "services": services,
        "colour": colour,
        "word": COLOURS.get(colour, ""),
        "rated_on": rated_on,
        "until": until,
        "stands": f"Stands until {day(until, today)} unless confirmed" if until and not is_stale(until, today) else "",
        "chip": chip,
        "line": _line(turns, today),
        "ratings": [_rating(rating, today) for rating in ratings],
    }


def _rating(rating: HealthRating, today: date) -> dict[str, Any]:
    is_turn = rating.colour != rating.before
    return {
        "kind": rating.colour,
        "word": COLOURS[rating.colour],
        "before_kind": (rating.before or "unrated") if is_turn else "",
        "before": COLOURS.get(rating.before, "Not rated") if is_turn else "",
        "why": rating.why,
        "who": str(rating.by or "Somebody who is gone"),
        "when": day(timezone.localtime(rating.at).date(), today),
    }


def _line(turns: Sequence[HealthRating], today: date) -> dict[str, Any] | None:
    """The last year, or all since the first rating where that is shorter, as pieces of 100."""
    if not turns:
        return None
    start = max(turns[-1].on, today - WINDOW)
    length = max((today - start).days, 1)
    pieces, said, end = [], [], today
    for turn in turns:
        begin = max(turn.on, start)
        x = round(100 * (begin - start).days / length, 2)
        width = round(100 * (end - start).days / length, 2) - x
        if width > 0 or turn is turns[0]:
            pieces.append({"kind": turn.colour, "x": min(x, 98), "width": max(width, 2)})
            said.append(f"{COLOURS[turn.colour]} since {_since(turn.on, today)}")
        end = begin
        if turn.on <= start:
            break
    return {"pieces": pieces[::-1], "name": ", then ".join(said[::-1]), "from": day(start, today)}


def _since(on: date, today: date) -> str:
    return "today" if on == today else f"{on:%-d %b}" if on.year == today.year else f"{on:%-d %b %Y}"
