"""The colours of a customer in words and shapes, and how they came about."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from engagements.models import Customer, HealthRating
from engagements.selectors.days import day

WINDOW = timedelta(days=365)
COLOURS = dict(HealthRating.Colour.choices)
UNRATED = {"kind": "unrated", "word": "Not rated", "since": ""}


def colour_chip(colour: str, since: date | None, today: date) -> dict[str, str]:
    """What ``components/chip.html`` draws, and "since 4 May"."""
    if not colour:
        return UNRATED
    return {"kind": colour, "word": COLOURS[colour], "since": f"since {_since(since, today)}" if since else ""}


def health_groups(customer: Customer, today: date) -> list[dict[str, Any]]:
    """Overall and the three groups, each with its colour, its last year as a line, and every rating. One query."""
    rows = defaultdict(list)
    for rating in customer.health_ratings.select_related("by"):
        rows[rating.group].append(rating)
    return [_group(HealthRating.Group(value), rows[value], today) for value in HealthRating.Group.values]


def _group(group: HealthRating.Group, ratings: Sequence[HealthRating], today: date) -> dict[str, Any]:
    """``ratings`` are the newest first."""
    turns = [rating for rating in ratings if rating.colour != rating.before]
    name, _, services = group.label.partition(": ")
    return {
        "value": group.value,
        "key": f"health-{group.value}",
        "name": name,
        "services": services,
        "colour": ratings[0].colour if ratings else "",
        "rated_on": ratings[0].on if ratings else None,
        "chip": colour_chip(ratings[0].colour, turns[0].on, today) if ratings else UNRATED,
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
