"""What a change of the records does to the playbook of an engagement: two walks compared (R11, R12)."""

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import date

from engagements.applicability import Applicability
from engagements.models import TenantService
from engagements.walk import Place, Walk
from engagements.walk_rows import with_set
from tasks.models import EngagementModel, Motion, Service

TASK, JOINS, LEAVES, CHANGES = "task", "joins", "leaves", "changes"


@dataclass(frozen=True)
class Consequence:
    """ "CSM Handshake joins the playbook.": what it is about, which is a link where it leads somewhere."""

    kind: str
    about: str
    says: str
    url: str = ""

    def __str__(self) -> str:
        return f"{self.about} {self.says}"


def supposing_enabled(walk: Walk, row: TenantService, on: date | None) -> Walk:
    """The same engagement if a service of its tenant were enabled on that day, or not at all."""
    known, row.enabled_on = row.enabled_on, on
    try:
        return Walk(walk.engagement, walk.edition, walk.today, walk.earlier_receipts, walk.earlier_tasks)
    finally:
        row.enabled_on = known


def supposing_scope(walk: Walk, motions: Iterable[Motion], model: EngagementModel, services: Iterable[Service]) -> Walk:
    """The same engagement if it ran these motions, this model and these services."""
    engagement = with_set(copy(walk.engagement), motions=list(motions), services=list(services))
    engagement.model = model
    return Walk(engagement, walk.edition, walk.today, walk.earlier_receipts, walk.earlier_tasks)


def what_follows(before: Walk, after: Walk) -> list[Consequence]:
    """Tasks that become required or optional, steps that join or leave the playbook; tasks first."""
    return [*_tasks(before, after), *_steps(before, after)]


def _steps(before: Walk, after: Walk) -> Iterator[Consequence]:
    for key, (_, _, step) in after.edition.places.items():
        was, place = _applicability(before, key), after.place(key)
        now = place.applicability
        if now.applies and (was is None or not was.applies):
            yield Consequence(JOINS, step.title, "joins the playbook.", place.url)
        elif was is not None and was.applies and not now.applies:
            yield Consequence(LEAVES, step.title, f"leaves the playbook: {_why_not(now)}", place.url)
        elif now.applies:
            already, still = dict(was.excluded), dict(now.excluded)
            for service, reason in still.items():
                if service not in already:
                    yield Consequence(CHANGES, step.title, f"leaves out {service.name}: {_reason(reason)}", place.url)
            for service in already:
                if service not in still:
                    yield Consequence(CHANGES, step.title, f"covers {service.name} again.", place.url)
    for key, (_, _, step) in before.edition.places.items():
        if key not in after.edition.places and _applicability(before, key).applies:
            yield Consequence(LEAVES, step.title, f"leaves the playbook: {after.edition.name} does not have it.")


def _tasks(before: Walk, after: Walk) -> Iterator[Consequence]:
    was, now = dict(_numbers(before)), dict(_numbers(after))
    for number, (name, mandatory, reason, url) in now.items():
        if mandatory and not (number in was and was[number][1]):
            says = "becomes required" + (f": {_reason(reason)}" if reason else ".")
            yield Consequence(TASK, f"Task {number} {name}", says, url)
    for number, (name, mandatory, _, url) in was.items():
        if mandatory and number not in now:
            yield Consequence(TASK, f"Task {number} {name}", "is no longer asked for.")
        elif mandatory and not now[number][1]:
            yield Consequence(TASK, f"Task {number} {name}", "becomes optional.", url)


def _numbers(walk: Walk) -> Iterator[tuple[int, tuple[str, bool, str, str]]]:
    """number → (name, whether it is mandatory anywhere here, why, where it is done)."""
    found: dict[int, tuple[str, bool, str, str]] = {}
    for place in walk.places:
        for row, decided in place.tasks if place.applies else ():
            known = found.get(row.number)
            if decided.applies and (known is None or (decided.mandatory and not known[1])):
                found[row.number] = (row.name, decided.mandatory, decided.reason, f"{place.url}#task-{row.number}")
    yield from found.items()


def _applicability(walk: Walk, key: str):
    place: Place | None = walk.place(key)
    return place.applicability if place else None


def _why_not(decided: Applicability) -> str:
    """Why a step does not apply; motions and services stand first by their names."""
    return decided.reason if decided.kind in ("motion", "service") else _reason(decided.reason)


def _reason(text: str) -> str:
    """A sentence's reason after a colon."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
