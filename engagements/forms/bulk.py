"""What is said once for many engagements."""

from datetime import date
from typing import Any

from django import forms

from engagements.forms.engagements import ParkForm
from engagements.forms.handovers import HandoverForm
from engagements.models import BulkChange
from engagements.services.bulk import must_be_a_tag
from engagements.services.next_actions import LONGEST
from engagements.services.refusals import Refused

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
NOT_A_DATE = {"invalid": "Give a date, such as 2026-05-27."}
OWNERS = [("me", "I do it"), ("manager", "The FastTrack Manager of each does it")]


class NextActionsForm(forms.Form):
    text = forms.CharField(
        label="Next action", max_length=LONGEST, error_messages={"required": "Say what is to be done."}
    )
    due_on = forms.DateField(
        label="On", widget=DATE, error_messages=NOT_A_DATE | {"required": "Say on which day it is due."}
    )
    owner = forms.ChoiceField(label="By whom", choices=OWNERS, widget=forms.RadioSelect, initial="me")

    def __init__(self, *args, today: date, **kw):
        super().__init__(*args, **kw)
        self.today = today

    def clean_due_on(self) -> date:
        if self.cleaned_data["due_on"] < self.today:
            raise forms.ValidationError("This day has passed. Choose today or a later one.")
        return self.cleaned_data["due_on"]

    def values(self) -> dict[str, Any]:
        return self.cleaned_data | {"due_on": self.cleaned_data["due_on"].isoformat()}


class ManyParkedForm(ParkForm):
    def __init__(self, *args, today: date, **kw):
        super().__init__(*args, **kw)
        self.today = today
        self.fields["until"].error_messages |= NOT_A_DATE
        self.fields["until"].help_text = "On that day they come back on Today."

    def clean_until(self) -> date:
        if self.cleaned_data["until"] <= self.today:
            raise forms.ValidationError("Park until a day after today.")
        return self.cleaned_data["until"]

    def values(self) -> dict[str, Any]:
        return self.cleaned_data | {"until": self.cleaned_data["until"].isoformat()}


class TagForm(forms.Form):
    tag = forms.CharField(
        label="Tag",
        max_length=200,
        help_text="Goes on the tenant of each engagement. Upper and lower case make no difference.",
        error_messages={"required": "Give the tag."},
    )

    def __init__(self, *args, today: date, **kw):
        super().__init__(*args, **kw)

    def clean_tag(self) -> str:
        try:
            return must_be_a_tag(self.cleaned_data["tag"])
        except Refused as refused:
            raise forms.ValidationError(refused.message) from None

    def values(self) -> dict[str, Any]:
        return self.cleaned_data


class ManyHandedOverForm(HandoverForm):
    def __init__(self, *args, today: date, **kw):
        super().__init__(*args, **kw)

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"receiver": given["user"].pk, "why": given["why"], "stays": given["stays"]}


Do = BulkChange.Do
FORMS: dict[str, type[forms.Form]] = {
    Do.NEXT_ACTION: NextActionsForm,
    Do.HAND_OVER: ManyHandedOverForm,
    Do.TAG: TagForm,
    Do.PARK: ManyParkedForm,
}
