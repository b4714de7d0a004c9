"""What a review talks about: everything that happened since the last one, over all open engagements it covers.

Read once in a constant number of queries; drawn by ``review_page``, put into words by ``review_draft``.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone

from engagements import access
from engagements.adoption.dibs import missing_dibs
from engagements.adoption.tenant_services import usage_of
from engagements.models import (
    Customer,
    Engagement,
    Event,
    HealthRating,
    NextAction,
    Note,
    Receipt,
    Referral,
    Review,
    TaskRecord,
    TenantService,
    UsageReading,
    User,
    Waiver,
)
from engagements.selectors.health import health_groups
from engagements.selectors.history.objects import words_of
from engagements.selectors.history.page import told_rows
from engagements.usage import Usage

MOST = 40  # of anything that a page lists
READINGS = 26
# Of the kind "services" all but the counting itself, which has its own section.
MOVED = [word for word in words_of("services") if word != "usage"]


@dataclass
class ReviewFacts:
    """The rows behind one review, for one reader and one day."""

    review: Review
    user: User
    today: date

    @cached_property
    def customer(self) -> Customer:
        return self.review.series.customer or self.review.series.tenant.customer

    @cached_property
    def last(self) -> Review | None:
        """The one of the series that was held before this one."""
        rows = self.review.series.reviews.filter(state=Review.State.HELD).exclude(pk=self.review.pk)
        if self.review.held_on:
            rows = rows.filter(held_on__lte=self.review.held_on, pk__lt=self.review.pk)
        return rows.select_related("note").order_by("-held_on", "-pk").first()

    @cached_property
    def since(self) -> datetime:
        """When the last one was closed, or the beginning of the series."""
        if self.last and self.last.note:
            return self.last.note.created_at
        on = self.last.held_on if self.last else self.review.series.agreed_on
        return timezone.make_aware(datetime.combine(on, time.min))

    @cached_property
    def engagements(self) -> list[Engagement]:
        """The open ones that the reader sees, the newest first."""
        series = self.review.series
        at = Q(tenant=series.tenant_id) if series.tenant_id else Q(tenant__customer=series.customer_id)
        rows = Engagement.objects.visible_to(self.user).filter(at).exclude(status=Engagement.Status.CLOSED)
        rows = rows.select_related("tenant__customer", "summary").prefetch_related("motions", "services")
        return list(rows.order_by("-pk"))

    @property
    def ids(self) -> list[int]:
        return [row.pk for row in self.engagements]

    @property
    def tenants(self) -> list[int]:
        return list({row.tenant_id for row in self.engagements})

    @cached_property
    def receipts(self) -> list[Receipt]:
        """Steps completed since, that nobody reopened."""
        rows = Receipt.objects.filter(engagement__in=self.ids, completed_at__gte=self.since, reopened_at=None)
        rows = rows.defer("gate_input").select_related("run__step__process", "run__service", "completed_by")
        return list(rows.order_by("-completed_at")[:MOST])

    @cached_property
    def notes(self) -> list[Note]:
        rows = Note.objects.filter(engagement__in=self.ids, created_at__gt=self.since)
        return list(rows.select_related("author").order_by("-created_at", "-pk")[:MOST])

    @cached_property
    def actions(self) -> list[NextAction]:
        """What is open, the oldest first."""
        rows = NextAction.objects.filter(engagement__in=self.ids, done_at=None).select_related("owner")
        return list(rows.order_by("due_on", "pk")[:MOST])

    @cached_property
    def done(self) -> list[NextAction]:
        rows = NextAction.objects.filter(engagement__in=self.ids, done_at__gte=self.since).select_related("owner")
        return list(rows.order_by("-done_at")[:MOST])

    @cached_property
    def blocked(self) -> list[TaskRecord]:
        rows = TaskRecord.objects.filter(engagement__in=self.ids, status__startswith="Blocked-")
        return list(rows.select_related("task").order_by("changed_at")[:MOST])

    @cached_property
    def waivers(self) -> list[Waiver]:
        """Those that nobody has decided."""
        rows = Waiver.objects.filter(run__engagement__in=self.ids, decision=Waiver.Decision.OPEN)
        rows = rows.select_related("requirement", "task", "run__step__process", "asked_by")
        return list(rows.order_by("asked_at")[:MOST])

    @cached_property
    def late_referrals(self) -> list[Referral]:
        """Sent, and no partner has been in touch by the day they had; partners do not read of it (R60)."""
        if not self.internal:
            return []
        silent = Q(partners__outcome="", partners__contacted_on=None)
        rows = Referral.objects.filter(silent, engagement__in=self.ids, closed_on=None, contact_due_on__lt=self.today)
        return list(rows.defer("mail_subject", "mail_body").distinct()[:MOST])

    @cached_property
    def internal(self) -> bool:
        return access.may_read_internal(self.user)

    @cached_property
    def services(self) -> list[TenantService]:
        """The services in scope of any of the engagements."""
        wanted = {(row.tenant_id, service.pk) for row in self.engagements for service in row.services.all()}
        rows = TenantService.objects.filter(tenant__in=self.tenants).with_usage()
        rows = rows.select_related("service", "tenant", "adoption").prefetch_related("slices")
        return [row for row in rows if (row.tenant_id, row.service_id) in wanted]

    @cached_property
    def usage(self) -> list[tuple[TenantService, Usage]]:
        return [(row, usage_of(row)) for row in self.services]

    @cached_property
    def readings(self) -> dict[int, list[UsageReading]]:
        """tenant service id → its last readings, the newest first."""
        found = defaultdict(list)
        rows = UsageReading.objects.filter(tenant_service__in=[row.pk for row in self.services])
        for row in rows.order_by("-on", "-pk"):
            if len(found[row.tenant_service_id]) < READINGS:
                found[row.tenant_service_id].append(row)
        return found

    @cached_property
    def lacking(self) -> list[tuple[TenantService, list[str]]]:
        """Services whose DIBS are not complete, with what they lack."""
        return [(row, lacks) for row in self.services if (lacks := missing_dibs(row))]

    @cached_property
    def moved(self) -> list[dict[str, str]]:
        """DIBS, SSAT and statuses that moved since, as the history tells them."""
        said = Q()
        for word in MOVED:
            said |= Q(object__startswith=f"{word}:")
        at = Q(tenant__in=self.tenants, engagement=None) | Q(engagement__in=self.ids)
        rows = Event.objects.filter(said, at, at__gte=self.since).select_related("actor").order_by("-at", "-pk")
        return told_rows(rows[:MOST], self.today, internal=self.internal)

    @cached_property
    def health(self) -> dict[str, Any]:
        """The overall colour with its last year."""
        return health_groups(self.customer, self.today)[HealthRating.Group.OVERALL]

    def engagement(self, pk: int) -> Engagement:
        return next(row for row in self.engagements if row.pk == pk)
