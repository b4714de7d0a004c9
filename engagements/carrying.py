"""What of the work in an engagement another edition of the playbook can take (DESIGN §4).

Steps are found again by their key; lines by the key of their step or process and their own, where their words
are still the same. What was documented for anything else is left behind: kept, but it holds nothing there.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date

from engagements.models import StepRun
from engagements.walk import Walk, load_walks
from engagements.walk_rows import with_set
from playbook.compiled import compile_edition
from playbook.models import Edition, Requirement, Step
from playbook.spec import EditionSpec, RequirementSpec
from playbook.vocabulary import fold


@dataclass(frozen=True)
class Left:
    """Something that the edition cannot take: where it was given, what it was, and why it stays behind."""

    step: str
    line: str
    given: str
    why: str

    def __str__(self) -> str:
        line = f" for “{self.line}”" if self.line else ""
        return f"{self.step}: {self.given}{line}: {self.why}."


@dataclass
class Carrying:
    """Old id → new id of what moves along, and what does not."""

    edition: EditionSpec
    steps: dict[int, int] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    asked_anew: list[tuple[str, int | None]] = field(default_factory=list)


def carrying(walk: Walk, edition: Edition) -> Carrying:
    """Plans the move of an engagement to an edition; writes nothing, in a constant number of queries."""
    spec = compile_edition(edition)
    found = Carrying(spec)
    runs = list(walk.engagement.step_runs.all())
    steps = Step.objects.select_related("process").in_bulk({run.step_id for run in runs})
    lines = _lines(spec)
    used = Requirement.objects.select_related("step", "process").in_bulk(_used(runs, walk))
    for row in used.values():
        same = lines.get((row.process.key, row.step.key if row.step else "", row.key))
        if same and fold(same.text) == fold(row.text):
            found.lines[row.pk] = same.id
    for run in runs:
        step = steps[run.step_id]
        there = spec.places.get(step.key)
        why = _why_not_the_step(run, there, spec)
        if not why:
            found.steps[run.pk] = there[2].id
        for given, line_id in _given(run):
            line = used.get(line_id)
            if why or (line and line_id not in found.lines):
                gone = why or _why_not_the_line(line, lines)
                found.left.append(Left(step.title, line.text if line else "", given, gone))
    for line_id in walk.confirmations:
        if line_id not in found.lines:
            line = used[line_id]
            found.left.append(Left(line.process.title, line.text, "a confirmation", _why_not_the_line(line, lines)))
    found.asked_anew = list(_asked_anew(walk, spec, found))
    return found


def supposing_edition(walk: Walk, edition: Edition, plan: Carrying) -> Walk:
    """The engagement as it would stand on the edition."""
    runs = [_moved(run, plan) for run in walk.engagement.step_runs.all() if run.pk in plan.steps]
    confirmations = [_on(row, plan) for row in walk.confirmations.values()]
    answers = [row for row in walk.engagement.answers.all() if (row.key, row.service_id) not in plan.asked_anew]
    engagement = with_set(copy(walk.engagement), step_runs=runs, confirmations=confirmations, answers=answers)
    engagement.edition = edition
    return next(load_walks([engagement], walk.today))


def _used(runs: Iterable[StepRun], walk: Walk) -> set[int]:
    """Every line that anything in the engagement is given for."""
    ids = set(walk.confirmations)
    for run in runs:
        ids |= {row.requirement_id for row in (*run.evidence_rows, *run.waiver_rows) if row.requirement_id}
        ids |= {pk for row in run.choice_rows for pk in (row.group_id, row.route_id)}
    return ids


def _lines(spec: EditionSpec) -> Mapping[tuple[str, str, str], RequirementSpec]:
    """(process key, step key or empty, line key) → the line."""
    found = {}

    def collect(process: str, step: str, specs: Iterable[RequirementSpec]) -> None:
        for line in specs:
            found[process, step, line.key] = line
            collect(process, step, line.children)

    for phase in spec.phases:
        for process in phase.processes:
            collect(process.key, "", process.key_inputs + process.key_outputs)
            for step in process.steps:
                collect(process.key, step.key, step.inputs + step.outputs)
    return found


def _given(run: StepRun) -> Iterator[tuple[str, int | None]]:
    """(what it is, for which line) of everything that was given in a run."""
    for row in run.evidence_rows:
        on = _day(row.at)
        yield (f"the note of {on}" if row.note_id else f"the statement “{row.text}”"), row.requirement_id
    for row in run.waiver_rows:
        if row.decision in ("open", "granted") and row.requirement_id:
            yield "a waiver" if row.decision == "granted" else "a waiver that was asked for", row.requirement_id
    for row in run.choice_rows:
        yield "the route that was chosen", row.route_id


def _why_not_the_step(run: StepRun, there, spec: EditionSpec) -> str:
    if there is None:
        return f"{spec.name} does not have this step"
    if (run.service_id is None) is there[2].per_service:
        return "the step runs once per service there" if there[2].per_service else "the step runs once for all there"
    return ""


def _why_not_the_line(line: Requirement | None, lines: Mapping) -> str:
    if line and (line.process.key, line.step.key if line.step else "", line.key) in lines:
        return "its words are different there"
    return "the line is not there any more"


def _asked_anew(walk: Walk, spec: EditionSpec, found: Carrying) -> Iterator[tuple[str, int | None]]:
    """Answers to a question that asks something else there; one that is not asked there rests."""
    for (key, service_id), answer in walk.facts.answers.items():
        was, now = walk.edition.conditions.get(key), spec.conditions.get(key)
        if was and now and answer != "unknown" and fold(was.question) != fold(now.question):
            found.left.append(
                Left("Questions", was.question, f"the answer {answer}", f"it asks “{now.question}” there")
            )
            yield key, service_id


def _moved(run: StepRun, plan: Carrying) -> StepRun:
    """A copy of a run as it would stand there; what is left behind stays on it and holds nothing."""
    there = copy(run)
    there.step_id = plan.steps[run.pk]
    there.evidence_rows = [_on(row, plan) for row in run.evidence_rows]
    there.waiver_rows = [_on(row, plan) for row in run.waiver_rows]
    there.choice_rows = [_chosen(row, plan) for row in run.choice_rows]
    return there


def _on(row, plan: Carrying):
    return row._replace(requirement_id=plan.lines.get(row.requirement_id, row.requirement_id))


def _chosen(row, plan: Carrying):
    if row.group_id not in plan.lines or row.route_id not in plan.lines:
        return row
    return row._replace(group_id=plan.lines[row.group_id], route_id=plan.lines[row.route_id])


def _day(at) -> str:
    on: date = at.date()
    return f"{on:%-d %b %Y}"
