"""The record of a tenant as people fill it in, section by section."""

from typing import Any

from django import forms

from engagements.forms.account import time_zones
from engagements.forms.adoption import day_field
from engagements.forms.seen import SeenForm
from engagements.importing import values
from engagements.models import Partner, Tenant
from engagements.models.users import validate_time_zone

MOST_SEATS = 100_000_000
# What the portal's tenants had; people may write others.
STATUSES = (
    "Active",
    "Inactive",
    "Initiate",
    "Assess",
    "Remediate",
    "Enable",
    "Migrate",
    "Widget – Completed",
    "Close – Completed",
)


class StandingForm(SeenForm, forms.ModelForm):
    """How the tenant stands as a whole, and where it belongs."""

    status_on = day_field("Status date", help_text="Left as it is, it becomes today when the status changes.")

    class Meta:
        model = Tenant
        fields = ["status", "status_on", "segment", "winroom_reason"]
        widgets = {"status": forms.TextInput(attrs={"list": "tenant-statuses", "autocomplete": "off"})}

    def __init__(self, *args, tenant: Tenant, **kw):
        super().__init__(*args, instance=tenant, **kw)


class PlaceForm(SeenForm, forms.ModelForm):
    """Where the tenant is and how large: working days, clocks and several rules follow from it."""

    country = forms.CharField(
        required=False, max_length=60, help_text="Two letters or the English name; public holidays follow it."
    )
    seats = forms.IntegerField(
        min_value=0,
        max_value=MOST_SEATS,
        error_messages={"required": "Give the number of seats; 0 where there are none."},
        help_text="The default of the priority follows from them.",
    )
    time_zone = forms.ChoiceField(validators=[validate_time_zone])

    class Meta:
        model = Tenant
        fields = ["country", "time_zone", "seats", "enterprise_level"]

    def __init__(self, *args, tenant: Tenant, **kw):
        super().__init__(*args, instance=tenant, **kw)
        self.fields["time_zone"].choices = time_zones(tenant.time_zone)
        levels = self.fields["enterprise_level"].choices[1:]
        self.fields["enterprise_level"].choices = [("", "No"), *levels]

    def clean_country(self) -> str:
        text = self.cleaned_data["country"].strip()
        try:
            return values.country(text, values.Near()) if text else ""
        except values.Unclear as unclear:
            raise forms.ValidationError(str(unclear)) from None


class PriorityForm(SeenForm):
    """A priority other than the one that follows from the seats, and why."""

    priority = forms.ChoiceField(choices=Tenant.Priority.choices, widget=forms.RadioSelect)
    priority_why = forms.CharField(
        label="Why", max_length=200, error_messages={"required": "Say why it differs from what its seats say."}
    )

    def __init__(self, *args, tenant: Tenant, **kw):
        shown = {"priority": tenant.priority, "priority_why": tenant.priority_why}
        super().__init__(*args, initial=shown, **kw)

    def values(self) -> dict[str, Any]:
        """What ``override_priority`` takes; what was left to somebody else is as it was shown."""
        kept = self.kept(self.cleaned_data)
        seen = self.seen
        return {
            "priority": kept.get("priority", seen.get("priority", "")),
            "why": kept.get("priority_why", seen.get("priority_why", "")),
        }


class PartnerForm(SeenForm, forms.ModelForm):
    """A partner company at a tenant."""

    class Meta:
        model = Partner
        fields = ["name", "mpn_id"]
        labels = {"name": "Company"}
        error_messages = {"name": {"required": "Give the name of the company."}}
