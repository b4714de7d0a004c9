"""The ledger as pages: why somebody did, or did not, get a message."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.utils import timezone

from engagements import access
from engagements.models import Engagement, Reminder, User
from engagements.selectors.days import day

PER_PAGE = 50
State = Reminder.State
SHAPES = {
    State.PLANNED: {"kind": "open", "word": "Planned"},
    State.CLAIMED: {"kind": "progress", "word": "Being sent"},
    State.SENT: {"kind": "done", "word": "Sent"},
    State.DROPPED: {"kind": "off", "word": "Not sent"},
    State.ASIDE: {"kind": "blocked", "word": "Set aside"},
}


def my_reminders(user: User, query: Mapping[str, str]) -> dict[str, Any]:
    """One page of what was promised to a person, the newest first."""
    return _page(Reminder.objects.filter(recipient=user), user, query)


def reminders_of(engagement: Engagement, user: User, query: Mapping[str, str]) -> dict[str, Any]:
    """The same of an engagement, its tenant and its customer: who was to hear what, and what became of it."""
    tenant = engagement.tenant
    here = Q(engagement=engagement)
    if access.may_read_internal(user):  # reviews may be those that partners never take part in
        here |= Q(engagement=None, tenant=tenant) | Q(engagement=None, tenant=None, customer=tenant.customer_id)
    return _page(Reminder.objects.filter(here), user, query)


def _page(rows: QuerySet, user: User, query: Mapping[str, str]) -> dict[str, Any]:
    rows = rows.select_related("recipient", "engagement__tenant__customer", "tenant__customer", "customer")
    page = Paginator(rows.order_by("-send_at", "-pk"), PER_PAGE).get_page(query.get("page"))
    today = timezone.localdate()
    return {
        "reminders": [_drawn(row, today, user.zone) for row in page.object_list],
        "say": f"{page.start_index()}–{page.end_index()} of {page.paginator.count}" if page.paginator.count else "",
        "count": page.paginator.count,
        "newer_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "older_url": f"?page={page.next_page_number()}" if page.has_next() else "",
    }


def _drawn(row: Reminder, today: date, zone: ZoneInfo) -> dict[str, Any]:
    engagement = row.engagement
    tenant = engagement.tenant if engagement else row.tenant
    customer = tenant.customer if tenant else row.customer
    return {
        "what": row.get_kind_display(),
        "about": day(row.due_on, today) if row.due_on else "",
        "who": str(row.recipient),
        "where": customer.name if customer else "",
        "url": engagement.get_absolute_url() if engagement else customer.get_absolute_url() if customer else "",
        "state": SHAPES[State(row.state)],
        "when": _when(row, zone),
        "why": row.reason,
    }


def _when(row: Reminder, zone: ZoneInfo) -> str:
    at = row.sent_at or (row.try_at if row.state == State.PLANNED else row.send_at)
    said = f"{at.astimezone(zone):%a %-d %b, %H:%M}"
    if row.state == State.PLANNED and row.attempts:
        return f"{said}, attempt {row.attempts + 1}"
    return said
