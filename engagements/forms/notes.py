"""The composer: what a person types, cleaned to what the note service takes."""

import uuid
from datetime import date

from django import forms
from django.core.validators import MaxLengthValidator

from engagements.models import Engagement, Note, NoteDraft, User
from engagements.note_templates import merged
from engagements.selectors.composer import Composer, draft_line, initial_of, templates_by_category
from engagements.services.notes import LONGEST, NewNote
from engagements.services.refusals import Refused
from tasks.folding import fold
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


class CategorySelect(forms.Select):
    """Each option knows what its category is for; static/js/note_text.js says it beneath."""

    said: dict[str, str] = {}

    def create_option(self, name, value, *args, **kw):
        option = super().create_option(name, value, *args, **kw)
        if text := self.said.get(str(value)):
            option["attrs"]["data-say"] = text
        return option


class NoteForm(AsksAboutPastDays):
    """One note. ``documents`` are the ticked lines; the page posts them with the form.

    ``composer`` offers templates, drafts and who writes what (selectors/composer.py). ``draft_version`` is the one of
    the draft that the form knows.
    """

    token = forms.UUIDField(widget=forms.HiddenInput)
    draft_version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    category = forms.ChoiceField(choices=Note.Category.choices, widget=CategorySelect)
    services = forms.ChoiceField(required=False)
    task = forms.CharField(
        label="Task number",
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Number or name"}),
        error_messages={"max_length": NOT_A_TASK},
    )
    # No maxlength for the browser, which would cut what is pasted without a word.
    body = forms.CharField(
        label="What happened",
        widget=forms.Textarea(attrs={"rows": 8, "data-key": "n", "data-longest": LONGEST}),
        validators=[MaxLengthValidator(LONGEST, f"A note has at most {LONGEST:,} characters.")],
        error_messages={"required": "Write what happened; an empty note documents nothing."},
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
    escalated = forms.BooleanField(
        label="Escalate",
        required=False,
        help_text="The primary FastTrack Manager and the Team Managers hear of it at once (R54).",
    )

    def __init__(
        self,
        *args,
        engagement: Engagement,
        team: list[User],
        user: User,
        number: int | None = None,
        today: date | None = None,
        composer: Composer | None = None,
        draft: NoteDraft | None = None,
        **kw,
    ):
        self.engagement_id = engagement.pk
        self.today, self.composer, self.begun, self.preview = today, composer, draft, None
        kw["initial"] = {"token": uuid.uuid4(), "next_owner": user.pk, "task": number or ""} | (kw.get("initial") or {})
        if draft:
            kw["initial"] |= initial_of(draft.values) | {"token": draft.token, "draft_version": draft.version}
        if composer:
            kw["initial"].setdefault("category", composer.first)
        super().__init__(*args, **kw)
        if composer:
            self.fields["category"].choices = composer.choices()
            self.fields["category"].widget.said = composer.said()
            self.fields["task"].widget.attrs |= {"data-suggest": composer.urls["tasks"]}
            self.fields["body"].widget.attrs |= {"data-suggest-at": composer.urls["colleagues"]}
        self.scope = list(engagement.services.all())
        every = "The only one" if len(self.scope) == 1 else f"All {len(self.scope)}"
        self.fields["services"].choices = [("", every)] + [(s.pk, s.label) for s in self.scope]
        people = {user.pk: user} | {person.pk: person for person in team}
        owners = self.fields["next_owner"]
        owners.queryset = User.objects.filter(pk__in=people)
        owners.choices = [(pk, f"{person} (me)" if pk == user.pk else str(person)) for pk, person in people.items()]

    @property
    def said(self) -> str:
        """What the category that is chosen is for."""
        return self.composer.said().get(str(self["category"].value()), "") if self.composer else ""

    @property
    def templates(self) -> list[dict]:
        return templates_by_category(self.composer.templates) if self.composer else []

    @property
    def draft(self) -> dict | None:
        """The draft that the form was filled with, as the composer says it."""
        if self.begun is None:
            return None
        return draft_line(self.begun, self.composer.today) | {"at": int(self.begun.saved_at.timestamp() * 1000)}

    @property
    def older(self) -> list[dict]:
        """The drafts of this composer that are not in it."""
        return self.composer.offers(self.begun) if self.composer else []

    def clean_task(self) -> int | None:
        """The id of the FTOP number, or the sentence people know from the portal (R52); a whole name will do."""
        typed = self.cleaned_data["task"].strip().lstrip("#")
        if not typed:
            return None
        wanted = {"number": int(typed)} if _is_number(typed) else {"name_folded": fold(typed)}
        task = FtopTask.objects.filter(**wanted).first()
        if task is None:
            raise forms.ValidationError(NOT_A_TASK)
        return task.pk

    def clean_body(self) -> str:
        return self.cleaned_data["body"].replace("\r\n", "\n")

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("next_action") and not cleaned.get("next_on") and "next_on" not in self.errors:
            self.add_error("next_on", "Say on which day the next action is due.")
        if cleaned.get("next_on") and not cleaned.get("next_action") and "next_action" not in self.errors:
            self.add_error("next_action", "Say what is to be done on that day, or clear the date.")
        self.ask_about("next_on", self.today)
        return cleaned

    def refused(self, refusal: Refused) -> None:
        """Says what the service refused, beside its field; a form that was used up gets a new token."""
        if refusal.field == "token":
            self.data = self.data.copy()
            self.data["token"], self.data["draft_version"] = str(uuid.uuid4()), ""
        self.add_error(
            refusal.field if refusal.field in self.fields and refusal.field != "token" else None, refusal.message
        )

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


def typed_again(post, composer: Composer) -> dict | None:
    """What to draw the form with anew where somebody pressed "Insert" or "Preview" and has no script; else None."""
    if "insert" not in post and "preview" not in post:
        return None
    values = initial_of(post.dict())
    values["body"] = values.get("body", "").replace("\r\n", "\n")
    if "insert" in post:
        found = [row["body"] for row in composer.templates if str(row["id"]) == post.get("template")]
        values["body"] = merged(values["body"], found[0]) if found else values["body"]
    return values


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= 6
