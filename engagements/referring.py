"""The rules of a QuickLeads referral (R4 to R8): which way to a partner comes first, what a referral still needs
before it is sent, where task 983 stands. Pure: no database, no clock.
"""

from dataclasses import dataclass
from datetime import date

TASK = 983
CONTACT_WITHIN = 3  # business days (R8)

FIRST, LATER, CLOSED = "first", "later", "closed"
OWN, ACCOUNT_TEAM, QUICKLEADS = "own", "account-team", "quickleads"

# The parts of a referral in the order one goes through them.
MATCH, APPROVAL, PARTNERS, MAIL = "match", "approval", "partners", "mail"
PARTS = (MATCH, APPROVAL, PARTNERS, MAIL)


# The way to a partner (R5) ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """One of the three ways; ``state`` says whether it is the one to try first, and ``why`` the reason."""

    key: str
    title: str
    state: str
    why: str


def ways(own_partners: tuple[str, ...], managed: bool | None) -> tuple[Way, ...]:
    """A partner of the customer's own, then its account team, then QuickLeads; the first that is open comes first."""
    found = [
        (OWN, "The customer's own partner", *_own(own_partners)),
        (ACCOUNT_TEAM, "The Microsoft account team", *_account_team(managed)),
        (QUICKLEADS, "A QuickLeads referral", *_quickleads(managed)),
    ]
    first = next(key for key, _, is_way, _ in found if is_way)
    return tuple(
        Way(key, title, FIRST if key == first else LATER if is_way is not False else CLOSED, why)
        for key, title, is_way, why in found
    )


def _own(names: tuple[str, ...]) -> tuple[bool | None, str]:
    """(whether it is a way, or None where one may ask all the same; why)."""
    if not names:
        return None, "No partner is recorded for this tenant. Ask the customer whether one works there."
    verb = "work" if len(names) > 1 else "works"
    return True, f"{_list(names)} {verb} there already. Ask whether adoption and change management is on offer."


def _account_team(managed: bool | None) -> tuple[bool | None, str]:
    if managed is None:
        return True, "Nobody has said yet whether an account team looks after this customer. Find out first."
    if managed:
        return True, "It knows the partners of the region and names several for the customer to choose from."
    return False, "No account team looks after this customer."


def _quickleads(managed: bool | None) -> tuple[bool | None, str]:
    if managed:
        return False, "Only where no account team exists: here it searches for a partner with the customer."
    if managed is None:
        return None, "Can be prepared now. It can be sent once it is known that no account team exists."
    return True, "No account team exists, so partners are matched by location and specialty."


# What a referral needs before it is sent (R6, R7, R57) --------------------------------------------------


@dataclass(frozen=True)
class Person:
    """A contact as far as these rules look at one. ``barred`` is why nobody may call; empty where one may."""

    name: str
    email: str = ""
    barred: str = ""


@dataclass(frozen=True)
class Draft:
    """A referral that is not sent yet."""

    managed: bool | None = None
    service_type: str = ""
    location: str = ""
    specialties: str = ""
    contact: Person | None = None
    approval: str = ""
    approved_by: Person | None = None
    approved_on: date | None = None
    partners: int = 0
    subject: str = ""
    body: str = ""


@dataclass(frozen=True)
class Missing:
    """One thing that is left, and the part of the page where it is put right."""

    part: str
    text: str


def missing(draft: Draft) -> tuple[Missing, ...]:
    """Everything that keeps a referral from being sent, in the order of the page."""
    return tuple(Missing(part, text) for part in ("", *PARTS) for text in _MISSING[part](draft))


def _of_route(draft: Draft):
    if draft.managed:
        yield "An account team looks after this customer; it searches for partners itself."
    elif draft.managed is None:
        yield "Say whether an account team looks after this customer; a referral is for those without one."


def _of_match(draft: Draft):
    if not draft.service_type:
        yield "The service type is not chosen."
    if not draft.location.strip():
        yield "The location is not given; partners are matched by it."
    if not draft.specialties.strip():
        yield "The specialties are not given; partners are matched by them."


def _of_approval(draft: Draft):
    if draft.contact is None:
        yield "Nobody is named whom the partners contact."
    elif draft.contact.barred:
        yield barred(draft.contact, "Partners would call. Name somebody else.")
    if not draft.approval:
        yield "It is not said how the customer approved sharing personal data, by word or in writing."
    if draft.approved_by is None:
        yield "It is not said who approved sharing personal data."
    elif draft.approval == "verbal" and draft.approved_by.barred:
        yield barred(draft.approved_by, "Take the approval in writing, or from somebody else.")
    if draft.approved_on is None:
        yield "The day of the approval is not given."


def _of_partners(draft: Draft):
    if not draft.partners:
        yield "No partner is proposed."


def _of_mail(draft: Draft):
    if not draft.subject.strip() or not draft.body.strip():
        yield "The mail to the customer is not written."


_MISSING = {"": _of_route, MATCH: _of_match, APPROVAL: _of_approval, PARTNERS: _of_partners, MAIL: _of_mail}


def barred(person: Person, instead: str) -> str:
    """Why a person marked Do Not Call cannot be chosen (R57)."""
    return f"{person.name} must not be called: {person.barred.rstrip('.')}. {instead}"


def unusual_number(partners: int, usual: int) -> str:
    """Asks back where more or fewer partners are proposed than usual (R7); empty where not, or where none is."""
    if partners in (0, usual):
        return ""
    more = "more" if partners > usual else "fewer"
    said = "partner is" if partners == 1 else "partners are"
    return f"{partners} {said} proposed, {more} than the usual {usual}. Send it all the same?"


# Task 983 ------------------------------------------------------------------------------------------------


def task_status(now: str, *, is_open: bool, was_sent: bool) -> str:
    """Where 983 belongs: Complete when one was sent and none is open, In Progress while one is open.

    What somebody decided stays: a number that is Not Required or Cancelled is not moved while nothing was sent.
    """
    if is_open:
        return "In Progress"
    if was_sent:
        return "Complete"
    return "Not Started" if now == "In Progress" else now


def _list(names: tuple[str, ...]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
