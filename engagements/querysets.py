"""One door for visibility: what a person may see and change, as part of the query (DOMAIN §2.2).

An assignment at a customer covers all its tenants and overrides the tenant rules; an assignment at a
tenant lets those write whose level allows work where assigned.
"""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from engagements.models import User


def _assigned(user: "User", *, to: str) -> models.QuerySet:
    """The ids of customers or tenants that the user is assigned to, as a subquery."""
    assignments = apps.get_model("engagements", "Assignment").objects
    return assignments.filter(user=user, **{f"{to}__isnull": False}).values(f"{to}_id")


def _readable(user: "User", tenant: str) -> Q:
    if user.has_perm("engagements.view_all_engagements"):
        return Q()
    return Q(**{f"{tenant}id__in": _assigned(user, to="tenant")}) | Q(
        **{f"{tenant}customer_id__in": _assigned(user, to="customer")}
    )


def _writable(user: "User", tenant: str) -> Q:
    at_customer = Q(**{f"{tenant}customer_id__in": _assigned(user, to="customer")})
    if user.has_perm("engagements.work_where_assigned"):
        return at_customer | Q(**{f"{tenant}id__in": _assigned(user, to="tenant")})
    return at_customer


class TenantQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> "TenantQuerySet":
        return self.filter(_readable(user, ""))

    def editable_by(self, user: "User") -> "TenantQuerySet":
        return self.filter(_writable(user, ""))


class EngagementQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> "EngagementQuerySet":
        return self.filter(_readable(user, "tenant__"))

    def editable_by(self, user: "User") -> "EngagementQuerySet":
        return self.filter(_writable(user, "tenant__"))

    def assigned_to(self, user: "User") -> "EngagementQuerySet":
        """The user's own: assigned at the tenant or at its customer, whatever else they may see."""
        return self.filter(
            Q(tenant_id__in=_assigned(user, to="tenant")) | Q(tenant__customer_id__in=_assigned(user, to="customer"))
        )

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
