"""What of a playbook applies, row by row: each case has the id of its row in docs/gate.md."""

from dataclasses import dataclass

import pytest

from engagements.applicability import (
    NO,
    UNKNOWN,
    YES,
    Applicability,
    Facts,
    TaskApplicability,
    answer,
    decide,
    of_line,
    of_step,
    of_task,
    parse,
)
from playbook.spec import ConditionSpec, ListingSpec, ServiceRef, StepSpec
from tests.engagements.rules_table import documented

RULES = documented("A")
EXCHANGE, TEAMS, YAMMER = ServiceRef(1, "Exchange"), ServiceRef(2, "Teams"), ServiceRef(3, "Yammer")
ONEDRIVE = ServiceRef(4, "OneDrive for Business")
ALL = ServiceRef(8, "All Services", kind="all")
CORE = ServiceRef(9, "Core Onboarding", kind="core")
HEALTH = {"customer-health": "Customer Health"}
RFA = {"rfa": "RFA"}

CONDITIONS = {
    spec.key: spec
    for spec in (
        ConditionSpec(
            "acm-partner-wanted",
            "Does the customer want an ACM partner?",
            yes="the customer wants a partner",
            no="the customer drives adoption with its own teams",
        ),
        ConditionSpec(
            "account-managed",
            "Does a Microsoft account team manage this customer?",
            computed=("account-managed",),
            yes="a Microsoft account team manages the customer",
            no="no account team (ATU) is recorded for the customer",
        ),
        ConditionSpec("handover-due", "Is a handover from Gateway due?", yes="Gateway was there before"),
        ConditionSpec("accelerator-needed", "Does a single service need a push?"),
        ConditionSpec("runs-rfa", "Does the engagement run an RFA?", computed=("motion:rfa",)),
        ConditionSpec(
            "csm-takes-over",
            "Is a CSM assigned and the service enabled?",
            scope="service",
            computed=("csm", "enabled"),
            services=frozenset({TEAMS.id, YAMMER.id}),
            yes="a CSM is assigned and runs the adoption of the service",
            no="no CSM is assigned, or the service is not enabled",
        ),
        ConditionSpec(
            "adoption-programme-agreed",
            "Did the customer agree to the Adoption Service Program?",
            scope="service",
            services=frozenset({ONEDRIVE.id}),
        ),
    )
}


def facts(*services, motions=HEALTH, said=(), known=(), **more) -> Facts:
    """``said`` are answers of people, ``known`` facts of records: (key, service or None) → value."""
    return Facts(
        motions=motions,
        services=services,
        conditions=CONDITIONS,
        answers={(key, service and service.id): value for (key, service), value in dict(said).items()},
        computed={(key, service and service.id): value for (key, service), value in dict(known).items()},
        **more,
    )


def step(*applies_to, motions=None, when="") -> StepSpec:
    return StepSpec(1, "p/s", "s", "A step", motions=motions or {}, applies_to=applies_to or (ALL,), when=when)


def on_step(spec: StepSpec, known: Facts, phase="Assess") -> Applicability:
    return of_step(spec, phase, known)


def on_task(*services, steps=(EXCHANGE,), known: Facts, **listing) -> TaskApplicability:
    return of_task(ListingSpec(1, 3731, "Field handshake", services=services, **listing), steps, known)


@dataclass(frozen=True)
class Case:
    """``got`` is what the code decided; the rest is what it should be."""

    id: str
    got: object
    services: tuple[ServiceRef, ...] | None = None
    reason: str | None = None
    ask: tuple[tuple[str, int | None], ...] = ()


def words(got) -> list[str]:
    """A decision in the words of the table."""
    if not got.applies:
        return [getattr(got, "kind", "not")]
    mandatory = ["mandatory"] if getattr(got, "mandatory", False) else []
    return ["applies", *mandatory, *(["asked"] if got.ask else [])]


PARTNER = ("acm-partner-wanted", None)
MANAGED = ("account-managed", None)
CSM, TEAMS_ON, YAMMER_ON = ("csm", None), ("enabled", TEAMS), ("enabled", YAMMER)
HANDSHAKE = {"steps": (TEAMS,), "mandatory_when": "csm-takes-over"}
CHECK_IN = step(when="not csm-takes-over")
PROGRAMME = step(when="adoption-programme-agreed")
PROGRAMME_KEY = ("adoption-programme-agreed", ONEDRIVE)
TAKEN_OVER = "A CSM is assigned and runs the adoption of the service."

