"""L2 and L3: the keys by which a slice of entitlements says why it stands where it stands (DOMAIN §3.4, R45)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.text import slugify

from tasks.consumption import NEW_SEATS, Consumption
from tasks.models import EngineeringReason, StatusReason


def reason_key(above: str, name: str) -> str:
    """The key of an L2 below its L1, or of an L3 below its L2: ``blocked/legal-regulatory/legal``."""
    return f"{above}/{slugify(name.replace('/', ' '), allow_unicode=True)}"


def new_seats() -> StatusReason:
    """The L2 of seats that nobody was asked about yet (R47); it is there even before the catalogue is loaded."""
    values = {"l1": Consumption.STATUS_UNKNOWN.value, "name": "New Subscription or Workload", "position": 2}
    return StatusReason.objects.get_or_create(key=NEW_SEATS, defaults=values)[0]


@dataclass(frozen=True)
class Reasons:
    """Every L2 with the L3 that one service may have below it, in the order of lists."""

    rows: tuple[tuple[StatusReason, tuple[EngineeringReason, ...]], ...]

    @classmethod
    def of(cls, service_id: int | None) -> "Reasons":
        """In three queries."""
        below = defaultdict(list)
        for detail in EngineeringReason.objects.prefetch_related("services"):
            only = {service.pk for service in detail.services.all()}
            if not only or service_id in only:
                below[detail.reason_id].append(detail)
        return cls(tuple((reason, tuple(below[reason.pk])) for reason in StatusReason.objects.all()))


def known_reasons(keys: Iterable[str], service_id: int) -> set[str]:
    """Those of the keys that a slice of the service may name."""
    keys = {key for key in keys if key}
    if not keys:
        return set()
    for_it = Q(services=None) | Q(services=service_id)
    found = EngineeringReason.objects.filter(for_it, pk__in=keys).values_list("pk", flat=True)
    return {*found, *StatusReason.objects.filter(pk__in=keys).values_list("pk", flat=True)}
