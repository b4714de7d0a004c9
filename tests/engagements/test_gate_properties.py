"""Whatever people do, and in whatever order: the gate against a naive model of the same rules.

The model answers one question only, may the step close, and says it another way: top down, without
states, blockers or counting.
"""

import json
from dataclasses import replace
from datetime import date
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engagements.gate import Blocker, GateClosed, Settled, Verdict, evaluate
from engagements.gate_input import Fact, GateInput, Line, Proof, TaskLine, Waived
from tasks.statuses import TaskStatus

TODAY = date(2026, 7, 1)
CATEGORIES = ("engagement-management", "technical-enablement")
CHECKS = ("attest", "dibs", "step:a/b", "usage", *(f"note:{c}" for c in CATEGORIES), f"note:{'|'.join(CATEGORIES)}")
GRANTED = Waived("Done before.", by=1, on="2026-06-30")
STATEMENT = Proof("attest", 1, by=1, on="2026-06-30", text="Seen.")
NOTES = tuple(Proof("note", pk, category=category) for pk, category in enumerate(CATEGORIES, start=2))
ENDED = ("Complete", "Not Required", "Cancelled")


# A naive model -----------------------------------------------------------------------------------------


def may_close(gate: GateInput) -> bool:
    top = [line for line in gate.inputs + gate.outputs if not line.optional and is_needed(line)]
    tasks = [task for task in gate.tasks if task.applies]
    mandatory = [task for task in tasks if task.mandatory]
    if not all(holds(line, gate) for line in top):
        return False
    if not all(task.status == "Complete" or is_granted(task) for task in mandatory):
        return False
    if mandatory or any(asks(line, gate) for line in top):
        return True
    return all(task.status in ENDED for task in tasks) if tasks else bool(gate.notes)


def is_granted(task: TaskLine) -> bool:
    return task.status == "Not Required" and task.waiver is not None


def is_needed(line: Line) -> bool:
    own = line.checks or line.waiver or not line.children
    return line.applies and bool(own or any(map(is_needed, line.children)))


def holds(line: Line, gate: GateInput) -> bool:
    if line.waiver:
        return True
    below = [child for child in line.children if is_needed(child)]
    if line.rule == "one of" and below:
        below_holds = any(holds(child, gate) for child in below)
    else:
        below_holds = all(holds(child, gate) for child in below if not child.optional)
    return below_holds and all(check_holds(check, line, gate) for check in own_checks(line))


def own_checks(line: Line) -> tuple[str, ...]:
    return line.checks if line.checks or line.children else ("attest",)


def check_holds(check: str, line: Line, gate: GateInput) -> bool:
    if check == "attest":
        return len(line.proofs) > 0
    if check.startswith("note:"):
        return any(f"|{proof.category}|" in f"|{check[5:]}|" for proof in line.proofs if proof.kind == "note")
    return check in gate.facts and gate.facts[check].holds


def asks(line: Line, gate: GateInput) -> bool:
    """Whether anything in a needed line that is not optional has to be done."""
    below = [child for child in line.children if is_needed(child)]
    if line.waiver or own_checks(line):
        return True
    if line.rule == "one of":
        route = route_taken(line.id, below, gate)
        return asks(route, gate) if route else True
    return any(asks(child, gate) for child in below if not child.optional)


def route_taken(group: int, routes: list[Line], gate: GateInput) -> Line | None:
    chosen = [route for route in routes if len(routes) == 1 or gate.routes.get(group) == route.id]
    for route in chosen + routes:
        if holds(route, gate):
            return route
    return chosen[0] if chosen else None


# Steps of every shape ----------------------------------------------------------------------------------

some_checks = st.lists(st.sampled_from(CHECKS), unique=True, max_size=2).map(tuple)
proofs = st.lists(st.sampled_from((STATEMENT, *NOTES)), unique=True, max_size=2).map(tuple)
mostly = st.sampled_from((True, True, True, False))
rarely = st.sampled_from((False, False, False, True))
waivers = st.sampled_from((None, None, None, GRANTED))


def lines(children) -> st.SearchStrategy[Line]:
    return st.builds(
        Line,
        id=st.just(0),
        text=st.just("A line."),
        checks=some_checks,
        rule=st.sampled_from(("all", "one of")),
        optional=rarely,
        applies=mostly,
        proofs=proofs,
        waiver=waivers,
        children=children,
    )


def parents(below) -> st.SearchStrategy[Line]:
    """Most parents have no checks of their own, as on the pages."""
    parent = lines(st.lists(below, min_size=1, max_size=3).map(tuple))
    return st.one_of(parent.map(lambda line: replace(line, checks=(), waiver=None)), parent)


checklists = st.lists(st.recursive(lines(st.just(())), parents, max_leaves=6), max_size=3)
statuses = st.sampled_from([status.value for status in TaskStatus])
task_rows = st.builds(
    TaskLine,
    number=st.integers(983, 4100),
    name=st.just("A task"),
    mandatory=st.booleans(),
    applies=mostly,
    status=st.one_of(statuses, st.sampled_from(ENDED)),
    waiver=waivers,
)
records = st.dictionaries(st.sampled_from(("dibs", "step:a/b")), st.builds(Fact, holds=st.booleans()))


