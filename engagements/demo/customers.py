"""Demo customers with their tenants, services, contacts, adoption records and teams, in bulk."""

import datetime as dt
import random
import uuid
from collections.abc import Sequence

from engagements.demo import names
from engagements.demo.people import DemoTeams
from engagements.models import (
    AdoptionRecord,
    Assignment,
    Contact,
    Customer,
    Engagement,
    Tenant,
    TenantService,
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

    def make(self, start: int, stop: int) -> list[Engagement]:
        numbers = range(start, stop)
        dice = {n: random.Random(self.seed * 1_000_003 + n) for n in numbers}  # noqa: S311
        customers = Customer.objects.bulk_create(self._customer(n, dice[n]) for n in numbers)
        contacts = Contact.objects.bulk_create(
            Contact(customer=c, name=dice[n].choice(names.CONTACTS), title=dice[n].choice(names.TITLES))
            for n, c in zip(numbers, customers, strict=True)
        )
        csms = Contact.objects.bulk_create(
            Contact(customer=c, name="Nils Berg", title="Customer Success Manager", kind="microsoft")
            for n, c in zip(numbers, customers, strict=True)
            if n % 3 == 0
        )
        csm_of = {row.customer_id: row for row in csms}
        tenants = Tenant.objects.bulk_create(
            self._tenant(n, c, csm_of.get(c.pk), dice[n]) for n, c in zip(numbers, customers, strict=True)
        )
        services = self._services(tenants, dice, numbers)
        self._adoption(services, contacts, dice, numbers)
        self._teams(tenants, numbers)
        return self._engagements(tenants, services, dice, numbers)

    def _customer(self, n: int, dice: random.Random) -> Customer:
        managed = dice.choice([True, True, False, None])
        return Customer(**Customer.folded(company(n)), tpid=FIRST_TPID + n, account_managed=managed)

    def _tenant(self, n: int, customer: Customer, csm: Contact | None, dice: random.Random) -> Tenant:
        country, zone = dice.choice(names.COUNTRIES)
        stem = "".join(c for c in fold(customer.name) if c.isascii() and c.isalnum())
        return Tenant(
            customer=customer,
            guid=uuid.UUID(int=dice.getrandbits(128), version=4),
            **Tenant.folded(customer.name),
            domain=f"{stem}{n if n >= len(names.COMPANIES) else ''}.onmicrosoft.com",
            country=country,
            time_zone=zone,
            seats=dice.choice([180, 450, 900, 2_150, 3_200, 12_400, 48_000]),
            csm=csm,
        )

    def _services(self, tenants: Sequence[Tenant], dice, numbers) -> dict[int, list[TenantService]]:
        rows = []
        for n, tenant in zip(numbers, tenants, strict=True):
            for service in sorted(dice[n].sample(self.workloads, 3 + n % 4), key=lambda s: s.position):
                enabled = self.today - dt.timedelta(days=dice[n].randrange(10, 200)) if dice[n].random() < 0.4 else None
                rows.append(
                    TenantService(tenant=tenant, service=service, entitlements=tenant.seats, enabled_on=enabled)
                )
        found: dict[int, list[TenantService]] = {}
        for row in TenantService.objects.bulk_create(rows):
            found.setdefault(row.tenant_id, []).append(row)
        return found

    def _adoption(self, services, contacts, dice, numbers) -> None:
        rows = []
        for n, contact, mine in zip(numbers, contacts, services.values(), strict=True):
            for at, row in enumerate(mine):
                gap = n % 5 == 1 and at == 0
                states = [dice[n].choice(AdoptionRecord.State.values) for _ in range(4)]
                rows.append(
                    AdoptionRecord(
                        tenant_service=row,
                        due_on=self.today + dt.timedelta(days=dice[n].randrange(-5, 120)),
                        intent="yes",
                        business_reason=dice[n].choice(AdoptionRecord.BusinessReason.values),
                        success_owner=None if gap else contact,
                        stakeholders=states[0],
                        scenarios=states[1],
                        awareness=states[2],
                        training=states[3],
                        confirmed_on=self.today,
                        changed_at=dt.datetime.now(dt.UTC),
                    )
                )
        AdoptionRecord.objects.bulk_create(rows)

    def _teams(self, tenants: Sequence[Tenant], numbers) -> None:
        rows = []
        for n, tenant in zip(numbers, tenants, strict=True):
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
