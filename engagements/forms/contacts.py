"""People at the customer, at partners and on Microsoft's side of the account."""

from collections.abc import Iterable

from django import forms

from engagements.models import Contact, Tenant

MANAGED = {"": None, "yes": True, "no": False}


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ["name", "title", "kind", "email"]
        labels = {"kind": "Of", "email": "E-mail"}
        error_messages = {"name": {"required": "Give the name of the person."}}


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
