"""What stands in somebody's calendar: reviews that they lead or whose tenants are theirs, and their next actions."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Q

from engagements import access
from engagements.customer_safe import colleague, customer_line
from engagements.ics import AllDay, Meeting, calendar
from engagements.models import CadenceRule, Customer, Engagement, NextAction, Review, Tenant, User
from engagements.reminding.mails import link
from engagements.reminding.writing import review_page
from engagements.services.disclosure import disclosure, is_for_customers

BACK, AHEAD = timedelta(days=60), timedelta(days=180)
MOST = 2_000
LEFT = (Review.State.SKIPPED, Review.State.CANCELLED)


def feed(user: User, today: date) -> bytes:
    """The calendar of a person for two months back and six ahead; three queries, whatever it holds."""
    days = (today - BACK, today + AHEAD)
    meetings = [_meeting(row, user) for row in _reviews(user, days)]
    return calendar("FastTrack Desk", meetings, [_due(row, user) for row in _actions(user, days)])


def one_review(review: Review, user: User) -> bytes:
    """A review as a file to open; opened again after it moved, it moves there too.

    Where customers attend, the file may be passed on to them, so it holds only what they may read.
    """
    lead = review.series.owner
    whose = (str(lead), lead.email) if lead.email else None
    made = _meeting_for_customers if is_for_customers(review) else _meeting
    return calendar("FastTrack Desk", [made(review, user, whose)], method="PUBLISH")


def _reviews(user: User, days: tuple[date, date]):
    """Those that the person may see: what they lead while they have access, and what is their tenants'."""
    tenants, customers = Tenant.objects.assigned_to(user), Customer.objects.assigned_to(user)
    mine = Q(series__tenant__in=tenants.values("pk")) | Q(series__customer__in=customers.values("pk"))
    leads = Q(series__owner=user)
    if not user.has_perm("engagements.view_all_engagements"):
        leads &= mine
    rows = Review.objects.filter(leads | mine, on__range=days)
    if not access.may_read_internal(user):
        rows = rows.exclude(series__rule__partner=CadenceRule.Audience.NEVER)
    rows = rows.select_related("series__rule", "series__owner", "series__tenant__customer", "series__customer")
    return rows.order_by("on", "pk")[:MOST]


def _actions(user: User, days: tuple[date, date]):
    seen = Engagement.objects.visible_to(user).filter(status=Engagement.Status.OPEN)
    rows = NextAction.objects.filter(owner=user, done_at=None, due_on__range=days, engagement__in=seen.values("pk"))
    return rows.select_related("engagement__tenant__customer", "note").order_by("due_on", "pk")[:MOST]


def _meeting(review: Review, user: User, lead: tuple[str, str] | None = None) -> Meeting:
    series = review.series
    customer = series.customer or series.tenant.customer
    where = f"{customer}, {series.tenant}" if series.tenant and series.tenant.name != customer.name else str(customer)
    by = "" if series.owner_id == user.pk else f" Led by {series.owner}."
    return Meeting(
        uid=str(review.uid),
        sequence=review.sequence,
        starts_at=review.starts_at.astimezone(UTC),
        minutes=review.minutes,
        title=f"{customer}: {series.rule.name}",
        about=f"{series.rule.name} with {where}.{by} {_state(review)}".strip(),
        place=review.place,
        url=link(review_page(review)),
        changed_at=review.changed_at.astimezone(UTC),
        is_planned=review.state == Review.State.PLANNED,
        is_cancelled=review.state in LEFT,
        lead=lead,
    )


def _meeting_for_customers(review: Review, user: User, lead: tuple[str, str] | None = None) -> Meeting:
    """The review without the address of the desk, and of its texts what customers may read.

    Who leads it is the organizer, and named, only where the team shows colleagues by name.
    """
    series = review.series
    customer = series.customer or series.tenant.customer
    rules = disclosure(customer, users=[series.owner])
    name = customer_line(series.rule.name, rules) or "Review"
    where = f"{customer}, {series.tenant}" if series.tenant and series.tenant.name != customer.name else str(customer)
    leader = colleague(str(series.owner), rules)
    state = "" if review.state == Review.State.PLANNED else f" {_state(review)}"
    return replace(
        _meeting(review, user, lead if leader == str(series.owner) else None),
        title=f"{customer}: {name}",
        about=f"{name} with {where}. Led by {leader}.{state}",
        place=customer_line(review.place, rules),
        url="",
    )


def _state(review: Review) -> str:
    if review.state == Review.State.PLANNED:
        return "It opens prepared with what changed since the last one:"
    return "It was held." if review.state == Review.State.HELD else f"It was {review.get_state_display().lower()}."


def _due(action: NextAction, user: User) -> AllDay:
    engagement = action.engagement
    written_at = action.note.created_at if action.note else datetime.combine(action.due_on, time(), UTC)
    return AllDay(
        uid=f"next-action-{action.pk}@{settings.MAIL_ID_DOMAIN}",
        on=action.due_on,
        title=f"{engagement.tenant.customer}: {action.text}",
        url=link(engagement.get_absolute_url()),
        changed_at=written_at.astimezone(UTC),
        at=user.morning_at,
    )
