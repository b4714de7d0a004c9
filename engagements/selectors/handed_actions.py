"""Next actions that colleagues handed to somebody and that no other group of Today shows (R51)."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from engagements import access
from engagements.levels import WORK
from engagements.models import Engagement, NextAction
from engagements.selectors.days import due
from engagements.selectors.mine import Mine
from engagements.selectors.todo import SHOWN, Group, todo_row
from tasks.prepared import prepared


def handed_actions(mine: Mine) -> Group:
    """What is due later, and all of engagements that one only reads."""
    here = {row.pk for row in mine.open}
    found = [row for row in _handed(owner=mine.user.pk) if row.engagement_id not in here or row.due_on > mine.today]
    seen = here | access.visible_ids(mine.user, {row.engagement_id for row in found} - here)
    found = [row for row in found if row.engagement_id in seen]
    return Group("handed-actions", "Next actions handed to you", len(found), [_row(row, mine) for row in found])


def _row(action: NextAction, mine: Mine) -> dict[str, Any]:
    giver = f"From {action.handed_by}" if action.handed_by_id else "Handed to you"
    row = todo_row(action.engagement, f"handed-{action.pk}", "overdue" if action.due_on < mine.today else "due")
    row |= {"what": action.text, "why": f"{giver}, {due(action.due_on, mine.today)}.", "lead": "a next action is new"}
    url = reverse("next_action", args=[action.pk])
    if not mine.user.has_perm(WORK):
        return row | {"action": "Open engagement", "action_url": row["url"]}
    return row | {"snooze_url": url, "returns": "snooze_url", "action": "Mark done", "post_url": url}


@prepared
def _handed(owner) -> QuerySet[NextAction]:
    rows = NextAction.objects.filter(owner=owner, done_at=None, handed_by__isnull=False)
    rows = rows.filter(engagement__status=Engagement.Status.OPEN).exclude(handed_by=owner)
    engagement = ("engagement__tenant__customer", "engagement__summary")
    return rows.select_related("handed_by", *engagement).order_by("due_on", "pk")[:SHOWN]
