"""Choosing the tenant of a new engagement; never more of them than a person reads."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse

from engagements.models import Tenant, User
from engagements.selectors.words import count

SHOWN = 20


def tenant_choices(user: User, text: str) -> dict[str, Any]:
    """The first tenants found among those at which the user may work, and how many there are."""
    found = Tenant.objects.editable_by(user)
    if text:
        found = found.matching(text)
    total = found.count()
    ids = list(found.order_by("customer__name_folded", "name_folded", "pk").values_list("pk", flat=True)[:SHOWN])
    rows = (
        Tenant.objects.select_related("customer")
        .annotate(
            has_services=Count("services", distinct=True),
            running=Count("engagements", filter=~Q(engagements__status="closed"), distinct=True),
        )
        .in_bulk(ids)
    )
    return {
        "q": text,
        "tenants": [_row(rows[pk]) for pk in ids],
        "found": count(total, "tenant"),
        "rest": f"{total - SHOWN:,} more: type a part of the name, the domain or the TPID." if total > SHOWN else "",
    }


def _row(tenant: Tenant) -> dict[str, Any]:
    return {
        "id": tenant.pk,
        "name": tenant.customer.name,
        "second": f"{tenant.name}, {tenant.domain}" if tenant.name != tenant.customer.name else tenant.domain,
        "tpid": tenant.customer.tpid,
        "services": tenant.has_services,
        "running": f"{tenant.running} open" if tenant.running else "None",
        "url": f"{reverse('engagement_new')}?{urlencode({'tenant': tenant.pk})}",
    }
