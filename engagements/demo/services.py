"""What demo customers do with their seats: slices, DIBS and SSAT, start dates, delivery; planned in memory."""

import datetime as dt
import random
from collections.abc import Iterator

from engagements.models import (
    AdoptionRecord,
    Contact,
    EntitlementSlice,
    Forecast,
    MigrationScenario,
    TenantService,
    User,
)
from tasks.consumption import NEW_SEATS
from tasks.models import EngineeringReason, StatusReason

STAGES = ("technical-onboarding-and-deployment", "migration", "solution-or-user-adoption")
MIGRATED = ("Exchange", "SharePoint", "OneDrive for Business")
SCENARIOS = ("Mailboxes and files from on-premises servers", "Pilot from another provider")
# How a service's seats stand: (status, share of 20) …; most are being deployed.
MIXES = (
    (("in-progress", 20),),
    (("in-progress", 16), ("status-unknown", 4)),
    (("in-progress", 18), ("blocked", 2)),
    (("in-progress", 13), ("blocked", 4), ("no-intent", 3)),
    (("blocked", 8), ("status-unknown", 12)),
    (("in-progress", 11), ("status-unknown", 9)),
    (("in-progress", 19), ("duplicate-invalid", 1)),
)


class DemoServices:
    """Fills the services of a chunk of demo tenants."""

    def __init__(self, today: dt.date):
        self.today = today
        self.reasons = {l1: [] for l1 in ("blocked", "no-intent")}
        for reason in StatusReason.objects.filter(l1__in=self.reasons).order_by("key"):
            self.reasons[reason.l1].append(reason.pk)
        details = EngineeringReason.objects.filter(services=None).order_by("key")
        self.details: dict[str, list[str]] = {}
        for detail in details:
            self.details.setdefault(detail.reason_id, []).append(detail.pk)
        self.has_new = StatusReason.objects.filter(pk=NEW_SEATS).exists()

    def start(self, row: TenantService, dice: random.Random) -> None:
        """Since when it is enabled, when delivery began, and how far it is; before the row is saved."""
        if dice.random() < 0.4:
            row.enabled_on = self.today - dt.timedelta(days=dice.randrange(10, 200))
        row.starts_on = self.today - dt.timedelta(days=dice.randrange(5, 150))
        if row.service.name in MIGRATED and row.entitlements > 500:
            row.migrates_data = row.tenant_id % 3 != 0
            row.migration_rejected = "" if row.migrates_data else "They move it themselves, with a tool of their own."
        row.stage = dice.choice(("assess", "remediate", "enable") if not row.enabled_on else ("migrate", "adoption"))

    def adoption(self, row: TenantService, contact: Contact, dice: random.Random, *, gap: bool) -> AdoptionRecord:
        """DIBS and SSAT; where there is a ``gap``, nobody owns success yet."""
        states = [dice.choice(AdoptionRecord.State.values) for _ in range(4)]
        due_on = self.today + dt.timedelta(days=dice.randrange(-5, 120))
        return AdoptionRecord(
            tenant_service=row,
            due_on=due_on,
            business_reason=dice.choice(AdoptionRecord.BusinessReason.values),
            success_owner=None if gap else contact,
            stakeholders=states[0],
            scenarios=states[1],
            awareness=states[2],
            training=states[3],
            confirmed_on=self.today - dt.timedelta(days=dice.randrange(8, 60)) if dice.random() < 0.7 else None,
            changed_at=dt.datetime.now(dt.UTC),
        )

    def slices(self, record: AdoptionRecord, number: int, dice: random.Random) -> list[EntitlementSlice]:
        """All seats of the service, by one of the mixes; In Progress follows the due date."""
        row = record.tenant_service
        mix = MIXES[0] if number % 5 == 4 else dice.choice(MIXES)
        left, found = row.entitlements, []
        for l1, share in mix[1:]:
            count = row.entitlements * share // 20
            left -= count
            found.append(self._slice(row, l1, count, record.due_on, dice))
        return [self._slice(row, mix[0][0], left, record.due_on, dice), *found]

    def scenarios(self, row: TenantService, slices: list[EntitlementSlice]) -> Iterator[MigrationScenario]:
        """How the In Progress seats are migrated: all in one way, or some of them first (R43)."""
        moving = sum(one.count for one in slices if one.l1 == "in-progress")
        if row.migrates_data and moving:
            first = moving // 5 if row.tenant_id % 2 else 0
            parts = zip(SCENARIOS, (moving - first, first), strict=True)
            yield from (MigrationScenario(tenant_service=row, name=name, count=count) for name, count in parts if count)

    def forecasts(self, row: TenantService, by: User) -> Iterator[Forecast]:
        """When 10 % and 40 % are expected; some were moved since they were first said (R49)."""
        if row.starts_on is None or row.tenant_id % 4 != 1:
            return
        for ago, delay in ((40, 0), (9, 21))[: 1 + row.tenant_id % 2]:
            submitted = row.starts_on - dt.timedelta(days=20)
            yield Forecast(
                tenant_service=row,
                submitted_on=submitted,
                ten_percent_on=submitted + dt.timedelta(days=90 + delay),
                forty_percent_on=submitted + dt.timedelta(days=180 + delay),
                at=dt.datetime.combine(self.today - dt.timedelta(days=ago), dt.time(11), dt.UTC),
                by=by,
            )

    def _slice(self, row, l1: str, count: int, due_on: dt.date, dice: random.Random) -> EntitlementSlice:
        one = EntitlementSlice(tenant_service=row, l1=l1, count=count)
        if l1 == "in-progress":
            one.target_on, one.inherits_target = due_on, True
            key = f"in-progress/{STAGES[2] if row.enabled_on else STAGES[0]}"
            one.reason_id = key if self.has_new else None
        elif l1 == "status-unknown":
            one.reason_id = NEW_SEATS if self.has_new else None
        elif self.reasons.get(l1):
            one.reason_id = dice.choice(self.reasons[l1])
            one.detail_id = dice.choice(self.details.get(one.reason_id) or [None])
        return one
