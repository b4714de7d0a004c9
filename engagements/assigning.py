"""Who may work in which role, and what an assignment has to say (DOMAIN §2.2). Pure: no database.

Every way to assign somebody asks here: the team page, the admin, the import of a spreadsheet and the handover.
Whether the person who assigns may do so is asked in ``access.py``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engagements.levels import Level

MANAGER = "FastTrack Manager"
REGIONAL = ("Team Manager", "Regional Manager")  # the same people under their new and their old name
EXPERT = "SME"
EVERYBODY = "Any Role"
PARTNER = "partner"  # the function of a partner's own roles
# Whose primaries at the winner tenant are those of its customer, where nobody leads there (DOMAIN §2.2).
COPIED = (
    MANAGER,
    "FastTrack Engineer",
    EXPERT,
    *REGIONAL,
    "FastTrack Architect v2",
    "FastTrack Architect",
    "GetModern FTA",
)

# Groups that work in some roles only. Whoever is in the group of FastTrack Managers, or assigns others, works in
# any role of Microsoft's; other groups in any but the FastTrack Manager's, because that one assigns others.
WORKS_IN = {
    "FastTrack Engineer": ("FastTrack Engineer", EXPERT),
    "Subject Matter Expert": (EXPERT, "FastTrack Engineer"),
    "Migration Velocity Manager": ("Migration Velocity Manager", "Migration Engagement Lead"),
    "App Assure Manager": ("App Assure Manager",),
}


@dataclass(frozen=True)
class Person:
    """Somebody who is to be assigned; ``is_partner`` where they read nothing that is meant for Microsoft staff."""

    name: str
    is_active: bool
    level: Level
    groups: tuple[str, ...] = ()
    is_partner: bool = False


@dataclass(frozen=True)
class Wanted:
    """What somebody is to be there: a role at a customer, at a tenant, or for some services of a tenant."""

    role: str
    function: str
    at_customer: bool = False
    services: tuple[str, ...] = ()
    focus: str = ""
    primary: bool = False


@dataclass(frozen=True)
class Member:
    """Somebody of the team at one place."""

    id: int
    name: str
    role: str
    function: str
    primary: bool
    whole: bool = True
    is_active: bool = True


@dataclass(frozen=True)
class Reason:
    """Why not, and the field of a form that it is about."""

    text: str
    field: str


@dataclass(frozen=True)
class Finding:
    """What is wrong with the team of a tenant; ``member`` is whom making primary would mend it."""

    text: str
    member: Member | None = None


def why_unfit(person: Person, wanted: Wanted) -> Reason | None:
    """Whether this person may work in this role at this place."""
    if wanted.role == EVERYBODY:
        return Reason(f"{EVERYBODY} stands for all roles. Name the one in which {person.name} works there.", "role")
    text = _why_nowhere(person, wanted) or _why_not_in(person, wanted)
    return Reason(text, "user") if text else None


def why_incomplete(wanted: Wanted, strange: Iterable[str] = ()) -> Reason | None:
    """Whether services, focus and primary go together; ``strange`` are services that the tenant does not have."""
    if wanted.services and wanted.at_customer:
        return Reason("At a customer somebody is there for all its tenants. Choose services at a tenant.", "services")
    if strange := ", ".join(strange):
        return Reason(f"This tenant does not have {strange}. Add it on the Services tab first.", "services")
    if wanted.focus and wanted.role != EXPERT:
        return Reason("Only an SME has a focus.", "focus")
    if wanted.focus and wanted.services:
        return Reason("An SME is there for services or for a focus. Take one of the two away.", "focus")
    if wanted.role == EXPERT and not wanted.services and not wanted.focus:
        return Reason("Say which services the SME is there for, or else the focus.", "focus")
    if wanted.primary and wanted.services and wanted.role in (MANAGER, *REGIONAL):
        return Reason(f"The primary {wanted.role} is there for the whole tenant, not for some services.", "primary")
    return None


def why_kept(member: Member, team: Iterable[Member], *, steps_down: bool = False) -> str:
    """R36: a partner's people, and the primary Regional Manager where a partner works, stay.

    The latter may be followed by somebody else: then another member is made primary first.
    """
    if member.function == PARTNER and not steps_down:
        return f"{member.name} works there for a partner. Assignments of partners are never taken away (R36)."
    has_partner = any(one.function == PARTNER for one in team)
    if has_partner and member.primary and member.role in REGIONAL:
        return (
            f"{member.name} is the primary {member.role} of a tenant where a partner works, and stays (R36). "
            "Make somebody else primary first."
        )
    return ""


def lone_regional(team: Sequence[Member]) -> Member | None:
    """A Team Manager (formerly Regional Manager) who is there alone and is not primary yet."""
    found = [one for one in team if one.role in REGIONAL]
    return found[0] if len(found) == 1 and found[0].whole and not found[0].primary else None


def may_lead(member: Member) -> bool:
    """Whether to offer making somebody primary; an SME normally is not."""
    needs_whole = member.role in (MANAGER, *REGIONAL)
    return member.is_active and not member.primary and member.role != EXPERT and (member.whole or not needs_whole)


def findings(team: Sequence[Member]) -> list[Finding]:
    """What reports would get wrong: a tenant needs its own primary FastTrack Manager and Team Manager."""
    found = []
    for roles in ((MANAGER,), REGIONAL):
        inside = [one for one in team if one.role in roles]
        primary = next((one for one in inside if one.primary), None)
        if primary is None:
            next_one = next((one for one in inside if one.whole and one.is_active), None)
            found.append(Finding(f"No primary {roles[0]} at this tenant.", next_one))
        elif not primary.is_active:
            found.append(Finding(f"{primary.name}, the primary {primary.role}, no longer signs in."))
    return found


def _why_nowhere(person: Person, wanted: Wanted) -> str:
    if not person.is_active:
        return f"{person.name} no longer signs in. Assign somebody else."
    if person.level is Level.GUEST:
        return f"{person.name} is in no group that works or reads. An administrator puts them into one first."
    if person.level is Level.PRIVILEGED and not wanted.at_customer:
        return (
            f"{person.name} reads everything and changes nothing; an assignment at a tenant does not alter that. "
            "Assign them at the customer, or ask an administrator for a group that works."
        )
    return ""


def _why_not_in(person: Person, wanted: Wanted) -> str:
    if person.is_partner and wanted.function != PARTNER:
        return f"{person.name} works for a partner and can only have a partner's role, not {wanted.role}."
    if not person.is_partner and wanted.function == PARTNER:
        return f"{wanted.role} is a partner's role, and {person.name} works for Microsoft."
    if person.is_partner or person.level is Level.ASSIGNMENT or MANAGER in person.groups:
        return ""
    if any(name not in WORKS_IN for name in person.groups) and wanted.role != MANAGER:
        return ""
    if any(wanted.role in WORKS_IN.get(name, ()) for name in person.groups):
        return ""
    groups = " and ".join(person.groups) or "no group"
    return f"{person.name} is in the group {groups}, which does not work as {wanted.role}."
