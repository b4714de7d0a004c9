"""Entering a customer by hand: what one row of the spreadsheet import says, with the services to choose from."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms

from engagements.importing import values
from engagements.importing.reading import Row
from tasks.models import Service

READ: dict[str, Callable[[str], Any]] = {
    "customer": lambda text: values.name(text, "Customer"),
    "tpid": values.tpid,
    "tenant": lambda text: values.name(text, "Tenant"),
    "guid": values.guid,
    "domain": values.domain,
    "country": lambda text: values.country(text, values.Near()),
    "time_zone": lambda text: values.time_zone(text, values.Near()),
    "seats": values.seats,
}


class NewCustomerForm(forms.Form):
    """A customer, its first tenant and what the tenant bought. Each cell is read as the import reads it."""

    customer = forms.CharField(label="Customer", max_length=200)
    tpid = forms.CharField(
        label="TPID", max_length=40, help_text="The top parent ID of the customer.", widget=forms.TextInput
    )
    tenant = forms.CharField(
        label="Tenant", max_length=200, required=False, help_text="Empty: called like the customer."
    )
    guid = forms.CharField(
        label="Tenant ID", max_length=80, help_text="For example 3f2504e0-4f89-41d3-9a0c-0305e82c3301."
    )
    domain = forms.CharField(label="Domain", max_length=200, help_text="For example contoso.onmicrosoft.com.")
    country = forms.CharField(
        label="Country", max_length=60, required=False, help_text="Two letters or its name; holidays follow it."
    )
    time_zone = forms.CharField(
        label="Time zone", max_length=60, required=False, help_text="For example Europe/Berlin. Empty: UTC."
    )
    seats = forms.CharField(label="Seats", max_length=20, required=False)

    def __init__(self, data: Any = None, *, services: Iterable[Service]):
        super().__init__(data)
        self.bought = {f"service_{service.pk}": service for service in services}
        for name, service in self.bought.items():
            self.fields[name] = forms.CharField(
                label=service.label,
                required=False,
                max_length=20,
                widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            )
        for field in self.fields.values():
            field.error_messages.setdefault("required", "This is needed.")

    @property
    def services(self) -> list[forms.BoundField]:
        return [self[name] for name in self.bought]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name, read in READ.items():
            if text := cleaned.get(name):
                self._try(name, text, read)
        for name, service in self.bought.items():
            if text := cleaned.get(name):
                self._try(name, text, lambda given, what=service.label: values.whole_number(given, what))
        if not self.errors and not any(cleaned.get(name) for name in self.bought):
            self.add_error(None, "Give the entitlements of at least one service; an engagement covers services.")
        return cleaned

    def row(self) -> Row:
        """What the spreadsheet import would have read."""
        said = {name: self.cleaned_data[name] for name in READ if self.cleaned_data.get(name)}
        said.setdefault("tenant", said["customer"])
        bought = {service.name: self.cleaned_data.get(name) for name, service in self.bought.items()}
        counted = {name: values.whole_number(text, name) for name, text in bought.items() if text}
        return Row(1, said | {"services": "; ".join(f"{name}: {count}" for name, count in counted.items())})

    def _try(self, name: str, text: str, read: Callable[[str], Any]) -> None:
        try:
            read(text)
        except values.Unclear as unclear:
            self.add_error(name, str(unclear))
