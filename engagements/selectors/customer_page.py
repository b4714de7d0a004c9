"""The page of a customer: what now, its record in sections, its health, its tenants with their engagements."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.forms import BaseForm
from django.urls import reverse

from engagements import access
from engagements.assigning import MANAGER
from engagements.findings import CustomerFacts, Finding, findings
from engagements.models import Assignment, CompeteSignal, Customer, Engagement, Tenant, User
from engagements.selectors.days import day
from engagements.selectors.enterprise_status import newest_status
from engagements.selectors.health import health_groups
from engagements.selectors.record import pair, section
from engagements.selectors.reviews import series_of_customer
from engagements.selectors.words import count, late

SIGNALS = {
    CompeteSignal.Validity.TO_QUALIFY: "ask",
    CompeteSignal.Validity.IN_USE: "warning",
    CompeteSignal.Validity.NOT_IN_USE: "off",
}
# Who mends what the reader may not.
OTHERS = {
    "winner": "A Team Manager or a FastTrack Architect chooses it.",
    "manager": "Those who assign people name one.",
}
MANAGED = {True: "Yes, an account team looks after it", False: "No", None: ""}


def customer_page(
    customer: Customer, user: User, today: date, *, editing: str = "", form: BaseForm | None = None
) -> dict[str, Any]:
    """Everything the page draws, in as many queries whatever the customer has. ``editing`` is the open section."""
    tenants = list(_tenants(customer, user))
    team = list(_team(customer, tenants))
    groups = health_groups(customer, today)
    internal = access.may_read_internal(user)
    signals = list(customer.compete_signals.all()) if internal else []
    at = {"customer": customer, "editing": editing, "form": form}
    page = {
        "customer": customer,
        "here": customer.get_absolute_url(),
        "crumbs": [{"label": "Portfolio", "url": reverse("engagement_list")}],
        "subs": _subs(customer, tenants),
        "editing": editing,
        "form": form,
        "may_edit": customer.may_edit,
        "health": groups,
        "progress": _progress(today=today, **at),
        "perspective": _perspective(today=today, internal=internal, **at),
        "winner": _winner(tenants, may_set=access.may_set_winner(user), **at),
        "tags": _tags(**at),
        "internal": internal,
        "signals": [_signal(signal) for signal in signals],
        "tenants": [_tenant(tenant, customer) for tenant in tenants],
        "team": [_member(row) for row in team if row.customer_id],
        "series": series_of_customer(customer.pk, today, internal=internal),
        "enterprise": newest_status(customer, user, today) if internal else None,
    }
    facts = _facts(customer, tenants, team, groups, signals)
    ways = Ways(customer, user, tenants)
    return page | {"findings": _findings(facts, today, ways, bool(editing))}


def _tenants(customer: Customer, user: User) -> Iterable[Tenant]:
    """Those that the reader may see, with their engagements."""
    rows = Tenant.objects.visible_to(user).filter(customer=customer).annotate(n_services=Count("services"))
    rows = list(rows.order_by("name_folded", "pk"))
    engagements = defaultdict(list)
    runs = Engagement.objects.filter(tenant__in=[row.pk for row in rows]).prefetch_related("motions").order_by("-pk")
    for run in runs:
        engagements[run.tenant_id].append(run)
    for row in rows:
        row.runs = engagements[row.pk]
    return rows


def _team(customer: Customer, tenants: list[Tenant]) -> Iterable[Assignment]:
    """Who is assigned to the customer as a whole, and who leads at its tenants."""
    rows = Assignment.objects.filter(user__is_active=True).select_related("user", "role")
    leading = Q(tenant__in=[row.pk for row in tenants], primary=True, role__name=MANAGER)
    return rows.filter(Q(customer=customer) | leading)


def _subs(customer: Customer, tenants: list[Tenant]) -> list[str]:
    seats = sum(tenant.seats for tenant in tenants)
    return [
        f"TPID {customer.tpid}",
        *([customer.region] if customer.region else []),
        *([customer.vertical] if customer.vertical else []),
        count(len(tenants), "tenant"),
        *([f"{seats:,} seats"] if seats else []),
    ]


# What now ---------------------------------------------------------------------------------------------


def _facts(
    customer: Customer,
    tenants: list[Tenant],
    team: list[Assignment],
    groups: list[dict[str, Any]],
    signals: list[CompeteSignal],
) -> CustomerFacts:
    led = {row.tenant_id for row in team if row.primary and row.role.name == MANAGER}
    to_qualify = CompeteSignal.Validity.TO_QUALIFY
    return CustomerFacts(
        tenants=len(tenants),
        has_winner=customer.winner_id is not None,
        colour=groups[0]["colour"],
        rated_on=groups[0]["rated_on"],
        stands_until=groups[0]["until"],
        status=customer.status,
        progress_due_on=customer.progress_due_on,
        completion_on=customer.completion_on,
        has_success_owner=customer.success_owner_id is not None,
        business_reason=customer.business_reason,
        without_manager=tuple((row.pk, row.name) for row in tenants if row.pk not in led),
        to_qualify=tuple((one.pk, one.product) for one in signals if one.validity == to_qualify),
    )


def _findings(facts: CustomerFacts, today: date, ways: "Ways", is_editing: bool) -> list[dict[str, Any]]:
    """Each with the link that mends it, for those who may; the first is what the page asks for."""
    rows = [{"kind": one.kind, "text": one.text} | ways.of(one) for one in findings(facts, today)]
    first = next((row for row in rows if row.get("url")), None)
    if first and not is_editing:
        first["main"] = True
    return rows


class Ways:
    """Where a finding is mended, for one reader; and who mends it where they may not."""

    def __init__(self, customer: Customer, user: User, tenants: list[Tenant]):
        self.here, self.may_edit, self.user = customer.get_absolute_url(), customer.may_edit, user
        self.may_assign = access.may_assign_at(user, customer)
        self.tenants = {tenant.pk: tenant for tenant in tenants}

    def of(self, one: Finding) -> dict[str, str]:
        found = getattr(self, f"_{one.key}")(one)
        return found or {"who": OTHERS.get(one.key, "")}

    def _edit(self, part: str, label: str) -> dict[str, str]:
        return {"label": label, "url": f"{self.here}?edit={part}#{part}", "edit": part}

    def _progress(self, one: Finding) -> dict[str, str] | None:
        return self._edit("progress", "Update progress") if self.may_edit else None

    def _perspective(self, one: Finding) -> dict[str, str] | None:
        return self._edit("perspective", "Update perspective") if self.may_edit else None

    def _health(self, one: Finding) -> dict[str, str] | None:
        return self._edit("health-0", "Rate health") if self.may_edit else None

    def _compete(self, one: Finding) -> dict[str, str] | None:
        return self._edit(f"signal-{one.about}", "Qualify it") if self.may_edit else None

    def _winner(self, one: Finding) -> dict[str, str] | None:
        return self._edit("winner", "Choose tenant") if access.may_set_winner(self.user) else None

    def _tenant(self, one: Finding) -> dict[str, str] | None:
        url = reverse("import_upload")
        return {"label": "Import a tenant", "url": url} if access.may_import(self.user) else None

    def _manager(self, one: Finding) -> dict[str, str] | None:
        """On the team page of an engagement with that tenant."""
        run = next(iter(self.tenants[one.about].runs), None)
        if not self.may_assign or run is None:
            return None
        return {"label": "Assign one", "url": reverse("engagement_team", args=[run.pk])}


# Sections ---------------------------------------------------------------------------------------------


def _section(customer: Customer, key: str, title: str, pairs: list, editing: str, form: BaseForm | None, **more):
    more.setdefault("url", reverse("customer_edit", args=[customer.pk, key]))
    more.setdefault("may_edit", customer.may_edit)
    return section(key, title, pairs, form=form if editing == key else None, **more)


def _progress(customer: Customer, today: date, editing: str, form: BaseForm | None) -> dict[str, Any]:
    due = customer.progress_due_on
    pairs = [
        pair("Customer status", customer.get_status_display(), empty="Not said"),
        pair("Expected progress due", day(due, today), late=late(due, today) if due else "", empty="No day is set"),
        pair("Region", customer.region),
        pair("Vertical", customer.vertical),
        pair("CXP watchlist", "Yes" if customer.cxp_watchlist else "No"),
    ]
    return _section(customer, "progress", "Customer progress", pairs, editing, form)


def _perspective(
    customer: Customer, today: date, internal: bool, editing: str, form: BaseForm | None
) -> dict[str, Any]:
    """What Microsoft thinks of a customer's mindset is not for partners."""
    until, owner = customer.completion_on, customer.success_owner
    pairs = [
        *([pair("Overall mindset", customer.get_mindset_display())] if internal else []),
        pair("Completion date", day(until, today), late=late(until, today) if until else "", empty="No day is set"),
        pair("Primary business reason", customer.get_business_reason_display()),
        pair("Success owner", str(owner) if owner else "", note=owner.title if owner else "", empty="Nobody yet"),
        pair("Is the account managed?", MANAGED[customer.account_managed]),
    ]
    hint = "Whether the account is managed is kept on the Contacts tab of an engagement."
    may_edit = customer.may_edit and internal
    return _section(customer, "perspective", "Customer perspective", pairs, editing, form, hint=hint, may_edit=may_edit)


