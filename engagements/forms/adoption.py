"""DIBS and SSAT of a service as people fill them in; enabling a service; adding one."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from engagements.models import AdoptionRecord, BusinessReason, Contact
from engagements.services.adoption import ADOPTION_FIELDS
from tasks.models import Service

LETTERS = ("stakeholders", "scenarios", "awareness", "training")
NOT_A_DATE = {"invalid": "Give a date, such as 2026-05-27."}


def day_field(label: str, **options: Any) -> forms.DateField:
    """A day, typed or picked."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, error_messages=NOT_A_DATE, **options)


class AdoptionFields(forms.Form):
    """DIBS without intent, which the seats say, and SSAT: four states with a few words each."""

    due_on = day_field("Due date")
    business_reason = forms.ChoiceField(required=False, choices=[("", "Not known"), *BusinessReason.choices])
    success_owner = forms.ChoiceField(required=False)
    new_owner = forms.CharField(
        label="Or a new name", required=False, max_length=200, help_text="Becomes a contact of the customer."
    )

    unsaid = ("", "Nobody yet")
    states: tuple = tuple(AdoptionRecord.State.choices)

    def __init__(self, *args, contacts: Iterable[Contact], **kw):
        super().__init__(*args, **kw)
        self.contacts = {str(contact.pk): contact for contact in contacts}
        owners = [(pk, f"{one.name}, {one.title}" if one.title else one.name) for pk, one in self.contacts.items()]
        self.fields["success_owner"].choices = [self.unsaid, *owners]
        for letter in LETTERS:
            self.fields[letter] = forms.ChoiceField(choices=self.states, required=False)
            self.fields[f"{letter}_text"] = forms.CharField(
                label=f"{letter.title()}, in words",
                required=False,
                max_length=500,
                error_messages={"max_length": "At most 500 characters."},
            )

    def clean_success_owner(self) -> Contact | None:
        return self.contacts.get(self.cleaned_data["success_owner"])

    @property
    def ssat(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """(state, words) of each letter, for the template."""
        return [(self[letter], self[f"{letter}_text"]) for letter in LETTERS]


class CaptureForm(AdoptionFields):
    """The same answers for several services; what is left empty stays as it is."""

    intent = forms.ChoiceField(
        required=False,
        choices=[("", "Leave as it is"), ("yes", "Intends to deploy"), ("no", "No intent")],
        help_text="Moves the seats at Status Unknown: In Progress by the due date, or to No Intent.",
    )
    confirmed = forms.BooleanField(required=False, label="Confirmed with the customer today")

    unsaid = ("", "Leave as it is")
    states = (unsaid, *AdoptionRecord.State.choices)

    def __init__(self, *args, services: Iterable[Service], **kw):
        super().__init__(*args, **kw)
        self.services = {str(service.pk): service for service in services}
        self.fields["services"] = forms.MultipleChoiceField(
            choices=[(pk, service.label) for pk, service in self.services.items()],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": "Tick the services that this is about."},
        )
        self.fields["business_reason"].choices = [self.unsaid, *BusinessReason.choices]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not self.values():
            raise forms.ValidationError("Fill in at least one answer for the services that are ticked.")
        return cleaned

    def chosen(self) -> list[Service]:
        return [self.services[pk] for pk in self.cleaned_data["services"]]

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        values = {name: data[name] for name in (*ADOPTION_FIELDS, "intent", "confirmed") if data.get(name)}
        return values | ({"owner_name": data["new_owner"]} if data.get("new_owner", "").strip() else {})


class EnabledForm(forms.Form):
    """Since when a service is enabled; the button "off" takes it back."""

    on = day_field("Enabled since")

    def __init__(self, *args, today: date, **kw):
        super().__init__(*args, **kw)
        self.today = today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "off" in self.data:
            self.errors.clear()
            return {"on": None}
        if cleaned.get("on") is None and "on" not in self.errors:
            self.add_error("on", "Say since which day it is enabled.")
        elif cleaned.get("on") and cleaned["on"] > self.today:
            self.add_error("on", "This day is still to come. Note the plan as a next action, and enable it then.")
        return cleaned


class NewServiceForm(forms.Form):
    """A service that the tenant has bought and that is not listed yet."""

    service = forms.ChoiceField(error_messages={"required": "Choose the service."})
    entitlements = forms.IntegerField(required=False, min_value=0, max_value=10_000_000)
    in_scope = forms.BooleanField(label="Take it into the scope of this engagement", required=False, initial=True)

    def __init__(self, *args, services: Iterable[Service], **kw):
        super().__init__(*args, **kw)
        self.services = {str(service.pk): service for service in services}
        self.fields["service"].choices = [("", "Choose …"), *((pk, one.name) for pk, one in self.services.items())]

    def clean_service(self) -> Service:
        return self.services[self.cleaned_data["service"]]
