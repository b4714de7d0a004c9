"""What moving an engagement to another edition would do: what joins, what leaves, what cannot be carried over."""

from typing import Any

from engagements.carrying import carrying, supposing_edition
from engagements.selectors.consequences import what_follows
from engagements.selectors.scope import parts_of
from engagements.selectors.words import count
from engagements.walk import Place, Walk
from playbook.models import Edition


def edition_consequences(walk: Walk, edition: Edition) -> dict[str, Any]:
    """Everything that somebody should know before confirming."""
    plan = carrying(walk, edition)
    supposed = supposing_edition(walk, edition, plan)
    return {
        "carried": f"{count(len(plan.steps), 'step')} that {'was' if len(plan.steps) == 1 else 'were'} begun or "
        f"completed, with {count(len(plan.lines), 'documented line')}",
        "left": plan.left,
        "parts": parts_of(what_follows(walk, supposed)),
        "shaken": [_row(place, "would no longer hold as it was completed.") for place in _shaken(walk, supposed)],
        "undone": [_row(place, "was completed, and would be asked for again.") for place in _undone(walk, supposed)],
        "progress": (_progress(walk), _progress(supposed)),
    }


def _shaken(before: Walk, after: Walk) -> list[Place]:
    """Completed steps whose lines the records and notes would no longer fill."""
    already = {(place.step.key, place.service) for place in before.places if place.is_shaken}
    return [place for place in after.places if place.is_shaken and (place.step.key, place.service) not in already]


def _undone(before: Walk, after: Walk) -> list[Place]:
    done = {place.step.key for place in before.places if place.is_done}
    return [place for place in after.places if place.applies and not place.is_done and place.step.key in done]


def _row(place: Place, says: str) -> dict[str, str]:
    return {"about": place.title, "says": says, "url": ""}


def _progress(walk: Walk) -> str:
    places = [place for place in walk.places if place.applies]
    return f"{sum(place.is_done for place in places)} of {count(len(places), 'step')}"
