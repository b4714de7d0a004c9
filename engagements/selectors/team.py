"""Who works at a tenant or for a customer: the team page, its findings, and what changed on the team."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone

from engagements import access, assigning
from engagements.models import Assignment, Customer, Event, Tenant, User
from engagements.selectors import people
from engagements.selectors.days import on_day
from engagements.selectors.history.page import told_rows
from engagements.selectors.words import count
from engagements.services import assignments
from tasks.models import Role, Service

SHOWN, FOUND = 20, 8
EVERYWHERE = "All tenants"


class TeamPage:
    """The team of one place as its reader sees it. ``at`` is the tenant of an engagement, or a customer."""

    def __init__(self, at: Tenant | Customer, user: User, today: date):
        self.at, self.user, self.today = at, user, today
        self.customer = at if isinstance(at, Customer) else at.customer
        self.may_assign = access.may_assign_at(user, at)
        here = Q(customer=self.customer) if at == self.customer else Q(customer=self.customer) | Q(tenant=at)
        rows = Assignment.objects.filter(here).select_related("user", "role", "assigned_by")
        self.rows = list(rows.prefetch_related("services"))
        self.own = [row for row in self.rows if bool(row.customer_id) == isinstance(at, Customer)]
        self.members = [people.member(row) for row in self.own]

    def context(self, editing: int | None = None) -> dict[str, Any]:
        return {
            "at": self.at,
            "at_customer": isinstance(self.at, Customer),
            "may_assign": self.may_assign,
            "findings": self._findings(),
            "functions": self._functions(editing),
            "people_count": count(len({row.user_id for row in self.rows}), "person", "people"),
            "log": team_log(self.at, self.today),
            "customer": self.customer,
            "to_copy": self.to_copy_said,
        }

    @cached_property
    def to_copy(self) -> list[Assignment]:
        """Who leads at the winner tenant and could for the customer; on the customer's own page alone."""
        is_offered = self.may_assign and isinstance(self.at, Customer)
        return assignments.primaries_to_copy(self.at) if is_offered else []

    @property
    def to_copy_said(self) -> str:
        return ", ".join(f"{row.user} ({row.role.name})" for row in self.to_copy)

    def row(self, pk: int | None) -> Assignment | None:
        """One that may be changed here; those of the customer are changed on the customer's page."""
        return next((row for row in self.own if row.pk == pk), None)

    def services(self) -> list[Service]:
        """Those that somebody can be there for."""
        if isinstance(self.at, Customer):
            return []
        rows = self.at.services.select_related("service").order_by("service__position", "service__name")
        return [row.service for row in rows]

    def _findings(self) -> list[dict[str, Any]]:
        """Reports go by the tenant: a customer as a whole needs no primary."""
        if isinstance(self.at, Customer):
            return []
        return [
            {
                "text": one.text,
                "fix": one.member.id if one.member else None,
                "who": one.member.name if one.member else "",
            }
            for one in assigning.findings(self.members)
        ]

    def _functions(self, editing: int | None) -> list[dict[str, Any]]:
        """Onboarding, Enterprise, Migration, Partner: the functions in which somebody works."""
        found = []
        for value, label in Role.Function.choices:
            rows = [self._drawn(row, editing) for row in self.rows if row.role.function == value]
            if rows:
                found.append({"title": label, "rows": rows})
        return found

    def _drawn(self, row: Assignment, editing: int | None) -> dict[str, Any]:
        own = row in self.own
        services = [service.label for service in row.services.all()]
        member = people.member(row)
        return {
            "pk": row.pk,
            "name": str(row.user),
            "gone": not row.user.is_active,
            "role": row.role.name,
            "primary": row.primary,
            "reach": self._reach_of(row, services),
            "elsewhere": not own,
            "since": on_day(timezone.localdate(row.created_at), self.today),
            "by": str(row.assigned_by) if row.assigned_by_id else "",
            "editing": row.pk == editing,
            "may_change": own and self.may_assign,
            "may_lead": own and self.may_assign and assigning.may_lead(member),
            "stays": assigning.why_kept(member, self.members) if own else "",
        }

    def _reach_of(self, row: Assignment, services: list[str]) -> str:
        if row.customer_id:
            return EVERYWHERE
        if services:
            return ", ".join(services)
        return f"{row.get_focus_display()} (focus)" if row.focus else "The whole tenant"

    def reach(self) -> str:
        """What an assignment reaches that names no service."""
        if isinstance(self.at, Customer):
            return f"Every tenant of {self.at}, also those that it gets later."
        number = self.at.services.count()
        return f"Tick none for the whole tenant: {count(number, 'service')} now, and what it gets later."


def find_people(text: str, at: Tenant | Customer | None = None) -> dict[str, Any]:
    """Those who match what somebody types, with their groups; a few more letters find the rest."""
    if not text.strip():
        return {"found": [], "more": 0, "typed": ""}
    rows = User.objects.filter(is_active=True).matching(text)
    number = rows.count()
    shown = rows.order_by("first_name", "last_name", "pk").prefetch_related("groups")[:FOUND]
    roles: dict[int, list[str]] = {}
    for row in at.assignments.filter(user__in=[user.pk for user in shown]).select_related("role") if at else ():
        roles.setdefault(row.user_id, []).append(row.role.name)
    found = [
        {
            "pk": user.pk,
            "name": str(user),
            "mail": user.email,
            "groups": ", ".join(group.name for group in user.groups.all()) or "no group",
            "here": ", ".join(roles.get(user.pk, ())),
        }
        for user in shown
    ]
    return {"found": found, "more": max(0, number - FOUND), "typed": text.strip()}


def team_log(at: Tenant | Customer, today: date) -> list[dict[str, str]]:
    """The last changes to the team, newest first."""
    place = Q(customer=at) if isinstance(at, Customer) else Q(tenant=at) | Q(customer=at.customer_id)
    rows = Event.objects.filter(place, object__startswith="user:").select_related("actor")
    return told_rows(list(rows.order_by("-at", "-pk")[:SHOWN]), today)


def team_line(team: Iterable[Assignment]) -> dict[str, Any]:
    """The team in one line of the header: the primary FastTrack Manager, and how many more."""
    team = list(team)
    leads = [row for row in team if row.role.name == assigning.MANAGER and row.primary]
    lead = next((row for row in leads if row.tenant_id), leads[0] if leads else None)
    others = {row.user_id for row in team} - ({lead.user_id} if lead else set())
    return {
        "lead": str(lead.user) if lead else "",
        "more": f"and {len(others)} more" if others and lead else "",
        "missing": "" if lead else "No primary FastTrack Manager",
    }