CASES = [
    # Steps
    Case("A1", on_step(step(motions=RFA | HEALTH), facts(EXCHANGE)), (EXCHANGE,), ""),
    Case(
        "A2",
        on_step(step(motions=HEALTH), facts(EXCHANGE, motions=RFA)),
        reason="Customer Health only; this engagement runs RFA.",
    ),
    Case("A3", on_step(step(), facts(EXCHANGE)), (EXCHANGE,)),
    Case(
        "A4",
        on_step(step(motions=HEALTH | RFA), facts(EXCHANGE, motions={})),
        reason="Customer Health and RFA only; this engagement runs no motion.",
    ),
    Case(
        "A5",
        on_step(step(), facts(EXCHANGE, model="Reactive", phases_left_out=frozenset({"Presales"})), "Presales"),
        reason="The Reactive model leaves out Presales.",
    ),
    Case("A6", on_step(step(TEAMS), facts(EXCHANGE, TEAMS)), (TEAMS,)),
    Case("A7", on_step(step(TEAMS, YAMMER), facts(EXCHANGE)), (), "Teams and Yammer are not in scope."),
    Case("A8", on_step(step(ALL), facts(EXCHANGE, TEAMS)), (EXCHANGE, TEAMS)),
    Case("A9", on_step(step(ALL), facts()), (ALL,)),
    Case("A10", on_step(step(CORE), facts(EXCHANGE)), (CORE,)),
    Case("A11", on_step(StepSpec(1, "p/s", "s", "A step"), facts()), ()),
    Case("A12", on_step(step(when="acm-partner-wanted"), facts(EXCHANGE, said={PARTNER: YES})), (EXCHANGE,)),
    Case(
        "A13",
        on_step(step(when="acm-partner-wanted"), facts(EXCHANGE, said={PARTNER: NO})),
        reason="The customer drives adoption with its own teams.",
    ),
    Case("A14", on_step(step(when="acm-partner-wanted"), facts(EXCHANGE)), (EXCHANGE,), ask=(PARTNER,)),
    Case(
        "A15",
        on_step(step(when="not acm-partner-wanted"), facts(EXCHANGE, said={PARTNER: YES})),
        reason="The customer wants a partner.",
    ),
    Case("A16", on_step(step(when="not acm-partner-wanted"), facts(EXCHANGE)), (EXCHANGE,), ask=(PARTNER,)),
    Case(
        "A17",
        on_step(step(when="acm-partner-wanted and account-managed"), facts(EXCHANGE, known={MANAGED: False})),
        reason="No account team (ATU) is recorded for the customer.",
    ),
    Case(
        "A18",
        on_step(step(when="account-managed and acm-partner-wanted"), facts(EXCHANGE, known={MANAGED: True})),
        ask=(PARTNER,),
    ),
    Case("A19", on_step(step(when="acm-partner-wnated"), facts(EXCHANGE, said={PARTNER: NO})), (EXCHANGE,)),
    Case("A20", on_step(step(when="account-managed"), facts(EXCHANGE, known={MANAGED: False}, said={MANAGED: YES}))),
    Case("A21", on_step(step(when="account-managed"), facts(EXCHANGE, known={MANAGED: None}, said={MANAGED: NO}))),
    Case("A22", on_step(step(TEAMS, when="csm-takes-over"), facts(TEAMS, known={CSM: False, TEAMS_ON: None}))),
    Case("A23", on_step(step(when="runs-rfa"), facts(EXCHANGE, motions=RFA)), (EXCHANGE,)),
    Case("A24", on_step(CHECK_IN, facts(EXCHANGE, TEAMS, known={CSM: True, TEAMS_ON: True})), (EXCHANGE,), ""),
    Case(
        "A25",
        on_step(CHECK_IN, facts(TEAMS, YAMMER, known={CSM: True, TEAMS_ON: True, YAMMER_ON: True})),
        (),
        TAKEN_OVER,
    ),
    Case("A26", on_step(CHECK_IN, facts(EXCHANGE, TEAMS, known={CSM: True, TEAMS_ON: False})), (EXCHANGE, TEAMS)),
    Case(
        "A27",
        on_step(CHECK_IN, facts(EXCHANGE, TEAMS, known={CSM: True, TEAMS_ON: None})),
        (EXCHANGE, TEAMS),
        ask=(("csm-takes-over", TEAMS.id),),
    ),
    Case(
        "A28",
        on_step(step(when="csm-takes-over"), facts(EXCHANGE, known={CSM: True, ("enabled", EXCHANGE): True})),
        reason="No CSM is assigned, or the service is not enabled.",
    ),
    Case("A29", on_step(PROGRAMME, facts(EXCHANGE, ONEDRIVE, said={PROGRAMME_KEY: YES})), (ONEDRIVE,)),
    Case(
        "A30",
        on_step(PROGRAMME, facts(ONEDRIVE, said={PROGRAMME_KEY: NO})),
        reason="The answer is no to “Did the customer agree to the Adoption Service Program?”.",
    ),
    Case(
        "A31",
        on_step(step(when="accelerator-needed"), facts(EXCHANGE)),
        ask=(("accelerator-needed", None),),
    ),
    Case(
        "A32",
        on_step(step(CORE, when="csm-takes-over"), facts(EXCHANGE, TEAMS, known={CSM: True, TEAMS_ON: True})),
        (CORE,),
    ),
    # Lines
    Case("A40", of_line("", (EXCHANGE,), facts(EXCHANGE)), reason=""),
    Case("A41", of_line("account-managed", (EXCHANGE,), facts(EXCHANGE, known={MANAGED: True})), reason=""),
    Case(
        "A42",
        of_line("account-managed", (EXCHANGE,), facts(EXCHANGE, known={MANAGED: False})),
        reason="No account team (ATU) is recorded for the customer.",
    ),
    Case(
        "A43",
        of_line("not account-managed", (EXCHANGE,), facts(EXCHANGE, known={MANAGED: True})),
        reason="A Microsoft account team manages the customer.",
    ),
    Case("A44", of_line("not account-managed", (EXCHANGE,), facts(EXCHANGE, known={MANAGED: False}))),
    Case("A45", of_line("not account-managed", (EXCHANGE,), facts(EXCHANGE, known={MANAGED: None})), ask=(MANAGED,)),
    Case("A46", of_line("csm-takes-over", (EXCHANGE,), facts(EXCHANGE, TEAMS, known={CSM: True, TEAMS_ON: True}))),
    Case("A47", of_line("csm-takes-over", (CORE,), facts(EXCHANGE, TEAMS, known={CSM: True, TEAMS_ON: True}))),
    Case(
        "A48",
        of_line(
            "csm-takes-over",
            (TEAMS, YAMMER),
            facts(TEAMS, YAMMER, known={CSM: True, TEAMS_ON: None, YAMMER_ON: True}),
        ),
    ),
    # Task rows
    Case("A60", on_task(ALL, mandatory=True, known=facts(EXCHANGE))),
    Case("A61", on_task(TEAMS, known=facts(EXCHANGE, TEAMS)), reason="Teams only; this step runs for Exchange."),
    Case("A62", on_task(TEAMS, steps=(CORE,), known=facts(EXCHANGE, TEAMS))),
    Case("A63", on_task(CORE, known=facts(EXCHANGE))),
    Case("A64", on_task(TEAMS, known=facts(TEAMS, known={CSM: True, TEAMS_ON: True}), **HANDSHAKE), reason=TAKEN_OVER),
    Case("A65", on_task(TEAMS, known=facts(TEAMS, known={CSM: False, TEAMS_ON: True}), **HANDSHAKE), reason=""),
    Case(
        "A66",
        on_task(TEAMS, known=facts(TEAMS, known={CSM: True, TEAMS_ON: None}), **HANDSHAKE),
        ask=(("csm-takes-over", TEAMS.id),),
    ),
    Case(
        "A67",
        on_task(TEAMS, steps=(ALL,), known=facts(known={CSM: True}), mandatory_when="csm-takes-over"),
        reason="Teams only; no service is in scope.",
    ),
    Case(
        "A68",
        on_task(ALL, mandatory_when="handover-due", known=facts(EXCHANGE, said={("handover-due", None): YES})),
        reason="Gateway was there before.",
    ),
    Case("A69", on_task(ALL, mandatory_when="handover-due", known=facts(EXCHANGE, said={("handover-due", None): NO}))),
    Case("A70", on_task(ALL, mandatory_when="handover-due", known=facts(EXCHANGE)), ask=(("handover-due", None),)),
    Case(
        "A71", on_task(ALL, when="accelerator-needed", known=facts(EXCHANGE, said={("accelerator-needed", None): NO}))
    ),
    Case("A72", on_task(ALL, when="accelerator-needed", known=facts(EXCHANGE)), ask=(("accelerator-needed", None),)),
    Case("A73", on_task(ALL, mandatory_when="handover-deu", known=facts(EXCHANGE))),
]


