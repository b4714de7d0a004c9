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

    class Ending(models.TextChoices):
        """How an engagement ended; the outcome says it in words."""

        DISENGAGED = "disengaged", "Disengaged: what was asked for is done"
        HANDED_OVER = "handed-over", "Handed to the Customer Success Manager"
        WITHDREW = "withdrew", "The customer withdrew"
        UNRESPONSIVE = "unresponsive", "The customer does not answer"
        CONTINUED = "continued", "Goes on in another engagement"
        MISTAKE = "mistake", "Opened by mistake"

    class Queue(models.TextChoices):
        """Where a tenant waits once FastTrack has disengaged (R27)."""

        AMERICAS = "americas", "FTCQ Inactive Americas"
        APJ = "apj", "FTCQ Inactive APJ"
        EMEA = "emea", "FTCQ Inactive EMEA"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="engagements")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="engagements")
    model = models.ForeignKey(EngagementModel, on_delete=models.PROTECT, related_name="+")
    motions = models.ManyToManyField(Motion, related_name="+")
    services = models.ManyToManyField(Service, blank=True, related_name="+", help_text="The services in scope.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    parked_until = models.DateField(null=True, blank=True)
    parked_reason = models.CharField(max_length=500, blank=True)
    ended_as = models.CharField("how it ended", max_length=12, choices=Ending.choices, blank=True)
    outcome = models.CharField(max_length=500, blank=True)
    queue = models.CharField("queue to move to", max_length=8, choices=Queue.choices, blank=True)
    queue_asked_on = models.DateField("move requested on", null=True, blank=True)
    queue_moved_on = models.DateField("moved on", null=True, blank=True)
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
            models.CheckConstraint(
                condition=Q(queue="", queue_asked_on__isnull=True, queue_moved_on__isnull=True)
                | (~Q(queue="") & Q(queue_asked_on__isnull=False)),
                name="moved_to_a_queue_that_was_asked_for",
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
    handshake_step_key = models.CharField(max_length=300, blank=True)
    handshake_title = models.CharField(max_length=300, blank=True)
    handshake_why = models.CharField(max_length=500, blank=True, help_text="Why it is due, for which services.")
    dibs_missing = models.CharField(max_length=500, blank=True)
    dibs_missing_count = models.PositiveIntegerField(default=0)
    dibs_due_on = models.DateField(null=True, blank=True, db_index=True)
    next_action_on = models.DateField(null=True, blank=True, db_index=True)
    waivers_open = models.PositiveIntegerField(default=0)
    health = models.CharField(max_length=6, blank=True, help_text="The overall colour of the customer.")
    health_on = models.DateField(null=True, blank=True, help_text="Since when it has this colour.")
    health_rated_on = models.DateField(null=True, blank=True, help_text="When it was rated or confirmed last.")
    health_until = models.DateField(
        null=True, blank=True, help_text="Until when the colour stands without being confirmed."
    )
    next_review_on = models.DateField(null=True, blank=True, db_index=True)
    next_review = models.CharField(max_length=80, blank=True, help_text="Which kind it is.")
    active_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Active users of the services in scope, of 100 seats."
    )
    referral_due_on = models.DateField(
        null=True, blank=True, db_index=True, help_text="By when the partners of an open referral make contact (R8)."
    )
    found_by = models.TextField(
        editable=False, default="", help_text="The folded names of customer and tenant, and the domain, a line each."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "engagement summaries"
        indexes = [
            models.Index(fields=["found_by", "engagement"], name="found_by_a_part_of_a_name"),
            models.Index(fields=["phase_position"]),
            models.Index(fields=["steps_ready"]),
            models.Index(fields=["tasks_blocked"]),
            models.Index(fields=["health"]),
        ]

    def __str__(self) -> str:
        return f"Summary of engagement {self.engagement_id}"
