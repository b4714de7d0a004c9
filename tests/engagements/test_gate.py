"""The rules of the gate, row by row: each case has the id of its row in docs/gate.md."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pytest

from engagements.gate import NOT_NEEDED, OPEN, SATISFIED, WAIVED, GateClosed, MissingCheck, checklists_closed, evaluate
from engagements.gate_input import Fact, FactPage, GateInput, Line, Proof, TaskLine, Waived, leaves
from playbook.checks import Check
from tasks.statuses import TaskStatus
from tests.engagements.rules_table import documented

TODAY = date(2026, 7, 1)
RULES = documented("G")
NOTE = Proof("note", 1, category="engagement-management", by=7, on="2026-06-30")
ENABLEMENT_NOTE = Proof("note", 2, category="technical-enablement", by=7, on="2026-06-30")
STATEMENT = Proof("attest", 3, by=7, on="2026-06-30", text="The customer said so on the phone.")
GRANTED = Waived("The customer has done this before.", by=9, on="2026-06-29")
EM = "note:engagement-management"


def line(pk, *checks, done=False, **more) -> Line:
    """A line with an id; ``done`` links a note to it."""
    more.setdefault("proofs", (NOTE,) if done else ())
    more.setdefault("text", f"Line {pk}")
    return Line(id=pk, checks=checks, **more)


def one_of(pk, *routes, **more) -> Line:
    return line(pk, rule="one of", children=routes, **more)


def task(number=4047, status=TaskStatus.NOT_STARTED, **more) -> TaskLine:
    return TaskLine(number, "Hold the conversation", status=status.value, **more)


def step(*outputs, **more) -> GateInput:
    return GateInput("acm/conversation", "Hold the conversation", outputs=outputs, **more)


@dataclass(frozen=True)
class Case:
    """``blockers`` are (kind, id of the line or number of the task), ``states`` by line id.

    The rest is given only where the row is about it.
    """

    id: str
    gate: GateInput
    blockers: tuple[tuple[str, int | None], ...] = ()
    states: Mapping[int, str] = field(default_factory=dict)
    tasks_only: tuple[int, ...] | None = None
    checklists_closed: bool | None = None


TEAMS = FactPage("engagement_services", "service-4")
DIBS_OPEN = {"dibs": Fact(False, "Teams lacks a due date.", TEAMS)}
DIBS_THERE = {"dibs": Fact(True, "Complete for 2 services.")}
HELD = line(90, EM, done=True)
CHILD = ("output", 2)

CASES = [
    # Lines and their checks
    Case("G1", step(line(1, "attest")), (("output", 1),), {1: OPEN}),
    Case("G2", step(line(1, "attest", proofs=(STATEMENT,))), states={1: SATISFIED}),
    Case("G3", step(line(1, "attest", done=True)), states={1: SATISFIED}),
    Case("G4", step(line(1, EM)), (("output", 1),), {1: OPEN}),
    Case("G5", step(line(1, EM, proofs=(ENABLEMENT_NOTE,))), (("output", 1),)),
    Case("G6", step(line(1, EM, done=True)), states={1: SATISFIED}),
    Case("G7", step(line(1, f"{EM}|technical-enablement", proofs=(ENABLEMENT_NOTE,))), states={1: SATISFIED}),
    Case("G8", step(line(1, EM, proofs=(STATEMENT,))), (("output", 1),)),
    Case("G9", step(line(1, "dibs"), facts=DIBS_OPEN), (("output", 1),)),
    Case("G10", step(line(1, "dibs"), facts=DIBS_THERE), states={1: SATISFIED}),
    Case("G11", step(line(1, "dibs", done=True), facts=DIBS_OPEN), (("output", 1),)),
    Case("G12", step(line(1, "usage", done=True)), (("output", 1),)),
    Case("G13", step(line(1, EM, "dibs", done=True), facts=DIBS_OPEN), (("output", 1),)),
    Case("G14", step(line(1, EM, "dibs", done=True), facts=DIBS_THERE), states={1: SATISFIED}),
    Case("G15", step(line(1)), (("output", 1),)),
    Case("G16", step(HELD, line(1, EM, optional=True)), states={1: OPEN}),
    Case("G17", step(HELD, line(1, EM, optional=True, done=True)), states={1: SATISFIED}),
    Case("G18", step(HELD, line(1, EM, applies=False, because="Not managed.")), states={1: NOT_NEEDED}),
    Case("G19", step(line(1, EM, waiver=GRANTED)), states={1: WAIVED}),
    Case(
        "G20",
        step(line(2, EM), inputs=(line(1, EM),), tasks=(task(mandatory=True),)),
        (("input", 1), ("output", 2), ("task", 4047)),
    ),
    Case("G21", step(line(2, EM, done=True), inputs=(line(1, EM),)), (("input", 1),)),
    # Parents
    Case("G22", step(line(1, children=(line(2, EM), line(3, EM, done=True)))), (CHILD,), {1: OPEN, 3: SATISFIED}),
    Case("G23", step(line(1, children=(line(2, EM, done=True), line(3, done=True)))), states={1: SATISFIED}),
    Case("G24", step(line(1, EM, children=(line(2, done=True),))), (("output", 1),), {1: OPEN}),
    Case("G25", step(line(1, EM, done=True, children=(line(2, done=True),))), states={1: SATISFIED}),
    Case("G26", step(line(1, children=(line(2, done=True), line(3, optional=True)))), states={1: SATISFIED, 3: OPEN}),
    Case("G27", step(HELD, line(1, optional=True, children=(line(2), line(3)))), states={1: OPEN, 2: OPEN}),
    Case("G28", step(line(1, waiver=GRANTED, children=(line(2),))), states={1: WAIVED, 2: NOT_NEEDED}),
    Case("G29", step(HELD, line(1, applies=False, children=(line(2),))), states={1: NOT_NEEDED, 2: NOT_NEEDED}),
    Case("G30", step(HELD, line(1, children=(line(2, applies=False),))), states={1: NOT_NEEDED}),
    Case("G31", step(line(1, children=(line(2, waiver=GRANTED), line(3, done=True)))), states={1: SATISFIED}),
    Case("G32", step(line(1, children=(line(2, optional=True),))), (("note", None),), {1: SATISFIED}),
    Case("G69", step(line(1, EM, done=True, children=(line(2, applies=False),))), states={1: SATISFIED}),
    # One of several routes
    Case("G33", step(one_of(1, line(2), line(3))), (("route", 1),), {1: OPEN}),
    Case("G34", step(one_of(1, line(2), line(3)), routes={1: 2}), (CHILD,), {1: OPEN, 3: NOT_NEEDED}),
    Case("G35", step(one_of(1, line(2, done=True), line(3)), routes={1: 2}), states={1: SATISFIED, 3: NOT_NEEDED}),
    Case("G36", step(one_of(1, line(2), line(3, done=True)), routes={1: 2}), states={2: NOT_NEEDED, 3: SATISFIED}),
    Case("G37", step(one_of(1, line(2), line(3, done=True))), states={1: SATISFIED, 2: NOT_NEEDED}),
    Case("G38", step(one_of(1, line(2), line(3, applies=False))), (CHILD,), {2: OPEN, 3: NOT_NEEDED}),
    Case("G39", step(HELD, one_of(1, line(2, applies=False), line(3, applies=False))), states={1: NOT_NEEDED}),
    Case("G40", step(one_of(1, line(2, applies=False), line(3), line(4)), routes={1: 2}), (("route", 1),)),
    Case("G41", step(one_of(1, line(5, children=(line(2), line(3, done=True))), line(4)), routes={1: 5}), (CHILD,)),
    Case("G42", step(one_of(1, one_of(2, line(3), line(4)), line(5)), routes={1: 2}), (("route", 2),)),
    Case("G43", step(one_of(1, line(2, waiver=GRANTED), line(3))), states={1: SATISFIED, 2: WAIVED, 3: NOT_NEEDED}),
    Case("G44", step(one_of(1, line(2, optional=True), line(3)), routes={1: 2}), (CHILD,)),
    Case("G45", step(one_of(1, line(2), line(3), waiver=GRANTED)), states={1: WAIVED, 2: NOT_NEEDED}),
    Case("G46", step(HELD, one_of(1, line(2), line(3), optional=True)), states={1: OPEN}),
    Case(
        "G47",
        step(Line(1, "Line 1", checks=(EM,), rule="one of", children=(line(2, done=True), line(3)))),
        (("output", 1),),
    ),
    Case("G48", step(one_of(1, line(4, children=(line(5, applies=False),)), line(2))), (CHILD,), {1: OPEN}),
    Case(
        "G70",
        step(one_of(1, line(2, done=True), line(3, done=True)), routes={1: 3}),
        states={2: NOT_NEEDED, 3: SATISFIED},
    ),
    # Tasks
    Case("G49", step(tasks=(task(mandatory=True),)), (("task", 4047),)),
    Case("G50", step(tasks=(task(mandatory=True, status=TaskStatus.COMPLETE),))),
    Case("G51", step(tasks=(task(mandatory=True, status=TaskStatus.NOT_REQUIRED),)), (("task", 4047),)),
    Case("G52", step(tasks=(task(mandatory=True, status=TaskStatus.NOT_REQUIRED, waiver=GRANTED),))),
    Case("G53", step(tasks=(task(mandatory=True, status=TaskStatus.CANCELLED),)), (("task", 4047),)),
    Case(
        "G54",
        step(tasks=(task(mandatory=True, status=TaskStatus.CANCELLED, waiver=GRANTED),)),
        (("task", 4047),),
    ),
    Case("G55", step(HELD, tasks=(task(3731, mandatory=True, applies=False, because="No CSM."),))),
    Case("G56", step(HELD, tasks=(task(983),))),
    Case("G57", step(tasks=(task(mandatory=True, status=TaskStatus.COMPLETE), task(983)))),
    Case("G58", step(tasks=(task(983), task(1126, TaskStatus.COMPLETE))), (("task", 983),)),
    Case(
        "G59",
        step(
            tasks=(
                task(983, TaskStatus.COMPLETE),
                task(1126, TaskStatus.NOT_REQUIRED),
                task(3330, TaskStatus.CANCELLED),
            )
        ),
    ),
    Case("G60", step(), (("note", None),)),
    Case("G61", step(notes=(1,))),
    Case("G62", step(tasks=(task(983, applies=False),)), (("note", None),)),
    Case("G63", step(line(1, applies=False), tasks=(task(983),)), (("task", 983),)),
    Case("G64", step(line(1, optional=True, waiver=GRANTED), line(2, optional=True)), (("note", None),)),
    Case(
        "G65",
        step(
            tasks=(
                task(3731, TaskStatus.WARNING, mandatory=True),
                task(3732, TaskStatus.BLOCKED_BUSINESS, mandatory=True),
                task(3733, TaskStatus.IN_PROGRESS, mandatory=True),
            )
        ),
        (("task", 3731), ("task", 3732), ("task", 3733)),
    ),
    Case(
        "G66",
        step(HELD, tasks=(task(mandatory=True), task(983))),
        (("task", 4047),),
        tasks_only=(4047,),
        checklists_closed=True,
    ),
    Case(
        "G67",
        step(line(1, EM), tasks=(task(mandatory=True),)),
        (("output", 1), ("task", 4047)),
        tasks_only=(),
        checklists_closed=False,
    ),
    Case(
        "G68",
        step(line(1, EM), tasks=(task(mandatory=True, status=TaskStatus.COMPLETE),)),
        (("output", 1),),
        tasks_only=(),
        checklists_closed=False,
    ),
    Case(
        "G71",
        step(one_of(1, line(2), line(3)), tasks=(task(mandatory=True),)),
        (("route", 1), ("task", 4047)),
        tasks_only=(),
        checklists_closed=False,
    ),
    Case(
        "G72",
        step(line(1, "task:983"), tasks=(task(983), task(1126))),
        (("output", 1),),
        checklists_closed=False,
        tasks_only=(),
    ),
]


def test_every_documented_rule_has_a_case_and_every_case_a_rule():
    assert [case.id for case in CASES] == list(RULES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_gate_decides_as_documented(case):
    verdict = evaluate(case.gate, TODAY)
    assert tuple((one.kind, one.line_id or one.task_number) for one in verdict.blockers) == case.blockers
    assert verdict.passed == (not case.blockers)
    assert {pk: verdict.lines[pk].state for pk in case.states} == dict(case.states)
    assert ([one.kind for one in verdict.blockers] or ["passes"]) == RULES[case.id]
    if case.tasks_only is not None:
        assert verdict.tasks_only == case.tasks_only
        assert checklists_closed(verdict) is case.checklists_closed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_receipt_gives_back_what_was_decided_on(case):
    stored = json.loads(json.dumps(case.gate.as_json()))
    assert GateInput.from_json(stored) == case.gate
    assert evaluate(GateInput.from_json(stored), TODAY) == evaluate(case.gate, TODAY)


# What the verdict says ---------------------------------------------------------------------------------


def test_what_is_left_is_counted_of_everything_that_is_asked():
    gate = step(
        line(1, EM),
        line(2, EM, done=True),
        line(3, EM, waiver=GRANTED),
        line(4, EM, applies=False, because="Not managed."),
        line(5, EM, optional=True),
        one_of(6, line(7), line(8)),
        tasks=(task(mandatory=True), task(3731, TaskStatus.COMPLETE, mandatory=True), task(983)),
    )
    verdict = evaluate(gate, TODAY)
    assert f"{len(verdict.blockers)} of {verdict.total} left" == "3 of 6 left"
    assert [one.line_id for one in verdict.not_applicable] == [4]


def test_an_optional_line_counts_once_it_is_documented():
    totals = [evaluate(step(HELD, line(1, optional=True, done=done)), TODAY).total for done in (False, True)]
    assert totals == [1, 2]


def test_every_open_check_of_a_line_is_named():
    verdict = evaluate(step(line(1, EM, "attest", "dibs"), facts=DIBS_OPEN), TODAY)
    assert verdict.lines[1].missing == (
        MissingCheck(Check(EM), "note"),
        MissingCheck(Check("attest"), "statement"),
        MissingCheck(Check("dibs"), "Teams lacks a due date."),
    )
    assert [one.edited_at for one in verdict.lines[1].missing] == [None, None, TEAMS]


def test_a_blocker_says_what_is_missing_and_where_to_mend_it():
    (blocker,) = evaluate(step(line(1, "dibs", text="DIBS are captured."), facts=DIBS_OPEN), TODAY).blockers
    assert (blocker.text, blocker.needs) == ("DIBS are captured.", "Teams lacks a due date.")
    assert blocker.edited_at == TEAMS


def test_the_taken_route_is_marked_and_the_others_say_why_not():
    gate = step(one_of(1, line(2), line(3, applies=False, because="No ATU."), line(4)), routes={1: 2})
    verdict = evaluate(gate, TODAY)
    assert verdict.lines[2].chosen
    assert not verdict.lines[4].chosen
    assert verdict.lines[3].why == "No ATU."
    assert verdict.lines[4].why == "Another route was taken."


def test_everything_below_a_route_not_taken_is_set_aside_for_that_reason():
    below = (line(5, applies=False, because="No ATU."), line(6, waiver=GRANTED), line(7, children=(line(8),)))
    verdict = evaluate(step(one_of(1, line(2, done=True), line(4, children=below))), TODAY)
    assert {verdict.lines[pk].state for pk in (4, 5, 6, 7, 8)} == {NOT_NEEDED}
    assert verdict.lines[5].why == "No ATU."
    assert {verdict.lines[pk].why for pk in (4, 6, 7, 8)} == {"Another route was taken."}
    assert (verdict.waived, verdict.total) == ((), 1)


def test_a_choice_asked_for_ends_without_stray_punctuation():
    (blocker,) = evaluate(step(one_of(1, line(2), line(3), text="One of the following:")), TODAY).blockers
    assert blocker.text == "Choose one of 2 routes: One of the following"


def test_a_closed_gate_reads_as_one_sentence():
    gate = step(line(1, text="DIBS are captured."), line(2, text="Resources:"), tasks=(task(mandatory=True),))
    refusal = GateClosed(evaluate(gate, TODAY))
    assert str(refusal) == "DIBS are captured; Resources; Task 4047 is Not Started"


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (TaskStatus.NOT_REQUIRED, "Task 4047 is Not Required, which a team manager has to grant"),
        (TaskStatus.CANCELLED, "Task 4047 is Cancelled, but it is mandatory"),
        (TaskStatus.PAUSED, "Task 4047 is Paused-Customer Delay"),
    ],
)
def test_an_open_task_says_how_it_stands(status, text):
    assert evaluate(step(tasks=(task(status=status, mandatory=True),)), TODAY).blockers[0].text == text


@pytest.mark.parametrize(
    ("number", "proofs", "closed"),
    [(983, (NOTE,), True), (1126, (NOTE,), False), (983, (), False)],
)
def test_a_line_that_waits_for_a_task_alone_does_not_hold_that_task_back(number, proofs, closed):
    verdict = evaluate(step(one_of(1, line(2, EM, "task:983", proofs=proofs), line(3)), routes={1: 2}), TODAY)
    assert checklists_closed(verdict, number) is closed


def test_waivers_and_exceptions_carry_their_reasons():
    gate = step(
        line(1, waiver=GRANTED),
        line(2, applies=False, because="No account team."),
        tasks=(task(3731, mandatory=True, applies=False, because="No CSM."),),
    )
    verdict = evaluate(gate, TODAY)
    assert [one.why for one in verdict.waived] == ["The customer has done this before."]
    assert [one.why for one in verdict.not_applicable] == ["No account team.", "No CSM."]


def test_people_tick_leaves():
    tree = (line(1, children=(line(2), line(3, children=(line(4),)))), line(5))
    assert [one.id for one in leaves(tree)] == [2, 4, 5]


def test_a_full_gate_input_survives_the_receipt():
    gate = GateInput(
        step="acm/conversation",
        title="Hold the conversation",
        services=("Exchange", "Teams"),
        inputs=(line(1, EM, "dibs", proofs=(NOTE, STATEMENT), waiver=GRANTED),),
        outputs=(one_of(2, line(3, optional=True, applies=False, because="No ATU."), line(4, children=(line(5),))),),
        tasks=(task(983, TaskStatus.NOT_REQUIRED, waiver=GRANTED), task(mandatory=True)),
        facts=DIBS_OPEN | {"step:kickoff/hold": Fact(True, "Complete since 3 May.")},
        routes={2: 4},
        notes=(1, 2),
    )
    assert GateInput.from_json(json.loads(json.dumps(gate.as_json()))) == gate


def test_a_receipt_of_the_first_format_is_read_as_well():
    """It kept, for each fact, the address of the page on which it was edited."""
    gate = step(line(1, "dibs"), facts=DIBS_THERE)
    stored = json.loads(json.dumps(gate.as_json()))
    assert stored.pop("format") == 2
    stored["facts"]["dibs"]["fix"] = "/engagements/1/services/#service-4"
    assert GateInput.from_json(stored) == gate


def test_a_receipt_keeps_no_address():
    assert "service-4" not in json.dumps(step(line(1, "dibs"), facts=DIBS_OPEN).as_json())
