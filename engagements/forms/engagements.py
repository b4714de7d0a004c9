"""Parking, resuming, closing and reopening an engagement."""

from django import forms

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ParkForm(forms.Form):
    until = forms.DateField(label="Until", widget=DATE, help_text="On that day it comes back on Today.")
    why = forms.CharField(label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ResumeForm(forms.Form):
    """Asks for nothing."""


class CloseForm(forms.Form):
    outcome = forms.CharField(
        label="How it ended",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example: all services enabled, or the customer withdrew.",
    )


class ReopenForm(forms.Form):
    why = forms.CharField(label="Why it is reopened", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
