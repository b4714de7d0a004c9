"""Walking a QuickLeads referral: prepared part by part, sent, heard of, closed (R4 to R8)."""

import smtplib
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from engagements import referring, working_days
from engagements.customer_safe import customer_line
from engagements.models import Contact, Event, Referral, ReferralPartner, ReferralTemplate, User
from engagements.outgoing_mail import desk_mail
from engagements.referral_mail import bundled, fill
from engagements.referring import APPROVAL, MAIL, MATCH, Draft, Missing, Person
from engagements.services import events, summaries
from engagements.services.disclosure import disclosure, refuse_internal
from engagements.services.locking import hold_one, lock, write
from engagements.services.overtaking import put
from engagements.services.referral_task import follow_referrals
from engagements.services.refusals import Refused
from tasks.folding import fold

FIELDS = {
    MATCH: ("service_type", "location", "specialties"),
    APPROVAL: ("contact", "approval", "approved_by", "approved_on"),
    MAIL: ("mail_subject", "mail_body"),
}
PEOPLE = ("contact", "approved_by")
HEARD = "heard from a partner of"


class NotReady(Refused):
    """The referral cannot be sent; ``missing`` is everything that is left."""

    def __init__(self, missing: tuple[Missing, ...]):
        self.missing = missing
        super().__init__("Not sent. " + " ".join(one.text for one in missing))


@write
def begin_referral(*, engagement_id: int, by: User, today: date) -> Referral:
    """Opens a referral; task 983 is In Progress from now on."""
    engagement = lock(engagement_id)
    if engagement.tenant.customer.account_managed:
        raise Refused("An account team looks after this customer; it searches for partners itself.")
    if Referral.objects.filter(engagement=engagement, closed_on=None).exists():
        raise Refused("A referral is open already. Go on with that one, or withdraw it.")
    referral = Referral.objects.create(engagement=engagement, started_at=timezone.now(), started_by=by)
    _told("began", referral, by=by)
    _settle(referral, by, today)
    return referral


@write
def change_referral(
    *, referral_id: int, by: User, today: date, seen: Mapping[str, Any] | None = None, **values: Any
) -> Event | None:
    """Saves one part of a referral that is not sent yet; refuses people who must not be called (R57).

    Returns the event, which can be undone; nothing where nothing differs.
    """
    referral = _locked(referral_id)
    _must_be_unsent(referral)
    object, tenant = f"referral:{referral.pk}", referral.engagement.tenant
    changes = put(referral, values, seen=seen, object=object, tenant=tenant)
    _must_be_sound(referral, changes.after, today)
    _refuse_internal(referral, by)
    if not changes:
        return None
    referral.save(update_fields=list(changes.after))
    return _told("changed", referral, by=by, before=_kept(changes.before), after=_kept(changes.after))


@write
def propose_partner(*, referral_id: int, name: str, by: User, mpn_id: str = "") -> ReferralPartner:
    """Adds a partner that matches."""
    referral = _locked(referral_id)
    _must_be_unsent(referral)
    name = " ".join(name.split())
    if not name:
        raise Refused("Give the name of the partner.", "name")
    known = next((one for one in referral.partners.all() if fold(one.name) == fold(name)), None)
    if known:
        raise Refused(f"{known} is proposed already.", "name")
    partner = ReferralPartner.objects.create(referral=referral, name=name, mpn_id=mpn_id.strip())
    _told("proposed a partner for", referral, by=by, after={"partner": partner.pk})
    return partner


@write
def drop_partner(*, partner_id: int, by: User) -> None:
    """Takes a proposal back before anything was sent."""
    referral = _locked(_referral_of(partner_id))
    _must_be_unsent(referral)
    ReferralPartner.objects.get(pk=partner_id).delete()
    _told("dropped a partner from", referral, by=by, before={"partner": partner_id})


@write
def write_mail(*, referral_id: int, by: User) -> Referral:
    """Makes the mail from the template; what was written before is replaced."""
    referral = _locked(referral_id)
    _must_be_unsent(referral)
    parts = (MATCH, APPROVAL, referring.PARTNERS)
    if left := [one.text for one in referring.missing(draft_of(referral)) if one.part in parts]:
        raise Refused("The mail names all of this, so it comes first. " + " ".join(left))
    subject, body = _template(referral.service_type)
    rules = disclosure(referral.engagement.tenant.customer, sender=by)
    names = [f"- {name}" for partner in referral.partners.all() if (name := customer_line(partner.name, rules))]
    values = {
        "customer": referral.engagement.tenant.customer.name,
        "contact": referral.contact.name,
        "service": referral.get_service_type_display(),
        "location": customer_line(referral.location, rules),
        "specialties": customer_line(referral.specialties, rules),
        "partners": "\n".join(names),
        "days": str(referring.CONTACT_WITHIN),
        "manager": str(by),
    }
    referral.mail_subject, referral.mail_body = one_line(fill(subject, values))[:200], fill(body, values).strip()
    _refuse_internal(referral, by)
    referral.save(update_fields=["mail_subject", "mail_body"])
    _told("wrote the mail of", referral, by=by)
    return referral


