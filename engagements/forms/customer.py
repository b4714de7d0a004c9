"""The record of a customer as people fill it in, section by section."""

from collections.abc import Iterable
from typing import Any

from django import forms

from engagements.forms.adoption import day_field
from engagements.forms.seen import SeenForm
from engagements.models import CompeteSignal, Contact, Customer, HealthRating, Tenant


class ProgressForm(SeenForm, forms.ModelForm):
    """Customer Progress: where it stands, and when more is expected."""

    progress_due_on = day_field("Expected progress due", help_text="By when the next milestone is expected.")

    class Meta:
        model = Customer
        fields = ["status", "progress_due_on", "region", "vertical", "cxp_watchlist"]
        help_texts = {
            "status": "Blocked Business: a blocker that FastTrack cannot influence. Blocked Technical: one within "
            "reach of FastTrack or Microsoft. No intent: unresponsive, or with a competitor.",
        }

    def __init__(self, *args, customer: Customer, **kw):
        super().__init__(*args, instance=customer, **kw)
        self.fields["status"].choices = [("", "Not said"), *Customer.Status.choices]

    def values(self) -> dict[str, Any]:
        """What ``change_customer`` takes."""
        return self.kept(self.cleaned_data)


class PerspectiveForm(SeenForm, forms.ModelForm):
    """Customer Perspective: what the customer thinks of it, why it buys, and who answers for the success."""

    completion_on = day_field("Completion date", help_text="Expected end of onboarding.")
    new_owner = forms.CharField(
        label="Or a new name", required=False, max_length=200, help_text="Becomes a contact of the customer."
    )
    seen_fields = ("mindset", "completion_on", "business_reason", "success_owner")

    class Meta:
        model = Customer
        fields = ["mindset", "completion_on", "business_reason", "success_owner"]

    def __init__(self, *args, customer: Customer, **kw):
        super().__init__(*args, instance=customer, **kw)
        self.fields["mindset"].choices = [("", "Not known"), *Customer.Mindset.choices]
        self.fields["business_reason"].choices = [("", "Not known"), *self.fields["business_reason"].choices[1:]]
        owners = Contact.objects.filter(customer=customer, kind=Contact.Kind.CUSTOMER, erased_at=None)
        self.fields["success_owner"].queryset = owners
        self.fields["success_owner"].empty_label = "Nobody yet"

    def values(self) -> dict[str, Any]:
        """What ``change_customer`` takes."""
        said = self.kept(self.cleaned_data)
        return {("owner_name" if name == "new_owner" else name): value for name, value in said.items()}


class TagsForm(SeenForm):
    """The tags of a customer or a tenant, written one after the other."""

    tags = forms.CharField(
        required=False,
        max_length=1_000,
        help_text="Strategic lists, waves, programmes; a comma between two, such as S500, FY26-Reengagement-Teams.",
    )

    def __init__(self, *args, record: Any, **kw):
        super().__init__(*args, initial={"tags": ", ".join(tag.name for tag in record.tags.all())}, **kw)

    def names(self) -> list[str]:
        return _names(self.cleaned_data["tags"])

    def seen_names(self) -> list[str] | None:
        """The tags that the person was shown, from which their change is told."""
        return _names(str(self.seen["tags"])) if "tags" in self.seen else None


class WinnerForm(SeenForm):
    """Which tenant carries what holds for the whole customer."""

    winner = forms.ChoiceField(
        label="Winner tenant", required=False, help_text="Also called the SLT Watchlist flag of a tenant."
    )

    def __init__(self, *args, customer: Customer, tenants: Iterable[Tenant], **kw):
        super().__init__(*args, initial={"winner": customer.winner_id or ""}, **kw)
        self.fields["winner"].choices = [("", "Not decided"), *((str(one.pk), one.name) for one in tenants)]

    def tenant_id(self) -> int | None:
        return int(self.cleaned_data["winner"]) if self.cleaned_data["winner"] else None


class SignalForm(SeenForm, forms.ModelForm):
    """A product of a competitor, whether it is in use, and what is known about it."""

    class Meta:
        model = CompeteSignal
        fields = ["product", "validity", "insight"]
        error_messages = {"product": {"required": "Name the product."}}
        help_texts = {"insight": "What the customer uses it for, until when it is paid for, who wants to keep it."}
        widgets = {"insight": forms.Textarea(attrs={"rows": 3})}


class RatingForm(SeenForm):
    """One judgement of the health: a colour and why."""

    colour = forms.ChoiceField(
        choices=HealthRating.Colour.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a colour."},
        help_text="Blue: all groups are predicted to be Green.",
    )
    why = forms.CharField(
        label="Why",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why; who reads it in a year was not there."},
    )
    seen_fields = ("colour",)

    def __init__(self, *args, colour: str, **kw):
        super().__init__(*args, initial={"colour": colour}, **kw)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.replace(";", ",").split(",") if name.strip()]
