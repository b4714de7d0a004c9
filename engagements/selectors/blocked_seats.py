"""How many seats of each service were Blocked on a day, in words that customers may read: numbers, no reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from engagements.models import Event, TenantService
from tasks.consumption import Consumption


@dataclass(frozen=True)
class BlockedSeats:
    """The Blocked seats of one service. Why they are (L2, L3, note, owner) is for colleagues."""

    service: str
    blocked: int
    total: int

    def __str__(self) -> str:
        if self.blocked == self.total:
            number = f"all {self.total:,} seats are" if self.total > 1 else "its only seat is"
        else:
            number = f"{self.blocked:,} of {self.total:,} seats {'is' if self.blocked == 1 else 'are'}"
        return f"{self.service}: {number} blocked"

    def is_told_by(self, line: str) -> bool:
        """Whether a line is such a sentence about this service, perhaps with an older number."""
        return line.startswith(f"{self.service}: ") and line.rstrip(".").endswith(("seats are blocked", "is blocked"))


def blocked_seats(rows: Sequence[TenantService], on: date, today: date) -> list[BlockedSeats]:
    """The services with Blocked seats at the end of ``on``, in the order of ``rows``; at most one query.

    The slices are those of now; for a day before today, the first change after it says what it was that day.
    """
    earlier = _grids_before(rows, on) if on < today else {}
    several = len({row.tenant_id for row in rows}) > 1
    found = []
    for row in rows:
        grid = earlier.get((row.tenant_id, row.service_id), [(one.l1, one.count) for one in row.placed])
        blocked = sum(count for l1, count in grid if l1 == Consumption.BLOCKED)
        if blocked:
            name = f"{row.tenant.name}, {row.service.label}" if several else row.service.label
            found.append(BlockedSeats(name, blocked, sum(count for _, count in grid)))
    return found


def _grids_before(rows: Sequence[TenantService], on: date) -> dict[tuple[int, int], list[tuple[str, int]]]:
    """(tenant, service) → (L1, seats) as they were before the first change after a day."""
    after = timezone.make_aware(datetime.combine(on + timedelta(days=1), time.min))
    objects = {f"slices:{row.service_id}" for row in rows}
    changes = Event.objects.filter(
        tenant__in={row.tenant_id for row in rows}, verb="placed", object__in=objects, at__gte=after
    )
    found: dict[tuple[int, int], list[tuple[str, int]]] = {}
    for tenant, changed, before in changes.order_by("at", "pk").values_list("tenant", "object", "before"):
        grid = [(one["l1"], one["count"]) for one in before.get("grid", ())]
        found.setdefault((tenant, int(changed.partition(":")[2])), grid)
    return found
