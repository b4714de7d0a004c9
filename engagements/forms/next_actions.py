"""Promising something, putting it on another day, and handing it on (R51)."""

from collections.abc import Iterable
from datetime import date

from django import forms

from engagements.forms.notes import AsksAboutPastDays
from engagements.models import User

MOST = 500
SAY_WHY = "Say why; it stays in the history."


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Say on which day.", "invalid": "Give a date, such as 2026-05-27."},
    )


def _why(help_text: str) -> forms.CharField:
    errors = {"required": SAY_WHY, "max_length": f"At most {MOST} characters."}
    return forms.CharField(label="Why", max_length=MOST, help_text=help_text, error_messages=errors)


class NextDayForm(AsksAboutPastDays):
    """Puts a next action on another day; each time it says why."""

    due = _day("Another day")
    why = _why("Whoever waits for it reads this.")

    def __init__(self, *args, today: date, **kw):
        super().__init__(*args, **kw)
        self.today = today

    def clean(self) -> dict:
        cleaned = super().clean()
        self.ask_about("due", self.today)
        return cleaned


class HandOnForm(forms.Form):
    """Gives a next action to somebody who works here."""

    to = forms.ModelChoiceField(
        label="To whom",
        queryset=User.objects.none(),
        error_messages={"required": "Say to whom.", "invalid_choice": "Choose somebody who works here."},
    )
    why = _why("They read this first.")

    def __init__(self, *args, people: Iterable[User], **kw):
        kw.setdefault("prefix", "hand")
        super().__init__(*args, **kw)
        self.fields["to"].queryset = User.objects.filter(pk__in=[person.pk for person in people])
        self.fields["to"].choices = [("", "Choose somebody"), *((person.pk, str(person)) for person in people)]


class NewActionForm(AsksAboutPastDays):
    """Promises something without a note."""

    text = forms.CharField(
        label="Next action",
        max_length=MOST,
        error_messages={
            "required": "Say what is to be done.",
            "max_length": f"A next action has at most {MOST} characters.",
        },
    )
    due_on = _day("On")
    owner = forms.ModelChoiceField(
        label="By",
        queryset=User.objects.none(),
        empty_label=None,
        error_messages={"required": "Say who does it.", "invalid_choice": "Choose somebody who works here."},
    )

    def __init__(self, *args, people: Iterable[User], user: User, today: date, **kw):
        kw["initial"] = {"owner": user.pk} | (kw.get("initial") or {})
        super().__init__(*args, **kw)
        self.today, known = today, {user.pk: user} | {person.pk: person for person in people}
        self.fields["owner"].queryset = User.objects.filter(pk__in=known)
        self.fields["owner"].choices = [
            (pk, f"{person} (me)" if pk == user.pk else str(person)) for pk, person in known.items()
        ]

    def clean(self) -> dict:
        cleaned = super().clean()
        self.ask_about("due_on", self.today)
        return cleaned
