"""Sentences about QuickLeads referrals. Partners of the team read the history too, so it names no proposed company."""

from collections.abc import Iterator, Mapping
from typing import Any

from engagements.models import Event, Referral, ReferralPartner
from engagements.selectors.history.told import Sentence, Told, day, listed

LABELS = {
    "service_type": "service type",
    "approval": "approval",
    "approved_by": "approved by",
    "approved_on": "approved on",
    "contact": "partners contact",
    "location": "location",
    "specialties": "specialties",
    "mail_subject": "subject of the mail",
    "mail_body": "text of the mail",
    "contacted_on": "in touch on",
    "outcome": "outcome",
    "outcome_text": "in words",
}
CHOICES = {
    "service_type": dict(Referral.ServiceType.choices),
    "approval": dict(Referral.Approval.choices),
    "outcome": dict(ReferralPartner.Outcome.choices),
}


def referral(event: Event, pk: str, told: Told) -> Sentence:
    url = f"{told.page('referral_detail')}?referral={pk}" if told.walk and told.internal else ""
    after = event.after
    if event.verb == "sent":
        due = day(after.get("contact_due_on"))
        return Sentence("sent the referral", url, after=f"Partners get in touch by {due}")
    if event.verb == "withdrew":
        return Sentence("withdrew the referral", url, after=after.get("why", ""))
    if event.verb == "closed":
        return Sentence("closed the referral", url, after="Every partner has an outcome")
    before, now = (listed(_values(values, told)) for values in (event.before, after))
    return Sentence(f"{event.verb} the referral", url, before, now)


def _values(values: Mapping[str, Any], told: Told) -> Iterator[str]:
    for name, value in values.items():
        if name not in LABELS:
            continue
        if name in ("contact", "approved_by"):
            said = told.contact(value)
        elif name.endswith("_on"):
            said = day(value)
        else:
            said = CHOICES.get(name, {}).get(value, value)
        yield LABELS[name] if name.startswith("mail_") else f"{LABELS[name]} {said or 'empty'}"
