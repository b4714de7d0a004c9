"""Everything that the one form of a service shows: its grid of slices, DIBS and SSAT, start, delivery, forecast."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms

from engagements.entitlements import MOST_SEATS, MOST_SLICES, ORDER, Grid, Slice, in_words
from engagements.forms.adoption import LETTERS, AdoptionFields, day_field
from engagements.forms.seen import SeenForm
from engagements.models import Forecast, TenantService
from engagements.services.adoption import ADOPTION_FIELDS
from engagements.services.entitlements import GridRefused, due_on_of, grid_of
from engagements.services.refusals import Refused
from engagements.services.service_record import DELIVERY_FIELDS, FORECAST_FIELDS, ServiceValues
from tasks.consumption import CHOICES, NEW_SEATS, Consumption
from tasks.reasons import Reasons

# Statuses that have a row from the beginning; the fifth is taken by the row for another slice.
USUAL = ORDER[:4]
# How a status is coloured, as in the bar.
COLOURS = dict(zip(ORDER, ("ip", "bl", "ni", "su", "du"), strict=True))
MEND = "Some rows of the grid have to be mended."
YES_NO = [("", "Not known"), ("True", "Yes"), ("False", "No")]


class SeatsField(forms.Field):
    """A whole number as people write it: 2100, 2,100, 2 100."""

    def __init__(self, **kw):
        attrs = {"inputmode": "numeric", "autocomplete": "off", "size": 7, "class": "num"}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **kw)

    def prepare_value(self, value):
        return f"{value:,}" if isinstance(value, int) else value

    def to_python(self, value):
        bare = re.sub(r"(?<=\d)[.,' \u00a0\u202f](?=\d{3}\b)", "", (value or "").strip())
        if not bare:
            return None
        if not re.fullmatch(r"[0-9]{1,8}", bare) or int(bare) > MOST_SEATS:
            raise forms.ValidationError(f"Give a whole number from 0 to {MOST_SEATS:,}.")
        return int(bare)


class SliceForm(forms.Form):
    """One row of the grid. A row of one status has its own reasons; the last row takes any status."""

    l1 = forms.ChoiceField(required=False, choices=[("", "Another slice …"), *CHOICES], label="Status")
    count = SeatsField(label="Count")
    why = forms.ChoiceField(
        required=False, label="Reason", error_messages={"invalid_choice": "This service has no such reason."}
    )
    target_on = day_field("Target date")
    owner = forms.CharField(required=False, max_length=120)
    note = forms.CharField(required=False, max_length=500)

    def __init__(self, *args, reasons: Reasons, fixed: Consumption | None = None, **kw):
        super().__init__(*args, **kw)
        self.fixed = fixed
        self.fields["why"].choices = list(_whys(reasons, fixed))
        word = fixed.label if fixed else "Another slice"
        if fixed:
            self.fields["l1"].widget = forms.HiddenInput()
        for name in ("count", "why", "target_on", "owner", "note"):
            label = self.fields[name].label or name
            self.fields[name].widget.attrs |= {"aria-label": f"{word}, {label.lower()}"}
        self.fields["l1"].widget.attrs |= {} if fixed else {"aria-label": "Another slice, status"}
        self.fields["count"].widget.attrs["placeholder"] = "0"

    @property
    def takes_target(self) -> bool:
        return self.fixed is None or self.fixed.takes_target

    @property
    def takes_owner(self) -> bool:
        return self.fixed is None or self.fixed.takes_owner

    @property
    def takes_reason(self) -> bool:
        return self.fixed is None or self.fixed.takes_reason

    @property
    def needs_target(self) -> bool:
        return self.fixed is not None and self.fixed.needs_target

    @property
    def colour(self) -> str:
        return COLOURS[self.fixed]

    @property
    def has_more(self) -> bool:
        """Whether owner or note are filled in, or wrong, so that they stand open."""
        return any(self[name].value() or self[name].errors for name in ("owner", "note"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        filled = any(cleaned.get(name) for name in ("why", "target_on", "owner", "note"))
        if cleaned.get("count") is None and "count" not in self.errors and filled and not self.fixed:
            self.add_error("count", "Say how many seats this is about.")
        if cleaned.get("count") and not cleaned.get("l1") and "l1" not in self.errors:
            self.add_error("l1", "Choose the status of these seats.")
        return cleaned

    def slice(self) -> Slice | None:
        """The row as the rules read it; nothing where no count stands there. An empty target follows the due date."""
        data = self.cleaned_data
        if data.get("count") is None or not data.get("l1"):
            return None
        follows = data["target_on"] is None and Consumption(data["l1"]).needs_target
        owner, note = data["owner"].strip(), data["note"].strip()
        return Slice(data["l1"], data["count"], data["why"], data["target_on"], follows, owner, note)


class ScenarioForm(forms.Form):
    """How some of the In Progress seats are migrated (R43)."""

    name = forms.CharField(required=False, max_length=120, widget=forms.TextInput(attrs={"aria-label": "Scenario"}))
    count = SeatsField(label="Seats")

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.fields["name"].widget.attrs["placeholder"] = "Scenario"
        self.fields["count"].widget.attrs |= {"aria-label": "Seats of the scenario", "placeholder": "Seats"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("count") and not cleaned.get("name", "").strip():
            self.add_error("name", "Name the scenario.")
        return cleaned


class ServiceForm(AdoptionFields, SeenForm):
    """One service. Seen: the values that people change, and the grid as one of them."""

    grid = forms.JSONField(required=False, label="Entitlements", widget=forms.HiddenInput)
    confirmed = forms.BooleanField(required=False, label="Confirmed with the customer today")
    starts_on = day_field("Engagement start")
    why = forms.CharField(
        required=False,
        max_length=400,
        label="Why the start moves",
        help_text="Becomes an Engagement Management note.",
    )
    entitlements_override = SeatsField(label="Override of the entitlements")
    stage = forms.ChoiceField(
        required=False, label="Service status", choices=[("", "Not known"), *TenantService.Stage.choices]
    )
    scenario = forms.ChoiceField(required=False, label="Engagement scenario", choices=TenantService.Scenario.choices)
    migrates_data = forms.TypedChoiceField(
        required=False,
        label="Microsoft performing migration?",
        choices=YES_NO,
        coerce=lambda said: said == "True",
        empty_value=None,
    )
    migration_rejected = forms.CharField(required=False, max_length=300, label="Why Microsoft does not migrate")
    submitted_on = day_field("RFA submitted")
    ten_percent_on = day_field("10 % active users on")
    forty_percent_on = day_field("40 % active users on")

    seen_fields = (*ADOPTION_FIELDS, *DELIVERY_FIELDS, "grid")

    def __init__(self, data=None, *, row: TenantService, reasons: Reasons, forecast: Forecast | None, **kw):
        self.row, self.reasons = row, reasons
        record = getattr(row, "adoption", None)
        self.stored = grid_of(row.placed)
        initial = {name: getattr(record, name, "") for name in ADOPTION_FIELDS}
        initial |= {name: getattr(row, name) for name in DELIVERY_FIELDS}
        initial |= {name: getattr(forecast, name, None) for name in FORECAST_FIELDS}
        initial["success_owner"] = getattr(record, "success_owner_id", None) or ""
        initial["grid"] = [one.plain() for one in self.stored]
        for letter in LETTERS:
            initial[letter] = initial[letter] or "not-started"
        super().__init__(data, initial=initial, **kw)
        self.due_on_now = due_on_of(row)
        self.slices = list(self._slice_forms())
        self.migrations = list(self._scenario_forms())
        self.refused = False
        self.said = self.said_of_scenarios = ""  # what is wrong with the grid, and with the scenarios, as a whole

    # The rows of the grid

    def _slice_forms(self) -> Iterator[SliceForm]:
        """Posted rows as they were posted; else one for each slice, for each usual status, and one more."""
        if self.is_bound:
            for at in range(min(_number(self.data.get("slices")), MOST_SLICES)):
                l1 = self.data.get(f"slice-{at}-l1", "")
                is_fixed = bool(self.data.get(f"slice-{at}-fixed")) and l1 in list(Consumption)
                yield self._slice(at, Consumption(l1) if is_fixed else None)
            return
        at = 0
        for l1 in ORDER:
            mine = [one for one in self.stored if one.l1 == l1]
            for one in mine or ([None] if l1 in USUAL else []):
                yield self._slice(at, l1, one)
                at += 1
        yield self._slice(at, None)

    def _slice(self, at: int, l1: Consumption | None, one: Slice | None = None) -> SliceForm:
        initial: dict[str, Any] = {"l1": l1.value if l1 else ""}
        if one:
            initial |= {name: getattr(one, name) for name in ("count", "why", "owner", "note")}
            initial["target_on"] = None if one.follows_due else one.target_on
        elif l1 is Consumption.STATUS_UNKNOWN:
            initial["why"] = NEW_SEATS if any(reason.pk == NEW_SEATS for reason, _ in self.reasons.rows) else ""
        data = self.data if self.is_bound else None
        return SliceForm(data, prefix=f"slice-{at}", initial=initial, reasons=self.reasons, fixed=l1)

    def _scenario_forms(self) -> Iterator[ScenarioForm]:
        if self.is_bound:
            for at in range(min(_number(self.data.get("migrations")), MOST_SLICES)):
                yield ScenarioForm(self.data, prefix=f"scenario-{at}")
            return
        kept = list(self.row.migrations.all()) if self.row.pk else []
        for at, one in enumerate([*kept, None, None]):
            initial = {"name": one.name, "count": one.count} if one else None
            yield ScenarioForm(prefix=f"scenario-{at}", initial=initial)

    # What was sent

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        parts = [part.is_valid() for part in (*self.slices, *self.migrations)]
        if not all(parts):
            self.said, self.refused = MEND, True
            raise forms.ValidationError([])
        cleaned["grid"] = [one.plain() for one in self._grid()]
        return cleaned

    def is_valid(self) -> bool:
        return super().is_valid() and all(part.is_valid() for part in (*self.slices, *self.migrations))

    def _grid(self) -> Grid:
        return [one for part in self.slices if (one := part.slice())]

    def values(self) -> ServiceValues:
        """What ``save_service`` takes: not what was left to somebody else, nor what the form did not send."""
        data, sent = self.cleaned_data, self.data
        adoption = self.kept({name: data[name] for name in ADOPTION_FIELDS if name in sent})
        for letter in LETTERS:
            if letter in adoption:
                adoption[letter] = adoption[letter] or "not-started"
        delivery = self.kept({name: data[name] for name in DELIVERY_FIELDS if name in sent})
        if "scenario" in delivery:
            delivery["scenario"] = delivery["scenario"] or TenantService.Scenario.CUSTOMER_LED_FTP.value
        rows = [part.cleaned_data for part in self.migrations]
        return ServiceValues(
            grid=self._grid() if self.slices and "grid" not in self.kept_theirs() else None,
            scenarios=[(one["name"].strip(), one["count"]) for one in rows if one["count"]] if rows else None,
            adoption=adoption,
            delivery=delivery,
            forecast={name: data[name] for name in FORECAST_FIELDS} if "submitted_on" in sent else None,
            owner_name=data["new_owner"],
            confirmed=data["confirmed"],
            why=data["why"],
        )

    def refuse(self, refusal: Refused) -> None:
        """Puts what the service refused where it is mended."""
        if isinstance(refusal, GridRefused):
            rows = [part for part in self.slices if part.slice()]
            for problem in refusal.problems:
                if problem.row is not None:
                    rows[problem.row].add_error(problem.field, problem.text)
            # What the slices lack to total the seats is drawn from the counts, and follows the typing.
            self.said = MEND if any(problem.row is not None for problem in refusal.problems) else ""
            self.refused = True
            self.add_error(None, forms.ValidationError([]))
        elif refusal.field in ("grid", "scenarios"):
            name = "said" if refusal.field == "grid" else "said_of_scenarios"
            setattr(self, name, refusal.message)
            self.refused = refusal.field == "grid"
            self.add_error(None, forms.ValidationError([]))
        else:
            self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)

    def place_rest(self) -> None:
        """Adds what is not placed to Status Unknown, and saves nothing."""
        data = self.data.copy()
        counts = [_seats(data.get(f"slice-{at}-count")) for at in range(len(self.slices))]
        for at, part in enumerate(self.slices):
            if part.fixed is Consumption.STATUS_UNKNOWN:
                data[f"slice-{at}-count"] = str(max(counts[at] + self.available - sum(counts), 0))
                break
        self.data = data
        self.slices = list(self._slice_forms())

    # What is drawn

    @property
    def available(self) -> int:
        """The seats that the slices have to total, by the override as it stands in the form."""
        override = _seats(self["entitlements_override"].value(), otherwise=-1)
        return self.row.entitlements if override < 0 else override

    @property
    def placed(self) -> int:
        return sum(_seats(part["count"].value()) for part in self.slices)

    @property
    def missing(self) -> int:
        return self.available - self.placed

    @property
    def over(self) -> int:
        return -self.missing

    @property
    def scenario_error(self) -> str:
        """What is wrong with the migration scenarios as a whole (R43)."""
        return self.said_of_scenarios

    @property
    def delivery_open(self) -> bool:
        """Whether something in the folded part has to be mended."""
        folded = (*DELIVERY_FIELDS, *FORECAST_FIELDS)
        parts = any(part.errors for part in self.migrations)
        return bool(self.scenario_error or parts or any(name in self.errors for name in folded if name != "starts_on"))

    def _words(self, name: str, value: Any) -> str:
        if name == "grid":
            return in_words(Slice.from_plain(one) for one in value or []) or "no slices"
        return super()._words(name, value)


def _whys(reasons: Reasons, fixed: Consumption | None) -> Iterator[tuple[str, Any]]:
    """Each L2 with its L3 below it; for a row of any status, each L2 says its L1."""
    yield ("", "No reason given")
    for reason, details in reasons.rows:
        if fixed not in (None, reason.l1):
            continue
        group = reason.name if fixed else f"{reason.get_l1_display()}: {reason.name}"
        yield group, [(reason.pk, reason.name), *((one.pk, f"{reason.name} · {one.name}") for one in details)]


def _number(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _seats(text: Any, otherwise: int = 0) -> int:
    """A count as far as it can be read: for showing totals, not for saving."""
    if isinstance(text, int):
        return text
    bare = re.sub(r"[^0-9]", "", str(text or ""))
    return int(bare[:9]) if bare else otherwise
