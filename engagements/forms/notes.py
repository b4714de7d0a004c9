"""The composer: what a person types, cleaned to what the note service takes."""

import uuid
from datetime import date

from django import forms

from engagements.models import Engagement, Note, User
from engagements.services.notes import LONGEST, NewNote
from tasks.models import FtopTask

PASSED = "This day has passed. Save again to keep it."
NOT_A_TASK = "Value is not a valid Task Id."  # R52, the words people know


class AsksAboutPastDays(forms.Form):
    """A day that has passed is asked about, not refused: the same day sent once more is meant.

    ``kept_day`` carries the day that was asked about; without ``today`` nothing is asked.
    """

    kept_day = forms.CharField(required=False, widget=forms.HiddenInput)

    def ask_about(self, name: str, today: date | None) -> None:
        on = self.cleaned_data.get(name)
        if today is None or on is None or on >= today or self.cleaned_data.get("kept_day") == on.isoformat():
            return
        self.data = self.data.copy()
        self.data["kept_day"] = on.isoformat()
        self.add_error(name, PASSED)


class NextDayForm(AsksAboutPastDays):
    """Puts a next action on another day."""

    due = forms.DateField(
        label="Another day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Say on which day.", "invalid": "Give a date, such as 2026-05-27."},
    )
    why = forms.CharField(
        label="Why", required=False, max_length=500, error_messages={"max_length": "At most 500 characters."}
    )

    def __init__(self, *args, today: date, **kw):
        super().__init__(*args, **kw)
        self.today = today

    def clean(self) -> dict:
        cleaned = super().clean()
        self.ask_about("due", self.today)
        return cleaned


class NoteForm(AsksAboutPastDays):
    """One note. ``documents`` are the ticked lines; the page posts them with the form."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    category = forms.ChoiceField(choices=Note.Category.choices)
    services = forms.ChoiceField(required=False)
    task = forms.CharField(label="Task number", required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    body = forms.CharField(
        label="What happened",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5, "data-key": "n"}),
        error_messages={
            "required": "Write what happened; an empty note documents nothing.",
            "max_length": f"A note has at most {LONGEST:,} characters.",
        },
    )
    next_action = forms.CharField(
        required=False,
        max_length=500,
        error_messages={"max_length": "A next action has at most 500 characters."},
    )
    next_on = forms.DateField(
        label="On",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Give a date, such as 2026-05-27."},
    )
    next_owner = forms.ModelChoiceField(label="By", required=False, queryset=User.objects.none(), empty_label=None)
    escalated = forms.BooleanField(label="Escalate", required=False)

    def __init__(
        self,
        *args,
        engagement: Engagement,
        team: list[User],
        user: User,
        number: int | None = None,
        today: date | None = None,
        **kw,
    ):
        self.today, self.engagement_id = today, engagement.pk
        kw.setdefault("initial", {})
        kw["initial"] = {"token": uuid.uuid4(), "next_owner": user.pk, "task": number or ""} | kw["initial"]
        super().__init__(*args, **kw)
        self.scope = list(engagement.services.all())
        every = "The only one" if len(self.scope) == 1 else f"All {len(self.scope)}"
        self.fields["services"].choices = [("", every)] + [(s.pk, s.label) for s in self.scope]
        people = {user.pk: user} | {person.pk: person for person in team}
        owners = self.fields["next_owner"]
        owners.queryset = User.objects.filter(pk__in=people)
        owners.choices = [(pk, f"{person} (me)" if pk == user.pk else str(person)) for pk, person in people.items()]

    def clean_task(self) -> int | None:
        """The id of the FTOP number, or the sentence people know from the portal (R52)."""
        typed = self.cleaned_data["task"].strip().lstrip("#")
        if not typed:
            return None
        task = FtopTask.objects.filter(number=int(typed)).first() if _is_number(typed) else None
        if task is None:
            raise forms.ValidationError(NOT_A_TASK)
        return task.pk

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("next_action") and not cleaned.get("next_on") and "next_on" not in self.errors:
            self.add_error("next_on", "Say on which day the next action is due.")
        if cleaned.get("next_on") and not cleaned.get("next_action") and "next_action" not in self.errors:
            self.add_error("next_action", "Say what is to be done on that day, or clear the date.")
        self.ask_about("next_on", self.today)
        return cleaned

    def note(self) -> NewNote:
        data = self.cleaned_data
        chosen = data["services"]
        return NewNote(
            token=data["token"],
            body=data["body"],
            category=data["category"],
            services=(int(chosen),) if chosen else tuple(service.pk for service in self.scope),
            task=data["task"],
            escalated=data["escalated"],
            next_action=data["next_action"],
            next_on=data["next_on"],
            next_owner=data["next_owner"],
        )


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= 6