def _winner(
    tenants: list[Tenant], customer: Customer, editing: str, form: BaseForm | None, may_set: bool
) -> dict[str, Any]:
    seen = next((tenant for tenant in tenants if tenant.pk == customer.winner_id), None)
    name = seen.name if seen else "A tenant that you are not assigned to" if customer.winner_id else ""
    pairs = [pair("Winner tenant", name, note=seen.domain if seen else "", empty="Not decided")]
    url = reverse("customer_winner", args=[customer.pk])
    return _section(customer, "winner", "Winner tenant", pairs, editing, form, url=url, may_edit=may_set)


def _tags(customer: Customer, editing: str, form: BaseForm | None) -> dict[str, Any]:
    names = ", ".join(tag.name for tag in customer.tags.all())
    return _section(customer, "tags", "Tags", [pair("Tags", names, empty="None")], editing, form)


def _signal(signal: CompeteSignal) -> dict[str, Any]:
    return {
        "pk": signal.pk,
        "key": f"signal-{signal.pk}",
        "product": signal.product,
        "kind": SIGNALS[CompeteSignal.Validity(signal.validity)],
        "word": signal.get_validity_display(),
        "insight": signal.insight,
    }


def _tenant(tenant: Tenant, customer: Customer) -> dict[str, Any]:
    return {
        "name": tenant.name,
        "domain": tenant.domain,
        "country": tenant.country,
        "seats": f"{tenant.seats:,}",
        "services": tenant.n_services,
        "is_winner": tenant.pk == customer.winner_id,
        "is_duplicate": tenant.is_duplicate,
        "runs": [
            {
                "url": run.get_absolute_url(),
                "label": ", ".join(motion.name for motion in run.motions.all()) or f"Engagement {run.pk}",
                "state": run.get_status_display().lower(),
            }
            for run in tenant.runs
        ],
    }


def _member(row: Assignment) -> dict[str, str]:
    return {"name": str(row.user), "role": f"{row.role.name}{', primary' if row.primary else ''}"}