@write
def send_referral(
    *,
    referral_id: int,
    by: User,
    today: date,
    usual: int,
    sent_on: date | None = None,
    number_confirmed: bool = False,
    from_here: bool = False,
) -> Referral:
    """Sends the mail, or keeps that somebody sent it; the partners' three business days begin (R8).

    ``usual`` is how many partners a team proposes (R7): another number has to be confirmed. The mail goes out
    last, so that a refusal by the mail server leaves the referral as it was.
    """
    referral = _locked(referral_id)
    _must_be_unsent(referral)
    if left := referring.missing(draft_of(referral)):
        raise NotReady(left)
    _refuse_internal(referral, by)
    asked = referring.unusual_number(referral.partners.count(), usual)
    if asked and not number_confirmed:
        raise Refused(f"{asked} Tick that the number is meant.", "number_confirmed")
    on = today if from_here or sent_on is None else sent_on
    if on > today:
        raise Refused("This day has not come yet.", "sent_on")
    if on < referral.approved_on:
        raise Refused("The customer approved sharing personal data only after that day.", "sent_on")
    if from_here and not referral.contact.email:
        raise Refused(f"{referral.contact.name} has no e-mail address. Add it at Contacts.")
    referral.sent_on, referral.sent_by, referral.sent_from_here = on, by, from_here
    referral.contact_due_on = working_days.working_day_after(
        on, referring.CONTACT_WITHIN, referral.engagement.tenant.country
    )
    referral.save()
    after = {"sent_on": on.isoformat(), "contact_due_on": referral.contact_due_on.isoformat()}
    _told("sent", referral, by=by, after=after)
    _settle(referral, by, today)
    if from_here:
        _mail(referral, by)
    return referral


@write
def record_outcome(
    *,
    partner_id: int,
    by: User,
    today: date,
    contacted_on: date | None = None,
    outcome: str = "",
    text: str = "",
    seen: Mapping[str, Any] | None = None,
) -> Event | None:
    """Keeps what came of one partner. The last outcome closes the referral, and 983 with it.

    Returns the event, which can be undone; nothing where nothing differs.
    """
    referral = _locked(_referral_of(partner_id))
    partner = ReferralPartner.objects.get(pk=partner_id)
    if referral.sent_on is None:
        raise Refused("The referral is not sent yet, so nothing can have come of it.")
    if referral.withdrawn_why:
        raise Refused("This referral is withdrawn.")
    if contacted_on and not referral.sent_on <= contacted_on <= today:
        raise Refused("Give a day between the one the referral was sent on and today.", "contacted_on")
    if outcome == ReferralPartner.Outcome.CHOSEN and contacted_on is None and partner.contacted_on is None:
        raise Refused("Say on which day the partner got in touch, too.", "contacted_on")
    values = {"contacted_on": contacted_on, "outcome": outcome, "outcome_text": text.strip()}
    object, tenant = f"referral:{referral.pk}", referral.engagement.tenant
    changes = put(partner, values, seen=seen, object=object, tenant=tenant)
    if not changes:
        return None
    partner.outcome_on = today if partner.outcome else None
    partner.save()
    before, after = ({"partner": partner.pk, **side} for side in (changes.before, changes.after))
    # Told last, so that what was heard can be undone together with the closing that followed from it.
    _close_or_reopen(referral, by, today)
    event = _told(HEARD, referral, by=by, before=before, after=after)
    _settle(referral, by, today)
    return event


def restore(event: Event, by: User) -> None:
    """Puts back what stood before a change of one part, or before one heard from a partner."""
    today, before = timezone.localdate(), dict(event.before)
    if event.verb == HEARD:
        partner = ReferralPartner.objects.get(pk=before.pop("partner"))
        values = {"contacted_on": partner.contacted_on, "outcome": partner.outcome, "text": partner.outcome_text}
        values |= {"text" if name == "outcome_text" else name: value for name, value in _read(before).items()}
        record_outcome(partner_id=partner.pk, by=by, today=today, **values)
    elif event.verb == "changed" and not set(before) & set(FIELDS[MAIL]):
        change_referral(referral_id=event.about.id, by=by, today=today, **_read(before))
    else:
        raise Refused("This cannot be undone. Change it back by hand.")


@write
def withdraw_referral(*, referral_id: int, by: User, today: date, why: str) -> Referral:
    """Ends a referral that is no longer wanted."""
    referral = _locked(referral_id)
    why = why.strip()
    if referral.closed_on:
        raise Refused("This referral is closed already.")
    if not why:
        raise Refused("Say why it is withdrawn; the reason is kept.", "why")
    referral.closed_on, referral.withdrawn_why = today, why[:300]
    referral.save(update_fields=["closed_on", "withdrawn_why"])
    _told("withdrew", referral, by=by, after={"why": why[:300]})
    _settle(referral, by, today)
    return referral


