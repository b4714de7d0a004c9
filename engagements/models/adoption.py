"""DIBS and SSAT of one tenant service: their only home (DOMAIN §3.5)."""

from django.conf import settings
from django.db import models

from engagements.models.customers import Contact, TenantService


class AdoptionRecord(models.Model):
    """Due date, intent, business reason, success owner; stakeholders, scenarios, awareness, training."""

    class Intent(models.TextChoices):
        UNKNOWN = "", "Not known"
        YES = "yes", "Intends to deploy"
        NO = "no", "No intent"

    class BusinessReason(models.TextChoices):
        END_OF_LIFE = "end-of-life", "End of Life of Existing IT"
        SECURITY = "security", "Increase Security"
        QUALITY = "quality", "Improve Service Quality"
        UPTIME = "uptime", "High Availability/Improved Uptime"
        HARDWARE = "hardware", "Eliminate On-Premise Hardware Cost and Support"
        OVERHEAD = "overhead", "Reduce Overhead for Application Updates/Maintenance"
        SAVINGS = "savings", "Greater Savings over Previous Solution"
        COLLABORATE = "collaborate", "Collaborate and Communicate with Our People"
        PROCESSES = "processes", "Transform Business Processes"
        KNOWLEDGE = "knowledge", "Use Our Collective Knowledge"
        FRONT_LINE = "front-line", "Engage Our Front Line Workers"
        PARTNERS = "partners", "Work with Partners and Suppliers"
        ANYWHERE = "anywhere", "Work from Anywhere"
        INSIGHTS = "insights", "Get Insights From Data"

    class State(models.TextChoices):
        NOT_STARTED = "not-started", "Not started"
        IN_PROGRESS = "in-progress", "In progress"
        IN_PLACE = "in-place", "In place"

    tenant_service = models.OneToOneField(
        TenantService, primary_key=True, on_delete=models.CASCADE, related_name="adoption"
    )
    due_on = models.DateField("due date", null=True, blank=True)
    intent = models.CharField(max_length=3, choices=Intent.choices, blank=True, default="")
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
    def dibs_missing(self) -> list[str]:
        """The names of the letters that are not there yet; "no intent" is an answer, but not DIBS."""
        letters = {
            "due date": self.due_on,
            "intent": self.intent == self.Intent.YES,
            "business reason": self.business_reason,
            "success owner": self.success_owner_id,
        }
        return [name for name, there in letters.items() if not there]

    @property
    def ssat(self) -> list[tuple[str, str]]:
        """(name, state) of the four letters, in their order."""
        names = ("stakeholders", "scenarios", "awareness", "training")
        return [(name, getattr(self, name)) for name in names]
