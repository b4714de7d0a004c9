"""The list of products and licences of the admin centre: its columns, and rows → entitlements per service.

A product brings the services that administrators gave it (``tasks.models.Product``); the entitlements of a service
are the sum over the products that bring it. Services that no product brings stay as they are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.utils.text import get_text_list

from engagements.importing import bounds, values
from engagements.importing.columns import TENANT, Column, Columns
from engagements.importing.options import NO_OPTIONS, ImportOptions
from engagements.importing.plan import Change, Plan, PlannedRow
from engagements.importing.planning import too_few
from engagements.importing.reading import Row
from engagements.importing.tenants import NamedTenants
from engagements.models import Tenant, TenantService, User
from tasks.folding import fold
from tasks.models import Product, Service

LICENCES = Columns(
    columns=(
        Column(
            "product",
            "Product Title",
            "The name of the product, or its string ID. Administrators keep which services it brings.",
            "Microsoft 365 E5",
            (
                *("Product", "Product name", "Product display name", "License", "License name", "Licence", "SKU"),
                *("SkuPartNumber", "String ID", "Subscription", "Produkt", "Produkttitel", "Produktname", "Lizenz"),
            ),
        ),
        Column(
            "total",
            "Total licenses",
            "The number of licences that were bought. Each is an entitlement to every service of the product.",
            "2500",
            (
                *("Total licences", "Total", "Licenses", "Licences", "Quantity", "Purchased quantity", "Purchased"),
                *("Active units", "Enabled", "Lizenzen", "Lizenzen gesamt", "Gesamtzahl der Lizenzen", "Anzahl"),
            ),
        ),
        TENANT,
    ),
    needed=(("product",), ("total",)),
    more=({"product": "Exchange Online (Plan 1)", "total": "150", "tenant": "contoso.onmicrosoft.com"},),
    silent=(
        *("Expired licenses", "Assigned licenses", "Available licenses", "Status message", "Status", "Consumed units"),
        *("Expired licences", "Assigned licences", "Available licences"),
    ),
)


@dataclass
class _Bought:
    """What the products of one tenant bring of one service."""

    tenant: Tenant
    service: Service
    rows: list[PlannedRow] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def key(self) -> str:
        return f"{self.tenant.pk}:{self.service.pk}"

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def products(self) -> str:
        """ "Microsoft 365 E5 2,500 + Exchange Online (Plan 1) 150"."""
        return " + ".join(f"{product} {count:,}" for product, count in self.counts.items())


def plan_licences(
    rows: Iterable[Row],
    by: User,
    *,
    options: ImportOptions = NO_OPTIONS,
    lock: bool = False,
    only: Collection[str] | None = None,
) -> Plan:
    """One row per service with the entitlements it would get, besides the rows of the file that are refused.

    ``rows`` are all rows of the file, because each may add to any service. ``only`` are the keys of the rows to plan,
    as an earlier plan gave them; ``lock`` holds the tenants of those until the transaction ends.
    """
    planned = [PlannedRow(row) for row in rows]
    return _Planner(planned, by, options, lock, only).plan(planned)


class _Planner:
    def __init__(
        self,
        rows: list[PlannedRow],
        by: User,
        options: ImportOptions,
        lock: bool,
        only: Collection[str] | None,
    ):
        self.options, self.only = options, only
        self.tenants = NamedTenants(rows, by, options, lock=lock, only=None if only is None else _tenants_of(only))
        self.products = Product.objects.prefetch_related("services").by_spelling()
        self.kept: dict[tuple[int, int], TenantService] = {}
        kept = TenantService.objects.filter(tenant__in=self.tenants.pks).select_related("service", "tenant")
        for row in kept.prefetch_related("slices").order_by():
            self.kept[row.tenant_id, row.service_id] = row
        self.bought: dict[tuple[int, int], _Bought] = {}
        self.unknown: dict[str, None] = {}
        self.about: set[int] = set()  # ids of the tenants that rows are about

    def plan(self, rows: list[PlannedRow]) -> Plan:
        for row in rows:
            self._row(row)
        plan = Plan(rows=[row for row in rows if row.reasons])
        # Without one of the products, the sums of its services are wrong.
        plan.is_whole = bool(plan.rows)
        plan.options, plan.questions, plan.about = self.options, self.tenants.questions(), self.tenants.about
        in_order = sorted(self.bought.values(), key=lambda one: (one.tenant.pk, one.service.position, one.service.pk))
        for bought in in_order:
            if self.only is None or bought.key in self.only:
                plan.rows.append(self._service(bought, plan))
        plan.notices = self._notices()
        return plan

    def _row(self, row: PlannedRow) -> None:
        cells = row.row.values
        row.name = values.short(cells.get("product", "")) or "A product without a name"
        for key in ("product", "total"):
            if key not in cells:
                row.reasons.append(f"{LICENCES.name_of(key)} is empty.")
        if "tenant" not in cells and not self.tenants.is_chosen and not self.tenants.questions():
            row.reasons.append("Tenant is empty.")
        tenant = self.tenants.of(row)
        try:
            count = values.whole_number(cells["total"], "Total licenses") if "total" in cells else None
        except values.Unclear as unclear:
            row.reasons.append(str(unclear))
            return
        if "product" not in cells or count is None:
            return
        product = self.products.get(fold(cells["product"]))
        if product is None:
            self.unknown[cells["product"]] = None
        elif tenant and not row.reasons and self._is_within(row, tenant):
            for service in product.services.all():
                key = (tenant.pk, service.pk)
                bought = self.bought.setdefault(key, _Bought(tenant, service))
                bought.rows.append(row)
                bought.counts[product.name] += count

    def _is_within(self, row: PlannedRow, tenant: Tenant) -> bool:
        """Whether the file is still about no more tenants than it may be; otherwise the row gets the reason."""
        if tenant.pk not in self.about and len(self.about) >= bounds.MAX_TENANTS:
            row.reasons.append(
                f"The file is about more than {bounds.MAX_TENANTS:,} tenants. Divide it by tenant and upload the parts "
                "in turn."
            )
            return False
        self.about.add(tenant.pk)
        return True

    def _service(self, bought: _Bought, plan: Plan) -> PlannedRow:
        """The row of one service; what it changes is added to the plan."""
        name = f"{bought.service.label}, {bought.tenant.name}"
        row = PlannedRow(bought.rows[0].row, name=name, group=bought.tenant.pk, key=bought.key)
        kept = self.kept.get((bought.tenant.pk, bought.service.pk))
        total, from_products = bought.total, f"{bought.total:,} ({bought.products})"
        if total > values.LARGEST_COUNT:
            row.reasons.append(
                f"{total:,} entitlements ({bought.products}) are more than can be kept. Correct the number of licences."
            )
        elif kept is None:
            row.news.append(f"{total:,} entitlements ({bought.products})")
            plan.services.append(TenantService(tenant=bought.tenant, service=bought.service, entitlements=total))
        elif kept.entitlements == total:
            pass
        elif reason := too_few(kept, total):
            row.reasons.append(f"{bought.service.label}: {reason}")
        else:
            override = kept.entitlements_override
            instead = f"; the override of {override:,} counts instead" if override is not None else ""
            row.changes.append(Change("Entitlements", f"{kept.entitlements:,}", f"{from_products}{instead}"))
            kept.had, kept.was, kept.entitlements = kept.available, kept.entitlements, total
            plan.entitlements.append(kept)
        return row

    def _notices(self) -> list[str]:
        if not self.unknown:
            return []
        named = [f"“{values.short(product)}”" for product in self.unknown]
        listed = get_text_list([*named[:20], *([f"{len(named) - 20} more"] if len(named) > 20 else [])], "and")
        one = len(named) == 1
        return [
            f"{listed} {'is not a known product and adds' if one else 'are not known products and add'} no "
            f"entitlements. An administrator can add {'it' if one else 'them'} under Licence products."
        ]


def _tenants_of(keys: Collection[str]) -> set[int]:
    return {int(key.partition(":")[0]) for key in keys}
