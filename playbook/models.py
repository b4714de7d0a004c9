"""The method: editions of the playbook, frozen once published.

Edition › Phase › Process › Step › Requirement, and the rows of task tables (listings). ``key`` is what
stays the same from edition to edition; ``slug`` is what stands in addresses.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from tasks.models import FtopTask, Motion, Role, Service


class Edition(models.Model):
    """One state of the whole playbook. Draft can be edited, published is frozen, retired is history."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        RETIRED = "retired", "Retired"

    name = models.CharField(max_length=120, unique=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    language = models.CharField(max_length=10, default="en")
    digest = models.CharField(max_length=64, blank=True, editable=False)
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies")
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    warnings = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="published"), name="one_edition_is_the_published_one"
            )
        ]
        permissions = [
            ("publish_edition", "Can publish an edition of the playbook"),
            ("read_internal_guidance", "Can read guidance and links meant for Microsoft only"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_frozen(self) -> bool:
        return self.status != self.Status.DRAFT


class Proposal(models.Model):
    """What an import proposed for its edition, so that the next import can tell what people changed since.

    ``rows`` are [kind, key, fields] as in ``playbook.snapshot``, long texts as digests.
    """

    edition = models.OneToOneField(Edition, on_delete=models.CASCADE, related_name="proposal")
    rows = models.JSONField(default=list, editable=False)

    def __str__(self) -> str:
        return f"What the import of {self.edition} proposed"


class Phase(models.Model):
    """One of the ten FastTrack phases, Presales to Success, within an edition."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="phases")
    slug = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["edition", "slug"], name="one_phase_per_slug")]

    def __str__(self) -> str:
        return self.name


class Condition(models.Model):
    """A named question about an engagement or one of its services, answered from records or by a person."""

    class Scope(models.TextChoices):
        ENGAGEMENT = "engagement", "The engagement"
        SERVICE = "service", "Each service"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="conditions")
    key = models.CharField(max_length=80)
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.ENGAGEMENT)
    question = models.CharField(max_length=300)
    computed = models.JSONField(
        default=list, blank=True, help_text="Facts that must all be yes; empty: a person answers."
    )
    services = models.ManyToManyField(Service, blank=True, related_name="+")
    yes = models.CharField(max_length=300, blank=True, help_text="The reason shown where a yes decides.")
    no = models.CharField(max_length=300, blank=True, help_text="The reason shown where a no decides.")
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["edition", "key"], name="one_condition_per_key")]

    def __str__(self) -> str:
        return self.question


class Process(models.Model):
    """One page of the playbook. A page without steps is guidance."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="processes")
    phase = models.ForeignKey(Phase, null=True, blank=True, on_delete=models.PROTECT, related_name="processes")
    key = models.CharField(max_length=200)
    slug = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    position = models.PositiveIntegerField()
    source = models.CharField(max_length=300, blank=True)
    audience = models.CharField(max_length=20, default="internal")
    motions = models.ManyToManyField(Motion, blank=True, related_name="+")
    guidance = models.TextField(blank=True)
    next_steps = models.TextField(blank=True)
    next_process = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    history = HistoricalRecords(m2m_fields=[motions])

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "processes"
        constraints = [
            models.UniqueConstraint(fields=["edition", "key"], name="one_process_per_key"),
            models.UniqueConstraint(fields=["edition", "slug"], name="one_process_per_slug"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("process_detail", args=[self.edition_id, self.slug])


class Step(models.Model):
    """The unit of work of a process, with inputs to collect, outputs to document and tasks to do.

    ``key`` is ``<process key>/<step slug>`` and unique within the edition. ``when`` is a condition
    expression ("not csm-takes-over"): with a service condition it takes services out of the step, with
    an engagement condition it takes the whole step out.
    """

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=300)
    slug = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    position = models.PositiveIntegerField()
    roles = models.ManyToManyField(Role, blank=True, related_name="+")
    motions = models.ManyToManyField(Motion, blank=True, related_name="+")
    applies_to = models.ManyToManyField(Service, blank=True, related_name="+")
    cadence = models.CharField(max_length=300, blank=True)
    guidance = models.TextField(blank=True)
    when = models.CharField(max_length=200, blank=True)
    per_service = models.BooleanField(default=False, help_text="One run for each service in scope (R26).")
    line = models.PositiveIntegerField(default=0, editable=False)
    history = HistoricalRecords(m2m_fields=[roles, motions, applies_to])

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["process", "key"], name="one_step_per_key"),
            models.UniqueConstraint(fields=["process", "slug"], name="one_step_per_slug"),
        ]

    def __str__(self) -> str:
        return self.title


class Requirement(models.Model):
    """One line of a step's inputs or outputs, or of a process's key inputs or outputs."""

    class Section(models.TextChoices):
        INPUT = "input", "Input"
        OUTPUT = "output", "Output"
        KEY_INPUT = "key_input", "Key input"
        KEY_OUTPUT = "key_output", "Key output"

    class Rule(models.TextChoices):
        ALL = "all", "All of these"
        ONE_OF = "one of", "One of these"

    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="requirements")
    step = models.ForeignKey(Step, null=True, blank=True, on_delete=models.CASCADE, related_name="requirements")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    section = models.CharField(max_length=10, choices=Section.choices)
    key = models.CharField(max_length=120)
    position = models.PositiveIntegerField()
    text = models.TextField()
    checks = models.JSONField(default=list, blank=True)
    rule = models.CharField(max_length=6, choices=Rule.choices, default=Rule.ALL, help_text="How its children count.")
    optional = models.BooleanField(default=False)
    when = models.CharField(max_length=200, blank=True)
    line = models.PositiveIntegerField(default=0, editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "key"], condition=Q(step__isnull=False), name="one_line_per_step_key"
            ),
            models.UniqueConstraint(
                fields=["process", "key"], condition=Q(step__isnull=True), name="one_line_per_process_key"
            ),
            models.CheckConstraint(
                condition=Q(step__isnull=True, section__in=["key_input", "key_output"])
                | Q(step__isnull=False, section__in=["input", "output"]),
                name="key_lines_belong_to_processes",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class TaskListing(models.Model):
    """One row of a page's task table: this edition's name, letter, roles and services of a number."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="listings")
    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="listings")
    step = models.ForeignKey(Step, null=True, blank=True, on_delete=models.CASCADE, related_name="listings")
    task = models.ForeignKey(FtopTask, on_delete=models.PROTECT, related_name="listings")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=400)
    mandatory = models.BooleanField(default=False)
    roles = models.ManyToManyField(Role, blank=True, related_name="+")
    services = models.ManyToManyField(Service, blank=True, related_name="+")
    when = models.CharField(max_length=200, blank=True)
    mandatory_when = models.CharField(max_length=200, blank=True)
    resolved = models.BooleanField(default=True, help_text="The row that speaks for the number in this edition.")
    source = models.CharField(max_length=300, blank=True, editable=False)
    line = models.PositiveIntegerField(default=0, editable=False)
    history = HistoricalRecords(m2m_fields=[roles, services])

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "task"], condition=Q(resolved=True), name="one_resolved_listing_per_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id and self.task.number} {self.name}"
