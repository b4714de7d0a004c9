"""Acknowledging an escalated note (R54)."""

from django import forms

from engagements.services.escalations import LONGEST


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="Your answer",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What you will do about it, if there is something to say. It stands on the note.",
        error_messages={"max_length": f"An answer has at most {LONGEST} characters."},
    )
