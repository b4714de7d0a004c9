"""Erasing the personal data of a contact (DESIGN §5): the row stays and says nothing about anybody."""

from collections.abc import Mapping

from django.db.models import Model
from django.utils import timezone

from engagements.mentions import PLACES, mails_that_name, notes_that_may_name
from engagements.models import (
    AdoptionRecord,
    Contact,
    ContactRevision,
    Customer,
    Event,
    Note,
    Redaction,
    Referral,
    Tenant,
    User,
)
from engagements.models.contacts import ERASED, PERSONAL
from engagements.redacting import Person
from engagements.services import audit, events, note_words, summaries
from engagements.services.locking import hold_one, lock_tenants_of, write
from engagements.services.refusals import Refused


@write
def erase_contact(*, contact_id: int, by: User, basis: str, texts: Mapping[int, str]) -> Contact:
    """Wipes a contact and takes the person out of everything that was written about the customer.

    ``texts`` holds, for each note that names or may name the person, what it says from now on; where that is what it
    says already, it stays as it is. The old texts are kept nowhere.
    """
    tenants = lock_tenants_of(Contact.objects.values_list("customer", flat=True).get(pk=contact_id))
    contact = hold_one(Contact.objects.all(), contact_id)
    if contact.erased_at:
        raise Refused("This contact is erased already.")
    person = person_of(contact)
    basis = person.taken_out(basis.strip())
    if not basis:
        raise Refused("Say on what basis: who asked for it, when, and who confirmed it.", "basis")
    redacted = [_redact(note, texts, person, basis, by) for note in notes_that_may_name(contact.customer_id, person)]
    _forget_mails(contact, person)
    _take_out(contact, person)
    note_words.follow_customer(contact.customer_id)
    _give_up_places(contact, tenants, by)
    _wipe(contact)
    after = {"basis": basis, "notes": sum(redacted)}
    events.record("erased", f"contact:{contact.pk}", by=by, customer=contact.customer, after=after)
    audit.record(audit.Action.ERASED, f"contact:{contact.pk}", by=by, after={"notes": after["notes"]})
    for tenant in tenants:
        summaries.refresh_tenant(tenant.pk)
    return contact


def person_of(contact: Contact) -> Person:
    """By what a contact is found in texts."""
    return Person(contact.name, contact.email, contact.phone)


def _redact(note: Note, texts: Mapping[int, str], person: Person, basis: str, by: User) -> bool:
    """Replaces the text of a note by the one that was looked at and confirmed."""
    if note.pk not in texts:
        raise Refused("Another note names the person, written meanwhile. Look at it, and confirm again.")
    field, text = f"note-{note.pk}", texts[note.pk].replace("\r\n", "\n").strip()
    if not text:
        raise Refused("A note cannot be empty. Leave what it is evidence for.", field)
    if person.is_in(text):
        raise Refused("This text still names the person.", field)
    if text == note.body:
        return False
    # What an earlier redaction left may name this person too, so nothing of it stays.
    Redaction.objects.filter(note=note).update(body=text)
    Redaction.objects.create(note=note, body=text, basis=basis[:300], at=timezone.now(), by=by)
    Note.objects.filter(pk=note.pk).redact(text)
    return True


def _forget_mails(contact: Contact, person: Person) -> None:
    found = [row.pk for row in mails_that_name(contact.customer_id, contact, person)]
    Referral.objects.filter(pk__in=found).update(mail_subject="", mail_body="")


def _take_out(contact: Contact, person: Person) -> None:
    """Takes the name out of every other text; what is left around it stays."""
    for place in PLACES:
        for row, found in place.naming(contact.customer_id, person):
            values = {name: _fitting(row, name, person.taken_out(value)) for name, value in found.items()}
            type(row)._default_manager.filter(pk=row.pk).update(**values)


def _fitting(row: Model, name: str, value: object) -> object:
    longest = row._meta.get_field(name).max_length
    return value[:longest] if longest and isinstance(value, str) else value


def _give_up_places(contact: Contact, tenants: list[Tenant], by: User) -> None:
    """Nobody stands where the person stood: DIBS without a success owner are a risk that the desk shows."""
    before, after = {"success_owner": contact.pk}, {"success_owner": None}
    for record in AdoptionRecord.objects.filter(success_owner=contact).select_related("tenant_service__tenant"):
        row = record.tenant_service
        AdoptionRecord.objects.filter(pk=record.pk).update(success_owner=None)
        object = f"adoption:{row.service_id}"
        events.record("recorded", object, by=by, tenant=row.tenant, before=before, after=after)
    for tenant in tenants:
        if tenant.csm_id == contact.pk:
            Tenant.objects.filter(pk=tenant.pk).update(csm=None)
            gone = {"before": {"contact": contact.pk}, "after": {"contact": None}}
            events.record("set", "csm", by=by, tenant=tenant, **gone)
    Customer.objects.filter(pk=contact.customer_id, success_owner=contact).update(success_owner=None)


def _wipe(contact: Contact) -> None:
    ContactRevision.objects.filter(contact=contact).delete()
    # Its events keep that something changed, and no longer what.
    Event.objects.filter(object=f"contact:{contact.pk}").update(before={}, after={})
    contact.name, contact.erased_at = ERASED, timezone.now()
    for name in PERSONAL:
        setattr(contact, name, "")
    contact.do_not_call = contact.survey_eligible = False
    contact.unsubscribed_on = None
    contact.save()
    contact.survey_services.clear()
