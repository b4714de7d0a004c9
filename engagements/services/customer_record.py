"""Keeping the record of a customer: progress, perspective, winner tenant, tags, competitors (DOMAIN §3.1).

Nothing is overwritten without a trace: every change is an event of the customer, told in each of its engagements.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from engagements.models import CompeteSignal, Contact, Customer, Event, User
from engagements.services import events, overtaking, reviews
from engagements.services.contacts import find_or_add_contact
from engagements.services.locking import lock_customer, write
from engagements.services.refusals import Refused
from engagements.services.restoring import GONE, row_of, values_before
from engagements.services.tags import put_tags
from tasks.folding import fold

FIELDS = (
    "region",
    "vertical",
    "status",
    "progress_due_on",
    "cxp_watchlist",
    "mindset",
    "completion_on",
    "business_reason",
    "success_owner",
)
SIGNAL_FIELDS = ("product", "validity", "insight")


@write
def change_customer(
    *, customer_id: int, by: User, seen: Mapping[str, Any] | None = None, owner_name: str = "", **values: Any
) -> Event | None:
    """Sets what is given of ``FIELDS``; the name of a new success owner becomes a contact of the customer."""
    customer = lock_customer(customer_id)
    if owner_name.strip():
        values["success_owner"] = find_or_add_contact(customer=customer, name=owner_name, by=by)
    if unknown := set(values) - set(FIELDS):
        raise ValueError(f"These are kept elsewhere: {', '.join(sorted(unknown))}")
    _must_be_their_own(customer, values.get("success_owner"))
    changes = overtaking.put(customer, values, seen=seen, object=_about(customer))
    if not changes:
        return None
    customer.save(update_fields=list(changes.after))
    return _tell(customer, changes.before, changes.after, by)


@write
def set_winner(
    *, customer_id: int, tenant_id: int | None, by: User, seen: Mapping[str, Any] | None = None
) -> Event | None:
    """Says which tenant carries what holds for the customer (SLT Watchlist); None says that it is not decided."""
    customer = lock_customer(customer_id)
    tenant = customer.tenants.filter(pk=tenant_id).first() if tenant_id else None
    if tenant_id and tenant is None:
        raise Refused(f"Choose one of the tenants of {customer}.", "winner")
    if tenant and tenant.is_duplicate:
        raise Refused(f"{tenant} is a duplicate and left out of reports. Choose the tenant that is used.", "winner")
    about = f"winner:{customer.pk}"
    changes = overtaking.put(customer, {"winner": tenant}, seen=seen, object=about)
    if not changes:
        return None
    customer.save(update_fields=["winner"])
    reviews.replan(customer.pk, timezone.localdate())
    return events.record("set", about, by=by, customer=customer, before=changes.before, after=changes.after)


@write
def set_tags(*, customer_id: int, names: Iterable[str], by: User, seen: Iterable[str] | None = None) -> Event | None:
    """Puts tags on and takes tags off. What somebody else tagged since ``seen`` was shown stays."""
    customer = lock_customer(customer_id)
    before, after = put_tags(customer, names, seen)
    return _tell(customer, {"tags": before}, {"tags": after}, by) if before != after else None


@write
def add_signal(*, customer_id: int, by: User, **values: str) -> Event:
    """Notes a product of a competitor that the customer uses, or may use."""
    customer = lock_customer(customer_id)
    signal = CompeteSignal(customer=customer)
    return _put_signal("added", signal, values, by)


@write
def change_signal(
    *, signal: CompeteSignal, by: User, seen: Mapping[str, Any] | None = None, **values: str
) -> Event | None:
    """Qualifies a competing product, or adds what is known about it."""
    customer = lock_customer(signal.customer_id)
    signal = customer.compete_signals.get(pk=signal.pk)
    return _put_signal("changed", signal, values, by, seen)


@write
def remove_signal(*, signal: CompeteSignal, by: User) -> Event:
    """Takes away what was noted by mistake; a product that is not used any more is qualified instead."""
    customer = lock_customer(signal.customer_id)
    signal = customer.compete_signals.get(pk=signal.pk)
    before = {name: getattr(signal, name) for name in SIGNAL_FIELDS}
    about = f"compete:{signal.pk}"
    signal.delete()
    return events.record("removed", about, by=by, customer=customer, before=before)


def restore(event: Event, by: User) -> None:
    """Puts back what stood before a change of the record."""
    if "tags" in event.before:
        set_tags(customer_id=event.customer_id, names=event.before["tags"], by=by)
    else:
        change_customer(customer_id=event.customer_id, by=by, **values_before(Customer, event.before, FIELDS))


def restore_winner(event: Event, by: User) -> None:
    """Puts back which tenant was the winner before."""
    set_winner(customer_id=event.customer_id, tenant_id=event.before["winner"], by=by)


def restore_signal(event: Event, by: User) -> None:
    """Takes back that a competing product was added, changed or removed."""
    signal = row_of(event, CompeteSignal.objects.filter(customer=event.customer_id))
    if event.verb == "removed":
        add_signal(customer_id=event.customer_id, by=by, **event.before)
    elif signal is None:
        raise Refused(GONE)
    elif event.verb == "added":
        remove_signal(signal=signal, by=by)
    else:
        change_signal(signal=signal, by=by, **event.before)


def _must_be_their_own(customer: Customer, owner: Contact | None) -> None:
    if owner is None:
        return
    if owner.customer_id != customer.pk or owner.kind != Contact.Kind.CUSTOMER or owner.erased_at:
        raise Refused(f"Choose a contact of {customer} as success owner, or give a new name.", "success_owner")


def _put_signal(
    verb: str,
    signal: CompeteSignal,
    values: Mapping[str, str],
    by: User,
    seen: Mapping[str, Any] | None = None,
) -> Event | None:
    said = {name: values[name].strip() for name in SIGNAL_FIELDS if name in values}
    changes = overtaking.put(signal, said, seen=seen, object=f"compete:{signal.pk}")
    if not signal.product:
        raise Refused("Name the product.", "product")
    if not changes:
        return None
    signal.product_folded = fold(signal.product)
    others = CompeteSignal.objects.filter(customer=signal.customer, product_folded=signal.product_folded)
    if others.exclude(pk=signal.pk).exists():
        raise Refused(f"{signal.product} is listed already. Qualify it there.", "product")
    signal.save()
    return events.record(
        verb, f"compete:{signal.pk}", by=by, customer=signal.customer, before=changes.before, after=changes.after
    )


def _about(customer: Customer) -> str:
    return f"customer:{customer.pk}"


def _tell(customer: Customer, before: dict, after: dict, by: User) -> Event:
    return events.record("changed", _about(customer), by=by, customer=customer, before=before, after=after)
