"""DIBS and SSAT of one tenant service: their only home (DOMAIN §3.5).

Intent has no field of its own: it holds while a slice of the service is In Progress or Blocked.
"""

from django.conf import settings
from django.db import models

from engagements.models.choices import BusinessReason
from engagements.models.contacts import Contact
from engagements.models.services import TenantService


class AdoptionRecord(models.Model):
    """Due date, business reason, success owner; stakeholders, scenarios, awareness, training."""

    BusinessReason = BusinessReason

    class State(models.TextChoices):
        NOT_STARTED = "not-started", "Not started"
        IN_PROGRESS = "in-progress", "In progress"
        IN_PLACE = "in-place", "In place"

    tenant_service = models.OneToOneField(
        TenantService, primary_key=True, on_delete=models.CASCADE, related_name="adoption"
    )
    due_on = models.DateField("due date", null=True, blank=True)
    business_reason = models.CharField(max_length=20, choices=BusinessReason.choices, blank=True)
    success_owner = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    stakeholders = models.CharField(max_length=12, choices=State.choices, default=State.NOT_STARTED)
    stakeholders_text = models.CharField(max_length=500, blank=True)
    scenarios = models.CharField(max_length=12, choices=State.choices, default=State.NOT_STARTED)
    scenarios_text = models.CharField(max_length=500, blank=True)
    awareness = models.CharField(max_length=12, choices=State.choices, default=State.NOT_STARTED)
    awareness_text = models.CharField(max_length=500, blank=True)
    training = models.CharField(max_length=12, choices=State.choices, default=State.NOT_STARTED)
    training_text = models.CharField(max_length=500, blank=True)
    confirmed_on = models.DateField(null=True, blank=True, help_text="When the customer last confirmed the DIBS.")
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return f"Adoption record of {self.tenant_service_id}"

    @property
    def ssat(self) -> list[tuple[str, str]]:
        """(name, state) of the four letters, in their order."""
        names = ("stakeholders", "scenarios", "awareness", "training")
        return [(name, getattr(self, name)) for name in names]
