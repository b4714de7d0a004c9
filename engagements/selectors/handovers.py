"""Handovers in lists: what waits for somebody on Today, the notice in the header, and what somebody leads."""

from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from engagements.assigning import MANAGER
from engagements.models import Engagement, Handover, User
from engagements.selectors.days import on_day
from engagements.selectors.todo import SHOWN, Group, todo_row
from tasks.prepared import prepared


def handed_to(user: User, today: date) -> Group:
    """What was offered to somebody and waits for their answer, the longest first."""
    found = _offered(receiver=user.pk)
    drawn = [
        todo_row(row.engagement, f"handover-{row.pk}", "ask")
        | {
            "url": reverse("handover_detail", args=[row.pk]),
            "what": f"{row.giver} hands this engagement to you",
            "why": f"Offered {_when(row, today)}: “{row.why}” It stays theirs until you accept.",
            "lead": f"{row.giver} hands it to you",
            "action": "Read the brief",
            "action_url": reverse("handover_detail", args=[row.pk]),
        }
        for row in found
    ]
    return Group("handovers", "Handed to you", len(found), drawn)


@prepared
def _offered(receiver) -> QuerySet[Handover]:
    rows = Handover.objects.filter(receiver=receiver, decision=Handover.Decision.OPEN)
    rows = rows.exclude(engagement__status=Engagement.Status.CLOSED).order_by("offered_at", "pk")
    return rows.select_related("giver", "engagement__tenant__customer", "engagement__summary")[:SHOWN]


def handover_notice(engagement: Engagement, today: date) -> dict[str, str] | None:
    """ "Being handed to Ben Adler": who stays responsible until then; no query where nothing is offered."""
    pk = getattr(engagement, "open_handover", None)
    row = Handover.objects.select_related("giver", "receiver").filter(pk=pk).first() if pk else None
    if row is None:
        return None
    return {
        "tone": "amber",
        "strong": f"Being handed to {row.receiver}.",
        "text": f"Offered {_when(row, today)}; {row.giver} stays responsible until it is accepted.",
        "url": reverse("handover_detail", args=[row.pk]),
        "label": "Read the brief",
    }


def _when(row: Handover, today: date) -> str:
    return on_day(timezone.localdate(row.offered_at), today)


def led_by(user: User) -> list[Engagement]:
    """The engagements that are not closed where somebody is the primary FastTrack Manager."""
    leads = user.assignments.filter(role__name=MANAGER, primary=True)
    at = Q(tenant__in=leads.values("tenant")) | Q(tenant__customer__in=leads.values("customer"))
    rows = Engagement.objects.exclude(status=Engagement.Status.CLOSED).filter(at)
    return list(rows.select_related("tenant__customer", "summary").order_by("tenant__name_folded", "pk"))
