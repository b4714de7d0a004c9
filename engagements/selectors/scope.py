"""What an engagement runs, and what another choice of motions, model and services would do to it."""

from collections.abc import Iterable
from typing import Any

from engagements.selectors.consequences import JOINS, LEAVES, Consequence, supposing_scope, what_follows
from engagements.selectors.days import on_day
from engagements.selectors.words import count
from engagements.services.refusals import Refused
from engagements.services.scope import refuse_scope
from engagements.walk import Place, Walk
from playbook.selectors import published_edition
from tasks.models import EngagementModel, Motion, Service

OPEN_AT_FIRST = 8


def scope_consequences(
    walk: Walk, motions: Iterable[Motion], model: EngagementModel, services: Iterable[Service]
) -> dict[str, Any]:
    """What would begin and cease to apply, and which work stands on what ceases; or why it is refused."""
    motions, services = list(motions), list(services)
    try:
        refuse_scope(walk.engagement.tenant, motions, services, but=walk.engagement)
    except Refused as refused:
        return {"refused": refused.message}
    supposed = supposing_scope(walk, motions, model, services)
    follows = what_follows(walk, supposed)
    return {
        "scope": _scope(walk, services),
        "parts": parts_of(follows),
        "standing": list(_standing(walk, supposed)),
        "nothing": not follows and not _scope(walk, services),
    }


def _scope(walk: Walk, services: list[Service]) -> list[str]:
    before = {service.id: service.name for service in walk.facts.services}
    after = {service.pk: service.label for service in services}
    said = [("come", [after[pk] for pk in after if pk not in before], "into scope")]
    said.append(("leave", [before[pk] for pk in before if pk not in after], "the scope"))
    return [f"{_list(names)} {verb if len(names) > 1 else verb + 's'} {where}." for verb, names, where in said if names]


def parts_of(follows: list[Consequence]) -> list[dict[str, Any]]:
    """The sentences by what they are about; the first of each stand open."""
    joins = [one for one in follows if one.kind == JOINS]
    leaves = [one for one in follows if one.kind == LEAVES]
    others = [one for one in follows if one.kind not in (JOINS, LEAVES)]
    parts = (
        (count(len(joins), "step") + " would begin to apply", joins),
        (count(len(leaves), "step") + " would cease to apply", leaves),
        ("Tasks and services", others),
    )
    return [
        {"title": title, "rows": rows[:OPEN_AT_FIRST], "rest": rows[OPEN_AT_FIRST:]} for title, rows in parts if rows
    ]


def _standing(walk: Walk, supposed: Walk) -> Iterable[dict[str, str]]:
    """Work on what would cease to apply: nothing of it is lost."""
    still = {(place.step.key, place.service) for place in supposed.places if place.applies}
    for place in walk.places:
        if place.applies and place.run and (place.step.key, place.service) not in still:
            yield {"about": place.title, "url": place.url, "says": _kept(place, walk)}


def _kept(place: Place, walk: Walk) -> str:
    if place.receipt:
        return f"was completed {on_day(place.receipt.decided_on, walk.today)}. Its receipt stays in the history."
    return "was begun. What was written for it stays, and counts again if the step applies again."


def engagement_runs(walk: Walk) -> dict[str, Any]:
    """What an engagement runs, for its State page, with the edition that it could be moved to."""
    engagement = walk.engagement
    services = [service.name for service in walk.facts.services]
    published = published_edition()
    return {
        "motions": _list(walk.facts.motions.values()),
        "model": engagement.model.name,
        "services": ", ".join(services) or "None",
        "edition": walk.edition.name,
        "newer": published if published and published.pk != engagement.edition_id else None,
    }


def _list(names: Iterable[str]) -> str:
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last
