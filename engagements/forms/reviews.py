"""Agreeing a series of reviews, changing it, and moving, skipping or calling off what is planned."""

from collections.abc import Iterable
from datetime import time
from typing import Any

from django import forms

from engagements.cadence import Interval
from engagements.forms.adoption import day_field
from engagements.forms.seen import SeenForm
from engagements.models import CadenceInterval, CadenceRule, Review, ReviewSeries, User
from engagements.services.reviews import LONGEST_MINUTES, Agreed

WHY = forms.Textarea(attrs={"rows": 2})


def time_field(label: str = "At") -> forms.TimeField:
    """A time of day, typed or picked."""
    return forms.TimeField(
        label=label,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Give a time, such as 10:30.", "required": "Give a time, such as 10:30."},
    )


class SeriesFields(forms.Form):
    """Who holds it, how often, when and where."""

    owner = forms.ChoiceField(label="Held by")
    every = forms.IntegerField(
        required=False, min_value=1, max_value=366, error_messages={"min_value": "An interval is at least 1."}
    )
    unit = forms.ChoiceField(label="Unit", required=False, choices=CadenceInterval.Unit.choices)
    at = time_field()
    minutes = forms.IntegerField(min_value=1, max_value=LONGEST_MINUTES)
    place = forms.CharField(
        label="Where", required=False, max_length=300, help_text="A room, or the address of the meeting."
    )

    def __init__(self, *args, people: Iterable[User], ruled: Interval | None, zone: str, **kw):
        super().__init__(*args, **kw)
        self.people = {str(one.pk): one for one in people}
        self.fields["owner"].choices = [(pk, str(one)) for pk, one in self.people.items()]
        if ruled:
            hint = f"Leave empty to follow the rule: {ruled.words} now; it changes with phase and health."
        else:
            hint = "No rule sets the interval. Enter it here."
        self.fields["every"].help_text = hint
        self.fields["at"].help_text = f"Time of {zone}."

    def clean_owner(self) -> User:
        return self.people[self.cleaned_data["owner"]]

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if not found.get("every"):
            found["unit"] = ""
        return found


class AgreeForm(SeriesFields):
    first_on = day_field("First one on", help_text="Later reviews keep its weekday, or its day of the month.")

    field_order = ("owner", "first_on", "every", "unit", "at", "minutes", "place")

    def clean_first_on(self):
        if not self.cleaned_data["first_on"]:
            raise forms.ValidationError("Say when the first one is.")
        return self.cleaned_data["first_on"]

    def agreed(self) -> Agreed:
        return Agreed(**{name: self.cleaned_data[name] for name in self.field_order})

    @classmethod
    def initial_of(cls, rule: CadenceRule, owner: User | None, first_on) -> dict[str, Any]:
        return {
            "owner": owner.pk if owner else "",
            "first_on": first_on,
            "unit": CadenceInterval.Unit.WEEK,
            "at": time(10),
            "minutes": rule.minutes,
        }


class ChangeForm(SeenForm, SeriesFields):
    """What was agreed, agreed anew."""

    @classmethod
    def initial_of(cls, series: ReviewSeries) -> dict[str, Any]:
        names = ("every", "unit", "at", "minutes", "place")
        return {"owner": series.owner_id, **{name: getattr(series, name) for name in names}}


class PlanForm(forms.Form):
    on = day_field("On")
    at = time_field()

    def clean_on(self):
        if not self.cleaned_data["on"]:
            raise forms.ValidationError("Say on which day.")
        return self.cleaned_data["on"]


class MoveForm(PlanForm):
    from_now_on = forms.TypedChoiceField(
        label="Applies to",
        required=False,
        choices=[("", "Only this review"), ("yes", "This and all later reviews")],
        coerce=bool,
        empty_value=False,
        widget=forms.RadioSelect,
    )
    why = forms.CharField(label="Reason", max_length=500, widget=WHY, help_text="Everyone who expects it reads this.")

    def __init__(self, *args, rhythm: str, unit: str, **kw):
        super().__init__(*args, **kw)
        new = {"week": "weekday and time", "month": "day of the month and time"}.get(unit, "time")
        self.fields["from_now_on"].help_text = f"The series is {rhythm}. All later reviews would get the new {new}."

    @classmethod
    def initial_of(cls, review: Review) -> dict[str, Any]:
        return {"on": review.on, "at": review.at, "from_now_on": ""}


class WhyForm(forms.Form):
    """For what is skipped, called off or ended."""

    why = forms.CharField(label="Reason", max_length=500, widget=WHY, help_text="Everyone who expects it reads this.")
