"""A recap as its author words it before it leaves the house."""

import uuid
from collections.abc import Iterable

from django import forms

from engagements.models import Contact
from engagements.services.recaps import LONGEST_BODY, LONGEST_SUBJECT


class RecapForm(forms.Form):
    """The mail and who gets it. Whether somebody may get it is for the service to say, with the reason."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    to = forms.TypedMultipleChoiceField(
        label="To",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose who gets the recap.",
            "invalid_choice": "Somebody you chose is no contact of this customer any more. Choose anew.",
        },
    )
    subject = forms.CharField(max_length=LONGEST_SUBJECT, error_messages={"required": "Give the mail a subject."})
    body = forms.CharField(
        label="Text",
        max_length=LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 18}),
        error_messages={
            "required": "Nothing is left to send. Write what the customer should read.",
            "max_length": f"A mail has at most {LONGEST_BODY:,} characters.",
        },
    )

    def __init__(self, *args, people: Iterable[Contact], **kw):
        kw["initial"] = {"token": uuid.uuid4()} | (kw.get("initial") or {})
        super().__init__(*args, **kw)
        self.fields["to"].choices = [(one.pk, one.name) for one in people]
