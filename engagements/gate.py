"""Decides whether a step may close. Reads no database; nothing else in the code decides it (DESIGN §3).

A gate input is a step as it stands in one engagement: its lines with what documents them, its tasks,
and what the records say. ``evaluate`` returns every blocker, not the first. One verdict draws the page,
refuses the request, and is kept in the receipt.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from tasks.statuses import TaskStatus

RULE_VERSION = 1

OPEN, SATISFIED, WAIVED, NOT_NEEDED = "open", "satisfied", "waived", "not needed"
# Kinds that a person or a note answers; every other kind is computed and cannot be ticked.
WRITTEN = ("note", "attest")
SETTLED = (TaskStatus.COMPLETE, TaskStatus.NOT_REQUIRED, TaskStatus.CANCELLED)


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
class Fact:
    """What the records say about a computed check, and where to mend it."""

    holds: bool
    reason: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Line:
    """A requirement in this engagement. ``checks`` must all hold; ``rule`` says how its children count.

    A note category that a parent names has been passed down to its leaves already: people tick leaves.
    """

    id: int
    text: str
    checks: tuple[str, ...] = ()
    rule: str = "all"
    optional: bool = False
    applies: bool = True
    because: str = ""
    proofs: tuple[Proof, ...] = ()
    waiver: Waived | None = None
    children: tuple["Line", ...] = ()


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
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping) -> "GateInput":
        return cls(
            step=stored["step"],
            title=stored["title"],
            services=tuple(stored["services"]),
            inputs=tuple(_line(row) for row in stored["inputs"]),
            outputs=tuple(_line(row) for row in stored["outputs"]),
            tasks=tuple(TaskLine(**{**row, "waiver": _waived(row["waiver"])}) for row in stored["tasks"]),
            facts={check: Fact(**fact) for check, fact in stored["facts"].items()},
            routes={int(group): route for group, route in stored["routes"].items()},
            notes=tuple(stored["notes"]),
        )


@dataclass(frozen=True)
class Blocker:
    """One thing that is left. ``target`` is the id of its row on the page, ``fix`` an address elsewhere."""

    kind: str
    text: str
    target: str
    needs: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Settled:
    """One thing that is there, waived, or not needed, and why."""

    kind: str
    text: str
    target: str
    why: str = ""


@dataclass(frozen=True)
class LineVerdict:
    """How one line stands. ``missing`` names what each open check still needs."""

    state: str
    missing: tuple[tuple[str, str, str], ...] = ()
    why: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Verdict:
    passed: bool
    on: date
    blockers: tuple[Blocker, ...]
    satisfied: tuple[Settled, ...]
    waived: tuple[Settled, ...]
    not_applicable: tuple[Settled, ...]
    lines: Mapping[int, LineVerdict]

    @property
    def total(self) -> int:
        """How many things the step asks for here: "3 of 6 left" is blockers of total."""
        return len(self.blockers) + len(self.satisfied) + len(self.waived)

    @property
    def tasks_only(self) -> tuple[int, ...]:
        """The numbers to complete, where open mandatory tasks are all that is left (R9); else nothing."""
        if self.blockers and all(blocker.kind == "task" for blocker in self.blockers):
            return tuple(int(blocker.target.removeprefix("task-")) for blocker in self.blockers)
        return ()


class GateClosed(Exception):
    """A step was to be completed, or a task set Complete, while something is left. Carries the verdict."""

    def __init__(self, verdict: Verdict):
        self.verdict = verdict
        super().__init__("; ".join(blocker.text for blocker in verdict.blockers))


def evaluate(gate: GateInput, today: date) -> Verdict:
    """The verdict on a step, asked about on ``today``. Inputs come before outputs, outputs before tasks."""
    walk = _Walk(gate)
    for section, lines in (("input", gate.inputs), ("output", gate.outputs)):
        for line in lines:
            walk.add(section, line)
    asked = walk.asked
    walk.add_tasks(checklist_asks=asked)
    return Verdict(
        passed=not walk.blockers,
        on=today,
        blockers=tuple(walk.blockers),
        satisfied=tuple(walk.satisfied),
        waived=tuple(walk.waived),
        not_applicable=tuple(walk.not_applicable),
        lines=walk.lines,
    )


def checklists_closed(verdict: Verdict) -> bool:
    """Whether only tasks are left, so that a mandatory task of the step may become Complete (R9)."""
    return all(blocker.kind in ("task", "note") for blocker in verdict.blockers)


def leaves(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines that people tick: those without children."""
    for line in lines:
        if line.children:
            yield from leaves(line.children)
        else:
            yield line


