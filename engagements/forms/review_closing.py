"""Closing a review as people fill it in: what happened, who came, what follows, the health, the next date."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms

from engagements.forms.adoption import day_field
from engagements.forms.enterprise import EnterpriseFields
from engagements.models import Engagement, HealthRating, User
from engagements.services.attendance import LONGEST, Attending
from engagements.services.enterprise_status import NewStatus
from engagements.services.review_closing import CONFIRM, LONGEST_PART, PARTS, Closing, NewAction

TOO_LONG = f"At most {LONGEST_PART} characters, so that the status stays one page."
ROWS = 10  # next actions that one closing can promise
HELP = {
    "milestones": "Reached, and the next ones with their day.",
    "risks": "What may go wrong, and what is done about it.",
    "blockers": "What stands in the way, and who removes it.",
    "decisions": "What was decided, and by whom.",
    "asks": "What is wanted of whom.",
}


class AttendanceForm(forms.Form):
    """Who came, and what on site asks for. ``people`` are those that the rule lets in, as the page offers them."""

    came = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    on_site = forms.BooleanField(label="Held on site", required=False)
    on_site_approved_by = forms.CharField(
        label="Approved by",
        required=False,
        max_length=LONGEST["on_site_approved_by"],
        help_text="On-site attendance needs an approval (R37).",
    )
    on_site_why = forms.CharField(
        label="Outcomes that need people on site", required=False, max_length=LONGEST["on_site_why"]
    )

    def offer(self, sides: Iterable[dict[str, Any]]) -> None:
        """What may be ticked; what else is sent is refused by the service, which says why."""
        known = {one["value"] for side in sides for one in side["people"]}
        sent = self.data.getlist("came") if self.is_bound else []
        others = [value for value in sent if value not in known and _split(value)]
        self.fields["came"].choices = [(value, value) for value in [*known, *others]]

    def attending(self) -> Attending:
        data = self.cleaned_data
        split = [_split(value) for value in data["came"]]
        return Attending(
            contacts=tuple(pk for kind, pk in filter(None, split) if kind == "contact"),
            users=tuple(pk for kind, pk in filter(None, split) if kind == "user"),
            on_site=data["on_site"],
            on_site_approved_by=data["on_site_approved_by"],
            on_site_why=data["on_site_why"],
        )


class ClosingForm(AttendanceForm):
    """The whole closing. Rows of next actions are "action-0-text", "action-0-on", "action-0-owner" and so on."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    engagement = forms.ChoiceField(label="The note goes into")
    held_on = day_field("Held on")
    body = forms.CharField(
        label="What happened",
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Begun from what happened since the last review: change it, complete it. The note also lists who "
        "took part, what stands below, and the next actions.",
    )
    health = forms.ChoiceField(label="Health, judged now", required=False, widget=forms.RadioSelect)
    health_why = forms.CharField(
        label="Why this colour",
        required=False,
        max_length=500,
        error_messages={"max_length": "At most 500 characters."},
        help_text="Needed for a colour; who confirms may leave it out.",
    )
    next_on = day_field("Next review")

    def __init__(
        self,
        *args,
        sides: list[dict[str, Any]],
        engagements: list[Engagement],
        owners: list[User],
        colour: str,
        may_judge: bool,
        next_hint: str,
        **kw,
    ):
        super().__init__(*args, **kw)
        self.offer(sides)
        self.owners = {str(person.pk): person for person in owners}
        self.fields["engagement"].choices = [(str(row.pk), called(row)) for row in engagements]
        for name in PARTS:
            self.fields[name] = forms.CharField(
                required=False,
                max_length=LONGEST_PART,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=HELP[name],
                error_messages={"max_length": TOO_LONG},
            )
        for at in range(ROWS):
            self._add_row(at)
        self.fields["next_on"].help_text = next_hint
        named = dict(HealthRating.Colour.choices)
        confirm = [(f"{CONFIRM}{colour}", f"Confirmed as is: {named[colour]}")] if colour else []
        self.fields["health"].choices = [("", "Not judged now"), *confirm, *HealthRating.Colour.choices]
        if not may_judge:
            del self.fields["health"], self.fields["health_why"]

    def _add_row(self, at: int) -> None:
        row = {
            "text": forms.CharField(
                label=f"Next action {at + 1}",
                required=False,
                max_length=500,
                error_messages={"max_length": "A next action has at most 500 characters."},
                widget=forms.TextInput(attrs={"placeholder": " "}),
            ),
            "on": day_field("On"),
            "owner": forms.ChoiceField(
                label="By", required=False, choices=[(pk, str(person)) for pk, person in self.owners.items()]
            ),
        }
        for name, made in row.items():
            self.fields[f"action-{at}-{name}"] = made

    def rows(self) -> list[dict[str, Any]]:
        """The rows of next actions, for the template."""
        return [{name: self[f"action-{at}-{name}"] for name in ("text", "on", "owner")} for at in range(ROWS)]

    def parts(self) -> list[Any]:
        return [self[name] for name in PARTS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("held_on") and "held_on" not in self.errors:
            self.add_error("held_on", "Say on which day it was held.")
        for at in range(ROWS):
            text, on = cleaned.get(f"action-{at}-text"), cleaned.get(f"action-{at}-on")
            if text and not on and f"action-{at}-on" not in self.errors:
                self.add_error(f"action-{at}-on", "Say on which day it is due.")
            if on and not text and f"action-{at}-text" not in self.errors:
                self.add_error(f"action-{at}-text", "Say what is to be done on that day, or clear the date.")
        return cleaned

    def closing(self) -> Closing:
        data = self.cleaned_data
        return Closing(
            token=data["token"],
            engagement_id=int(data["engagement"]),
            held_on=data["held_on"],
            body=data["body"],
            attending=self.attending(),
            next_on=data["next_on"],
            actions=tuple(self._actions()),
            health=data.get("health", ""),
            health_why=data.get("health_why", ""),
            parts={name: data[name] for name in PARTS},
            status=self.said_status(),
        )

    def said_status(self) -> NewStatus | None:
        return None

    def refuse(self, field: str | None, message: str) -> None:
        """A refusal of the service beside its field; who never takes part is said above all of them."""
        known = field in self.fields and field != "came"
        self.add_error(field if known else None, message)

    def typed(self) -> str:
        """All that was typed, as text, for somebody who was too late."""
        said = [f"{self.fields[name].label or name.capitalize()}:\n{self.data.get(name)}" for name in ("body", *PARTS)]
        said = [text for text, name in zip(said, ("body", *PARTS), strict=True) if (self.data.get(name) or "").strip()]
        for at in range(ROWS):
            if text := (self.data.get(f"action-{at}-text") or "").strip():
                said.append(f"Next action: {text}, {self.data.get(f'action-{at}-on', '')}")
        return "\n\n".join(said)

    def _actions(self) -> Iterable[NewAction]:
        for at in range(ROWS):
            if text := self.cleaned_data[f"action-{at}-text"].strip():
                owner = self.owners.get(self.cleaned_data[f"action-{at}-owner"])
                yield NewAction(text, self.cleaned_data[f"action-{at}-on"], owner)


class StatusClosingForm(EnterpriseFields, ClosingForm):
    """The closing of a review that ends with an enterprise status."""

    def said_status(self) -> NewStatus:
        return self.new_status()


def initial(draft: dict[str, str], *, today: date, next_on: date | None, owner: User, engagement: int | None) -> dict:
    """What the form begins with."""
    found: dict[str, Any] = {"token": uuid4(), "held_on": today, "next_on": next_on, "engagement": engagement, **draft}
    found |= {f"action-{at}-owner": str(owner.pk) for at in range(ROWS)}
    found["health"] = ""
    return found


def called(row: Engagement) -> str:
    motions = ", ".join(motion.name for motion in row.motions.all())
    return f"{row.tenant.name}: {motions or f'engagement {row.pk}'}"


def _split(value: str) -> tuple[str, int] | None:
    kind, _, pk = value.partition("-")
    return (kind, int(pk)) if kind in ("contact", "user") and pk.isascii() and pk.isdecimal() and len(pk) < 18 else None
