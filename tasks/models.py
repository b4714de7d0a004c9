"""The FTOP numbers and the taxonomies that every other part speaks in: roles, services, motions, models.

Knows nobody: no playbook, no customer. All of it is edited in the admin and keeps its history.
"""

from django.db import models
from django.db.models.functions import Concat, StrIndex
from django.db.models.lookups import Exact
from django.urls import reverse
from simple_history.models import HistoricalRecords

from tasks.consumption import CHOICES as L1_CHOICES
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
    health_group = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Which of the health groups 1 to 3 its usage counts for; empty for none."
    )
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


class Product(models.Model):
    """A product of Microsoft's licensing, and the services that each of its licences brings.

    By it the list of products and licences of the admin centre becomes entitlements. One without services is known
    and brings none.
    """

    name = models.CharField(max_length=200, unique=True, help_text="As the list of products and licences writes it.")
    aliases = models.JSONField(
        default=list, blank=True, help_text="Other names of it, and its string ID, such as SPE_E5."
    )
    services = models.ManyToManyField(
        Service, blank=True, related_name="+", help_text="Every licence of the product is an entitlement to each."
    )
    position = models.PositiveSmallIntegerField(default=100)
    history = HistoricalRecords(m2m_fields=[services])

    objects = AliasedQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        verbose_name = "licence product"

    def __str__(self) -> str:
        return self.name


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


def begins_with(column: str, other: str) -> Exact:
    """The condition that a key begins with what stands in another column, and a slash."""
    return Exact(StrIndex(column, Concat(other, models.Value("/"))), 1)


class StatusReason(models.Model):
    """L2: why a slice of entitlements stands where it stands (DOMAIN §3.4).

    The key begins with the L1 it belongs to, and an L3's with its L2, so that the database itself can refuse
    a slice whose three levels do not belong together (R45).
    """

    key = models.CharField(primary_key=True, max_length=100, help_text="<L1>/<name>, for example blocked/legal.")
    l1 = models.CharField("L1", max_length=20, choices=L1_CHOICES)
    name = models.CharField(max_length=120)
    text = models.CharField(max_length=300, blank=True, help_text="What it means, in a sentence.")
    position = models.PositiveSmallIntegerField(default=100)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "name"]
        verbose_name = "L2 reason"
        constraints = [
            models.UniqueConstraint(fields=["l1", "name"], name="an_l2_once_per_l1"),
            models.CheckConstraint(condition=begins_with("key", "l1"), name="an_l2_key_begins_with_its_l1"),
        ]

    def __str__(self) -> str:
        return self.name


class EngineeringReason(models.Model):
    """L3: the detail below an L2, for every service or for some (DOMAIN §3.4)."""

    key = models.CharField(
        primary_key=True, max_length=200, help_text="<L2 key>/<name>, with the service where needed."
    )
    reason = models.ForeignKey(StatusReason, on_delete=models.PROTECT, related_name="details", verbose_name="L2")
    name = models.CharField(max_length=160)
    services = models.ManyToManyField(
        Service, blank=True, related_name="+", help_text="The services it is for; none means all."
    )
    position = models.PositiveSmallIntegerField(default=100)
    history = HistoricalRecords(m2m_fields=[services])

    class Meta:
        ordering = ["position", "name"]
        verbose_name = "L3 reason"
        constraints = [
            models.CheckConstraint(
                condition=begins_with("key", "reason_id"),
                name="an_l3_key_begins_with_its_l2",
            ),
        ]

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
