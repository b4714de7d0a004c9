"""Everything kept that the rows of a spreadsheet may speak of, read in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from engagements.importing import values
from engagements.importing.reading import Row
from engagements.importing.rights import Rights
from engagements.models import Assignment, Customer, Tenant, TenantService, User
from engagements.services.locking import hold
from tasks.folding import fold
from tasks.models import Role, Service


class Records:
    """``lock`` holds the customers and tenants until the transaction ends."""

    def __init__(self, rows: Iterable[Row], by: User, *, lock: bool = False):
        cells = [row.values for row in rows]
        if lock:
            hold(_customers_of(cells))
            hold(_tenants_of(cells))
        self.rights = Rights(by)
        self.roles = Role.objects.by_spelling()
        self.services = Service.objects.by_spelling()
        self._read_users()
        self._read_customers(cells)
        self._read_tenants(cells)
        self._read_what_they_have()

    def _read_users(self) -> None:
        people = User.objects.order_by("pk").only(
            "username", "email", "first_name", "last_name", "is_active", "is_superuser"
        )
        self.users: dict[str, list[User]] = defaultdict(list)
        self.people = {person.pk: person for person in people}
        for person in self.people.values():
            for spelling in {fold(person.username), fold(person.email)} - {""}:
                self.users[spelling].append(person)

    def _read_customers(self, cells: list[dict[str, str]]) -> None:
        self.customers: dict[int, Customer] = {}
        self.customers_named: dict[str, list[Customer]] = defaultdict(list)
        for customer in _customers_of(cells):
            self.customers[customer.tpid] = customer
            if self.rights.may_see(customer):
                self.customers_named[customer.name_folded].append(customer)

    def _read_tenants(self, cells: list[dict[str, str]]) -> None:
        guids = _guids_of(cells)
        mine = {customer.pk for customer in self.customers.values()}
        self.tenants: dict[UUID, Tenant] = {}
        self.tenants_named: dict[tuple[int, str], list[Tenant]] = defaultdict(list)
        for tenant in _tenants_of(cells).select_related("customer"):
            if tenant.guid not in guids and tenant.customer_id not in mine:
                continue  # another customer's tenant of the same name
            self.tenants[tenant.guid] = tenant
            if self.rights.may_see(tenant):
                self.tenants_named[tenant.customer_id, tenant.name_folded].append(tenant)

    def _read_what_they_have(self) -> None:
        tenants = [tenant.pk for tenant in self.tenants.values()]
        self.tenant_services: dict[int, dict[int, TenantService]] = defaultdict(dict)
        kept = TenantService.objects.filter(tenant__in=tenants).prefetch_related("slices").order_by()
        for row in kept:
            self.tenant_services[row.tenant_id][row.service_id] = row
        self.team: dict[tuple[type, int], list[Assignment]] = defaultdict(list)
        people = Assignment.objects.order_by("pk").select_related("user", "role").prefetch_related("services")
        for row in people.filter(tenant__in=tenants):
            self.team[Tenant, row.tenant_id].append(row)
        for row in people.filter(customer__in=[customer.pk for customer in self.customers.values()]):
            self.team[Customer, row.customer_id].append(row)


def _customers_of(cells: list[dict[str, str]]) -> QuerySet[Customer]:
    numbers = {found for row in cells if (found := _read(values.tpid, row.get("tpid")))}
    names = {fold(row["customer"]) for row in cells if "tpid" not in row and "customer" in row}
    return Customer.objects.filter(Q(tpid__in=numbers) | Q(name_folded__in=names)).order_by("pk")


def _guids_of(cells: list[dict[str, str]]) -> set[UUID]:
    return {found for row in cells if (found := _read(values.guid, row.get("guid")))}


def _tenants_of(cells: list[dict[str, str]]) -> QuerySet[Tenant]:
    names = {fold(row["tenant"]) for row in cells if "guid" not in row and "tenant" in row}
    return Tenant.objects.filter(Q(guid__in=_guids_of(cells)) | Q(name_folded__in=names)).order_by("pk")


def _read(reader, text: str | None):
    """The value of a cell, or nothing where planning will say what is wrong with it."""
    try:
        return reader(text) if text else None
    except values.Unclear:
        return None
