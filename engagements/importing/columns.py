"""The columns of a kind of import, and the names that people give them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import ClassVar

from tasks.folding import fold


@dataclass(frozen=True)
class Column:
    """``aliases`` are compared folded; ``key`` is what a row keeps its text under."""

    key: str
    name: str
    says: str
    example: str
    aliases: tuple[str, ...] = ()


HEADS = 2  # columns that a row of cells heads, at least, to be taken for the row with their names

# The two columns that the list of refused rows has in front; they say nothing when it is uploaded again.
ROW, REASON = "Row", "Reason"


@dataclass(frozen=True)
class Columns:
    """All columns of one kind of spreadsheet.

    ``needed`` lists groups of keys, of each of which the header names at least one; ``more`` are example rows of the
    template, besides the one that the columns themselves give. ``silent`` are headers that the source always writes
    and that are of no use here: nobody is told that they are not read.
    """

    columns: tuple[Column, ...]
    needed: tuple[tuple[str, ...], ...]
    more: tuple[Mapping[str, str], ...] = ()
    silent: tuple[str, ...] = ()

    is_report: ClassVar[bool] = False

    @cached_property
    def by_key(self) -> dict[str, Column]:
        return {column.key: column for column in self.columns}

    @cached_property
    def _known(self) -> dict[str, str]:
        return {squeezed(name): column.key for column in self.columns for name in (column.name, *column.aliases)}

    @property
    def names(self) -> str:
        """ "Customer, TPID, Tenant and Tenant ID": what a header may begin with."""
        *first, last = [column.name for column in self.columns[:4]]
        return f"{', '.join(first)} and {last}"

    @cached_property
    def _silent(self) -> set[str]:
        return {squeezed(header) for header in (ROW, REASON, *self.silent)}

    def key_of(self, header: str) -> str | None:
        """The key of the column that a header means."""
        return self._known.get(squeezed(header))

    def name_of(self, key: str) -> str:
        """How the column of a key is called."""
        return self.by_key[key].name

    def is_silent(self, header: str) -> bool:
        """Whether a header that is not read needs no word about it."""
        return squeezed(header) in self._silent

    def understood(self, cells: Iterable[str]) -> int:
        """How many columns a row of cells would head."""
        return len({key for cell in cells if (key := self.key_of(cell))})

    def objection(self, header: list[str]) -> str:
        """Why a row that heads columns is not enough, as a sentence; empty where it is."""
        keys = {self.key_of(cell) for cell in header}
        for group in self.needed:
            if not set(group) & keys:
                missing = " and ".join(f"no column {self.name_of(key)}" for key in group)
                return f"There is {missing}. Add {'at least one of them' if len(group) > 1 else 'it'}."
        return ""

    def rows_of(self, values: dict[str, str]) -> Iterator[dict[str, str]]:
        """The rows that one line of the sheet stands for: the line itself."""
        yield values

    def likely(self, header: str) -> str:
        """The name of the column that a misspelt header may mean, or nothing."""
        near = get_close_matches(squeezed(header), self._known, n=1, cutoff=0.8)
        return self.by_key[self._known[near[0]]].name if near else ""


def squeezed(text: str) -> str:
    """Folded, without the marks in which headers differ: "E-Mail", "e mail" and "Email" are one name."""
    return "".join(c for c in fold(text) if c.isalnum())


# Of a table with one row per service: which tenant the row is about.
TENANT = Column(
    "tenant",
    "Tenant",
    "The tenant ID, the domain or the name of a tenant that you may change. Leave the column out if the whole file is "
    "about one tenant.",
    "contoso.onmicrosoft.com",
    ("Tenant ID", "Tenant GUID", "GUID", "Domain", "Tenant name", "Mandant", "Mandanten-ID", "Domäne"),
)

RECORDS = Columns(
    columns=(
        Column(
            "customer",
            "Customer",
            "The name of the customer. A customer that is kept already is not renamed.",
            "Contoso",
            ("Customer name", "Kunde", "Kundenname", "Organisation", "Organization", "Account", "Company", "Firma"),
        ),
        Column(
            "tpid",
            "TPID",
            "The number of the customer. Needed once per customer that is new.",
            "640123",
            ("Top parent ID", "Top-Parent-ID", "Customer ID", "Kundennummer", "Kunden-ID"),
        ),
        Column(
            "tenant",
            "Tenant",
            "The name of the tenant. Where this and the tenant ID are empty, the person is assigned to the customer, "
            "and so to all its tenants.",
            "Contoso Production",
            ("Tenant name", "Mandant", "Mandantenname", "Tenantname"),
        ),
        Column(
            "guid",
            "Tenant ID",
            "By it a tenant is known again. Needed for a tenant that is new.",
            "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
            ("Tenant GUID", "GUID", "TenantID", "Mandanten-ID", "MandantenID", "Directory ID", "Verzeichnis-ID"),
        ),
        Column(
            "domain",
            "Domain",
            "Needed for a tenant that is new.",
            "contoso.onmicrosoft.com",
            ("Domäne", "Domain name", "Domänenname", "Primary domain", "Primäre Domäne"),
        ),
        Column(
            "country",
            "Country",
            "Two letters or the English name; public holidays follow it.",
            "DE",
            ("Land", "Country code", "Ländercode", "Country/Region", "Land/Region"),
        ),
        Column(
            "time_zone",
            "Time zone",
            "As in Europe/Berlin; UTC for a new tenant that gives none.",
            "Europe/Berlin",
            ("Timezone", "Zeitzone", "TZ"),
        ),
        Column(
            "seats",
            "Seats",
            "A whole number.",
            "1200",
            ("Total seats", "Sitze", "Plätze", "Lizenzen", "Licenses", "Licences", "Anzahl Lizenzen"),
        ),
        Column(
            "segment",
            "Segment",
            "Of the tenant, in the words that you use.",
            "Enterprise",
            ("Segmentation", "Kundensegment"),
        ),
        Column(
            "region",
            "Region",
            "Of a customer that is new; one that is kept already is changed on its page.",
            "EMEA",
            ("Area", "Gebiet"),
        ),
        Column(
            "vertical",
            "Vertical",
            "The industry of a customer that is new; one that is kept already is changed on its page.",
            "Retail",
            ("Industry", "Branche"),
        ),
        Column(
            "services",
            "Services",
            "Names or abbreviations, between them ; or , or / with a space on both sides. A number after a colon is "
            "the entitlements. Services are added, never taken away.",
            "Exchange; Teams: 500",
            ("Service", "Dienst", "Dienste", "Workload", "Workloads"),
        ),
        Column(
            "user",
            "User",
            "Who works there: a user name or an e-mail address. Give further people of a tenant in rows of their own.",
            "ana",
            (
                "Username",
                "User name",
                "Benutzer",
                "Benutzername",
                "E-mail",
                "Email",
                "Mail",
                "Assigned to",
                "Zuständig",
            ),
        ),
        Column(
            "role",
            "Role",
            "In which role: a name or an abbreviation.",
            "FastTrack Manager",
            ("Rolle", "Assigned role", "Funktion"),
        ),
        Column(
            "primary",
            "Primary",
            "Whether this person is the primary one of the role: yes or no, ja or nein, x. Left empty: no, or as it "
            "is.",
            "yes",
            ("Primär", "Is primary", "Hauptverantwortlich", "Main"),
        ),
    ),
    needed=(("customer", "tpid"),),
    more=(
        {
            "customer": "Contoso",
            "tpid": "640123",
            "tenant": "Contoso Production",
            "guid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
            "user": "sam@example.com",
            "role": "FastTrack Engineer",
        },
    ),
)
