"""What the gate is asked about: a step as it stands in one engagement, as plain values that a receipt keeps.

Pure; ``engagements.walk`` builds it from rows, ``engagements.gate`` decides on it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace

from playbook.checks import ATTEST, Check
from tasks.statuses import TaskStatus

# How a gate input is stored. 2 keeps no address of the page on which a fact is edited; 1 did, and is read as well.
FORMAT = 2


@dataclass(frozen=True)
class Proof:
    """What documents a line: a note (with its category) or a person's statement, by id."""

    kind: str
    id: int
    category: str = ""
    by: int | None = None
    on: str = ""
    text: str = ""


@dataclass(frozen=True)
class Waived:
    """Who allowed to do without, and why."""

    reason: str
    by: int | None = None
    on: str = ""


@dataclass(frozen=True)
class FactPage:
    """Where people edit a fact: a page by its URL name, the query that opens the right form, and the part of it.

    ``step`` is the key of a step, instead of a page; with neither, it is a part of the step's own page. Whoever
    draws it makes the address, because the rules know no addresses.
    """

    page: str = ""
    anchor: str = ""
    query: tuple[tuple[str, str], ...] = ()
    step: str = ""
    service: int | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is on another page than the step's own."""
        return bool(self.page or self.step)


@dataclass(frozen=True)
class Fact:
    """What the records say about a computed check, and where they are edited; a receipt keeps only what they say."""

    holds: bool
    reason: str = ""
    edited_at: FactPage | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Line:
    """A requirement in this engagement. ``checks`` must all hold; ``rule`` says how its children count.

    A note category that a parent names has been passed down to its leaves already: people tick leaves.
    """

    id: int
    text: str
    checks: tuple[Check, ...] = ()
    rule: str = "all"
    optional: bool = False
    applies: bool = True
    because: str = ""
    proofs: tuple[Proof, ...] = ()
    waiver: Waived | None = None
    children: tuple["Line", ...] = ()

    @property
    def asks(self) -> tuple[Check, ...]:
        """What it asks for itself. A line without checks asks for a statement, unless its children speak for it."""
        return tuple(map(Check, self.checks)) or (() if self.children else (ATTEST,))


@dataclass(frozen=True)
class TaskLine:
    number: int
    name: str
    mandatory: bool = False
    applies: bool = True
    because: str = ""
    status: str = TaskStatus.NOT_STARTED.value
    waiver: Waived | None = None


@dataclass(frozen=True)
class GateInput:
    """Everything the decision rests on; a receipt keeps it whole."""

    step: str
    title: str
    services: tuple[str, ...] = ()
    inputs: tuple[Line, ...] = ()
    outputs: tuple[Line, ...] = ()
    tasks: tuple[TaskLine, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    routes: Mapping[int, int] = field(default_factory=dict)
    notes: tuple[int, ...] = ()

    def as_json(self) -> dict:
        """What a receipt keeps, as plain values that ``from_json`` reads back."""
        facts = {check: {"holds": fact.holds, "reason": fact.reason} for check, fact in self.facts.items()}
        return asdict(replace(self, facts={})) | {"facts": facts, "format": FORMAT}

    @classmethod
    def from_json(cls, stored: Mapping) -> "GateInput":
        """The gate input that a receipt keeps, of either format; raises KeyError or TypeError where it is damaged."""
        return cls(
            step=stored["step"],
            title=stored["title"],
            services=tuple(stored["services"]),
            inputs=tuple(_line(row) for row in stored["inputs"]),
            outputs=tuple(_line(row) for row in stored["outputs"]),
            tasks=tuple(TaskLine(**{**row, "waiver": _waived(row["waiver"])}) for row in stored["tasks"]),
            facts={check: Fact(fact["holds"], fact["reason"]) for check, fact in stored["facts"].items()},
            routes={int(group): route for group, route in stored["routes"].items()},
            notes=tuple(stored["notes"]),
        )


def leaves(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines that people tick: those without children."""
    for line in lines:
        if line.children:
            yield from leaves(line.children)
        else:
            yield line


def _line(row: Mapping) -> Line:
    return Line(
        **{
            **row,
            "checks": tuple(map(Check, row["checks"])),
            "proofs": tuple(Proof(**proof) for proof in row["proofs"]),
            "waiver": _waived(row["waiver"]),
            "children": tuple(_line(child) for child in row["children"]),
        }
    )


def _waived(row: Mapping | None) -> Waived | None:
    return Waived(**row) if row else None
