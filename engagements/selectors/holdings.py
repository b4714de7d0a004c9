"""What people still hold: what somebody else has to take over when they leave."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.text import get_text_list

from engagements.models import Assignment, Escalation, Handover, NextAction, ReviewSeries, User


@dataclass(frozen=True)
class Holdings:
    """How much of each kind one person holds."""

    user: User
    counts: dict[str, int]

    @property
    def words(self) -> str:
        """Such as "12 assignments (3 as primary) and 1 open next action"; "nothing" where there is nothing."""
        said = [_counted(self.counts[kind], kind) for kind in KINDS if self.counts.get(kind)]
        primary = self.counts.get("primary", 0)
        if primary and said:
            said[0] += f" ({primary} as primary)"
        return get_text_list(said, "and") if said else "nothing"


KINDS = {
    "assignments": ("assignment", "assignments"),
    "next actions": ("open next action", "open next actions"),
    "series": ("series of reviews", "series of reviews"),
    "handovers": ("open handover", "open handovers"),
    "escalations": ("escalation not yet acknowledged", "escalations not yet acknowledged"),
}


def holdings(users: Collection[User]) -> list[Holdings]:
    """One row for each person, in their order; as many queries for a hundred people as for one."""
    ids = [user.pk for user in users]
    assigned = Assignment.objects.filter(user__in=ids)
    handed = Handover.objects.filter(Q(giver__in=ids) | Q(receiver__in=ids), decision=Handover.Decision.OPEN)
    found = {
        "assignments": _by(assigned, "user"),
        "primary": _by(assigned.filter(primary=True), "user"),
        "next actions": _by(NextAction.objects.filter(owner__in=ids, done_at=None), "owner"),
        "series": _by(ReviewSeries.objects.filter(owner__in=ids, status=ReviewSeries.Status.OPEN), "owner"),
        "escalations": _by(Escalation.objects.filter(user__in=ids, acknowledged_at=None), "user"),
        "handovers": {},
    }
    for pair in handed.values_list("giver", "receiver"):
        for person in pair:
            found["handovers"][person] = found["handovers"].get(person, 0) + 1
    return [Holdings(user, {kind: counts.get(user.pk, 0) for kind, counts in found.items()}) for user in users]


def _by(rows: QuerySet, field: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(field).annotate(Count("pk")))


def _counted(count: int, kind: str) -> str:
    return f"{count} {KINDS[kind][count != 1]}"
