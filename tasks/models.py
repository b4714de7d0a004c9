"""The FTOP numbers and the taxonomies that every other part speaks in: roles, services, motions, models.

Knows nobody: no playbook, no customer. All of it is edited in the admin and keeps its history.
"""

from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords

from tasks.folding import fold
from tasks.querysets import AliasedQuerySet, FtopTaskQuerySet


class Role(models.Model):
    """Who does a task or a step: FastTrack Manager, FastTrack Engineer … (DOMAIN §2.1)."""

    class Function(models.TextChoices):
        ONBOARDING = "onboarding", "Onboarding"
        ENTERPRISE = "enterprise", "Enterprise"
        MIGRATION = "migration", "Migration"
        PARTNER = "partner", "Partner"
        OTHER = "other", "Other"

    name = models.CharField(max_length=120, unique=True)
    abbreviation = models.CharField(max_length=20, blank=True)
    function = models.CharField(max_length=12, choices=Function.choices, default=Function.OTHER)
    aliases = models.JSONField(default=list, blank=True, help_text="Other spellings met on playbook pages.")
    position = models.PositiveSmallIntegerField(default=100)
    history = HistoricalRecords()

    objects = AliasedQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """A deployable product, or one of the two pseudo-services of task tables (DOMAIN §3.3).

    *All Services* stands for whatever is in scope; *Core Onboarding* is done once per tenant.
    """

    class Kind(models.TextChoices):
        WORKLOAD = "workload", "Workload"
        ALL = "all", "All Services"
        CORE = "core", "Core Onboarding"

    name = models.CharField(max_length=120, unique=True)
    short = models.CharField(max_length=40, blank=True)
    family = models.CharField(max_length=40, blank=True)
    prefix = models.CharField(max_length=20, blank=True, help_text="How notes mark it, for example [EXO].")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.WORKLOAD)
    aliases = models.JSONField(default=list, blank=True, help_text="Other spellings met on playbook pages.")
    position = models.PositiveSmallIntegerField(default=100)
    history = HistoricalRecords()

    objects = AliasedQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The short name where there is one: "OneDrive" for OneDrive for Business."""
        return self.short or self.name


class Motion(models.Model):
    """Why a customer is engaged: Customer Health, RFA or Targeting (R33, DOMAIN §4)."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60, unique=True)
    text = models.TextField(blank=True)
    aliases = models.JSONField(default=list, blank=True)
    excludes = models.ManyToManyField("self", blank=True, help_text="Motions that cannot run beside this one (R33).")
    position = models.PositiveSmallIntegerField(default=100)
    history = HistoricalRecords(m2m_fields=[excludes])

    objects = AliasedQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class EngagementModel(models.Model):
    """One of the six engagement models of the introduction page; may leave phases out (DOMAIN §4)."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80, unique=True)
    text = models.TextField(blank=True)
    phases_left_out = models.JSONField(default=list, blank=True, help_text="Names of phases this model does not run.")
    position = models.PositiveSmallIntegerField(default=100)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class FtopTask(models.Model):
    """An FTOP number and what holds for it in every edition; its rows in page tables are listings."""

    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=400)
    name_folded = models.CharField(max_length=400, editable=False, db_index=True)
    guidance = models.TextField(blank=True, help_text="Markdown, shown beside the task wherever it is listed.")
    link = models.URLField(blank=True)
    retired_on = models.DateField(null=True, blank=True)
    replaced_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces")
    history = HistoricalRecords(excluded_fields=["name_folded"])

    objects = FtopTaskQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        verbose_name = "FTOP task"

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("task_detail", args=[self.number])

    def clean(self) -> None:
        self.name_folded = fold(self.name)
