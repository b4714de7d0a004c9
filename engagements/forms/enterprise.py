"""The enterprise status of a customer as people fill it in (DOMAIN §3.7)."""

from datetime import date
from typing import Any

from django import forms

from engagements.enterprise import renewed_by
from engagements.forms.adoption import day_field
from engagements.models import EnterpriseStatus
from engagements.services.enterprise_status import LENGTHS, NewStatus

OFF = "Text after ## stays off the printed status."


def long_text(label: str, name: str, rows: int = 3, **options: Any) -> forms.CharField:
    longest = LENGTHS[name]
    return forms.CharField(
        label=label,
        max_length=longest,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"max_length": f"At most {longest:,} characters."},
        **options,
    )


class EnterpriseFields(forms.Form):
    """The fields of the status; mixed into the closing of a review, and a form of its own on the customer's page."""

    status = forms.ChoiceField(
        label="Status",
        choices=EnterpriseStatus.Status.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose Red, Yellow or Green."},
        help_text="Of the effort, not of usage. Red: no onboarding effort. Yellow: effort, but blocked or slowed. "
        "Green: at the expected pace.",
    )
    reasons = forms.MultipleChoiceField(
        label="Reason",
        choices=EnterpriseStatus.Reason.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one reason."},
    )
    summary = long_text("Exec summary", "summary", 2, help_text=OFF)
    overview = long_text("Deployment status, current overview", "overview")
    activities = long_text("Current FTC activities", "activities", required=False)
    status_risks = long_text("Risks for leadership", "risks", 2, required=False)
    brand = forms.CharField(
        label="Public or brand name",
        max_length=LENGTHS["brand"],
        required=False,
        error_messages={"max_length": f"At most {LENGTHS['brand']} characters."},
    )
    awareness = long_text("Awareness", "awareness", 2, required=False)
    next_update_on = day_field(
        "Next update", help_text="At most 21 days ahead for Red and Yellow, at most a quarter for Green."
    )

    def new_status(self) -> NewStatus:
        data = self.cleaned_data
        return NewStatus(
            status=data["status"],
            reasons=tuple(data["reasons"]),
            summary=data["summary"],
            overview=data["overview"],
            activities=data["activities"],
            risks=data["status_risks"],
            brand=data["brand"],
            awareness=data["awareness"],
            next_update_on=data["next_update_on"],
        )


class EnterpriseForm(EnterpriseFields):
    """A status written outside of a review."""

    token = forms.UUIDField(widget=forms.HiddenInput)


def shown_first(last: EnterpriseStatus | None, reasons: list[str], today: date) -> dict[str, Any]:
    """What the form begins with: the last status goes on, with its date due anew."""
    status = last.status if last else ""
    found: dict[str, Any] = {"reasons": last.reasons if last else reasons}
    found["next_update_on"] = renewed_by(status or "red", today)
    if last:
        names = ("status", "summary", "overview", "activities", "brand", "awareness")
        found |= {name: getattr(last, name) for name in names} | {"status_risks": last.risks}
    return found
