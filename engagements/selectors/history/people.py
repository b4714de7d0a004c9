"""Sentences about people: contacts, the account team, the success manager, who works there."""

from collections.abc import Mapping
from typing import Any

from engagements.models import Event
from engagements.selectors.history.told import GONE, Sentence, Told, listed, number

CONTACT_FIELDS = {
    "kind": "of whom",
    "email": "e-mail",
    "ms_role": "role at Microsoft",
    "do_not_call": "Do Not Call",
    "do_not_call_why": "why not to call",
    "survey_eligible": "eligible for the survey",
    "survey_services": "services of the survey",
    "unsubscribed_on": "unsubscribed",
}


def contact(event: Event, pk: str, told: Told) -> Sentence:
    url = told.page("engagement_contacts", at=f"contact-{pk}")
    if event.verb == "erased":
        return Sentence("erased the personal data of a contact", url, after=event.after.get("basis", ""))
    changed = listed(CONTACT_FIELDS.get(name, name.replace("_", " ")) for name in event.after)
    return Sentence(f"{event.verb} the contact {told.name('contact', number(pk), GONE)}", url, after=changed)


def csm(event: Event, _: str, told: Told) -> Sentence:
    before, after = (told.contact(values.get("contact")) for values in (event.before, event.after))
    return Sentence("set the Customer Success Manager", _account(told), before=before, after=after)


def account_team(event: Event, _: str, told: Told) -> Sentence:
    words = {True: "looks after the customer", False: "there is none", None: "not known"}
    before, after = (words[values.get("managed")] for values in (event.before, event.after))
    return Sentence("said whether a Microsoft account team is there", _account(told), before=before, after=after)


def _account(told: Told) -> str:
    return told.page("engagement_contacts", at="account-team")


def assignment(event: Event, pk: str, told: Told) -> Sentence:
    somebody = told.name("user", number(pk), GONE)
    before, after = (_assigned(values, told) for values in (event.before, event.after))
    said = {"changed": f"changed how {somebody} is assigned"}.get(event.verb, f"{event.verb} {somebody}")
    return Sentence(said + (" at the customer" if event.customer_id else ""), before=before, after=after)


def handover(event: Event, pk: str, told: Told) -> Sentence:
    giver, receiver = (told.name("user", event.after.get(name), GONE) for name in ("giver", "receiver"))
    said = {
        "offered": f"offered the engagement of {giver} to {receiver}",
        "accepted": f"took the engagement over from {giver}",
        "declined": f"declined to take the engagement over from {giver}",
    }.get(event.verb, f"withdrew the handover from {giver} to {receiver}")
    return Sentence(said, told.page_of("handover_detail", number(pk)), after=event.after.get("why", ""))


def _assigned(values: Mapping[str, Any], told: Told) -> str:
    """ "primary FastTrack Manager", "SME for Teams and Exchange"."""
    if "role" not in values:
        return ""
    said = f"{'primary ' if values.get('primary') else ''}{values['role']}"
    services = [told.name("service", one, "a service that is gone") for one in values.get("services", ())]
    reach = listed(services) or str(values.get("focus") or "")
    return f"{said} for {reach}" if reach else said