def draft_of(referral: Referral) -> Draft:
    """The referral as its rules look at it."""
    return Draft(
        managed=referral.engagement.tenant.customer.account_managed,
        service_type=referral.service_type,
        location=referral.location,
        specialties=referral.specialties,
        contact=person(referral.contact),
        approval=referral.approval,
        approved_by=person(referral.approved_by),
        approved_on=referral.approved_on,
        partners=len(referral.partners.all()),
        subject=referral.mail_subject,
        body=referral.mail_body,
    )


def person(contact: Contact | None) -> Person | None:
    """A contact as rules look at one; who was erased is nobody any more."""
    if contact is None or contact.erased_at:
        return None
    return Person(contact.name, contact.email, contact.do_not_call_why if contact.do_not_call else "")


def one_line(text: str) -> str:
    return " ".join(text.split())


def ensure_template() -> None:
    """Gives admins the bundled mail to word anew; leaves what they worded."""
    ReferralTemplate.objects.get_or_create(service_type="", defaults=bundled())


def _template(service_type: str) -> tuple[str, str]:
    """The subject and body for a service type; the general one where it has none of its own."""
    found = ReferralTemplate.objects.filter(service_type__in=["", service_type]).order_by("-service_type").first()
    return (found.subject, found.body) if found else (bundled()["subject"], bundled()["body"])


def _referral_of(partner_id: int) -> int:
    return ReferralPartner.objects.values_list("referral", flat=True).get(pk=partner_id)


def _locked(referral_id: int) -> Referral:
    lock(Referral.objects.values_list("engagement", flat=True).get(pk=referral_id))
    rows = Referral.objects.select_related("engagement__tenant__customer", "contact", "approved_by")
    return hold_one(rows, referral_id)


def _must_be_unsent(referral: Referral) -> None:
    if referral.closed_on:
        raise Refused("This referral is closed and can only be read.")
    if referral.sent_on:
        raise Refused("This referral is sent; what it said cannot be changed any more. Withdraw it and begin another.")


def _must_be_sound(referral: Referral, changed: Mapping[str, Any], today: date) -> None:
    for name in PEOPLE:
        one = getattr(referral, name)
        if one and one.customer_id != referral.engagement.tenant.customer_id:
            raise Refused("This is nobody of this customer.", name)
    if "contact" in changed and referral.contact and referral.contact.do_not_call:
        raise Refused(referring.barred(person(referral.contact), "Partners would call. Name somebody else."), "contact")
    by_word = referral.approval == Referral.Approval.VERBAL and referral.approved_by
    if by_word and {"approval", "approved_by"} & set(changed) and referral.approved_by.do_not_call:
        instead = "Take the approval in writing, or from somebody else."
        raise Refused(referring.barred(person(referral.approved_by), instead), "approved_by")
    if referral.approved_on and referral.approved_on > today:
        raise Refused("This day has not come yet.", "approved_on")
    referral.mail_subject = one_line(referral.mail_subject)


def _refuse_internal(referral: Referral, by: User) -> None:
    """The mail goes to the customer, so it holds only what customers may read."""
    texts = {name: getattr(referral, name) for name in FIELDS[MAIL]}
    refuse_internal(texts, disclosure(referral.engagement.tenant.customer, sender=by))


def _close_or_reopen(referral: Referral, by: User, today: date) -> None:
    waiting = referral.partners.filter(outcome=ReferralPartner.Outcome.WAITING).exists()
    if waiting and referral.closed_on:
        others = Referral.objects.filter(engagement=referral.engagement, closed_on=None)
        if others.exists():
            raise Refused("Another referral is open meanwhile, so this one stays closed.", "outcome")
        referral.closed_on = None
    elif not waiting and not referral.closed_on:
        referral.closed_on = today
        _told("closed", referral, by=by)
    referral.save(update_fields=["closed_on"])


def _settle(referral: Referral, by: User, today: date) -> None:
    """What follows from a change: where 983 stands, and the lists."""
    follow_referrals(engagement_id=referral.engagement_id, by=by, today=today)
    summaries.refresh_tenant(referral.engagement.tenant_id)


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """As events keep them: the mail names people, so of it only that it changed."""
    return {name: "" if name in FIELDS[MAIL] else value for name, value in values.items()}


def _read(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an event as fields take them."""
    found = {}
    for name, value in values.items():
        if name in PEOPLE:
            value = Contact.objects.filter(pk=value).first()
        elif name.endswith("_on") and value:
            value = date.fromisoformat(value)
        found[name] = value
    return found


def _told(verb: str, referral: Referral, *, by: User, before: dict | None = None, after: dict | None = None) -> Event:
    return events.record(
        verb, f"referral:{referral.pk}", by=by, engagement=referral.engagement, before=before, after=after
    )


def _mail(referral: Referral, by: User) -> None:
    message = desk_mail(referral.mail_subject, referral.mail_body, [referral.contact.email], reply_to=by.email)
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        raise Refused(
            f"The mail server did not take the mail ({error}). Nothing is marked as sent: copy the text and send it "
            "yourself, or try again later."
        ) from error