@st.composite
def gates(draw) -> GateInput:
    numbers = count(1)
    inputs, outputs = (tuple(numbered(line, numbers) for line in draw(checklists)) for _ in range(2))
    every = [one for line in inputs + outputs for one in family(line)]
    groups = [one for one in every if one.rule == "one of" and one.children]
    chosen = {one.id: draw(st.sampled_from(one.children)).id for one in groups if draw(st.booleans())}
    return GateInput(
        step="process/step",
        title="A step",
        inputs=inputs,
        outputs=outputs,
        tasks=tuple(draw(st.lists(task_rows, max_size=3, unique_by=lambda task: task.number))),
        facts=draw(records),
        routes=chosen,
        notes=draw(st.sampled_from(((), (2,)))),
    )


def numbered(line: Line, numbers) -> Line:
    return replace(line, id=next(numbers), children=tuple(numbered(child, numbers) for child in line.children))


def family(line: Line) -> list[Line]:
    return [line, *(one for child in line.children for one in family(child))]


def everything(gate: GateInput) -> list[Line]:
    return [one for line in gate.inputs + gate.outputs for one in family(line)]


def with_line(gate: GateInput, pk: int, **changes) -> GateInput:
    def rewritten(line: Line) -> Line:
        line = replace(line, children=tuple(map(rewritten, line.children)))
        return replace(line, **changes) if line.id == pk else line

    return replace(gate, inputs=tuple(map(rewritten, gate.inputs)), outputs=tuple(map(rewritten, gate.outputs)))


def with_task(gate: GateInput, number: int, **changes) -> GateInput:
    rows = (replace(task, **changes) if task.number == number else task for task in gate.tasks)
    return replace(gate, tasks=tuple(rows))


def number_of(item: Blocker | Settled) -> int | None:
    """The id of the line, or the number of the task, that an item of a verdict is about."""
    return item.line_id if item.line_id is not None else item.task_number


def targets(verdict: Verdict) -> set[tuple[str, int | None]]:
    return {(blocker.kind, number_of(blocker)) for blocker in verdict.blockers}


# Properties --------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(gates())
def test_a_step_may_close_exactly_when_everything_it_asks_for_is_there(gate):
    assert evaluate(gate, TODAY).passed == may_close(gate)


@settings(max_examples=200, deadline=None)
@given(gates())
def test_every_line_that_counts_stands_as_the_model_says(gate):
    verdict = evaluate(gate, TODAY)
    for line in gate.inputs + gate.outputs:
        state = verdict.lines[line.id].state
        if not is_needed(line):
            assert state == "not needed"
        elif line.waiver:
            assert state == "waived"
        else:
            assert (state == "satisfied") == holds(line, gate)


@settings(max_examples=200, deadline=None)
@given(gates())
def test_every_blocker_points_at_something_of_the_step_and_nothing_is_counted_twice(gate):
    verdict = evaluate(gate, TODAY)
    lines, tasks = {line.id for line in everything(gate)}, {task.number for task in gate.tasks}
    assert {blocker.line_id for blocker in verdict.blockers} <= lines | {None}
    assert {blocker.task_number for blocker in verdict.blockers} <= tasks | {None}
    assert all((blocker.kind == "note") == (number_of(blocker) is None) for blocker in verdict.blockers)
    counted = [*verdict.blockers, *verdict.satisfied, *verdict.waived, *verdict.not_applicable]
    places = [(one.kind == "route", one.line_id, one.task_number) for one in counted]
    assert len(places) == len(set(places))
    assert verdict.total == len(verdict.blockers) + len(verdict.satisfied) + len(verdict.waived)
    assert set(verdict.lines) == {line.id for line in everything(gate)}


@settings(max_examples=200, deadline=None)
@given(gates())
def test_the_same_step_has_the_same_verdict_also_from_its_receipt(gate):
    stored = GateInput.from_json(json.loads(json.dumps(gate.as_json())))
    assert stored == gate
    assert evaluate(stored, TODAY) == evaluate(gate, TODAY)


@settings(max_examples=200, deadline=None)
@given(gates())
def test_mending_one_blocker_after_another_always_closes_the_step(gate):
    for _ in range(100):
        verdict = evaluate(gate, TODAY)
        if verdict.passed:
            break
        blocker = verdict.blockers[0]
        gate = mended(gate, blocker, verdict)
        assert (blocker.kind, number_of(blocker)) not in targets(evaluate(gate, TODAY))
    assert evaluate(gate, TODAY).passed


def mended(gate: GateInput, blocker: Blocker, verdict: Verdict) -> GateInput:
    """What a person would do about a blocker, told no more than the verdict says."""
    kind, number = blocker.kind, blocker.line_id
    if kind == "task":
        return with_task(gate, blocker.task_number, status="Complete")
    if kind == "note":
        return replace(gate, notes=(1,))
    if kind == "route":
        group = next(line for line in everything(gate) if line.id == number)
        open_routes = [child.id for child in group.children if verdict.lines[child.id].state == "open"]
        return replace(gate, routes={**gate.routes, number: open_routes[-1]})
    facts = {one.check: Fact(True) for one in verdict.lines[number].missing}
    return replace(with_line(gate, number, proofs=(STATEMENT, *NOTES)), facts={**gate.facts, **facts})


