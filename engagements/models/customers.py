"""Customers, their tenants, the services of a tenant and the people on the customer's side (DOMAIN §3)."""

from django.conf import settings
from django.db import models

from engagements.models.users import validate_time_zone
from engagements.querysets import TenantQuerySet
from tasks.folding import fold
from tasks.models import Service


class Customer(models.Model):
    """The organisation that owns the services, known by its TPID; has one or more tenants."""

    name = models.CharField(max_length=200)
    name_folded = models.CharField(max_length=200, editable=False, db_index=True)
    tpid = models.PositiveBigIntegerField("TPID", unique=True)
    region = models.CharField(max_length=60, blank=True)
    account_managed = models.BooleanField(
        null=True, blank=True, help_text="Whether a Microsoft account team looks after this customer; empty is unknown."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name_folded", "pk"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def folded(cls, name: str) -> dict:
        """The two columns of a name, always set together."""
        return {"name": name, "name_folded": fold(name)}


class Contact(models.Model):
    """A person at the customer, a partner or Microsoft who is not a user of this tool (DOMAIN §3.7)."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        PARTNER = "partner", "Partner"
        MICROSOFT = "microsoft", "Microsoft"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CUSTOMER)
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Tenant(models.Model):
    """A group of purchased services; belongs to exactly one customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tenants")
    guid = models.UUIDField("tenant ID", unique=True)
    name = models.CharField(max_length=200)
    name_folded = models.CharField(max_length=200, editable=False, db_index=True)
    domain = models.CharField(max_length=200, help_text="for example contoso.onmicrosoft.com")
    country = models.CharField(max_length=2, blank=True, help_text="Two letters, for working days: US, DE …")
    time_zone = models.CharField(max_length=60, default="UTC", validators=[validate_time_zone])
    seats = models.PositiveIntegerField(default=0)
    csm = models.ForeignKey(
        Contact,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="Customer Success Manager",
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["name_folded", "pk"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def folded(cls, name: str) -> dict:
        """The two columns of a name, always set together."""
        return {"name": name, "name_folded": fold(name)}


class TenantService(models.Model):
    """One service of a tenant: its seats, and when and by whom it was enabled."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="services")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    entitlements = models.PositiveIntegerField(default=0)
    enabled_on = models.DateField(null=True, blank=True)
    enabled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["service__position", "pk"]
        constraints = [models.UniqueConstraint(fields=["tenant", "service"], name="a_tenant_has_a_service_once")]

    def __str__(self) -> str:
        return f"{self.service} of {self.tenant}"