def test_every_documented_rule_has_a_case_and_every_case_a_rule():
    assert [case.id for case in CASES] == list(RULES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_applicability_is_decided_as_documented(case):
    assert words(case.got) == RULES[case.id]
    assert case.got.ask == case.ask
    if case.services is not None:
        assert case.got.services == case.services
    if case.reason is not None:
        assert case.got.reason == case.reason


@pytest.mark.parametrize("case", [case for case in CASES if not case.got.applies], ids=lambda case: case.id)
def test_what_does_not_apply_says_why_in_one_sentence(case):
    reason = case.got.reason
    assert reason[0].isupper()
    assert reason.endswith(".")
    assert ".." not in reason
    assert "?." not in reason


def test_a_service_left_out_says_why():
    got = on_step(CHECK_IN, facts(EXCHANGE, TEAMS, known={CSM: True, TEAMS_ON: True}))
    assert got.excluded == ((TEAMS, TAKEN_OVER),)


# Conditions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "terms"),
    [
        ("", ()),
        ("a", ((True, "a"),)),
        ("not a", ((False, "a"),)),
        ("a and not b", ((True, "a"), (False, "b"))),
        (" a  and\n not  b and c ", ((True, "a"), (False, "b"), (True, "c"))),
    ],
)
def test_expressions_are_read_whatever_their_spacing(expression, terms):
    assert parse(expression) == terms


