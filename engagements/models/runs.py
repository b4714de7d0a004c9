"""The state of steps and tasks within an engagement: rows exist only once something happened."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from engagements.models.engagements import Engagement
from engagements.models.notes import Note
from playbook.models import Requirement, Step
from tasks.models import FtopTask, Service
from tasks.statuses import CHOICES, TaskStatus

PERSON = {"null": True, "on_delete": models.SET_NULL, "related_name": "+"}


class StepRun(models.Model):
    """A step of an engagement that was started; ``service`` is set where the step runs per service (R26)."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="step_runs")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    needs_another_look = models.CharField(
        max_length=500, blank=True, help_text="Why: a step it relied on was reopened."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "step"], condition=Q(service__isnull=True), name="one_run_per_step"
            ),
            models.UniqueConstraint(
                fields=["engagement", "step", "service"],
                condition=Q(service__isnull=False),
                name="one_run_per_step_and_service",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} in engagement {self.engagement_id}"


class TaskRecord(models.Model):
    """The state of an FTOP number within an engagement, whichever steps list it."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="task_records")
    task = models.ForeignKey(FtopTask, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=40, choices=CHOICES, default=TaskStatus.NOT_STARTED.value)
    percent = models.PositiveSmallIntegerField("% complete", default=0)
    reason = models.CharField(max_length=500, blank=True)
    waived = models.BooleanField(default=False, help_text="Not Required, set by somebody who may waive.")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["engagement", "task"], name="one_record_per_number"),
            models.CheckConstraint(condition=Q(percent__lte=100), name="percent_up_to_100"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id}: {self.status}"


class Evidence(models.Model):
    """The link from a requirement to the note that documents it, or to a person's statement.

    Without a requirement, a note is evidence for the step as a whole.
    """

    class Kind(models.TextChoices):
        NOTE = "note", "Note"
        ATTESTATION = "attestation", "Attestation"

    run = models.ForeignKey(StepRun, on_delete=models.CASCADE, related_name="evidence")
    requirement = models.ForeignKey(Requirement, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    note = models.ForeignKey(Note, null=True, blank=True, on_delete=models.PROTECT, related_name="documents")
    text = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["run", "requirement", "note"], condition=Q(kind="note"), name="a_note_documents_a_line_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="note", note__isnull=False) | (Q(kind="attestation", note__isnull=True) & ~Q(text="")),
                name="evidence_is_a_note_or_a_statement",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.requirement_id}"


class Confirmation(models.Model):
    """A person's statement that a key output of a process holds; key outputs gate no step."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="confirmations")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["engagement", "requirement"], name="a_key_output_is_confirmed_once")
        ]

    def __str__(self) -> str:
        return f"Confirmation of {self.requirement_id}"


class RouteChoice(models.Model):
    """Which of several routes a one-of group goes; changing it keeps the evidence already given."""

    run = models.ForeignKey(StepRun, on_delete=models.CASCADE, related_name="choices")
    group = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="+")
    route = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "group"], name="one_route_per_group")]

    def __str__(self) -> str:
        return f"Route {self.route_id} of {self.group_id}"


class Waiver(models.Model):
    """A request to do without a requirement or a mandatory task, and a team manager's decision on it."""

    class Decision(models.TextChoices):
        OPEN = "open", "Asked for"
        GRANTED = "granted", "Granted"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    run = models.ForeignKey(StepRun, on_delete=models.CASCADE, related_name="waivers")
    requirement = models.ForeignKey(Requirement, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(FtopTask, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=1000)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN)
    answer = models.CharField(max_length=1000, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["asked_at"], condition=Q(decision="open"), name="waivers_to_decide")]
        constraints = [
            models.CheckConstraint(
                condition=Q(requirement__isnull=False, task__isnull=True)
                | Q(requirement__isnull=True, task__isnull=False),
                name="waives_a_line_or_a_task",
            ),
            models.UniqueConstraint(
                fields=["run", "requirement"],
                condition=Q(decision__in=["open", "granted"], requirement__isnull=False),
                name="one_live_waiver_per_line",
            ),
            models.UniqueConstraint(
                fields=["run", "task"],
                condition=Q(decision__in=["open", "granted"], task__isnull=False),
                name="one_live_waiver_per_task",
            ),
        ]

    def __str__(self) -> str:
        return f"Waiver of {self.requirement_id or self.task_id}: {self.decision}"


class Receipt(models.Model):
    """What a completed step was completed on, kept as it was. People appear in it by id."""

    run = models.ForeignKey(StepRun, on_delete=models.CASCADE, related_name="receipts")
    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="receipts")
    step_key = models.CharField(max_length=300, db_index=True)
    edition_name = models.CharField(max_length=120)
    rule_version = models.PositiveSmallIntegerField()
    gate_input = models.JSONField()
    decided_on = models.DateField(help_text="The date that the rules were asked about.")
    completed_at = models.DateTimeField()
    completed_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    reopened_why = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run"], condition=Q(reopened_at__isnull=True), name="one_standing_receipt_per_run"
            )
        ]

    def __str__(self) -> str:
        return f"Receipt {self.pk} for {self.step_key}"
