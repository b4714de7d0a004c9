"""Series of reviews and the reviews of them: planned, held, skipped (R37–R40, DOMAIN §7)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from engagements.models.cadences import CadenceInterval, CadenceRule
from engagements.models.contacts import Contact
from engagements.models.customers import Customer, Tenant
from engagements.models.notes import Note


class ReviewSeries(models.Model):
    """A cadence that was agreed with a tenant, or with a customer where its rule says so; engagements join it.

    ``every`` and ``unit`` are what was agreed; empty, the rule decides by phase and health each time. Days and
    times are those of ``time_zone``; days off are those of ``country``: both copied from the tenant, or from the
    customer's winner tenant, when the series is agreed or re-planned. Its rhythm is that of ``anchor_on``, by weekday
    or by day of the month, and ``at``: a day off or one moved review leaves both as they are (DESIGN §6).
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ENDED = "ended", "Ended"

    rule = models.ForeignKey(CadenceRule, on_delete=models.PROTECT, related_name="series")
    tenant = models.ForeignKey(Tenant, null=True, blank=True, on_delete=models.CASCADE, related_name="review_series")
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="review_series"
    )
    status = models.CharField(max_length=5, choices=Status.choices, default=Status.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="review_series")
    every = models.PositiveSmallIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=5, choices=CadenceInterval.Unit.choices, blank=True)
    anchor_on = models.DateField(
        "rhythm since", help_text="Its weekday, or its day of the month, is that of the series."
    )
    at = models.TimeField("time of day")
    minutes = models.PositiveSmallIntegerField(default=30)
    place = models.CharField("where", max_length=300, blank=True, help_text="A room, or the address of the meeting.")
    time_zone = models.CharField(max_length=60, default="UTC")
    country = models.CharField(max_length=2, blank=True)
    agreed_on = models.DateField()
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_on = models.DateField(null=True, blank=True)
    ended_why = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["rule__position", "pk"]
        verbose_name_plural = "review series"
        constraints = [
            models.CheckConstraint(
                condition=Q(tenant=None, customer__isnull=False) | Q(tenant__isnull=False, customer=None),
                name="a_series_is_of_a_tenant_or_a_customer",
            ),
            models.UniqueConstraint(
                fields=["rule", "tenant"], condition=Q(status="open", customer=None), name="one_open_series_per_tenant"
            ),
            models.UniqueConstraint(
                fields=["rule", "customer"],
                condition=Q(status="open", tenant=None),
                name="one_open_series_per_customer",
            ),
            models.CheckConstraint(
                condition=Q(every=None, unit="") | (Q(every__gte=1) & ~Q(unit="")),
                name="agreed_interval_is_whole",
                violation_error_message="An interval is at least 1; every 0 weeks would never end.",
            ),
            models.CheckConstraint(
                condition=Q(status="open", ended_on=None) | Q(status="ended", ended_on__isnull=False),
                name="a_series_ends_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} of {self.tenant or self.customer}"


class Review(models.Model):
    """One occurrence. What sweeps compare is stored when it is planned (DESIGN §6): instants in UTC, and the days
    on which people are reminded, told that it is late, and on which the team manager hears of it.

    ``uid`` and ``sequence`` are those of the calendar: whatever moves keeps the one and raises the other.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        HELD = "held", "Held"
        SKIPPED = "skipped", "Skipped"
        CANCELLED = "cancelled", "Cancelled"

    series = models.ForeignKey(ReviewSeries, on_delete=models.CASCADE, related_name="reviews")
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    on = models.DateField()
    at = models.TimeField()
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(default=30)
    place = models.CharField("where", max_length=300, blank=True)
    first_on = models.DateField(help_text="The day it was first planned for; moves are counted from here.")
    beat_on = models.DateField(
        "day of the rhythm",
        help_text="The day of the rhythm that it stands for, wherever it was moved; the next one is counted from here.",
    )
    remind_on = models.DateField()
    late_on = models.DateField(help_text="The day after it, if it was not held.")
    escalate_on = models.DateField()
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    why = models.CharField("reason of the last move, skip or cancellation", max_length=500, blank=True)
    on_site = models.BooleanField(default=False)
    on_site_approved_by = models.CharField(max_length=120, blank=True)
    on_site_why = models.CharField("outcomes that need people on site (R37)", max_length=500, blank=True)
    milestones = models.TextField(blank=True)
    risks = models.TextField(blank=True)
    blockers = models.TextField(blank=True)
    decisions = models.TextField(blank=True)
    asks = models.TextField(blank=True)
    note = models.OneToOneField(Note, null=True, blank=True, on_delete=models.PROTECT, related_name="review")
    held_on = models.DateField(null=True, blank=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField(help_text="When it last changed, for calendars.")

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["series"], condition=Q(state="planned"), name="one_planned_review"),
            models.CheckConstraint(
                condition=Q(state="held", held_on__isnull=False) | (~Q(state="held") & Q(held_on=None)),
                name="held_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["skipped", "cancelled"]) | ~Q(why=""), name="not_held_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(on_site=False) | (~Q(on_site_approved_by="") & ~Q(on_site_why="")),
                name="on_site_is_approved_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["series", "-on"]),
            models.Index(fields=["on"], condition=Q(state="planned"), name="reviews_planned"),
            models.Index(fields=["remind_on"], condition=Q(state="planned"), name="reviews_to_remind"),
            models.Index(fields=["late_on"], condition=Q(state="planned"), name="reviews_late"),
            models.Index(fields=["escalate_on"], condition=Q(state="planned"), name="reviews_to_escalate"),
        ]

    def __str__(self) -> str:
        return f"{self.series} on {self.on}"


class Attendance(models.Model):
    """Who was asked to a review, and whether they came: a contact, or a colleague."""

    class State(models.TextChoices):
        INVITED = "invited", "Invited"
        CAME = "came", "Took part"
        MISSED = "missed", "Did not come"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="attendance")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    state = models.CharField(max_length=7, choices=State.choices, default=State.INVITED)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "attendance"
        constraints = [
            models.CheckConstraint(
                condition=Q(contact=None, user__isnull=False) | Q(contact__isnull=False, user=None),
                name="attended_by_a_contact_or_a_colleague",
            ),
            models.UniqueConstraint(
                fields=["review", "contact"], condition=Q(user=None), name="a_contact_attends_once"
            ),
            models.UniqueConstraint(
                fields=["review", "user"], condition=Q(contact=None), name="a_colleague_attends_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id or self.user_id}: {self.state}"


class EnterpriseStatus(models.Model):
    """What leadership reads of a customer, as it was written on a day; none is overwritten (DOMAIN §3.7, R38–R40).

    ``status`` is about effort, not about usage: Red none, Yellow slowed, Green as expected.
    """

    class Status(models.TextChoices):
        RED = "red", "Red"
        YELLOW = "yellow", "Yellow"
        GREEN = "green", "Green"

    class Reason(models.TextChoices):
        IT_MATURITY = "it-maturity", "IT Maturity"
        ABOVE_50K = "above-50k", ">50k"
        EXEC = "exec", "Exec Relationship"
        REACTIVE = "reactive", "Reactive"
        BRAND = "brand", "Major Brand"
        NEW_FEATURE = "new-feature", "New Feature/Experiment"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="enterprise_statuses")
    review = models.OneToOneField(
        Review, null=True, blank=True, on_delete=models.SET_NULL, related_name="enterprise_status"
    )
    status = models.CharField(max_length=6, choices=Status.choices)
    reasons = models.JSONField(default=list)
    summary = models.CharField("exec summary", max_length=256)
    overview = models.TextField("deployment status, current overview")
    activities = models.TextField("current FTC activities", blank=True)
    risks = models.CharField(max_length=512, blank=True)
    brand = models.CharField("public or brand name", max_length=200, blank=True)
    awareness = models.CharField(max_length=512, blank=True)
    next_update_on = models.DateField("next update")
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "enterprise statuses"
        indexes = [models.Index(fields=["customer", "-at"])]

    def __str__(self) -> str:
        return f"{self.get_status_display()} on {self.on}"
