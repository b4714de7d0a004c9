"""Keeping the people of a customer, of its partners and of Microsoft (DOMAIN §3.7).

A contact belongs to the customer: the history tells a change once, by id and fields, and what stood there before is
kept as a revision of the contact, which goes when the person is erased.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from engagements.models import Contact, ContactRevision, Customer, Event, Tenant, User
from engagements.services import events, summaries
from engagements.services.locking import hold_one, lock_tenants_of, write
from engagements.services.overtaking import put
from engagements.services.refusals import Refused
from tasks.folding import fold
from tasks.models import Service

# What the checks of a gate look at: a change of these draws the lists anew.
LOOKED_AT = {"kind", "survey_eligible", "survey_services", "unsubscribed_on"}


@write
def add_contact(
    *, customer: Customer, name: str, by: User, survey_services: Iterable[Service] = (), **values: Any
) -> Contact:
    """Adds a person."""
    tenants = lock_tenants_of(customer.pk)
    contact = _create(customer, name, by, survey_services, values)
    _draw_anew(tenants)
    return contact


@write
def change_contact(
    *,
    contact: Contact,
    by: User,
    seen: Mapping[str, Any] | None = None,
    survey_services: Iterable[Service] | None = None,
    **values: Any,
) -> Event | None:
    """Corrects a person's details. Returns the event, which can be undone; nothing where nothing differs."""
    tenants = lock_tenants_of(contact.customer_id)
    held = hold_one(Contact.objects.all(), contact.pk)
    if held.erased_at:
        raise Refused("This contact was erased. Nothing is kept about the person any more.")
    object = f"contact:{held.pk}"
    before_services = sorted(held.survey_services.values_list("pk", flat=True))
    changes = put(held, _stripped(values), seen=seen, object=object)
    before, changed = dict(changes.before), set(changes.after)
    services = _merged(before_services, survey_services, (seen or {}).get("survey_services"))
    if services != before_services:
        before["survey_services"] = before_services
        changed.add("survey_services")
    if not changed:
        return None
    _must_be_sound(held, services)
    held.save()
    held.survey_services.set(services)
    now = timezone.now()
    ContactRevision.objects.create(contact=held, at=now, before=before)
    if changed & LOOKED_AT:
        _draw_anew(tenants)
    said = dict.fromkeys(sorted(changed), True)
    return events.record("changed", object, by=by, customer=held.customer, after=said, at=now)


def restore(event: Event, by: User) -> None:
    """Puts back what stood before a change."""
    pk = event.about.id
    kept = ContactRevision.objects.filter(contact=pk, at=event.at).select_related("contact").first()
    if kept is None:
        raise Refused("This cannot be undone. Change it back by hand.")
    before = dict(kept.before)
    services = before.pop("survey_services", None)
    if before.get("unsubscribed_on"):
        before["unsubscribed_on"] = date.fromisoformat(before["unsubscribed_on"])
    if services is not None:
        services = Service.objects.filter(pk__in=services)
    change_contact(contact=kept.contact, by=by, survey_services=services, **before)


def find_or_add_contact(
    *, customer: Customer, name: str, by: User, kind: str = "customer", ms_role: str = ""
) -> Contact:
    """The contact of that name and kind, however it is capitalised, or a new one.

    For services that hold one tenant of the customer, and draw its lists anew themselves. The other tenants are
    drawn once they let go of it: holding one and asking for the next would make two of them wait for each other.
    """
    known = (row for row in customer.contacts.known().filter(kind=kind) if fold(row.name) == fold(name.strip()))
    if found := next(known, None):
        return found
    transaction.on_commit(lambda: _draw_anew(customer.tenants.order_by("pk")))
    return _create(customer, name, by, (), {"kind": kind, "ms_role": ms_role})


def _create(
    customer: Customer, name: str, by: User, survey_services: Iterable[Service], values: Mapping[str, Any]
) -> Contact:
    contact = Contact(customer=customer, name=name.strip(), **_stripped(values))
    services = list(survey_services)
    _must_be_sound(contact, services)
    contact.save(force_insert=True)
    contact.survey_services.set(services)
    events.record("added", f"contact:{contact.pk}", by=by, customer=customer)
    return contact


def _must_be_sound(contact: Contact, services: Iterable[Any]) -> None:
    """Refuses what a contact cannot be, and empties the fields that its kind does not have."""
    if not contact.name:
        raise Refused("Give the name of the person.", "name")
    if contact.kind != Contact.Kind.MICROSOFT:
        contact.ms_role = ""
    if contact.kind != Contact.Kind.PARTNER:
        contact.skill = ""
    if contact.do_not_call and not contact.do_not_call_why:
        raise Refused("Say why nobody calls; the reason stands where the number would be called.", "do_not_call_why")
    if not contact.do_not_call:
        contact.do_not_call_why = ""
    if contact.survey_eligible:
        _must_be_fit_for_survey(contact, services)


def _must_be_fit_for_survey(contact: Contact, services: Iterable[Any]) -> None:
    """R56, R58."""
    if contact.kind != Contact.Kind.CUSTOMER:
        raise Refused("The survey asks people of the customer only.", "survey_eligible")
    if contact.unsubscribed_on:
        raise Refused("Who unsubscribed is asked no more. Take the mark of the survey away.", "survey_eligible")
    if not contact.country:
        raise Refused("The survey needs the country, two letters such as PT.", "country")
    if not contact.survey_language:
        raise Refused("The survey needs the language.", "survey_language")
    if not list(services):
        raise Refused("Tick the services that the survey asks about.", "survey_services")


def _merged(there: list[int], wanted: Iterable[Service] | None, seen: Any) -> list[int]:
    """Services as one person ticked and unticked them, with what somebody else ticked meanwhile."""
    if wanted is None:
        return there
    chosen = {service.pk for service in wanted}
    if not isinstance(seen, list):
        return sorted(chosen)
    shown = {int(pk) for pk in seen if str(pk).isdecimal()}
    return sorted((set(there) | (chosen - shown)) - (shown - chosen))


def _stripped(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}


def _draw_anew(tenants: Iterable[Tenant]) -> None:
    """Each in the write that holds them all, or in one of its own."""
    for tenant in tenants:
        summaries.refresh_tenant(tenant.pk)