# How a line stands -----------------------------------------------------------------------------------


class _Walk:
    """Collects the verdict while going through lines and tasks in page order."""

    def __init__(self, gate: GateInput):
        self.gate = gate
        self.blockers: list[Blocker] = []
        self.satisfied: list[Settled] = []
        self.waived: list[Settled] = []
        self.not_applicable: list[Settled] = []
        self.lines: dict[int, LineVerdict] = {}
        self.asked = False

    def add(self, section: str, line: Line) -> None:
        for one in _everything(line):
            self.lines[one.id] = self._standing(one)
        self._collect(section, line)

    # Standing: does this line hold, on its own and through its children?

    def _standing(self, line: Line) -> LineVerdict:
        """Children are judged before their parent, because ``_everything`` yields them first."""
        if not line.applies:
            return LineVerdict(NOT_NEEDED, why=line.because)
        if line.waiver:
            return LineVerdict(WAIVED, why=line.waiver.reason)
        missing = tuple(self._missing(line))
        if missing or not self._children_hold(line):
            return LineVerdict(OPEN, missing)
        if line.children and not line.checks and self._nothing_asked(line):
            return LineVerdict(NOT_NEEDED, why="Nothing below it is needed here.")
        return LineVerdict(SATISFIED)

    def _missing(self, line: Line) -> Iterator[tuple[str, str, str]]:
        """(check, what it needs in words, where to mend it) of every check of its own that does not hold."""
        checks = line.checks if line.checks or line.children else ("attest",)
        for check in checks:
            kind, _, rest = check.partition(":")
            if kind == "note":
                if not any(p.kind == "note" and p.category in rest.split("|") for p in line.proofs):
                    yield check, "note", ""
            elif kind == "attest":
                if not line.proofs:
                    yield check, "statement", ""
            else:
                fact = self.gate.facts.get(check, Fact(False, "The records do not say yet."))
                if not fact.holds:
                    yield check, fact.reason, fact.fix

    def _children_hold(self, line: Line) -> bool:
        needed = [child for child in line.children if child.applies]
        if line.rule == "one of":
            return not needed or any(self._holds(child) for child in needed)
        return all(self._holds(child) for child in needed if not child.optional)

    def _holds(self, line: Line) -> bool:
        return self.lines[line.id].state in (SATISFIED, WAIVED, NOT_NEEDED)

    def _nothing_asked(self, line: Line) -> bool:
        return all(self.lines[child.id].state == NOT_NEEDED for child in line.children)

    # Collecting: what is counted, in the order people read

    def _collect(self, section: str, line: Line, optional: bool = False) -> None:
        verdict = self.lines[line.id]
        optional = optional or line.optional
        target = f"line-{line.id}"
        if verdict.state == NOT_NEEDED:
            self.not_applicable.append(Settled(section, line.text, target, verdict.why))
            for child in line.children:
                self._set_aside(child, verdict.why)
            return
        if verdict.state == WAIVED:
            self.asked = True
            self.waived.append(Settled(section, line.text, target, verdict.why))
            for child in line.children:
                self._set_aside(child, "Waived with the line above it.")
            return
        if not optional:
            self.asked = True
        if not line.children or line.checks:
            self._count(section, line, verdict, target, optional)
        if line.rule == "one of" and line.children:
            self._collect_routes(section, line, optional)
        else:
            for child in line.children:
                self._collect(section, child, optional)

    def _count(self, section: str, line: Line, verdict: LineVerdict, target: str, optional: bool) -> None:
        if verdict.missing:
            if not optional:
                _, needs, fix = verdict.missing[0]
                self.blockers.append(Blocker(section, line.text, target, needs, fix))
        else:
            self.satisfied.append(Settled(section, line.text, target))

    def _collect_routes(self, section: str, group: Line, optional: bool) -> None:
        """Only the route that is taken counts: the chosen one that holds, else one that holds, else the chosen."""
        open_routes = [child for child in group.children if self.lines[child.id].state != NOT_NEEDED]
        chosen = [child for child in open_routes if child.id == self.gate.routes.get(group.id)]
        holding = [child for child in open_routes if self._holds(child)]
        taken = next(iter([c for c in chosen if c in holding] or holding or chosen), None)
        if taken is None and len(open_routes) == 1:
            taken = open_routes[0]
        for child in group.children:
            if child is taken:
                self.lines[child.id] = _chosen(self.lines[child.id])
                self._collect(section, child, optional)
            elif child not in open_routes:
                self._collect(section, child, optional)
            elif taken is not None:
                self._set_aside(child, "Another route was taken.")
        if taken is None and open_routes and not optional:
            self.blockers.append(
                Blocker("route", f"Choose one of {len(open_routes)} routes: {group.text}", f"line-{group.id}", "choice")
            )

    def _set_aside(self, line: Line, why: str) -> None:
        """A line that does not count here, with all below it; it is not listed, its parent or sibling is."""
        self.lines[line.id] = LineVerdict(NOT_NEEDED, why=self.lines[line.id].why or why)
        for child in line.children:
            self._set_aside(child, why)

    # Tasks

    def add_tasks(self, *, checklist_asks: bool) -> None:
        applicable = []
        for task in self.gate.tasks:
            target = f"task-{task.number}"
            if not task.applies:
                self.not_applicable.append(Settled("task", f"{task.number} {task.name}", target, task.because))
            else:
                applicable.append(task)
        mandatory = [task for task in applicable if task.mandatory]
        for task in mandatory:
            self._count_task(task, done=task.status == TaskStatus.COMPLETE)
        if checklist_asks or mandatory:
            return
        for task in applicable:
            self._count_task(task, done=task.status in SETTLED)
        if not applicable:
            if self.gate.notes:
                self.satisfied.append(Settled("note", "This step needs one note", "composer"))
            else:
                self.blockers.append(Blocker("note", "This step needs one note", "composer", "note"))

    def _count_task(self, task: TaskLine, *, done: bool) -> None:
        target, text = f"task-{task.number}", f"Task {task.number} {task.name}"
        if done:
            self.satisfied.append(Settled("task", text, target, task.status))
        elif task.status == TaskStatus.NOT_REQUIRED and task.waiver:
            self.waived.append(Settled("task", text, target, task.waiver.reason))
        else:
            self.blockers.append(Blocker("task", f"Task {task.number} is {task.status}", target, task.name))


def _everything(line: Line) -> Iterator[Line]:
    """A line after all below it."""
    for child in line.children:
        yield from _everything(child)
    yield line


def _chosen(verdict: LineVerdict) -> LineVerdict:
    return LineVerdict(verdict.state, verdict.missing, verdict.why, chosen=True)


def _line(row: Mapping) -> Line:
    return Line(
        **{
            **row,
            "checks": tuple(row["checks"]),
            "proofs": tuple(Proof(**proof) for proof in row["proofs"]),
            "waiver": _waived(row["waiver"]),
            "children": tuple(_line(child) for child in row["children"]),
        }
    )


def _waived(row: Mapping | None) -> Waived | None:
    return Waived(**row) if row else None
