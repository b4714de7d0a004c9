"""Spreadsheets that were uploaded: their rows, what applying them would do, and how far that is."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class ImportBatch(models.Model):
    """One upload: planned once, looked at, applied once, whole or without the rows that are refused.

    Whoever plans or applies it holds ``lease`` until ``lease_until``; see ``services/imports.py``.
    """

    class Kind(models.TextChoices):
        RECORDS = "records", "Customers and tenants"
        USAGE = "usage", "Active users"
        LICENCES = "licences", "Products and licences"

    class State(models.TextChoices):
        READING = "reading", "Reading the file"
        PLANNING = "planning", "Preparing the preview"
        PLANNED = "planned", "Ready to apply"
        APPLYING = "applying", "Importing"
        APPLIED = "applied", "Imported"
        STOPPED = "stopped", "Stopped"

    LARGE = ("file", "rows")  # fields that only workers read

    token = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.RECORDS)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    file_name = models.CharField(max_length=200)
    file = models.BinaryField(null=True, blank=True, help_text="As it came, until a worker has read it.")
    rows = models.JSONField(help_text="A list of {line, values}; values by column name.")
    options = models.JSONField(
        default=dict, blank=True, help_text="What the person chose and how it was read: see ImportOptions."
    )

    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNING)
    counts = models.JSONField(default=dict, blank=True, help_text="How many rows of each state, and tenants unowned.")
    questions = models.JSONField(
        default=list,
        blank=True,
        help_text="What has to be answered before it is applied: a list of [question, example].",
    )
    notices = models.JSONField(default=list, blank=True, help_text="Sentences about the file as a whole.")
    about = models.CharField(max_length=200, blank=True, help_text="The tenant that a file without one is about.")
    is_whole = models.BooleanField(default=False, help_text="Whether the other rows depend on those that are refused.")
    fingerprint = models.CharField(max_length=32, blank=True, help_text="Of the plan that the person looks at.")
    leaves_out = models.BooleanField(default=False, help_text="Whether refused rows were left out on request.")
    total = models.PositiveIntegerField(default=0, help_text="How many rows are planned or applied.")
    done = models.PositiveIntegerField(default=0, help_text="How many of them are applied or left out.")
    problem = models.TextField(blank=True, help_text="Why it stopped, as a sentence.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often work began without getting further.")
    lease = models.UUIDField(null=True, blank=True, editable=False, help_text="Who is working on it.")
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied = models.JSONField(default=dict, blank=True, help_text="How many of what it made and changed.")

    class Meta:
        ordering = ["-uploaded_at"]
        verbose_name_plural = "import batches"
        permissions = [("import_records", "Can import customers, tenants and assignments from a spreadsheet")]
        indexes = [
            models.Index(
                fields=["uploaded_at"],
                condition=Q(state__in=["reading", "planning", "applying"]),
                name="imports_in_progress",
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_in_progress(self) -> bool:
        """Whether a worker has it or is to take it."""
        return self.state in (self.State.READING, self.State.PLANNING, self.State.APPLYING)

    @property
    def can_continue(self) -> bool:
        """Whether there are rows to go on with after it stopped."""
        return self.state == self.State.STOPPED and self.total > 0

    @property
    def is_planned(self) -> bool:
        """Whether there is a plan to look at or to apply."""
        return bool(self.fingerprint)


class ImportRow(models.Model):
    """What applying one row of an upload would do, as the preview shows it, and later what became of it.

    Rows of one ``group`` (the TPID of their customer, or their tenant) are written together or not at all.
    """

    class Outcome(models.TextChoices):
        PENDING = "", "Not applied"
        WRITTEN = "written", "Written"
        LEFT_OUT = "left-out", "Left out: its records changed after the preview"

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="planned_rows")
    position = models.PositiveIntegerField()
    line = models.PositiveIntegerField(help_text="The number that the spreadsheet shows beside the row.")
    values = models.JSONField()
    state = models.CharField(max_length=10)
    rank = models.PositiveSmallIntegerField(help_text="Of the state, in the order of the preview.")
    group = models.BigIntegerField(default=0)
    key = models.CharField(max_length=50, blank=True, help_text="What it is about, where it adds up rows of the file.")
    name = models.TextField(blank=True)
    news = models.JSONField(default=list)
    changes = models.JSONField(default=list, help_text="A list of [field, before, after].")
    reasons = models.JSONField(default=list)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default=Outcome.PENDING)

    class Meta:
        ordering = ["rank", "position"]
        constraints = [models.UniqueConstraint(fields=["batch", "rank", "position"], name="an_import_row_has_a_place")]
        indexes = [models.Index(fields=["batch", "outcome", "group", "position"], name="import_rows_to_apply")]

    def __str__(self) -> str:
        return f"Row {self.line}"
