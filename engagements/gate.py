"""Decides whether a step may close. Reads no database; nothing else in the code decides it (DESIGN §3).

A gate input is a step as it stands in one engagement: its lines with what documents them, its tasks,
and what the records say. ``evaluate`` returns every blocker, not the first. One verdict draws the page,
refuses the request, and is kept in the receipt.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from engagements.gate_input import Fact, FactPage, GateInput, Line, TaskLine
from playbook.checks import Check
from tasks.statuses import TaskStatus

RULE_VERSION = 1

OPEN, SATISFIED, WAIVED, NOT_NEEDED = "open", "satisfied", "waived", "not needed"
ONE_OF = "one of"
SETTLED = (TaskStatus.COMPLETE, TaskStatus.NOT_REQUIRED, TaskStatus.CANCELLED)
# Statuses that look like an end and are none for a mandatory task.
NOT_ENOUGH = {
    TaskStatus.NOT_REQUIRED: ", which a team manager has to grant",
    TaskStatus.CANCELLED: ", but it is mandatory",
}


@dataclass(frozen=True)
class Blocker:
    """One thing that is left: a line, a task by its number, or the step's note.

    ``needs`` says what is missing, ``edited_at`` where the record behind it is edited.
    """

    kind: str
    text: str
    line_id: int | None = None
    task_number: int | None = None
    needs: str = ""
    edited_at: FactPage | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Settled:
    """One thing that is there, waived, or not needed, and why."""

    kind: str
    text: str
    line_id: int | None = None
    task_number: int | None = None
    why: str = ""


@dataclass(frozen=True)
class MissingCheck:
    """A check of a line that is not met: what it needs in words, and where the record behind it is edited."""

    check: Check
    needs: str
    edited_at: FactPage | None = field(default=None, compare=False)


@dataclass(frozen=True)
class LineVerdict:
    """The state of one line, with each of its checks that is not met."""

    state: str
    missing: tuple[MissingCheck, ...] = ()
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
        """The numbers to complete, where open tasks are all that is left (R9); else nothing."""
        if self.blockers and all(blocker.kind == "task" for blocker in self.blockers):
            return tuple(number for blocker in self.blockers if (number := blocker.task_number) is not None)
        return ()

    def blocks(self, line_id: int) -> bool:
        """Whether a line is one of the things that are left."""
        return any(blocker.line_id == line_id for blocker in self.blockers)


class GateClosed(Exception):
    """A step was to be completed, or a task set Complete, while something is left. Carries the verdict."""

    def __init__(self, verdict: Verdict):
        self.verdict = verdict
        super().__init__("; ".join(blocker.text.rstrip(".:") for blocker in verdict.blockers))


def evaluate(gate: GateInput, today: date) -> Verdict:
    """The verdict on a step, asked about on ``today``. Inputs come before outputs, outputs before tasks."""
    walk = _Walk(gate)
    for section, lines in (("input", gate.inputs), ("output", gate.outputs)):
        for line in lines:
            walk.add(section, line)
    walk.add_tasks()
    return Verdict(
        passed=not walk.blockers,
        on=today,
        blockers=tuple(walk.blockers),
        satisfied=tuple(walk.satisfied),
        waived=tuple(walk.waived),
        not_applicable=tuple(walk.not_applicable),
        lines=walk.lines,
    )


def checklists_closed(verdict: Verdict, task: int | None = None) -> bool:
    """Whether only tasks are left, so that a task of the step may become Complete (R9).

    A line that waits for nothing but this very task does not hold it back: 983 proves the QuickLeads route.
    """
    for blocker in verdict.blockers:
        if blocker.kind == "route":
            return False
        if blocker.line_id is not None:
            missing = verdict.lines[blocker.line_id].missing
            if {one.check for one in missing} != {f"task:{task}"}:
                return False
    return True


# How a line stands -----------------------------------------------------------------------------------


class _Walk:
    """Collects the verdict while going through lines and tasks in page order.

    ``asked`` becomes true with the first thing that the checklists ask for and that is not optional.
    """

    def __init__(self, gate: GateInput):
        self.gate = gate
        self.blockers: list[Blocker] = []
        self.satisfied: list[Settled] = []
        self.waived: list[Settled] = []
        self.not_applicable: list[Settled] = []
        self.lines: dict[int, LineVerdict] = {}
        self.asked = False

    def add(self, section: str, line: Line) -> None:
        self._stand(line)
        self._collect(section, line, line.optional)

    # Standing: does this line hold, on its own and through its children?

    def _stand(self, line: Line) -> None:
        for child in line.children:
            self._stand(child)
        self.lines[line.id] = self._standing(line)

    def _standing(self, line: Line) -> LineVerdict:
        if not line.applies:
            return LineVerdict(NOT_NEEDED, why=line.because)
        if line.waiver:
            return LineVerdict(WAIVED, why=line.waiver.reason)
        missing = tuple(self._missing(line))
        if missing or not self._children_hold(line):
            return LineVerdict(OPEN, missing)
        if line.children and not line.checks and not self._needed(line):
            return LineVerdict(NOT_NEEDED, why="Nothing below it is needed here.")
        return LineVerdict(SATISFIED)

    def _missing(self, line: Line) -> Iterator[MissingCheck]:
        for check in line.asks:
            if check.kind == "note":
                if not any(proof.kind == "note" and proof.category in check.categories for proof in line.proofs):
                    yield MissingCheck(check, "note")
            elif check.kind == "attest":
                if not line.proofs:
                    yield MissingCheck(check, "statement")
            else:
                fact = self.gate.facts.get(check, Fact(False, "The records do not say yet."))
                if not fact.holds:
                    yield MissingCheck(check, fact.reason, fact.edited_at)

    def _children_hold(self, line: Line) -> bool:
        needed = self._needed(line)
        if line.rule == ONE_OF:
            return not needed or any(self._holds(child) for child in needed)
        return all(self._holds(child) or child.optional for child in needed)

    def _needed(self, line: Line) -> list[Line]:
        return [child for child in line.children if self.lines[child.id].state != NOT_NEEDED]

    def _holds(self, line: Line) -> bool:
        return self.lines[line.id].state in (SATISFIED, WAIVED)

    # Collecting: what is counted, in the order people read

    def _collect(self, section: str, line: Line, optional: bool) -> None:
        verdict = self.lines[line.id]
        settled = Settled(section, line.text, line_id=line.id, why=verdict.why)
        if verdict.state == NOT_NEEDED:
            self.not_applicable.append(settled)
            self._set_aside(line.children, verdict.why)
        elif verdict.state == WAIVED:
            self.asked = self.asked or not optional
            self.waived.append(settled)
            self._set_aside(line.children, "Waived with the line above it.")
        else:
            if line.checks or not line.children:
                self._count(settled, verdict, optional)
            if line.rule == ONE_OF:
                self._collect_routes(section, line, optional)
            else:
                for child in line.children:
                    self._collect(section, child, optional or child.optional)

    def _count(self, settled: Settled, verdict: LineVerdict, optional: bool) -> None:
        """What a line asks for itself; an optional line counts once it is there."""
        self.asked = self.asked or not optional
        if not verdict.missing:
            self.satisfied.append(settled)
        elif not optional:
            first = verdict.missing[0]
            self.blockers.append(
                Blocker(
                    settled.kind, settled.text, line_id=settled.line_id, needs=first.needs, edited_at=first.edited_at
                )
            )

    def _collect_routes(self, section: str, group: Line, optional: bool) -> None:
        """Only the route that is taken counts, and it counts even where its line is marked optional."""
        routes = self._needed(group)
        taken = self._taken(group, routes)
        for child in group.children:
            if child is taken:
                self.lines[child.id] = replace(self.lines[child.id], chosen=True)
                self._collect(section, child, optional)
            elif self.lines[child.id].state == NOT_NEEDED:
                self._collect(section, child, optional)
            elif taken:
                self._set_aside((child,), "Another route was taken.")
        if routes and not taken and not optional:
            self.asked = True
            text = f"Choose one of {len(routes)} routes: {group.text.rstrip(' .:')}"
            self.blockers.append(Blocker("route", text, line_id=group.id, needs="choice"))

    def _taken(self, group: Line, routes: list[Line]) -> Line | None:
        """The chosen route if it holds, else one that holds, else the chosen one. The only one needs no choice."""
        choice = routes[0].id if len(routes) == 1 else self.gate.routes.get(group.id)
        chosen_first = sorted(routes, key=lambda route: route.id != choice)
        holding = next((route for route in chosen_first if self._holds(route)), None)
        return holding or next((route for route in routes if route.id == choice), None)

    def _set_aside(self, lines: Iterable[Line], why: str) -> None:
        """Lines that do not count here, with all below them; they are not listed, a parent or sibling is."""
        for line in lines:
            before = self.lines[line.id]
            kept = before.why if before.state == NOT_NEEDED else ""
            self.lines[line.id] = LineVerdict(NOT_NEEDED, why=kept or why)
            self._set_aside(line.children, why)

    # Tasks

    def add_tasks(self) -> None:
        """Mandatory tasks always; the others where neither a checklist nor a mandatory task asks for anything."""
        applicable = []
        for task in self.gate.tasks:
            if task.applies:
                applicable.append(task)
            else:
                self.not_applicable.append(Settled("task", _name(task), task_number=task.number, why=task.because))
        mandatory = [task for task in applicable if task.mandatory]
        for task in mandatory:
            self._count_task(task, done=task.status == TaskStatus.COMPLETE)
        if self.asked or mandatory:
            return
        for task in applicable:
            self._count_task(task, done=task.status in SETTLED)
        if not applicable:
            self._count_note()

    def _count_task(self, task: TaskLine, *, done: bool) -> None:
        settled = Settled("task", _name(task), task_number=task.number)
        if done:
            self.satisfied.append(replace(settled, why=str(task.status)))
        elif task.status == TaskStatus.NOT_REQUIRED and task.waiver:
            self.waived.append(replace(settled, why=task.waiver.reason))
        else:
            text = f"Task {task.number} is {task.status}{NOT_ENOUGH.get(task.status, '')}"
            self.blockers.append(Blocker("task", text, task_number=task.number, needs=task.name))

    def _count_note(self) -> None:
        text = "This step needs one note"
        if self.gate.notes:
            self.satisfied.append(Settled("note", text))
        else:
            self.blockers.append(Blocker("note", text, needs="note"))


def _name(task: TaskLine) -> str:
    return f"Task {task.number} {task.name}"
