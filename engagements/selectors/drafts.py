"""The drafts of one person: which, where, and how many more they may have (R50)."""

from datetime import date
from typing import Any

from django.urls import reverse

from engagements import access
from engagements.models import Engagement, Note, NoteDraft, User
from engagements.selectors.composer import draft_line
from engagements.services.drafts import MOST


def draft_rows(user: User, today: date) -> dict[str, Any]:
    """Newest first, in two queries. Whoever lost access to an engagement still has their own words."""
    found = list(NoteDraft.objects.filter(user=user).select_related("engagement__tenant__customer"))
    here = {row.engagement_id for row in found}
    seen = access.visible_ids(user, here)
    categories = dict(Note.Category.choices)
    rows = [
        draft_line(draft, today)
        | {
            "delete_url": reverse("draft_delete", args=[draft.pk]),
            "customer": draft.engagement.tenant.customer.name if draft.engagement_id in seen else "",
            "category": categories.get(str(draft.values.get("category")), ""),
            "text": str(draft.values.get("body", "")),
            "next": str(draft.values.get("next_action", "")),
            "may_go_on": draft.engagement_id in seen and draft.engagement.status != Engagement.Status.CLOSED,
        }
        for draft in found
    ]
    return {"drafts": rows, "most": MOST, "left": max(0, MOST - len(rows))}
