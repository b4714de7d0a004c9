"""Customers and their tenants: the fields that a person maintains (DOMAIN §3.1, §3.2)."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from engagements.models.choices import BusinessReason
from engagements.models.users import validate_time_zone
from engagements.querysets import CustomerQuerySet, TenantQuerySet
from tasks.folding import fold


class Tag(models.Model):
    """A word that people sort customers and tenants by: a strategic list, a wave, a programme."""

    name = models.CharField(max_length=60)
    name_folded = models.CharField(max_length=60, unique=True, editable=False)

    class Meta:
        ordering = ["name_folded"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def folded(cls, name: str) -> dict:
        """The two columns of a name, always set together."""
        return {"name": name, "name_folded": fold(name)}


class Customer(models.Model):
    """The organisation that owns the services, known by its TPID; has one or more tenants."""

    name = models.CharField(max_length=200)
    name_folded = models.CharField(max_length=200, editable=False, db_index=True)

    class Status(models.TextChoices):
        IN_PROGRESS = "in-progress", "In Progress"
        BLOCKED_BUSINESS = "blocked-business", "Blocked Business"
        BLOCKED_TECHNICAL = "blocked-technical", "Blocked Technical"
        NO_INTENT = "no-intent", "No intent"

    class Mindset(models.TextChoices):
        ALIGNED = "aligned", "Aligned"
        AVERSE = "averse", "Averse"
        COMPETE = "compete", "Compete"

    tpid = models.PositiveBigIntegerField("TPID", unique=True)
    region = models.CharField(max_length=60, blank=True)
    vertical = models.CharField(max_length=60, blank=True)
    status = models.CharField("customer status", max_length=20, choices=Status.choices, blank=True)
    progress_due_on = models.DateField("expected progress due", null=True, blank=True)
    cxp_watchlist = models.BooleanField("CXP watchlist", default=False)
    mindset = models.CharField("overall mindset", max_length=10, choices=Mindset.choices, blank=True)
    completion_on = models.DateField("completion date", null=True, blank=True, help_text="Expected end of onboarding.")
    business_reason = models.CharField(
        "primary business reason", max_length=20, choices=BusinessReason.choices, blank=True
    )
    success_owner = models.ForeignKey(
        "engagements.Contact", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    winner = models.ForeignKey(
        "engagements.Tenant",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="winner tenant",
        help_text="The one tenant that carries what holds for the customer (SLT Watchlist).",
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="customers")
    account_managed = models.BooleanField(
        null=True, blank=True, help_text="Whether a Microsoft account team looks after this customer; empty is unknown."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["name_folded", "pk"]
        constraints = [models.UniqueConstraint(fields=["winner"], name="a_tenant_wins_for_one_customer")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customer_detail", args=[self.pk])

    @classmethod
    def folded(cls, name: str) -> dict:
        """The two columns of a name, always set together."""
        return {"name": name, "name_folded": fold(name)}


class Tenant(models.Model):
    """A group of purchased services; belongs to exactly one customer."""

    class Priority(models.TextChoices):
        HIGH = "high", "High"
        MEDIUM = "medium", "Medium"
        LOW = "low", "Low"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tenants")
    guid = models.UUIDField("tenant ID", unique=True)
    name = models.CharField(max_length=200)
    name_folded = models.CharField(max_length=200, editable=False, db_index=True)
    domain = models.CharField(max_length=200, help_text="for example contoso.onmicrosoft.com")
    country = models.CharField(max_length=2, blank=True, help_text="Two letters, for working days: US, DE …")
    time_zone = models.CharField(max_length=60, default="UTC", validators=[validate_time_zone])
    seats = models.PositiveIntegerField(default=0)
    status = models.CharField("overall status", max_length=60, blank=True, help_text="Active, Inactive, Initiate …")
    status_on = models.DateField("status date", null=True, blank=True)
    priority = models.CharField(max_length=6, choices=Priority.choices, blank=True, help_text="Empty: by its seats.")
    priority_why = models.CharField("reason of the override", max_length=200, blank=True)
    segment = models.CharField(max_length=60, blank=True)
    winroom_reason = models.CharField("WinRoom reason", max_length=200, blank=True)
    enterprise_level = models.PositiveSmallIntegerField(
        "Is Enterprise",
        null=True,
        blank=True,
        choices=[(3, "Level 3, below 50,000 users"), (4, "Level 4, 50,000 users or more")],
    )
    is_duplicate = models.BooleanField(
        default=False, help_text="All its seats are Duplicate/Invalid, and reports leave it out (R46)."
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="tenants")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    csm = models.ForeignKey(
        "engagements.Contact",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="Customer Success Manager",
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["name_folded", "pk"]
        permissions = [("set_winner_tenant", "Can say which tenant is a customer's winner (SLT Watchlist)")]
        constraints = [
            models.CheckConstraint(
                condition=Q(priority="", priority_why="") | (~Q(priority="") & ~Q(priority_why="")),
                name="an_overridden_priority_has_a_reason",
            )
        ]
        indexes = [models.Index(fields=["is_duplicate"], condition=Q(is_duplicate=True), name="duplicate_tenants")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def folded(cls, name: str) -> dict:
        """The two columns of a name, always set together."""
        return {"name": name, "name_folded": fold(name)}

    @property
    def found_by(self) -> str:
        """What lists find its engagements by, a line each: nobody can type a line break."""
        return "\n".join((self.customer.name_folded, self.name_folded, fold(self.domain)))


class CompeteSignal(models.Model):
    """A product of a competitor that the customer uses, or may use (DOMAIN §3.1)."""

    class Validity(models.TextChoices):
        TO_QUALIFY = "to-qualify", "To qualify"
        IN_USE = "in-use", "In use"
        NOT_IN_USE = "not-in-use", "Not in use"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="compete_signals")
    product = models.CharField(max_length=120)
    product_folded = models.CharField(max_length=120, editable=False)
    validity = models.CharField(max_length=12, choices=Validity.choices, default=Validity.TO_QUALIFY)
    insight = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["product_folded", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "product_folded"], name="a_product_competes_once_per_customer")
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.get_validity_display()}"


class Partner(models.Model):
    """A partner company at a tenant; people of it are contacts (DOMAIN §3.7)."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="partners")
    name = models.CharField(max_length=200)
    name_folded = models.CharField(max_length=200, editable=False)
    mpn_id = models.CharField("MPN ID", max_length=20, blank=True)

    class Meta:
        ordering = ["name_folded", "pk"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name_folded"], name="a_partner_once_per_tenant")]

    def __str__(self) -> str:
        return self.name
