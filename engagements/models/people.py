"""Who works for whom: the assignments that access rests on (DOMAIN §2.2)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from engagements.models.customers import Customer, Tenant
from tasks.models import Role, Service


class Assignment(models.Model):
    """A user in a role at a tenant, or at a customer and so at all its tenants; one primary per role.

    ``engagements.services.assignments`` is the only writer: it asks the rules and tells the history.
    """

    class Focus(models.TextChoices):
        ADOPTION = "adoption", "Adoption"
        IDENTITY = "identity", "Identity"
        NETWORK = "network", "Network"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="assignments")
    tenant = models.ForeignKey(Tenant, null=True, blank=True, on_delete=models.CASCADE, related_name="assignments")
    services = models.ManyToManyField(
        Service, blank=True, related_name="+", help_text="The services it is for; none means the whole tenant."
    )
    focus = models.CharField(
        max_length=10,
        choices=Focus.choices,
        blank=True,
        help_text="What an SME who is there for no service helps with.",
    )
    primary = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["role__position", "-primary", "pk"]
        permissions = [
            ("assign_users", "Can assign users to customers and tenants"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=False, tenant__isnull=True)
                | Q(customer__isnull=True, tenant__isnull=False),
                name="assigned_to_a_customer_or_a_tenant",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "customer"], condition=Q(tenant__isnull=True), name="once_per_customer_and_role"
            ),
            models.UniqueConstraint(
                fields=["user", "role", "tenant"], condition=Q(customer__isnull=True), name="once_per_tenant_and_role"
            ),
            models.UniqueConstraint(
                fields=["role", "customer"],
                condition=Q(primary=True, tenant__isnull=True),
                name="one_primary_per_customer_and_role",
            ),
            models.UniqueConstraint(
                fields=["role", "tenant"],
                condition=Q(primary=True, customer__isnull=True),
                name="one_primary_per_tenant_and_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.role} of {self.customer or self.tenant}"
