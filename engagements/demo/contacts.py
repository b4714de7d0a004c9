"""Demo contacts: people of the customer, its account team, a partner's; one who must not be called, one to survey."""

import random
from collections.abc import Iterator, Mapping, Sequence

from engagements.demo import names
from engagements.models import Contact, Customer
from tasks.folding import fold
from tasks.models import Service

LANGUAGES = {"US": "en", "DE": "de", "PT": "pt", "GB": "en-gb", "NZ": "en", "SE": "sv"}
SECOND = ("Ines Falk", "Tom Abara", "Wen Li", "Ruth Okello", "Karl Nyström")
BARRED = "Asked on the phone not to be called again; writes back within a day."
DEEP = 400  # beyond these a customer has one contact, and a success manager where one is assigned


class DemoContacts:
    """Makes the people of some customers; ``first`` is the one whom notes and records name."""

    def __init__(self, workloads: Sequence[Service]):
        self.workloads = workloads

    def make(
        self, customers: Sequence[Customer], numbers: Sequence[int], dice: Mapping[int, random.Random]
    ) -> tuple[list[Contact], dict[int, Contact]]:
        """The first contact of each customer, and the success managers by customer."""
        first = Contact.objects.bulk_create(self._first(n, c, dice[n]) for n, c in zip(numbers, customers, strict=True))
        csms = Contact.objects.bulk_create(
            Contact(customer=c, name="Nils Berg", title="Customer Success Manager", kind="microsoft", ms_role="csm")
            for n, c in zip(numbers, customers, strict=True)
            if n % 3 == 0
        )
        Contact.objects.bulk_create(
            one for n, c in zip(numbers, customers, strict=True) if n < DEEP for one in self._others(n, c)
        )
        asked = Contact.survey_services.through
        asked.objects.bulk_create(
            asked(contact=one, service=service)
            for one in first
            if one.survey_eligible
            for service in self.workloads[:2]
        )
        return first, {row.customer_id: row for row in csms}

    def _first(self, n: int, customer: Customer, dice: random.Random) -> Contact:
        contact = Contact(customer=customer, name=dice.choice(names.CONTACTS), title=dice.choice(names.TITLES))
        contact.email = _address(contact.name, customer)
        contact.phone = f"+1 555 01{n % 100:02d}"
        if n % 4 == 1:
            country = names.COUNTRIES[n % len(names.COUNTRIES)][0]
            contact.survey_eligible, contact.country, contact.survey_language = True, country, LANGUAGES[country]
        return contact

    def _others(self, n: int, customer: Customer) -> Iterator[Contact]:
        if n % 2 == 0:
            name = SECOND[n // 2 % len(SECOND)]
            barred = n % 8 == 2
            yield Contact(
                customer=customer,
                name=name,
                title="Service desk lead",
                email=_address(name, customer),
                phone=f"+1 555 02{n % 100:02d}",
                do_not_call=barred,
                do_not_call_why=BARRED if barred else "",
            )
        if customer.account_managed:
            for name, role in (("Jonas Weber", "ats"), ("Carla Mendes", "ssp")):
                yield Contact(customer=customer, name=name, kind="microsoft", ms_role=role)
        if n % 5 == 2:
            yield Contact(customer=customer, name="Maya Flores", kind="partner", skill="Training", title="Consultant")


def _address(name: str, customer: Customer) -> str:
    parts = ["".join(c for c in fold(text) if c.isascii() and c.isalnum()) for text in (*name.split(), customer.name)]
    return f"{parts[0]}.{parts[-2]}@{parts[-1] or 'customer'}.example"
