"""Handing engagements over, and answering to it."""

from collections.abc import Iterable

from django import forms

from engagements.forms.people import FindPersonForm
from engagements.models import Engagement

WHY = forms.Textarea(attrs={"rows": 3})


class HandoverForm(FindPersonForm):
    why = forms.CharField(label="Why", max_length=500, widget=WHY, help_text="The receiver reads this first.")
    stays = forms.BooleanField(
        label="The giver stays on the team",
        required=False,
        help_text="As FastTrack Manager who is no longer primary. Otherwise they leave it on acceptance.",
    )

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.fields["q"].label = "To whom"


class ManyHandoversForm(HandoverForm):
    """Everything of one person, as far as it is ticked."""

    engagements = forms.MultipleChoiceField(label="Engagements", widget=forms.CheckboxSelectMultiple)
    stays = None

    def __init__(self, *args, engagements: Iterable[Engagement], **kw):
        super().__init__(*args, **kw)
        self.known = {str(row.pk): row for row in engagements}
        self.fields["engagements"].choices = [(pk, str(row.tenant)) for pk, row in self.known.items()]
        self.fields["engagements"].error_messages["required"] = "Tick the engagements to hand over."
        self.fields["engagements"].initial = list(self.known)

    def clean_engagements(self) -> list[Engagement]:
        return [self.known[pk] for pk in self.cleaned_data["engagements"]]


class DeclineForm(forms.Form):
    why = forms.CharField(label="Why not", max_length=500, widget=WHY, help_text="The giver reads it.")
