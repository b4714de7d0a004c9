"""Parking, resuming, closing and reopening an engagement, and what is left to do once it is closed."""

from datetime import date
from typing import Any

from django import forms

from engagements.models import Engagement, User
from engagements.services.closing import FollowUp

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
NOT_A_DATE = {"invalid": "Give a date, such as 2026-05-27."}
LOOK_AGAIN = "See whether the customer needs FastTrack again"


class ParkForm(forms.Form):
    until = forms.DateField(label="Until", widget=DATE, help_text="On that day it comes back on Today.")
    why = forms.CharField(label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class NothingAsked(forms.Form):
    """Asks for nothing."""


class ReopenForm(forms.Form):
    why = forms.CharField(label="Why it is reopened", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class MovedForm(forms.Form):
    on = forms.DateField(label="Moved on", widget=DATE, error_messages=NOT_A_DATE)


class CloseForm(forms.Form):
    """How it ended, when somebody looks at the customer again, and where the tenant waits until then (R27)."""

    ended_as = forms.ChoiceField(
        label="How did it end?",
        choices=Engagement.Ending.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how the engagement ended."},
    )
    outcome = forms.CharField(
        label="What came of it",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example: all services enabled, or the customer goes on with another product.",
        error_messages={"required": "Say how the engagement ended."},
    )
    follow_up_on = forms.DateField(label="Look again on", required=False, widget=DATE, error_messages=NOT_A_DATE)
    follow_up_owner = forms.ModelChoiceField(label="Who looks", queryset=User.objects.none(), required=False)
    follow_up_text = forms.CharField(label="What for", required=False, max_length=500)
    queue = forms.ChoiceField(
        label="Queue that the tenant moves to",
        required=False,
        choices=[("", "None"), *Engagement.Queue.choices],
        help_text="The request itself is made in the portal. Once the move has happened, confirm it here; "
        "only then is the FastTrack Manager unassigned (R27).",
    )

    def __init__(self, data: Any = None, *, people: list[User], by: User, look_again: date | None, queue: str = ""):
        owner = by if by in people else next(iter(people), by)
        initial = {"follow_up_on": look_again, "follow_up_owner": owner.pk, "queue": queue}
        super().__init__(data, initial=initial | {"follow_up_text": LOOK_AGAIN if look_again else ""})
        self.fields["follow_up_owner"].queryset = User.objects.filter(pk__in=[one.pk for one in people] + [by.pk])
        self.fields["follow_up_on"].help_text = (
            "After disengaging, the last day of the following year (R27)." if look_again else "Empty: nobody has to."
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("follow_up_on") and not self.errors:
            if not values.get("follow_up_owner"):
                self.add_error("follow_up_owner", "Say who looks at the customer again.")
            if not (values.get("follow_up_text") or "").strip():
                self.add_error("follow_up_text", "Say what somebody does on that day.")
        return values

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        said = {name: self.cleaned_data[name] for name in ("ended_as", "outcome", "queue")}
        on = self.cleaned_data.get("follow_up_on")
        text, owner = (self.cleaned_data.get(f"follow_up_{name}") for name in ("text", "owner"))
        return said | {"follow_up": FollowUp(text, on, owner) if on else None}
