"""An engagement, the answers to its conditions, and the row that lists read."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from engagements.models.customers import Tenant
from engagements.querysets import EngagementQuerySet
from playbook.models import Edition
from tasks.models import EngagementModel, Motion, Service


class Engagement(models.Model):
    """One run of an edition for one tenant: motions, model, services in scope, team (DESIGN §1)."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        PARKED = "parked", "Parked"
        CLOSED = "closed", "Closed"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="engagements")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="engagements")
    model = models.ForeignKey(EngagementModel, on_delete=models.PROTECT, related_name="+")
    motions = models.ManyToManyField(Motion, related_name="+")
    services = models.ManyToManyField(Service, blank=True, related_name="+", help_text="The services in scope.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    parked_until = models.DateField(null=True, blank=True)
    parked_reason = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=500, blank=True)
    started_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="opened_engagements"
    )

    objects = EngagementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("view_all_engagements", "Can read every engagement"),
            ("work_where_assigned", "Can change engagements where assigned"),
            ("grant_waiver", "Can waive requirements and mandatory tasks"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="parked", parked_until__isnull=False) | ~Q(status="parked"),
                name="parked_until_a_date",
            ),
            models.CheckConstraint(
                condition=Q(status="closed", closed_on__isnull=False) | ~Q(status="closed"), name="closed_on_a_date"
            ),
        ]

    def __str__(self) -> str:
        return f"Engagement {self.pk} with {self.tenant}"

    def get_absolute_url(self) -> str:
        return reverse("engagement_detail", args=[self.pk])


class ConditionAnswer(models.Model):
    """What a person answered to a condition, when and why; the newest answer of each question holds."""

    class Answer(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        UNKNOWN = "unknown", "Not known"

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="answers")
    key = models.CharField(max_length=80)
    service = models.ForeignKey(Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=7, choices=Answer.choices)
    why = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["engagement", "key"])]

    def __str__(self) -> str:
        return f"{self.key}: {self.answer}"


class EngagementSummary(models.Model):
    """What lists filter and sort by. Written with every change, rebuilt by ``rebuild_summaries``.

    Nothing decides from it; "overdue" compares the stored dates with the reader's today (DESIGN §3).
    """

    engagement = models.OneToOneField(Engagement, primary_key=True, on_delete=models.CASCADE, related_name="summary")
    phase = models.CharField(max_length=60, blank=True)
    phase_position = models.PositiveSmallIntegerField(default=99)
    process_title = models.CharField(max_length=300, blank=True)
    next_step_key = models.CharField(max_length=300, blank=True)
    next_step_title = models.CharField(max_length=300, blank=True)
    next_step_role = models.CharField(max_length=120, blank=True)
    next_step_left = models.PositiveIntegerField(default=0)
    steps_total = models.PositiveIntegerField(default=0)
    steps_done = models.PositiveIntegerField(default=0)
    ready_step_key = models.CharField(max_length=300, blank=True)
    ready_step_title = models.CharField(max_length=300, blank=True)
    steps_ready = models.PositiveIntegerField(default=0)
    tasks_blocked = models.PositiveIntegerField(default=0)
    blocked_task = models.CharField(max_length=400, blank=True)
    blocked_status = models.CharField(max_length=40, blank=True)
    blocked_step_key = models.CharField(max_length=300, blank=True)
    blocked_since = models.DateField(null=True, blank=True)
    steps_shaken = models.PositiveIntegerField(default=0, help_text="Completed steps whose live data no longer holds.")
    dibs_missing = models.CharField(max_length=500, blank=True)
    dibs_missing_count = models.PositiveIntegerField(default=0)
    dibs_due_on = models.DateField(null=True, blank=True, db_index=True)
    next_action_on = models.DateField(null=True, blank=True, db_index=True)
    waivers_open = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "engagement summaries"
        indexes = [
            models.Index(fields=["phase_position"]),
            models.Index(fields=["steps_ready"]),
            models.Index(fields=["tasks_blocked"]),
        ]

    def __str__(self) -> str:
        return f"Summary of engagement {self.engagement_id}"
