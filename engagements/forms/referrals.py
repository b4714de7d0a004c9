"""The parts of a referral as people fill them in, one form each."""

from collections.abc import Iterable

from django import forms

from engagements.forms.adoption import day_field
from engagements.forms.seen import SeenForm
from engagements.models import Contact, Referral, ReferralPartner

UNKNOWN_TYPE = [("", "Not chosen yet"), *Referral.ServiceType.choices]


class MatchForm(SeenForm):
    """What partners are matched by (R6)."""

    service_type = forms.ChoiceField(label="Service type", required=False, choices=UNKNOWN_TYPE)
    location = forms.CharField(required=False, max_length=200, help_text="Where help is wanted: Lisbon, on site.")
    specialties = forms.CharField(
        required=False, max_length=300, help_text="What they should be good at: Teams champions, training in Polish."
    )


class ApprovalForm(SeenForm):
    """Whom the partners contact, and who said that personal data may be shared."""

    contact = forms.ChoiceField(label="Whom the partners contact", required=False)
    approval = forms.ChoiceField(
        label="How it was approved", required=False, choices=[("", "Not yet"), *Referral.Approval.choices]
    )
    approved_by = forms.ChoiceField(label="Who approved", required=False)
    approved_on = day_field("On")

    def __init__(self, *args, people: Iterable[Contact], **kw):
        super().__init__(*args, **kw)
        self.people = {str(one.pk): one for one in people}
        choices = [("", "Nobody yet"), *((pk, _called(one)) for pk, one in self.people.items())]
        for name in ("contact", "approved_by"):
            self.fields[name].choices = choices

    def clean_contact(self) -> Contact | None:
        return self.people.get(self.cleaned_data["contact"])

    def clean_approved_by(self) -> Contact | None:
        return self.people.get(self.cleaned_data["approved_by"])


class PartnerForm(forms.Form):
    name = forms.CharField(
        label="Partner", max_length=200, error_messages={"required": "Give the name of the partner."}
    )
    mpn_id = forms.CharField(label="MPN ID", required=False, max_length=20)


class OwnPartnerForm(PartnerForm):
    """The customer's own partner, beside the form of those that are proposed: another label tells them apart."""

    def __init__(self, *args, **kw):
        super().__init__(*args, auto_id="own_%s", **kw)
        self.fields["name"].label = "Company"
        self.fields["mpn_id"].label = "MPN ID of the company"


class MailForm(SeenForm):
    mail_subject = forms.CharField(label="Subject", max_length=200, required=False)
    mail_body = forms.CharField(
        label="Text", required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 16})
    )


class SendForm(forms.Form):
    sent_on = day_field("Sent on", help_text="Empty: today.")
    number_confirmed = forms.BooleanField(required=False)

    def __init__(self, *args, asked: str = "", **kw):
        super().__init__(*args, **kw)
        if asked:
            self.fields["number_confirmed"].label = asked
        else:
            del self.fields["number_confirmed"]


class OutcomeForm(SeenForm):
    """What came of one partner."""

    contacted_on = day_field("In touch since")
    outcome = forms.ChoiceField(required=False, choices=ReferralPartner.Outcome.choices)
    outcome_text = forms.CharField(label="In words", required=False, max_length=300)


class WithdrawForm(forms.Form):
    why = forms.CharField(
        label="Why it is withdrawn",
        max_length=300,
        error_messages={"required": "Say why it is withdrawn; the reason is kept."},
    )


def _called(one: Contact) -> str:
    said = f"{one.name}, {one.title}" if one.title else one.name
    return f"{said} (Do Not Call)" if one.do_not_call else said
