"""Believable records of demo customers and tenants: progress, perspective, winner, health, tags, competitors, partners.

Some are left with gaps, so that the page of a customer has something to ask for first.
"""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.models import OuterRef, Subquery

from engagements.demo.people import DemoTeams
from engagements.models import (
    BusinessReason,
    CompeteSignal,
    Contact,
    Customer,
    HealthRating,
    Partner,
    Tag,
    Tenant,
)
from tasks.folding import fold

REGIONS = {"US": "Americas", "NZ": "APJ"}
VERTICALS = ("Retail", "Manufacturing", "Financial services", "Health", "Education", "Public sector", "Media")
TAGS = ("S500", "S1500", "Get Modern", "FY26-Reengagement-Teams")
COMPETITORS = ("Slack", "Zoom", "Google Workspace", "Box", "Okta", "Jamf Pro")
INSIGHTS = ("The design teams pay for it until March.", "Runs beside Teams in two countries.", "")
PARTNERS = ("Alpine Consulting", "Fabrikam Services", "Nordic Adoption")
WHY = {
    "red": "Nobody at the customer drives the rollout at the moment.",
    "yellow": "The pilot is two weeks late; the network team is on it.",
    "green": "The rollout is on plan and the pilot group is happy.",
    "blue": "Every group is predicted to be Green by the end of the quarter.",
}
PATHS = (
    ("green",),
    ("red", "yellow"),
    ("yellow", "green"),
    ("green", "yellow", "red"),
    ("green", "red", "yellow"),
    ("yellow", "green", "blue"),
)
DAYS = dt.timedelta


