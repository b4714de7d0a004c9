"""Correcting a saved note with another (R50)."""

import uuid

from django import forms

from engagements.models import Note
from engagements.services.notes import LONGEST, NewNote


class CorrectionForm(forms.Form):
    """The text that is right. Category, services and task number are those of the note that it corrects."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    body = forms.CharField(
        label="What happened",
        widget=forms.Textarea(attrs={"rows": 12, "data-key": "n"}),
        max_length=LONGEST,
        error_messages={
            "required": "Write what happened; an empty note documents nothing.",
            "max_length": f"A note has at most {LONGEST:,} characters.",
        },
    )

    def __init__(self, *args, note: Note, **kw):
        super().__init__(*args, initial={"token": uuid.uuid4(), "body": note.body}, **kw)
        self.note = note

    def clean_body(self) -> str:
        body = self.cleaned_data["body"].replace("\r\n", "\n").strip()
        if body == self.note.body.replace("\r\n", "\n").strip():
            raise forms.ValidationError("This is what the note says already. Change what is wrong.")
        return body

    def correction(self) -> NewNote:
        """Whom the wrong note was escalated to, the right one reaches too."""
        note = self.note
        return NewNote(
            token=self.cleaned_data["token"],
            body=self.cleaned_data["body"],
            category=note.category,
            services=tuple(service.pk for service in note.services.all()),
            task=note.task_id,
            escalated=note.escalated,
            corrects=note.pk,
        )
