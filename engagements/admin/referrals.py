"""The mails that referrals begin with: worded by admins, with the history of each."""

from django import forms
from django.contrib import admin

from engagements.models import ReferralTemplate
from engagements.referral_mail import PLACEHOLDERS, unknown_placeholders
from tasks.history import HistoryAdmin

NAMED = "Filled in: " + ", ".join(f"{{{name}}} ({what})" for name, what in PLACEHOLDERS.items()) + "."


class ReferralTemplateForm(forms.ModelForm):
    class Meta:
        model = ReferralTemplate
        fields = ["service_type", "subject", "body"]
        widgets = {"body": forms.Textarea({"rows": 20, "cols": 90})}
        help_texts = {"body": NAMED}

    def clean_subject(self) -> str:
        return self._known(self.cleaned_data["subject"])

    def clean_body(self) -> str:
        return self._known(self.cleaned_data["body"])

    def _known(self, text: str) -> str:
        if unknown := unknown_placeholders(text):
            names = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise forms.ValidationError(f"{{{unknown[0]}}} is no placeholder; known are {names}.")
        return text


@admin.register(ReferralTemplate)
class ReferralTemplateAdmin(HistoryAdmin):
    form = ReferralTemplateForm
    list_display = ["__str__", "subject"]
