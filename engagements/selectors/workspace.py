"""The workspace of an engagement: its steps by process, what of them somebody wants to see, and why not.

The process of the next step comes first, then those with open steps in playbook order, then finished
ones; steps that do not apply come last, each with its reason.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from engagements import access
from engagements.models import User
from engagements.selectors.exits import process_exit
from engagements.selectors.step_rows import ANOTHER_LOOK, Reader, is_doubtful, step_row
from engagements.walk import BLOCKED, COMPLETE, IN_PROGRESS, NOT_STARTED, READY, Place, Walk
from playbook.spec import PhaseSpec, ProcessSpec, RequirementSpec
from tasks.folding import fold

MINE, ALL = "mine", "all"
STATES: dict[str, tuple[str, Callable[[Place], bool]]] = {
    "open": ("Not complete yet", lambda place: place.applies and not place.is_done),
    "not-started": (NOT_STARTED, lambda place: place.state == NOT_STARTED),
    "in-progress": (IN_PROGRESS, lambda place: place.state == IN_PROGRESS),
    "ready": (READY, lambda place: place.state == READY),
    "blocked": (BLOCKED, lambda place: place.state == BLOCKED),
    "complete": (COMPLETE, lambda place: place.state == COMPLETE),
    "look": (ANOTHER_LOOK, is_doubtful),
    "off": ("Does not apply", lambda place: not place.applies),
}


@dataclass(frozen=True)
class Filters:
    """What somebody wants to see. ``role`` is "mine", "all" or the name of a role; ``service`` an id."""

    role: str = ALL
    service: int | None = None
    state: str = ""
    text: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str], walk: Walk, reader: Reader) -> "Filters":
        """Forgives what it does not know: an old address shows more, never an error."""
        role = query.get("role", MINE)
        if role not in {ALL, *_roles(walk)}:
            role = MINE if reader.roles else ALL
        service = query.get("service", "")
        ids = {str(ref.id): ref.id for ref in walk.facts.services}
        state = query.get("state", "")
        return cls(role, ids.get(service), state if state in STATES else "", query.get("q", "").strip()[:200])

    def without(self, name: str) -> "Filters":
        return replace(self, **{name: getattr(Filters(), name)})

    def address(self, walk: Walk) -> str:
        named = {"role": self.role, "service": self.service or "", "state": self.state, "q": self.text}
        given = urlencode({name: value for name, value in named.items() if value})
        return f"{reverse('engagement_detail', args=[walk.engagement.pk])}?{given}"


def reader_of(user: User, header: Mapping[str, Any]) -> Reader:
    """The reader as the header found them."""
    return Reader(frozenset(header["roles"]), header["team"], header["may_edit"], access.may_read_internal(user))


def workspace(walk: Walk, reader: Reader, filters: Filters) -> dict[str, Any]:
    """Everything that the list and its filters draw; reads no rows of its own."""
    found = _matching(walk, reader, filters)
    shown = [place for place in found if place.applies]
    following = (
        walk.next_place(reader.roles, reader.may_read) or walk.next_place((), reader.may_read) or walk.next_place()
    )
    processes = _processes(walk, reader, shown, following)
    off = [step_row(place, reader) | {"when": place.phase.name} for place in found if not place.applies]
    total = sum(place.applies for place in walk.places)
    return {
        "processes": processes,
        "off": off,
        "elsewhere": _elsewhere(walk, processes, filters),
        "count": f"{len(shown)} of {_count(total, 'step')}",
        "off_count": f"{len(off)} {'does' if len(off) == 1 else 'do'} not apply" if off else "",
        "empty": None if found else _empty(walk, reader, filters),
        "filters": filters,
        "choices": _choices(walk, reader, filters),
        "active": sum(bool(value) for value in (filters.role != ALL, filters.service, filters.state)),
    }


# The list ---------------------------------------------------------------------------------------------


def _processes(walk: Walk, reader: Reader, shown: list[Place], following: Place | None) -> list[dict[str, Any]]:
    by_process: dict[str, list[Place]] = {}
    for place in shown:
        by_process.setdefault(place.process.key, []).append(place)
    sections = [_section(walk, reader, places, following) for places in by_process.values()]
    sections.sort(key=lambda one: (not one["current"], one["done"] == one["total"]))
    anchored: set[str] = set()
    for section in sections:
        section["anchor"] = "" if section["phase_slug"] in anchored else f"phase-{section['phase_slug']}"
        anchored.add(section["phase_slug"])
    return sections


def _section(walk: Walk, reader: Reader, places: list[Place], following: Place | None) -> dict[str, Any]:
    process, phase = places[0].process, places[0].phase
    everything = [place for place in _places_of(walk, process) if place.applies]
    done = sum(place.is_done for place in everything)
    return {
        "id": f"process-{process.id}",
        "title": process.title,
        "phase": phase.name,
        "phase_slug": phase.slug,
        "done": done,
        "total": len(everything),
        "value": 100 * done // len(everything),
        "current": following is not None and following.process is process,
        "rows": [step_row(place, reader) | {"next": place is following} for place in places],
        "exit": process_exit(process, walk, reader.may_edit) if reader.may_read(places[0]) else None,
    }


def _places_of(walk: Walk, process: ProcessSpec) -> Iterator[Place]:
    return (place for step in process.steps for place in walk.places_of(step.key))


def _elsewhere(walk: Walk, processes: list[dict[str, Any]], filters: Filters) -> list[dict[str, str]]:
    """The phases that no section stands for, so that every link of the rail arrives somewhere."""
    standing = {section["phase_slug"] for section in processes}
    return [_absent(phase, walk, filters) for phase in walk.edition.phases if phase.slug not in standing]


def _absent(phase: PhaseSpec, walk: Walk, filters: Filters) -> dict[str, str]:
    places = [p for process in phase.processes for p in _places_of(walk, process) if p.applies]
    row = {"id": f"phase-{phase.slug}", "name": phase.name, "url": "", "label": ""}
    if phase.name in walk.facts.phases_left_out:
        return row | {"why": f"the {walk.facts.model} model leaves it out"}
    if not places:
        return row | {"why": "no step of it applies here"}
    every = f"{Filters().address(walk)}#phase-{phase.slug}"
    return row | {"why": f"{_count(len(places), 'step')} hidden by the filters", "url": every, "label": "Show all"}


# Filters ----------------------------------------------------------------------------------------------


def _matching(walk: Walk, reader: Reader, filters: Filters) -> list[Place]:
    words = fold(filters.text).split()
    return [
        place
        for place in walk.places
        if _has_role(place, reader, filters.role)
        and (not filters.service or filters.service in _services(place))
        and (not filters.state or STATES[filters.state][1](place))
        and (not words or _has_words(place, reader, words))
    ]


def _has_role(place: Place, reader: Reader, role: str) -> bool:
    if role == MINE:
        return reader.owns(place)
    return role == ALL or role in place.step.roles


def _services(place: Place) -> set[int]:
    """The services in scope that a step is about, or would be about if it applied."""
    if place.applies:
        return {service.id for service in place.services} | {s.id for s, _ in place.applicability.excluded}
    return {
        service.id
        for service in place.walk.facts.services
        if service in place.step.applies_to or any(one.kind == "all" for one in place.step.applies_to)
    }


def _has_words(place: Place, reader: Reader, words: list[str]) -> bool:
    """All words, in the title, the task numbers and names, and the lines that the reader may read."""
    said = [place.title, *(f"{row.number} {row.name}" for row in place.step.listings)]
    if reader.may_read(place):
        said.extend(_texts(place.step.inputs + place.step.outputs))
    text = fold(" ".join(said))
    return all(word in text for word in words)


def _texts(lines: tuple[RequirementSpec, ...]) -> Iterator[str]:
    for line in lines:
        yield line.text
        yield from _texts(line.children)


def _empty(walk: Walk, reader: Reader, filters: Filters) -> dict[str, str]:
    """Names the filter that hides, and offers to drop it."""
    if not walk.places:
        return {"title": "This edition has no steps", "text": "Its pages were read without finding any."}
    offers = {
        "role": ("The role", "Show all roles"),
        "text": (f"The text “{filters.text}”", "Show any text"),
        "state": ("The state", "Show any state"),
        "service": ("The service", "Show all services"),
    }
    for name, (subject, action) in offers.items():
        found = _matching(walk, reader, filters.without(name))
        hidden = sum(place.applies for place in found) or len(found)
        if getattr(filters, name) != getattr(Filters(), name) and hidden:
            text = f"{subject} hides {_count(hidden, 'step')} that the other filters find."
            url = filters.without(name).address(walk)
            return {"title": "No step is found", "text": text, "url": url, "action": action}
    url = Filters().address(walk)
    text = "Even one filter less finds none."
    return {"title": "No step is found", "text": text, "url": url, "action": "Show all steps"}


def _choices(walk: Walk, reader: Reader, filters: Filters) -> dict[str, list[dict[str, Any]]]:
    own = sorted(reader.roles & set(_roles(walk)) or reader.roles)
    mine = [(MINE, f"{', '.join(own)} (mine)")] if own else []
    services = [(service.id, service.name) for service in walk.facts.services]
    return {
        "role": _options([*mine, (ALL, "All roles"), *((name, name) for name in _roles(walk))], filters.role),
        "service": _options([("", f"All {_count(len(services), 'service')}"), *services], filters.service or ""),
        "state": _options([("", "Any state"), *((key, word) for key, (word, _) in STATES.items())], filters.state),
    }


def _options(pairs: list[tuple[Any, str]], chosen: Any) -> list[dict[str, Any]]:
    return [{"value": value, "label": label, "selected": value == chosen} for value, label in pairs]


def _roles(walk: Walk) -> list[str]:
    return sorted({name for _, _, step in walk.edition.steps() for name in step.roles})


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
