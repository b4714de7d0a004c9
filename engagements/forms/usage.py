"""How many people were active on a day: of one service, or of several in one go."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms

from engagements.forms.adoption import NOT_A_DATE
from engagements.forms.seen import SeenForm
from engagements.importing import values
from engagements.models import TenantService, UsageReading
from engagements.usage import why_no_day


class CountField(forms.CharField):
    """A whole number as people copy it from a report: 1200, 1,200 or 1.200."""

    def __init__(self, **options: Any):
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(max_length=40, widget=widget, **options)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        try:
            return values.whole_number(text, "The number") if text else None
        except values.Unclear as unclear:
            raise forms.ValidationError(str(unclear)) from None


class DayField(forms.DateField):
    """The day on which people were counted; one that is still to come is refused."""

    def __init__(self, **options: Any):
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        required = {"required": "Give the day on which they were counted."}
        super().__init__(label="Counted on", widget=widget, error_messages=NOT_A_DATE | required, **options)

    today: date

    def clean(self, value: Any) -> date:
        day = super().clean(value)
        if wrong := why_no_day(day, self.today):
            raise forms.ValidationError(wrong)
        return day


class UsageForm(SeenForm):
    """One reading of a service; of a day that has one already, it is corrected."""

    on = DayField()
    active_users = CountField(error_messages={"required": "Give the number of active users; 0 is a number too."})

    def __init__(self, *args, today: date, reading: UsageReading | None = None, **kw):
        kw.setdefault("initial", {"on": reading.on, "active_users": reading.active_users} if reading else {"on": today})
        super().__init__(*args, **kw)
        self.fields["on"].today = today
        if reading:
            self.fields["on"].widget.attrs["readonly"] = True
            self.fields["on"].help_text = "Was it another day? Remove this reading and enter it again."

    @property
    def seen_of_day(self) -> Mapping[str, Any] | None:
        """What was shown of the day that the form is about now; of another day, nothing was."""
        is_same = self.seen.get("on") == self.cleaned_data["on"].isoformat()
        return {"active_users": self.seen.get("active_users")} if is_same else None


class UsageDayForm(forms.Form):
    """The active users of several services on one day; what is left empty is left as it is."""

    on = DayField()

    def __init__(self, *args, rows: Iterable[TenantService], today: date, **kw):
        super().__init__(*args, initial={"on": today}, **kw)
        self.fields["on"].today = today
        self.rows = {f"users_{row.service_id}": row for row in rows}
        for name, row in self.rows.items():
            self.fields[name] = CountField(label=row.service.label, required=False)

    @property
    def counts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.rows]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not self.active_users():
            raise forms.ValidationError("Give the active users of at least one service.")
        return cleaned

    def active_users(self) -> dict[TenantService, int]:
        found = self.cleaned_data
        return {row: found[name] for name, row in self.rows.items() if found.get(name) is not None}
