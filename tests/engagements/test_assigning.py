"""Who fits which role, and what an assignment has to say: the rules alone, without a database."""

import pytest

from engagements.assigning import Finding, Member, Person, Wanted, findings, lone_regional, why_incomplete, why_kept
from engagements.assigning import why_unfit as unfit
from engagements.levels import ASSIGN, READ_ALL, WORK, Level, level_of

FM, FE, TM, SME, P_FM = "FastTrack Manager", "FastTrack Engineer", "Team Manager", "SME", "Partner FastTrack Manager"
MVM = "Migration Velocity Manager"


def someone(*groups: str, level: Level = Level.ASSIGNED, **more) -> Person:
    return Person("Sam", is_active=True, level=level, groups=groups, **more)


def wanted(role: str, **more) -> Wanted:
    return Wanted(role, "partner" if role.startswith("Partner") else "onboarding", **more)


def member(pk: int, role: str, primary: bool = False, **more) -> Member:
    function = "partner" if role.startswith("Partner") else "onboarding"
    return Member(pk, f"Person {pk}", role, function, primary, **more)


PARTNER = someone("Partner", is_partner=True)
LEADER = someone("Privileged Reader", level=Level.PRIVILEGED)


@pytest.mark.parametrize(
    ("permissions", "level"),
    [
        ((), Level.GUEST),
        ((WORK,), Level.ASSIGNED),
        ((WORK, READ_ALL), Level.ASSIGNED),
        ((WORK, READ_ALL, ASSIGN), Level.ASSIGNMENT),
        ((READ_ALL,), Level.PRIVILEGED),
    ],
)
def test_the_level_is_the_most_that_the_groups_allow_together(permissions, level):
    assert level_of(permissions) is level


@pytest.mark.parametrize(
    ("person", "wish", "says"),
    [
        (someone(FM), wanted(FM), ""),
        (someone(FM), wanted(FE), ""),
        (someone(FE), wanted(FE), ""),
        (someone(FE), wanted(SME), ""),
        (someone(FE), wanted(FM), "does not work as FastTrack Manager"),
        (someone(FE), wanted(MVM), "does not work as Migration"),
        (someone(FE, FM), wanted(FM), ""),
        (someone("Our own group"), wanted(FE), ""),
        (someone("Our own group"), wanted(FM), "does not work as FastTrack Manager"),
        (someone(TM, level=Level.ASSIGNMENT), wanted(FM), ""),
        (PARTNER, wanted(P_FM), ""),
        (PARTNER, wanted(FM), "only have a partner's role"),
        (someone(FM), wanted(P_FM), "is a partner's role"),
        (LEADER, wanted(FE), "an assignment at a tenant does not alter that"),
        (LEADER, wanted(FE, at_customer=True), ""),
        (someone(level=Level.GUEST), wanted(FE), "no group that works or reads"),
        (Person("Sam", False, Level.ASSIGNED, (FM,)), wanted(FM), "no longer signs in"),
        (someone(FM), wanted("Any Role"), "stands for all roles"),
    ],
)
def test_who_fits_which_role(person, wish, says):
    reason = unfit(person, wish)
    assert says in reason.text if says else reason is None


@pytest.mark.parametrize(
    ("wish", "strange", "says"),
    [
        (wanted(FM), (), ""),
        (wanted(FE, services=("Teams",)), (), ""),
        (wanted(SME, services=("Teams",)), (), ""),
        (wanted(SME, focus="identity"), (), ""),
        (wanted(FM, primary=True), (), ""),
        (wanted(FE, services=("Teams",), primary=True), (), ""),
        (wanted(FE, services=("Teams",), at_customer=True), (), "at a tenant"),
        (wanted(FE, services=("Yammer",)), ("Yammer",), "does not have Yammer"),
        (wanted(FE, focus="identity"), (), "Only an SME"),
        (wanted(SME), (), "or else the focus"),
        (wanted(SME, services=("Teams",), focus="identity"), (), "Take one of the two away"),
        (wanted(FM, services=("Teams",), primary=True), (), "for the whole tenant"),
        (wanted(TM, services=("Teams",), primary=True), (), "for the whole tenant"),
    ],
)
def test_what_goes_together(wish, strange, says):
    reason = why_incomplete(wish, strange)
    assert says in reason.text if says else reason is None


def test_partners_and_the_regional_manager_of_a_partner_stay():
    manager, engineer, partner = member(1, TM, primary=True), member(2, FE), member(3, P_FM)
    assert "never taken away (R36)" in why_kept(partner, [partner])
    assert why_kept(engineer, [manager, engineer, partner]) == ""
    assert why_kept(manager, [manager, engineer]) == ""
    assert "Make somebody else primary first" in why_kept(manager, [manager, partner])
    assert "Make somebody else primary first" in why_kept(manager, [manager, partner], steps_down=True)
    assert why_kept(partner, [partner], steps_down=True) == ""


@pytest.mark.parametrize(
    ("team", "found"),
    [
        ([member(1, TM)], 1),
        ([member(1, "Regional Manager"), member(2, FM)], 1),
        ([member(1, TM, primary=True)], None),
        ([member(1, TM), member(2, "Regional Manager")], None),
        ([member(1, TM, whole=False)], None),
        ([member(1, FM)], None),
    ],
)
def test_a_lone_regional_manager_is_the_primary_one(team, found):
    lone = lone_regional(team)
    assert (lone.id if lone else None) == found


def test_a_tenant_without_its_primaries_is_a_finding_with_whom_to_make_primary():
    engineer, manager = member(1, FE, primary=True), member(2, FM)
    assert findings([engineer]) == [
        Finding("No primary FastTrack Manager at this tenant."),
        Finding("No primary Team Manager at this tenant."),
    ]
    assert findings([manager, member(3, "Regional Manager", primary=True)]) == [
        Finding("No primary FastTrack Manager at this tenant.", manager)
    ]


def test_a_primary_who_left_is_a_finding():
    gone = member(1, FM, primary=True, is_active=False)
    assert findings([gone, member(2, TM, primary=True)]) == [
        Finding("Person 1, the primary FastTrack Manager, no longer signs in.")
    ]
