"""The Tenant tab of an engagement: how the tenant stands, its priority, place and size, tags, partner companies."""

from datetime import date
from typing import Any

from django.forms import BaseForm
from django.urls import reverse
from django.utils import timezone

from engagements.models import Engagement, Tenant
from engagements.priority import by_seats
from engagements.selectors.days import day
from engagements.selectors.record import pair, section
from engagements.selectors.words import count


def tenant_page(
    engagement: Engagement, today: date, *, may_edit: bool, editing: str = "", form: BaseForm | None = None
) -> dict[str, Any]:
    """Everything below the header, in two queries. ``editing`` is the open section."""
    tenant = engagement.tenant
    at = {"engagement": engagement, "may_edit": may_edit, "editing": editing, "form": form}
    return {
        "here": reverse("engagement_tenant", args=[engagement.pk]),
        "tenant": tenant,
        "facts": _facts(tenant, today),
        "standing": _section("standing", "Standing", _standing(tenant, today), **at),
        "place": _section("place", "Place and size", _place(tenant), **at),
        "priority": _section("priority", "Priority", _priority(tenant), **at),
        "tags": _section("tags", "Tags", [pair("Tags", ", ".join(_tags(tenant)), empty="None")], **at),
        "is_overridden": bool(tenant.priority),
        "partners": [
            {"pk": one.pk, "key": f"partner-{one.pk}", "name": one.name, "mpn_id": one.mpn_id}
            for one in tenant.partners.all()
        ],
        "editing": editing,
        "form": form,
        "may_edit": may_edit,
    }


def _section(
    key: str, title: str, pairs: list, *, engagement: Engagement, may_edit: bool, editing: str, form: BaseForm | None
) -> dict[str, Any]:
    url = reverse("tenant_edit", args=[engagement.pk, key])
    return section(key, title, pairs, url=url, may_edit=may_edit, form=form if editing == key else None)


def _facts(tenant: Tenant, today: date) -> list[dict[str, Any]]:
    """What stands once and for all."""
    days = (today - timezone.localtime(tenant.created_at).date()).days
    return [
        pair("Tenant ID", tenant.guid),
        pair("Domain", tenant.domain),
        pair("In FastTrack for", count(max(days, 0), "day")),
    ]


def _standing(tenant: Tenant, today: date) -> list[dict[str, Any]]:
    since = f"since {day(tenant.status_on, today)}" if tenant.status_on else ""
    return [
        pair("Overall status", tenant.status, note=since, empty="Not said"),
        pair("Segment", tenant.segment),
        pair("WinRoom reason", tenant.winroom_reason, empty="None"),
    ]


def _place(tenant: Tenant) -> list[dict[str, Any]]:
    return [
        pair("Country", tenant.country),
        pair("Time zone", tenant.time_zone),
        pair("Seats", f"{tenant.seats:,}"),
        pair("Is Enterprise", tenant.get_enterprise_level_display() or "", empty="No"),
    ]


def _priority(tenant: Tenant) -> list[dict[str, Any]]:
    default = Tenant.Priority(by_seats(tenant.seats)).label
    if not tenant.priority:
        return [pair("Priority", default, note=f"by its {count(tenant.seats, 'seat')}")]
    note = f"overridden; by its {count(tenant.seats, 'seat')} it would be {default}"
    return [pair("Priority", tenant.get_priority_display(), note=note), pair("Why", tenant.priority_why)]


def _tags(tenant: Tenant) -> list[str]:
    return [tag.name for tag in tenant.tags.all()]
