"""People at the customer, at partners and on Microsoft's side of the account."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf.global_settings import LANGUAGES

from engagements.forms.account import time_zones
from engagements.forms.adoption import day_field
from engagements.forms.seen import SeenForm
from engagements.models import Contact, Tenant
from engagements.models.contacts import validate_country
from tasks.models import Service

MANAGED = {"": None, "yes": True, "no": False}
FIELDS = (
    "name",
    "kind",
    "title",
    "ms_role",
    "skill",
    "email",
    "phone",
    "country",
    "time_zone",
    "do_not_call",
    "do_not_call_why",
    "survey_eligible",
    "survey_language",
    "unsubscribed_on",
)


class ContactForm(SeenForm):
    """A person. Fields that one kind alone has stand beside the kind, and show with it."""

    name = forms.CharField(max_length=200, error_messages={"required": "Give the name of the person."})
    kind = forms.ChoiceField(label="Of", choices=Contact.Kind.choices)
    ms_role = forms.ChoiceField(
        label="Role at Microsoft", required=False, choices=[("", "Not known"), *Contact.MsRole.choices]
    )
    skill = forms.CharField(
        label="Skill", required=False, max_length=60, help_text="What the partner's person helps with."
    )
    title = forms.CharField(required=False, max_length=200)
    email = forms.EmailField(label="E-mail", required=False)
    phone = forms.CharField(required=False, max_length=40)
    country = forms.CharField(required=False, max_length=20, help_text="Two letters: US, DE …")
    time_zone = forms.ChoiceField(required=False)
    do_not_call = forms.BooleanField(label="Do Not Call", required=False)
    do_not_call_why = forms.CharField(label="Why not to call", required=False, max_length=200)
    survey_eligible = forms.BooleanField(label="Eligible for the survey", required=False)
    survey_language = forms.ChoiceField(label="Language", required=False, choices=[("", "Not known"), *LANGUAGES])
    survey_services = forms.TypedMultipleChoiceField(
        label="Services deployed or migrated", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    unsubscribed_on = day_field("Unsubscribed on", help_text="From surveys and mailings.")

    details = ("title", "email", "phone", "country", "time_zone")

    def __init__(self, data=None, *, contact: Contact | None = None, services: Iterable[Service] = (), **kw):
        asked_about = list(contact.survey_services.all()) if contact else []
        if contact:
            kw["initial"] = {name: getattr(contact, name) for name in FIELDS}
            kw["initial"]["survey_services"] = sorted(service.pk for service in asked_about)
        super().__init__(data, **kw)
        self.services = {service.pk: service for service in (*services, *asked_about)}
        self.fields["survey_services"].choices = [(pk, service.label) for pk, service in self.services.items()]
        zones = [("", "Not known"), *time_zones()]
        if contact and contact.time_zone:
            zones.append((contact.time_zone, contact.time_zone))
        self.fields["time_zone"].choices = zones

    def clean_country(self) -> str:
        country = self.cleaned_data["country"].upper()
        if country:
            validate_country(country)
        return country

    def clean_survey_services(self) -> list[Service]:
        return [self.services[pk] for pk in self.cleaned_data["survey_services"]]

    def values(self) -> dict[str, Any]:
        """What a service takes, without the fields left to somebody else."""
        return self.kept(self.cleaned_data)


class AccountTeamForm(forms.Form):
    """Whether Microsoft manages the account, and the Customer Success Manager of the tenant."""

    managed = forms.ChoiceField(
        label="Is the account managed?",
        required=False,
        choices=[("", "Not known"), ("yes", "Yes, an account team looks after it"), ("no", "No")],
        help_text="Holds for every tenant of the customer.",
    )
    csm = forms.ChoiceField(label="Customer Success Manager", required=False)
    new_csm = forms.CharField(
        label="Or a new name", required=False, max_length=200, help_text="Becomes a contact of the kind Microsoft."
    )

    def __init__(self, *args, tenant: Tenant, contacts: Iterable[Contact], **kw):
        said = {answer: word for word, answer in MANAGED.items()}
        kw.setdefault("initial", {"managed": said[tenant.customer.account_managed], "csm": str(tenant.csm_id or "")})
        super().__init__(*args, **kw)
        people = (one for one in contacts if one.kind == Contact.Kind.MICROSOFT or one.pk == tenant.csm_id)
        self.people = {str(one.pk): one for one in people}
        self.fields["csm"].choices = [("", "Nobody")] + [(pk, one.name) for pk, one in self.people.items()]

    def clean_managed(self) -> bool | None:
        return MANAGED[self.cleaned_data["managed"]]

    def clean_csm(self) -> Contact | None:
        return self.people.get(self.cleaned_data["csm"])
