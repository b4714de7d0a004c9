"""One door for visibility: what a person may see and change, as part of the query (DOMAIN §2.2).

An assignment at a customer covers all its tenants and overrides the tenant rules; an assignment at a
tenant lets those write whose level allows work where assigned. Engagements are found by their tenants,
so that the few of one person are reached by index among the many.
"""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Q

from tasks.folding import fold

if TYPE_CHECKING:
    from engagements.models import User


def _assigned(user: "User", *, to: str) -> models.QuerySet:
    """The ids of customers or tenants that the user is assigned to, as a subquery."""
    assignments = apps.get_model("engagements", "Assignment").objects
    return assignments.filter(user=user, **{f"{to}__isnull": False}).values(f"{to}_id")


def _tenants() -> "TenantQuerySet":
    return apps.get_model("engagements", "Tenant").objects.order_by()


def _at(user: "User", *, customers_only: bool = False) -> Q:
    """The tenants of the user's assignments: their own, and all tenants of a customer."""
    at_customer = Q(customer_id__in=_assigned(user, to="customer"))
    return at_customer if customers_only else at_customer | Q(pk__in=_assigned(user, to="tenant"))


class TenantQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> "TenantQuerySet":
        return self.all() if user.has_perm("engagements.view_all_engagements") else self.assigned_to(user)

    def editable_by(self, user: "User") -> "TenantQuerySet":
        return self.filter(_at(user, customers_only=not user.has_perm("engagements.work_where_assigned")))

    def assigned_to(self, user: "User") -> "TenantQuerySet":
        """The user's own: assigned at the tenant or at its customer, whatever else they may see."""
        return self.filter(_at(user))

    def matching(self, text: str) -> "TenantQuerySet":
        """By a part of the customer's or tenant's name or of the domain, or by TPID; folded (DESIGN §7)."""
        folded = fold(text)
        found = (
            Q(name_folded__contains=folded) | Q(customer__name_folded__contains=folded) | Q(domain__icontains=folded)
        )
        if folded.isdecimal() and len(folded) < 19:
            found |= Q(customer__tpid=int(folded))
        return self.filter(found)


class EngagementQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> "EngagementQuerySet":
        if user.has_perm("engagements.view_all_engagements"):
            return self.all()
        return self.assigned_to(user)

    def editable_by(self, user: "User") -> "EngagementQuerySet":
        return self.filter(tenant__in=_tenants().editable_by(user))

    def assigned_to(self, user: "User") -> "EngagementQuerySet":
        """The engagements of the tenants that are the user's own."""
        return self.filter(tenant__in=_tenants().assigned_to(user))

    def walkable(self) -> "EngagementQuerySet":
        """With every row that ``engagements.walk`` reads, in a constant number of queries."""
        return self.select_related("tenant__customer", "tenant__csm", "model", "edition").prefetch_related(
            "motions",
            "services",
            "answers",
            "task_records",
            "tenant__services__service",
            "tenant__services__adoption",
            "step_runs__evidence__note",
            "step_runs__waivers",
            "step_runs__choices",
            "step_runs__receipts",
        )
