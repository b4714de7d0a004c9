"""Whether an engagement is open, parked or closed, and what would be left behind by closing it."""

from typing import Any

from django.urls import reverse

from engagements.models import Engagement, User
from engagements.selectors.days import day, on_day
from engagements.selectors.exits import open_key_outputs
from engagements.walk import Walk

SHAPES = {Engagement.Status.OPEN: "progress", Engagement.Status.PARKED: "paused", Engagement.Status.CLOSED: "done"}
FEW = 12


def engagement_standing(walk: Walk, user: User) -> dict[str, Any]:
    """Its state in words, its open steps and its open key outputs. They inform; closing never waits for them."""
    row = walk.engagement
    steps = [{"name": place.title, "url": place.url, "state": place.state} for place in walk.open_places]
    return {
        "crumbs": crumbs(row),
        "state": {"kind": SHAPES[Engagement.Status(row.status)], "word": row.get_status_display()},
        "said": _said(walk),
        "steps": steps[:FEW],
        "steps_more": max(0, len(steps) - FEW),
        "steps_open": len(steps),
        "key_outputs": open_key_outputs(walk, user, row.may_edit),
    }


def crumbs(engagement: Engagement) -> list[dict[str, str]]:
    """The way to its State page."""
    return [
        {"label": "Portfolio", "url": reverse("engagement_list")},
        {"label": engagement.tenant.customer.name, "url": engagement.get_absolute_url()},
    ]


def state_crumbs(engagement: Engagement) -> list[dict[str, str]]:
    """The way to a page below its State page."""
    return [*crumbs(engagement), {"label": "State", "url": reverse("engagement_state", args=[engagement.pk])}]


def _said(walk: Walk) -> str:
    row = walk.engagement
    if row.status == Engagement.Status.PARKED:
        return f"Until {day(row.parked_until, walk.today)}: {row.parked_reason}"
    if row.status == Engagement.Status.CLOSED:
        return f"Since {on_day(row.closed_on, walk.today)}: {row.outcome}"
    return f"Since {on_day(row.started_on, walk.today)}"