def test_an_expression_that_is_none_hides_nothing():
    assert decide("handover-due or runs-rfa", facts(EXCHANGE, said={("handover-due", None): NO})).value == YES


def test_a_question_of_services_is_not_asked_of_other_services():
    condition = CONDITIONS["csm-takes-over"]
    assert answer(condition, facts(EXCHANGE, known={CSM: True}), EXCHANGE).value == NO


def test_an_answer_about_the_engagement_does_not_answer_for_its_services():
    got = decide("adoption-programme-agreed", facts(ONEDRIVE, said={("adoption-programme-agreed", None): NO}), ONEDRIVE)
    assert (got.value, got.ask) == (UNKNOWN, (("adoption-programme-agreed", ONEDRIVE.id),))


def test_an_answer_that_is_neither_yes_nor_no_is_unknown():
    got = answer(CONDITIONS["handover-due"], facts(EXCHANGE, said={("handover-due", None): "perhaps"}))
    assert (got.value, got.ask) == (UNKNOWN, (("handover-due", None),))


def test_reasons_of_several_conditions_are_joined():
    known = facts(EXCHANGE, said={PARTNER: YES}, known={MANAGED: True})
    got = decide("acm-partner-wanted and account-managed", known)
    assert got.reason == "the customer wants a partner; a Microsoft account team manages the customer"


def test_of_several_services_each_unknown_one_is_asked_about():
    known = facts(TEAMS, YAMMER, known={CSM: True})
    got = decide("csm-takes-over", known)
    assert got.value == UNKNOWN
    assert got.ask == (("csm-takes-over", TEAMS.id), ("csm-takes-over", YAMMER.id))


def test_a_question_of_services_without_any_service_is_no():
    assert decide("csm-takes-over", facts(known={CSM: True})).value == NO
    assert decide("not csm-takes-over", facts(known={CSM: True})).value == YES
