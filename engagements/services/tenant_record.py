"""Keeping the record of a tenant: its standing, priority, place and size, tags, partners (DOMAIN §3.2)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from engagements.models import Event, Partner, Tenant, User
from engagements.services import events, overtaking, reviews, summaries
from engagements.services.locking import lock_customer_of, lock_tenant, write
from engagements.services.refusals import Refused
from engagements.services.restoring import GONE, row_of, values_before
from engagements.services.tags import put_tags
from tasks.folding import fold

FIELDS = (
    "status",
    "status_on",
    "segment",
    "winroom_reason",
    "enterprise_level",
    "country",
    "time_zone",
    "seats",
)
PARTNER_FIELDS = ("name", "mpn_id")


@write
def change_tenant(
    *, tenant_id: int, by: User, today: date, seen: Mapping[str, Any] | None = None, **values: Any
) -> Event | None:
    """Sets what is given of ``FIELDS``. A new overall status is dated today, unless another day is given with it."""
    if unknown := set(values) - set(FIELDS):
        raise ValueError(f"These are kept elsewhere: {', '.join(sorted(unknown))}")
    if {"country", "time_zone"} & set(values):
        # Reviews go by both, also those of the customer, who is locked before its tenants.
        lock_customer_of(tenant_id=tenant_id)
    tenant = lock_tenant(tenant_id)
    if values.get("status_on") and values["status_on"] > today:
        raise Refused("This day is still to come. The status date is the day on which the status was set.", "status_on")
    if values.get("status", tenant.status) != tenant.status and values.get("status_on") in (None, tenant.status_on):
        values["status_on"] = today if values["status"] else None
    changes = overtaking.put(tenant, values, seen=seen, object=_about(tenant), tenant=tenant)
    if not changes:
        return None
    tenant.save(update_fields=list(changes.after))
    if "seats" in changes.after or "time_zone" in changes.after:
        summaries.refresh_tenant(tenant.pk)
    if {"country", "time_zone"} & set(changes.after):
        reviews.replan(tenant.customer_id, today)
    return _tell(tenant, changes.before, changes.after, by)


@write
def override_priority(
    *, tenant_id: int, priority: str, why: str, by: User, seen: Mapping[str, Any] | None = None
) -> Event | None:
    """Sets a priority other than the one that follows from the seats, and says why."""
    if priority not in Tenant.Priority.values:
        raise Refused("Choose a priority.", "priority")
    if not why.strip():
        raise Refused("Say why it differs from what its seats say.", "priority_why")
    return _put_priority(tenant_id, {"priority": priority, "priority_why": why.strip()}, by, seen)


@write
def reset_priority(*, tenant_id: int, by: User, seen: Mapping[str, Any] | None = None) -> Event | None:
    """Lets the priority follow from the seats again."""
    return _put_priority(tenant_id, {"priority": "", "priority_why": ""}, by, seen)


@write
def set_tags(*, tenant_id: int, names: Iterable[str], by: User, seen: Iterable[str] | None = None) -> Event | None:
    """Puts tags on and takes tags off. What somebody else tagged since ``seen`` was shown stays."""
    tenant = lock_tenant(tenant_id)
    before, after = put_tags(tenant, names, seen)
    return _tell(tenant, {"tags": before}, {"tags": after}, by) if before != after else None


@write
def add_partner(*, tenant_id: int, by: User, **values: str) -> Event:
    """Names a partner company that works at the tenant; its people are contacts."""
    return _put_partner("added", Partner(tenant=lock_tenant(tenant_id)), values, by)


@write
def change_partner(*, partner: Partner, by: User, seen: Mapping[str, Any] | None = None, **values: str) -> Event | None:
    """Corrects the name or the MPN ID of a partner company."""
    tenant = lock_tenant(partner.tenant_id)
    return _put_partner("changed", tenant.partners.get(pk=partner.pk), values, by, seen)


@write
def remove_partner(*, partner: Partner, by: User) -> Event:
    """Takes a partner company away that does not work at the tenant any more."""
    tenant = lock_tenant(partner.tenant_id)
    partner = tenant.partners.get(pk=partner.pk)
    before = {name: getattr(partner, name) for name in PARTNER_FIELDS}
    about = f"partner:{partner.pk}"
    partner.delete()
    return events.record("removed", about, by=by, tenant=tenant, before=before)


def restore(event: Event, by: User) -> None:
    """Puts back what stood before a change of the record."""
    before, at = event.before, {"tenant_id": event.tenant_id, "by": by}
    if "tags" in before:
        set_tags(names=before["tags"], **at)
    elif "priority" in before or "priority_why" in before:
        priority = before.get("priority", event.tenant.priority)
        if priority:
            override_priority(priority=priority, why=before.get("priority_why", event.tenant.priority_why), **at)
        else:
            reset_priority(**at)
    else:
        change_tenant(today=timezone.localdate(), **at, **values_before(Tenant, before, FIELDS))


def restore_partner(event: Event, by: User) -> None:
    """Takes back that a partner company was added, changed or removed."""
    partner = row_of(event, Partner.objects.filter(tenant=event.tenant_id))
    if event.verb == "removed":
        add_partner(tenant_id=event.tenant_id, by=by, **event.before)
    elif partner is None:
        raise Refused(GONE)
    elif event.verb == "added":
        remove_partner(partner=partner, by=by)
    else:
        change_partner(partner=partner, by=by, **event.before)


def _put_priority(tenant_id: int, values: dict[str, str], by: User, seen: Mapping[str, Any] | None) -> Event | None:
    tenant = lock_tenant(tenant_id)
    changes = overtaking.put(tenant, values, seen=seen, object=_about(tenant), tenant=tenant)
    if not changes:
        return None
    tenant.save(update_fields=["priority", "priority_why"])
    return _tell(tenant, changes.before, changes.after, by)


def _put_partner(
    verb: str, partner: Partner, values: Mapping[str, str], by: User, seen: Mapping[str, Any] | None = None
) -> Event | None:
    said = {name: " ".join(values[name].split()) for name in PARTNER_FIELDS if name in values}
    about, tenant = f"partner:{partner.pk}", partner.tenant
    changes = overtaking.put(partner, said, seen=seen, object=about, tenant=tenant)
    if not partner.name:
        raise Refused("Give the name of the company.", "name")
    if not changes:
        return None
    partner.name_folded = fold(partner.name)
    if tenant.partners.exclude(pk=partner.pk).filter(name_folded=partner.name_folded).exists():
        raise Refused(f"{partner.name} is listed already.", "name")
    partner.save()
    about = f"partner:{partner.pk}"
    return events.record(verb, about, by=by, tenant=tenant, before=changes.before, after=changes.after)


def _about(tenant: Tenant) -> str:
    return f"tenant:{tenant.pk}"


def _tell(tenant: Tenant, before: dict, after: dict, by: User) -> Event:
    return events.record("changed", _about(tenant), by=by, tenant=tenant, before=before, after=after)
