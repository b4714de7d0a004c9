"""Whether an engagement is open, parked or closed, and what would be left behind by closing it."""

from typing import Any

from django.urls import reverse

from engagements.models import Engagement
from engagements.selectors.days import day, on_day
from engagements.selectors.exits import open_key_outputs
from engagements.walk import Walk

SHAPES = {Engagement.Status.OPEN: "progress", Engagement.Status.PARKED: "paused", Engagement.Status.CLOSED: "done"}
FEW = 12


def engagement_standing(walk: Walk) -> dict[str, Any]:
    """Its state in words, its open steps and its open key outputs. They inform; closing never waits for them."""
    row = walk.engagement
    steps = [{"name": place.title, "url": place.url, "state": place.state} for place in walk.open_places]
    return {
        "crumbs": [
            {"label": "Portfolio", "url": reverse("engagement_list")},
            {"label": row.tenant.customer.name, "url": row.get_absolute_url()},
        ],
        "state": {"kind": SHAPES[Engagement.Status(row.status)], "word": row.get_status_display()},
        "said": _said(walk),
        "steps": steps[:FEW],
        "steps_more": max(0, len(steps) - FEW),
        "steps_open": len(steps),
        "key_outputs": open_key_outputs(walk),
    }


def _said(walk: Walk) -> str:
    row = walk.engagement
    if row.status == Engagement.Status.PARKED:
        return f"Until {day(row.parked_until, walk.today)}: {row.parked_reason}"
    if row.status == Engagement.Status.CLOSED:
        return f"Since {on_day(row.closed_on, walk.today)}: {row.outcome}"
    return f"Since {on_day(row.started_on, walk.today)}"
