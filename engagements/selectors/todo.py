"""The groups and rows that Today is made of, as its components take them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from engagements.models import Engagement
from engagements.selectors.days import day
from engagements.selectors.health import health_chip

SHOWN = 50


@dataclass
class Group:
    """One heading of the page. ``count`` may be more than the rows shown; ``all_url`` leads to the rest."""

    key: str
    title: str
    count: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    all_url: str = ""
    is_urgent: bool = True

    @property
    def said(self) -> str:
        return f"{self.count:,}"

    @property
    def rest(self) -> str:
        """The words of the link to what is not shown."""
        hidden = self.count - len(self.rows)
        return f"{hidden:,} more in the portfolio" if hidden else ""


def todo_row(engagement: Engagement, row_id: str, kind: str) -> dict[str, Any]:
    """What every row of components/todo_row.html begins with."""
    tenant = engagement.tenant
    return {
        "id": row_id,
        "kind": kind,
        "customer": tenant.customer.name if tenant.name == tenant.customer.name else f"{tenant.customer}, {tenant}",
        "url": reverse("engagement_detail", args=[engagement.pk]),
        "phase": engagement.summary.phase,
        **_health(engagement),
    }


def _health(engagement: Engagement) -> dict[str, str]:
    """The colour of the customer; what nobody rated takes no room in a list of things to do."""
    if not engagement.summary.health:
        return {}
    chip = health_chip(engagement.summary, timezone.localdate())
    return {"health": chip["kind"], "health_word": chip["word"]}


def within(on: date, today: date) -> str:
    """A day inside a sentence."""
    return "today" if on == today else day(on, today)
