"""The checks that the records of a customer answer: its contacts and its Customer Success Manager."""

from typing import TYPE_CHECKING

from engagements.checks import register
from engagements.gate_input import Fact, FactPage
from engagements.models import Contact
from engagements.selectors.words import count
from playbook.checks import CheckKind
from playbook.spec import ServiceRef

if TYPE_CHECKING:
    from engagements.walk import Walk


def _csm(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    csm = walk.engagement.tenant.csm_id
    if csm:
        return Fact(True, "A Customer Success Manager is assigned.")
    return Fact(False, "No Customer Success Manager is assigned.", FactPage("account_team"))


def _contact(rest: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """A contact of the customer; with ``survey`` one whom the survey may ask (R21, R56)."""
    people = [one for one in walk.engagement.tenant.customer.contacts.all() if one.kind == "customer"]
    if rest == "survey":
        return _survey(people)
    if people:
        return Fact(True, f"{count(len(people), 'contact')} of the customer recorded.")
    return Fact(False, "No contact of the customer is recorded.", FactPage("engagement_contacts", "new-contact"))


def _survey(people: list[Contact]) -> Fact:
    marked = [one for one in people if one.survey_eligible and not one.unsubscribed_on]
    whole = [one for one in marked if one.has_survey_services]
    if whole:
        return Fact(True, f"{count(len(whole), 'contact')} eligible with language, country and services.")
    if marked:
        pk = marked[0].pk
        there = FactPage("engagement_contacts", f"contact-{pk}", (("edit", str(pk)),))
        return Fact(False, "The contact who is eligible for the survey has no services set.", there)
    if not people:
        return Fact(
            False,
            "No contact of the customer is recorded, so no one can be asked.",
            FactPage("engagement_contacts", "new-contact"),
        )
    return Fact(
        False, f"None of {count(len(people), 'contact')} is eligible for the survey.", FactPage("engagement_contacts")
    )


register(CheckKind("csm", says={"": "a CSM is assigned"}), _csm)
register(
    CheckKind(
        "contact",
        says={
            "": "a contact of the customer is recorded",
            "survey": "a contact is eligible for the survey, with language, country and services",
        },
    ),
    _contact,
)
