"""What a change of the records does to the playbook of an engagement: two walks compared (R11, R12)."""

from collections.abc import Iterator
from datetime import date

from engagements.models import TenantService
from engagements.walk import Place, Walk


def supposing_enabled(walk: Walk, row: TenantService, on: date | None) -> Walk:
    """The same engagement if a service of its tenant were enabled on that day, or not at all."""
    known, row.enabled_on = row.enabled_on, on
    try:
        return Walk(walk.engagement, walk.edition, walk.today, walk.earlier_receipts, walk.earlier_tasks)
    finally:
        row.enabled_on = known


def what_follows(before: Walk, after: Walk) -> list[str]:
    """Tasks that become required or optional, steps that join or leave the playbook; tasks first."""
    return [*_tasks(before, after), *_steps(before, after)]


def _steps(before: Walk, after: Walk) -> Iterator[str]:
    for key, (_, _, step) in after.edition.places.items():
        was, now = _applicability(before, key), _applicability(after, key)
        if was is None or now is None:
            continue
        if now.applies and not was.applies:
            yield f"{step.title} joins the playbook."
        elif was.applies and not now.applies:
            yield f"{step.title} leaves the playbook: {_reason(now.reason)}"
        elif now.applies:
            already, still = dict(was.excluded), dict(now.excluded)
            for service, reason in still.items():
                if service not in already:
                    yield f"{step.title} leaves out {service.name}: {_reason(reason)}"
            for service in already:
                if service not in still:
                    yield f"{step.title} covers {service.name} again."


def _tasks(before: Walk, after: Walk) -> Iterator[str]:
    was, now = dict(_numbers(before)), dict(_numbers(after))
    for number, (name, mandatory, reason) in now.items():
        if mandatory and not (number in was and was[number][1]):
            yield f"Task {number} {name} becomes required" + (f": {_reason(reason)}" if reason else ".")
    for number, (name, mandatory, _) in was.items():
        if mandatory and number not in now:
            yield f"Task {number} {name} is no longer asked for."
        elif mandatory and not now[number][1]:
            yield f"Task {number} {name} becomes optional."


def _numbers(walk: Walk) -> Iterator[tuple[int, tuple[str, bool, str]]]:
    """number → (name, whether it is mandatory anywhere here, why)."""
    found: dict[int, tuple[str, bool, str]] = {}
    for place in walk.places:
        for row, decided in place.tasks if place.applies else ():
            known = found.get(row.number)
            if decided.applies and (known is None or (decided.mandatory and not known[1])):
                found[row.number] = (row.name, decided.mandatory, decided.reason)
    yield from found.items()


def _applicability(walk: Walk, key: str):
    place: Place | None = walk.place(key)
    return place.applicability if place else None


def _reason(text: str) -> str:
    """A sentence's reason after a colon."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
