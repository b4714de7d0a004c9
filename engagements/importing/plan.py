"""What an import would do: the rows with their fate, and the records that they would make or change."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from engagements.importing.options import NO_OPTIONS, ImportOptions
from engagements.importing.reading import Row
from engagements.models import Assignment, Customer, Tenant, TenantService, User
from tasks.models import Role, Service

REFUSED, CHANGED, NEW, SAME = "refused", "changed", "new", "same"
STATES = (REFUSED, CHANGED, NEW, SAME)


@dataclass(frozen=True)
class Change:
    field: str
    before: str
    after: str


@dataclass(eq=False)
class PlannedRow:
    """One row of the spreadsheet; ``fresh`` when it says something that no earlier row says.

    Rows of different ``group`` say nothing about each other: it is the TPID of the customer, or the tenant. ``key``
    names what a row is about that adds up several rows of the spreadsheet. One that is ``left_out`` says nothing that
    could be kept here, and is not shown.
    """

    row: Row
    name: str = ""
    news: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    fresh: bool = False
    group: int = 0
    key: str = ""
    left_out: bool = False

    @property
    def line(self) -> int:
        return self.row.line

    @property
    def state(self) -> str:
        return REFUSED if self.reasons else CHANGED if self.changes else NEW if self.news else SAME


# What has to be answered for the whole file before its rows can be judged.
ASK_TENANT, ASK_DATE_ORDER = "tenant", "date_order"


@dataclass
class Planned:
    """``rows`` in the order of the spreadsheet, each with its fate; ``options`` with every choice settled.

    ``unowned`` counts the new tenants for which no row names a FastTrack Manager. ``questions`` is (what is asked, an
    example from the file); nothing can be applied while there is one. ``notices`` are sentences about the file as a
    whole. ``about`` names the tenant that a file without a tenant column is about. ``is_whole``: no refused row may be
    left out, because the others depend on it.
    """

    rows: list[PlannedRow] = field(default_factory=list)
    options: ImportOptions = NO_OPTIONS
    unowned: int = 0
    questions: list[tuple[str, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    about: str = ""
    is_whole: bool = False

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(row.state for row in self.rows)
        return {state: found[state] for state in STATES}

    @property
    def refused(self) -> list[PlannedRow]:
        return [row for row in self.rows if row.reasons]

    @property
    def fingerprint(self) -> str:
        """The same for as long as applying would do the same."""
        says = repr([(row.line, row.state, row.news, row.changes, row.reasons) for row in self.rows] + self.questions)
        return hashlib.sha256(says.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(eq=False)
class CustomerDraft:
    """A customer that rows speak of: kept already, or still to be saved."""

    record: Customer
    first: PlannedRow

    @property
    def is_new(self) -> bool:
        return self.record.pk is None


@dataclass(eq=False)
class TenantDraft:
    """A tenant that rows speak of; ``said`` is what they say of its fields, and which row said it first."""

    record: Tenant
    customer: CustomerDraft
    first: PlannedRow
    said: dict[str, tuple[Any, int]] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    services: dict[int, tuple[Service, int | None, int]] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.record.pk is None


@dataclass(eq=False)
class Wish:
    """A person in a role at a tenant or customer; ``primary`` is None where the row leaves it as it is."""

    place: CustomerDraft | TenantDraft
    user: User
    role: Role
    primary: bool | None
    by_row: PlannedRow
    kept: Assignment | None

    @property
    def is_change(self) -> bool:
        return self.kept is None or self.primary not in (None, self.kept.primary)


@dataclass
class Plan(Planned):
    """Customers and tenants: what to write when no row is refused."""

    customers: list[Customer] = field(default_factory=list)
    tenants: list[TenantDraft] = field(default_factory=list)
    changed_tenants: list[TenantDraft] = field(default_factory=list)
    services: list[TenantService] = field(default_factory=list)
    entitlements: list[TenantService] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
