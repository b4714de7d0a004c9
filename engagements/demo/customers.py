"""Demo customers with their tenants, services, contacts, adoption records and teams, in bulk."""

import datetime as dt
import random
import uuid
from collections.abc import Sequence

from engagements.assigning import MANAGER
from engagements.demo import names, usage
from engagements.demo.contacts import DemoContacts
from engagements.demo.people import DemoTeams
from engagements.demo.records import DemoRecords
from engagements.demo.services import DemoServices
from engagements.demo.tenants import more_tenants
from engagements.models import (
    AdoptionRecord,
    Assignment,
    Contact,
    Customer,
    Engagement,
    EntitlementSlice,
    Forecast,
    MigrationScenario,
    Tenant,
    TenantService,
    UsageReading,
)
from playbook.models import Edition
from tasks.folding import fold
from tasks.models import EngagementModel, Motion, Role, Service

FIRST_TPID = 640_000


class DemoCustomers:
    """Makes customers number ``start`` to ``stop`` in a handful of statements."""

    def __init__(self, edition: Edition, teams: DemoTeams, today: dt.date, seed: int):
        self.edition, self.teams, self.today, self.seed = edition, teams, today, seed
        self.workloads = list(Service.objects.filter(kind=Service.Kind.WORKLOAD)[:14])
        self.motions = {motion.slug: motion for motion in Motion.objects.all()}
        self.models = list(EngagementModel.objects.all())
        self.roles = {role.name: role for role in Role.objects.all()}
        self.services = DemoServices(today)
        self.contacts = DemoContacts(self.workloads)
        self.records = DemoRecords(teams, today, seed)

    def make(self, start: int, stop: int) -> list[Engagement]:
        numbers = range(start, stop)
        dice = {n: random.Random(self.seed * 1_000_003 + n) for n in numbers}  # noqa: S311
        customers = Customer.objects.bulk_create(self._customer(n, dice[n]) for n in numbers)
        contacts, csm_of = self.contacts.make(customers, numbers, dice)
        tenants = Tenant.objects.bulk_create(
            self._tenant(n, c, csm_of.get(c.pk), dice[n]) for n, c in zip(numbers, customers, strict=True)
        )
        services = self._services(tenants, dice, numbers)
        self._adoption(services, contacts, dice, numbers)
        self._usage(services, numbers)
        self._teams(tenants, numbers)
        self.records.make(customers, tenants, start)
        more_tenants(customers, numbers, self.teams, self.roles[MANAGER], self.workloads)
        return self._engagements(tenants, services, dice, numbers)

    def _customer(self, n: int, dice: random.Random) -> Customer:
        managed = dice.choice([True, True, False, None])
        customer = Customer(**Customer.folded(company(n)), tpid=FIRST_TPID + n, account_managed=managed)
        return self.records.describe_customer(customer, n)

    def _tenant(self, n: int, customer: Customer, csm: Contact | None, dice: random.Random) -> Tenant:
        country, zone = dice.choice(names.COUNTRIES)
        stem = "".join(c for c in fold(customer.name) if c.isascii() and c.isalnum())
        tenant = Tenant(
            customer=customer,
            guid=uuid.UUID(int=dice.getrandbits(128), version=4),
            **Tenant.folded(customer.name),
            domain=f"{stem}{n if n >= len(names.COMPANIES) else ''}.onmicrosoft.com",
            country=country,
            time_zone=zone,
            seats=dice.choice([180, 450, 900, 2_150, 3_200, 12_400, 48_000]),
            csm=csm,
        )
        return self.records.describe_tenant(tenant, n)

    def _services(self, tenants: Sequence[Tenant], dice, numbers) -> dict[int, list[TenantService]]:
        rows = []
        for n, tenant in zip(numbers, tenants, strict=True):
            for service in sorted(dice[n].sample(self.workloads, 3 + n % 4), key=lambda s: s.position):
                row = TenantService(tenant=tenant, service=service, entitlements=tenant.seats)
                self.services.start(row, dice[n])
                rows.append(row)
        found: dict[int, list[TenantService]] = {}
        for row in TenantService.objects.bulk_create(rows):
            found.setdefault(row.tenant_id, []).append(row)
        return found

    def _adoption(self, services, contacts, dice, numbers) -> None:
        records, slices, scenarios, forecasts = [], [], [], []
        for n, contact, mine in zip(numbers, contacts, services.values(), strict=True):
            for at, row in enumerate(mine):
                record = self.services.adoption(row, contact, dice[n], gap=n % 5 == 1 and at == 0)
                records.append(record)
                placed = self.services.slices(record, n, dice[n])
                slices += placed
                scenarios += self.services.scenarios(row, placed)
                forecasts += self.services.forecasts(row, self.teams.manager(n))
        MigrationScenario.objects.bulk_create(scenarios)
        Forecast.objects.bulk_create(forecasts)
        AdoptionRecord.objects.bulk_create(records)
        EntitlementSlice.objects.bulk_create(slices)

    def _usage(self, services: dict[int, list[TenantService]], numbers) -> None:
        UsageReading.objects.bulk_create(
            (
                reading
                for n, mine in zip(numbers, services.values(), strict=True)
                for reading in usage.readings(n, mine, self.teams.manager(n), self.today, self.seed)
            ),
            batch_size=2_000,
        )

    def _teams(self, tenants: Sequence[Tenant], numbers) -> None:
        rows = []
        for n, tenant in zip(numbers, tenants, strict=True):
            if n < self.teams.EACH:
                lead = {"user": self.teams.manager(n), "role": self.roles[MANAGER], "primary": True}
                rows.append(Assignment(customer_id=tenant.customer_id, **lead))
            for user, name in self.teams.of(n):
                rows.append(
                    Assignment(
                        user=user,
                        role=self.roles[name],
                        tenant=tenant,
                        primary=True,
                    )
                )
        Assignment.objects.bulk_create(rows)

    def _engagements(self, tenants: Sequence[Tenant], services, dice, numbers) -> list[Engagement]:
        rows, scopes, motions = [], [], []
        for n, tenant in zip(numbers, tenants, strict=True):
            slugs = [("rfa",), ("customer-health",), ("targeting",), ("customer-health", "targeting")][n % 4]
            model = self.models[0] if n % 7 == 0 and slugs == ("rfa",) else self.models[1 + n % (len(self.models) - 1)]
            rows.append(
                Engagement(
                    tenant=tenant,
                    edition=self.edition,
                    model=model,
                    started_on=self.today - dt.timedelta(days=dice[n].randrange(7, 160)),
                    opened_by=self.teams.manager(n),
                )
            )
            scopes.append([row.service for row in services[tenant.pk]])
            motions.append([self.motions[slug] for slug in slugs])
        Engagement.objects.bulk_create(rows)
        Engagement.services.through.objects.bulk_create(
            Engagement.services.through(engagement=row, service=service)
            for row, scope in zip(rows, scopes, strict=True)
            for service in scope
        )
        Engagement.motions.through.objects.bulk_create(
            Engagement.motions.through(engagement=row, motion=motion)
            for row, mine in zip(rows, motions, strict=True)
            for motion in mine
        )
        return rows


def company(n: int) -> str:
    """The n-th company: the known ones first, then made-up ones, all different."""
    if n < len(names.COMPANIES):
        return names.COMPANIES[n]
    n -= len(names.COMPANIES)
    place, kind = names.PLACES[n % len(names.PLACES)], names.KINDS[n // len(names.PLACES) % len(names.KINDS)]
    number = n // (len(names.PLACES) * len(names.KINDS))
    return f"{place} {kind}" + (f" {number + 1}" if number else "")