class DemoRecords:
    """Fills what people maintain of customers and tenants that stand in the database, in a handful of statements."""

    def __init__(self, teams: DemoTeams, today: dt.date, seed: int):
        self.teams, self.today, self.seed = teams, today, seed
        for name in TAGS:
            Tag.objects.get_or_create(name_folded=fold(name), defaults={"name": name})
        self.tags = {tag.name: tag for tag in Tag.objects.all()}

    def describe_customer(self, customer: Customer, n: int) -> Customer:
        """What is said of customer number ``n``, before it stands in the database."""
        dice = self._dice("customer", n)
        customer.vertical = dice.choice(VERTICALS)
        customer.status = dice.choice(["in-progress"] * 7 + ["blocked-business", "blocked-technical", "no-intent"])
        if customer.status != "no-intent":
            customer.progress_due_on = self.today + DAYS(dice.randrange(-6, 60))
        customer.cxp_watchlist = n % 20 == 4
        customer.mindset = dice.choice(["aligned", "aligned", "aligned", "averse", "compete"])
        customer.completion_on = self.today + DAYS(dice.randrange(30, 300))
        customer.business_reason = dice.choice(BusinessReason.values)
        return customer

    def describe_tenant(self, tenant: Tenant, n: int) -> Tenant:
        """What is said of the tenant of customer number ``n``, before it stands in the database."""
        dice = self._dice("tenant", n)
        since = self.today - DAYS(dice.randrange(170, 900))
        tenant.created_at = dt.datetime.combine(since, dt.time(9), dt.UTC)
        tenant.status = dice.choice(["Active"] * 8 + ["Inactive", "Initiate"])
        tenant.status_on = self.today - DAYS(dice.randrange(5, 160))
        tenant.segment = "Enterprise" if tenant.seats >= 10_000 else "SMC" if tenant.seats < 1_000 else "Corporate"
        tenant.enterprise_level = 3 if tenant.seats >= 10_000 else None
        if n % 15 == 7:
            tenant.priority, tenant.priority_why = "high", "The account team asked for it."
        return tenant

    def make(self, customers: Sequence[Customer], tenants: Sequence[Tenant], start: int) -> None:
        """What hangs on the customers from number ``start`` on; each has one tenant."""
        ratings, signals, partners, tagged = [], [], [], []
        for n, (customer, tenant) in enumerate(zip(customers, tenants, strict=True), start):
            dice = self._dice("records", n)
            ratings += self._ratings(customer, n, dice)
            signals += self._signals(customer, n, dice)
            if n % 4 == 1:
                partners.append(self._partner(tenant, dice))
            tagged += [(customer, self.tags[name]) for name in self._tags(tenant, dice)]
        self._link(customers, tenants, start)
        HealthRating.objects.bulk_create(ratings)
        CompeteSignal.objects.bulk_create(signals)
        Partner.objects.bulk_create(partners)
        through = Customer.tags.through
        through.objects.bulk_create(through(customer=customer, tag=tag) for customer, tag in tagged)

    def _dice(self, what: str, n: int) -> random.Random:
        return random.Random(f"{what} {self.seed} {n}")  # noqa: S311

    def _link(self, customers: Sequence[Customer], tenants: Sequence[Tenant], start: int) -> None:
        """Winner, success owner and region, in one statement each and not one case per customer."""
        made = Customer.objects.order_by()
        numbered = list(enumerate(customers, start))
        tenant = Tenant.objects.filter(customer=OuterRef("pk")).order_by("pk").values("pk")[:1]
        owner = Contact.objects.filter(customer=OuterRef("pk"), kind=Contact.Kind.CUSTOMER).order_by("pk")
        made.filter(pk__in=[one.pk for n, one in numbered if n % 7 != 2]).update(winner=Subquery(tenant))
        owned = made.filter(pk__in=[one.pk for n, one in numbered if n % 6 != 1])
        owned.update(success_owner=Subquery(owner.values("pk")[:1]))
        of_region = defaultdict(list)
        for one in tenants:
            of_region[REGIONS.get(one.country, "EMEA")].append(one.customer_id)
        for region, ids in of_region.items():
            made.filter(pk__in=ids).update(region=region)

    def _ratings(self, customer: Customer, n: int, dice: random.Random) -> Iterator[HealthRating]:
        """A path of colours to today, overall and for some groups; every tenth customer was never rated.

        Most were confirmed within the last weeks; the others are unknown by now.
        """
        if n % 10 == 9:
            return
        for group in (0, *dice.sample([1, 2, 3], n % 4)):
            before, ago, last = "", dice.randrange(120, 330), 0
            for colour in dice.choice(PATHS):
                yield self._rating(customer, n, ago, group=group, colour=colour, before=before, why=WHY[colour])
                before, last, ago = colour, ago, max(ago - dice.randrange(40, 110), 3)
            confirmed = dice.randrange(1, 14)
            if n % 6 != 2 and confirmed < last:
                why = "confirmed"
                yield self._rating(customer, n, confirmed, group=group, colour=before, before=before, why=why)

    def _rating(self, customer: Customer, n: int, ago: int, **judged) -> HealthRating:
        on = self.today - DAYS(ago)
        at = dt.datetime.combine(on, dt.time(10), dt.UTC)
        return HealthRating(customer=customer, on=on, at=at, by=self.teams.manager(n), **judged)

    def _signals(self, customer: Customer, n: int, dice: random.Random) -> Iterator[CompeteSignal]:
        for product in dice.sample(COMPETITORS, n % 3 if n % 2 else 0):
            yield CompeteSignal(
                customer=customer,
                product=product,
                product_folded=fold(product),
                validity=dice.choice(CompeteSignal.Validity.values),
                insight=dice.choice(INSIGHTS),
            )

    def _partner(self, tenant: Tenant, dice: random.Random) -> Partner:
        name = dice.choice(PARTNERS)
        return Partner(tenant=tenant, name=name, name_folded=fold(name), mpn_id=str(dice.randrange(400_000, 900_000)))

    def _tags(self, tenant: Tenant, dice: random.Random) -> list[str]:
        lists = ["S500"] if tenant.seats >= 40_000 else ["S1500"] if tenant.seats >= 10_000 else []
        return lists + dice.sample(TAGS[2:], dice.choice([0, 0, 1]))
