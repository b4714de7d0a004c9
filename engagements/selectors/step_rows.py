"""One step of an engagement as a row of a list: its state, what is left in words, whom it waits for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from engagements.applicability import decide
from engagements.gate import Blocker
from engagements.models import Assignment
from engagements.selectors import shapes
from engagements.selectors.days import day
from engagements.selectors.header import waits_for
from engagements.selectors.questions import ask_id
from engagements.walk import Place
from playbook.spec import RequirementSpec, ServiceRef

# What decided against a step, as people call it.
REASONS = {"phase": "Model", "motion": "Motion", "service": "Service", "condition": "Condition"}
ANOTHER_LOOK = "Needs another look"
NAMED = 3


@dataclass(frozen=True)
class Reader:
    """Who looks at the list: "mine" are the steps of these roles."""

    roles: frozenset[str] = frozenset()
    team: list[Assignment] = field(default_factory=list)
    may_edit: bool = False
    may_read_internal: bool = False

    def owns(self, place: Place) -> bool:
        return not self.roles or not place.step.roles or bool(self.roles & set(place.step.roles))

    def may_read(self, place: Place) -> bool:
        """Partners see the title and state of an internal step, not the words of its lines (DESIGN §5)."""
        return self.may_read_internal or place.process.audience != "internal"


def step_row(place: Place, reader: Reader) -> dict[str, Any]:
    """The row as ``components/step_row.html`` takes it."""
    row = {
        "id": f"step-{place.step.id}" + (f"-{place.service.id}" if place.service else ""),
        "name": place.title,
        "url": place.url,
        "kind": shapes.PLACE[place.state],
        "state": place.state,
        "tasks": _tasks(place),
        "fix": None,
        "when": _when(place),
    }
    if not place.applies:
        reason = REASONS.get(place.applicability.kind, place.state)
        return row | {"why": place.applicability.reason, "state": reason, "off": True}
    if place.is_done:
        if is_doubtful(place):
            row |= {"kind": "warning", "state": ANOTHER_LOOK}
        return row | {"why": _sentences(_done(place, reader))}
    if place.blocked_task:
        row["state"] = place.blocked_task.status
    said, question = _sentences(_open(place, reader)), _question(place) if reader.may_read(place) else None
    return row | {"why": f"{said.rstrip('.')}." if question else said, "fix": question}


def is_doubtful(place: Place) -> bool:
    """Completed here, but the records, or a step it relied on, have changed since."""
    return place.is_shaken or bool(place.receipt and place.run.needs_another_look)


def gist(text: str, most: int = 40) -> str:
    """The first words of a requirement, enough to recognise it in a list."""
    _, named, rest = text.partition(" note documents ")
    text = (rest if named else text).split(":")[0].split(" (")[0].split(", ")[0].rstrip(" .")
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0].rstrip(",;") + "…"


def left_in_words(blockers: Iterable[Blocker]) -> str:
    """ "the verbal agreement, task 983 and 2 more": what is left, the first few by name."""
    names = list(dict.fromkeys(_name(blocker) for blocker in blockers))
    more = len(names) - NAMED
    if more == 1:
        more = 0
    shown = names[:NAMED] if more > 0 else names
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _name(blocker: Blocker) -> str:
    if blocker.kind == "task":
        return f"task {blocker.task_number}"
    return {"note": "one note", "route": "a choice of route"}.get(blocker.kind) or gist(blocker.text)


def _done(place: Place, reader: Reader) -> Iterator[str]:
    """How it was completed, and what speaks against it by now."""
    if place.earlier:
        on = place.earlier.decided_on
        yield f"Done for this tenant in engagement {place.earlier.engagement_id}, {on:%-d %b %Y}"
        return
    if place.run.needs_another_look:
        yield f"Needs another look: {place.run.needs_another_look}"
    if place.is_shaken:
        what = left_in_words(place.verdict.blockers) if reader.may_read(place) else "what it was completed on"
        yield f"No longer holds: {what}"
    if place.added_services:
        verb = "was" if len(place.added_services) == 1 else "were"
        yield f"Completed before {_names(place.added_services)} {verb} added"
    notes = len({row.note_id for row in place.run.evidence_rows if row.note_id})
    waived = len(place.verdict.waived)
    yield ", ".join(filter(None, [_count(notes, "note"), f"{waived} waived" if waived else ""]))
    yield from _partly(place)


def _open(place: Place, reader: Reader) -> Iterator[str]:
    """Whom it waits for and what is left, in the order in which people ask."""
    if place.blocked_task:
        task = place.blocked_task
        number = next(row.number for row, _ in place.tasks if row.task == task.task_id)
        yield f"Task {number} is blocked" + (f": {task.reason}" if task.reason else "")
    if not reader.owns(place):
        yield f"Waits for {waits_for(place, reader.team)}"
    verdict = place.verdict
    if verdict.passed:
        yield "Nothing is left"
    else:
        said = f"{len(verdict.blockers)} of {verdict.total} left"
        yield f"{said}: {left_in_words(verdict.blockers)}" if reader.may_read(place) else said
    asked = sum(decided.applies for _, decided in place.tasks)
    if asked < len(place.tasks):
        verb = "applies" if 1 in (asked, len(place.tasks)) else "apply"
        yield f"{asked} of {_count(len(place.tasks), 'task')} {verb}"
    yield from _partly(place)


def _partly(place: Place) -> Iterator[str]:
    """The services that a condition takes out of the step, with its reason, and those that stay."""
    by_reason: dict[str, list[ServiceRef]] = {}
    for service, reason in place.applicability.excluded:
        by_reason.setdefault(reason, []).append(service)
    for reason, services in by_reason.items():
        yield f"Does not apply to {_names(services)}: {reason[:1].lower() + reason[1:]}"
    if by_reason:
        yield f"Still applies to {_names(place.services)}"


def _question(place: Place) -> dict[str, str] | None:
    """The first question on which the step still depends, as a link to where it is answered."""
    asked = list(dict.fromkeys(_asked(place)))
    if not asked:
        return None
    key, service_id = asked[0]
    if len(asked) > 1:
        label = f"{len(asked)} questions to answer"
    else:
        services = {service.id: service.name for service in place.walk.facts.services}
        about = f" ({services[service_id]})" if service_id in services else ""
        label = f"Not answered yet: {place.walk.edition.conditions[key].question}{about}"
    return {"label": label, "url": f"{place.url}#{ask_id(key, service_id)}"}


def _asked(place: Place) -> Iterator[tuple[str, int | None]]:
    yield from place.applicability.ask
    yield from _asked_by_lines(place, place.step.inputs + place.step.outputs)
    for _, decided in place.tasks:
        yield from decided.ask


def _asked_by_lines(place: Place, lines: tuple[RequirementSpec, ...]) -> Iterator[tuple[str, int | None]]:
    for line in lines:
        if line.when:
            yield from decide(line.when, place.walk.facts, place.service).ask
        yield from _asked_by_lines(place, line.children)


def _tasks(place: Place) -> str:
    """The numbers that apply; a single one with its name."""
    rows = [row for row, decided in place.tasks if decided.applies or not place.applies]
    if len(rows) == 1:
        return f"{rows[0].number} {gist(rows[0].name, 22)}"
    numbers = ", ".join(str(row.number) for row in rows[:4])
    return f"{numbers} +{len(rows) - 4}" if len(rows) > 4 else numbers


def _when(place: Place) -> str:
    today = place.walk.today
    if not place.applies:
        return ""
    if place.is_done:
        return day(place.done_on, today)
    if place.blocked_task:
        return day(timezone.localtime(place.blocked_task.changed_at).date(), today)
    return day(timezone.localtime(place.run.started_at).date(), today) if place.run else ""


def _sentences(parts: Iterable[str]) -> str:
    said = [part.rstrip(".") for part in parts if part]
    return ". ".join(said) + ("." if len(said) > 1 else "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s") if number else ""


def _names(services: Iterable[ServiceRef]) -> str:
    *others, last = [service.name for service in services] or ["nothing"]
    return f"{', '.join(others)} and {last}" if others else last