@settings(max_examples=300, deadline=None)
@given(gates(), st.data())
def test_more_evidence_never_leaves_more_to_do(gate, data):
    before = targets(evaluate(gate, TODAY))
    if everything(gate) and data.draw(st.booleans()):
        line = data.draw(st.sampled_from(everything(gate)))
        proof = data.draw(st.sampled_from((STATEMENT, *NOTES)))
        gate = with_line(gate, line.id, proofs=(*line.proofs, proof))
    else:
        gate = replace(gate, facts={**gate.facts, data.draw(st.sampled_from(CHECKS[1:4])): Fact(True)})
    assert targets(evaluate(gate, TODAY)) <= before


@settings(max_examples=200, deadline=None)
@given(gates())
def test_a_computed_check_cannot_be_ticked(gate):
    before = evaluate(gate, TODAY)
    for line in everything(gate):
        computed = [check for check in line.checks if not check.startswith(("note:", "attest"))]
        open_ones = {one.check for one in before.lines[line.id].missing} & set(computed)
        if open_ones:
            after = evaluate(with_line(gate, line.id, proofs=(STATEMENT, *NOTES)), TODAY).lines[line.id]
            assert after.state == "not needed" or open_ones <= {one.check for one in after.missing}


# People at work ----------------------------------------------------------------------------------------


class PeopleAtWork(RuleBasedStateMachine):
    """Ticks, routes, waivers, statuses, answers and second thoughts, in any order."""

    @initialize(gate=gates())
    def open_step(self, gate):
        self.gate, self.before = gate, []

    def do(self, gate: GateInput) -> None:
        self.before.append(self.gate)
        self.gate = gate

    def a_line(self, data) -> Line:
        return data.draw(st.sampled_from(everything(self.gate)), label="line")

    def has_lines(self) -> bool:
        return bool(everything(self.gate))

    @precondition(has_lines)
    @rule(data=st.data(), note=st.sampled_from(NOTES))
    def tick_with_a_note(self, data, note):
        line = self.a_line(data)
        self.do(replace(with_line(self.gate, line.id, proofs=(*line.proofs, note)), notes=(note.id,)))

    @precondition(has_lines)
    @rule(data=st.data())
    def state_it(self, data):
        line = self.a_line(data)
        self.do(with_line(self.gate, line.id, proofs=(*line.proofs, STATEMENT)))

    @precondition(has_lines)
    @rule(data=st.data())
    def take_a_wrong_link_away(self, data):
        line = self.a_line(data)
        self.do(with_line(self.gate, line.id, proofs=line.proofs[1:]))

    @precondition(has_lines)
    @rule(data=st.data(), waiver=st.sampled_from((GRANTED, None)))
    def waive_or_take_back(self, data, waiver):
        self.do(with_line(self.gate, self.a_line(data).id, waiver=waiver))

    @precondition(has_lines)
    @rule(data=st.data(), applies=st.booleans())
    def answer_its_condition(self, data, applies):
        self.do(with_line(self.gate, self.a_line(data).id, applies=applies))

    @precondition(has_lines)
    @rule(data=st.data())
    def choose_a_route(self, data):
        line = self.a_line(data)
        if line.rule == "one of" and line.children:
            route = data.draw(st.sampled_from(line.children), label="route")
            self.do(replace(self.gate, routes={**self.gate.routes, line.id: route.id}))

    @precondition(lambda self: self.gate.tasks)
    @rule(data=st.data(), status=statuses, waiver=waivers)
    def set_a_status(self, data, status, waiver):
        task = data.draw(st.sampled_from(self.gate.tasks), label="task")
        self.do(with_task(self.gate, task.number, status=status, waiver=waiver))

    @precondition(lambda self: self.gate.tasks)
    @rule(data=st.data(), applies=st.booleans())
    def answer_the_condition_of_a_task(self, data, applies):
        task = data.draw(st.sampled_from(self.gate.tasks), label="task")
        self.do(with_task(self.gate, task.number, applies=applies))

    @rule(check=st.sampled_from(("dibs", "step:a/b", "usage")), holds=st.booleans())
    def change_the_records(self, check, holds):
        self.do(replace(self.gate, facts={**self.gate.facts, check: Fact(holds, "As recorded.")}))

    @precondition(lambda self: self.before)
    @rule()
    def undo(self):
        self.gate = self.before.pop()

    @rule()
    def press_complete(self):
        verdict = evaluate(self.gate, TODAY)
        if may_close(self.gate):
            assert verdict.passed
        else:
            assert str(GateClosed(verdict))

    @invariant()
    def the_gate_and_the_model_agree(self):
        verdict = evaluate(self.gate, TODAY)
        assert verdict.passed == may_close(self.gate)
        assert verdict.passed == (not verdict.blockers)


TestPeopleAtWork = PeopleAtWork.TestCase
TestPeopleAtWork.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
