"""Everything kept that the rows of a spreadsheet may speak of, read in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

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
            _lock(cells)
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
        for customer in Customer.objects.filter(_customers(cells)).order_by("pk"):
            self.customers[customer.tpid] = customer
            if self.rights.may_see(customer):
                self.customers_named[customer.name_folded].append(customer)

    def _read_tenants(self, cells: list[dict[str, str]]) -> None:
        guids, names = _tenant_marks(cells)
        found = Tenant.objects.filter(Q(guid__in=guids) | Q(name_folded__in=names)).order_by("pk")
        mine = {customer.pk for customer in self.customers.values()}
        self.tenants: dict[UUID, Tenant] = {}
        self.tenants_named: dict[tuple[int, str], list[Tenant]] = defaultdict(list)
        for tenant in found.select_related("customer"):
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


def _lock(cells: list[dict[str, str]]) -> None:
    """Holds the customers and then their tenants until the transaction ends, before anything is read of them."""
    held = [customer.pk for customer in hold(Customer.objects.filter(_customers(cells)))]
    guids, names = _tenant_marks(cells)
    hold(Tenant.objects.filter(Q(guid__in=guids) | Q(name_folded__in=names, customer__in=held)))


def _customers(cells: list[dict[str, str]]) -> Q:
    """The customers that the rows name by number, or by name where they give no number."""
    numbers = {found for row in cells if (found := _read(values.tpid, row.get("tpid")))}
    names = {fold(row["customer"]) for row in cells if "tpid" not in row and "customer" in row}
    return Q(tpid__in=numbers) | Q(name_folded__in=names)


def _tenant_marks(cells: list[dict[str, str]]) -> tuple[set[UUID], set[str]]:
    """The ids and the names by which the rows call their tenants."""
    guids = {found for row in cells if (found := _read(values.guid, row.get("guid")))}
    return guids, {fold(row["tenant"]) for row in cells if "guid" not in row and "tenant" in row}


def _read(reader, text: str | None):
    """The value of a cell, or nothing where planning will say what is wrong with it."""
    try:
        return reader(text) if text else None
    except values.Unclear:
        return None
