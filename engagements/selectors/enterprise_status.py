"""The enterprise status of a customer as pages show it: the newest first, with who and when (R38–R40)."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from engagements import access
from engagements.enterprise import owner_role, preselected, why_not_kept
from engagements.models import Customer, EnterpriseStatus, User
from engagements.selectors.days import day
from engagements.selectors.words import late
from engagements.services.enterprise_status import texts

SHOWN = 25


def status_page(customer: Customer, user: User, today: date) -> dict[str, Any]:
    """The newest status, those before it, who owns it and whether the reader may write one."""
    rows = list(customer.enterprise_statuses.select_related("by")[: SHOWN + 1])
    winner, lists = customer.winner, strategic_lists(customer)
    why_not = why_not_kept(winner.enterprise_level if winner else None, winner is not None)
    assigned = access.may_keep_status(user, customer)
    return {
        "customer": customer,
        "here": customer.get_absolute_url(),
        "statuses": [status_row(row, today) for row in rows[:SHOWN]],
        "more": len(rows) > SHOWN,
        "last": rows[0] if rows else None,
        "why_not": why_not,
        "assigned": assigned,
        "may_write": assigned and not why_not,
        "owner": owner_role(lists),
        "reasons": preselected(lists),
        "winner": winner.name if winner else "",
    }


def newest_status(customer: Customer, user: User, today: date) -> dict[str, Any] | None:
    """The newest one for the page of the customer; nothing where the customer has none, and can have none."""
    row = customer.enterprise_statuses.select_related("by").first()
    winner = customer.winner
    if row is None and why_not_kept(winner.enterprise_level if winner else None, winner is not None):
        return None
    return {
        "url": reverse("enterprise_status", args=[customer.pk]),
        "row": status_row(row, today) if row else None,
        "may_write": access.may_keep_status(user, customer),
    }


def status_row(row: EnterpriseStatus, today: date) -> dict[str, Any]:
    """One status; ``late`` where its update is overdue, which only says something of the newest."""
    named = dict(EnterpriseStatus.Reason.choices)
    return {
        "kind": row.status,
        "word": row.get_status_display(),
        "who": str(row.by or "Somebody who is gone"),
        "when": day(timezone.localdate(row.at), today),
        "reasons": ", ".join(named.get(one, one) for one in row.reasons),
        "texts": [{"label": label, "text": text} for label, text in texts(row) if text],
        "next": day(row.next_update_on, today),
        "late": late(row.next_update_on, today),
        "review": row.review_id,
    }


def shown_status(row: EnterpriseStatus, today: date, safe: Callable[[str], str]) -> dict[str, Any]:
    """The same for a page that leaves the house: of each text what is ``safe``, and not who wrote it."""
    return {
        "kind": row.status,
        "word": row.get_status_display(),
        "texts": [{"label": label, "text": said} for label, text in texts(row) if (said := safe(text))],
        "next": day(row.next_update_on, today),
    }


def strategic_lists(customer: Customer) -> list[str]:
    """The tags of the customer, and the segment of its winner tenant."""
    names = [tag.name for tag in customer.tags.all()]
    return [*names, customer.winner.segment] if customer.winner and customer.winner.segment else names
