"""One door for visibility: what a person may see and change, as part of the query (DOMAIN §2.2).

An assignment at a customer covers all its tenants and overrides the tenant rules; an assignment at a
tenant lets those write whose level allows work where assigned. Engagements are found by their tenants,
so that the few of one person are reached by index among the many.
"""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Q

from engagements.levels import SEEN_FROM, AssignedAt, changed_from, sees_all
from tasks.folding import fold

if TYPE_CHECKING:
    from engagements.models import User


def _assigned(user: "User", *, to: str) -> models.QuerySet:
    """The ids of customers or tenants that the user is assigned to, as a subquery."""
    assignments = apps.get_model("engagements", "Assignment").objects
    return assignments.order_by().filter(user=user, **{f"{to}__isnull": False}).values(f"{to}_id")


def _tenant_ids(user: "User", through: frozenset[AssignedAt]) -> models.QuerySet:
    """The tenants of the user's assignments: all of a customer's, and, where it counts, those assigned one by one.

    A union and not an OR: PostgreSQL reads every tenant for an OR of two subqueries.
    """
    tenants = apps.get_model("engagements", "Tenant").objects.order_by()
    at_customers = tenants.filter(customer_id__in=_assigned(user, to="customer")).values("pk")
    return at_customers.union(_assigned(user, to="tenant")) if AssignedAt.TENANT in through else at_customers


def _writable(user: "User") -> models.QuerySet:
    return _tenant_ids(user, changed_from(user.has_perm))


class CustomerQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> "CustomerQuerySet":
        """Whoever sees a tenant sees whose it is."""
        return self.all() if sees_all(user.has_perm) else self.assigned_to(user)

    def editable_by(self, user: "User") -> "CustomerQuerySet":
        """Assigned at the customer itself, whatever the level: an assignment at a tenant never changes the customer."""
        return self.filter(pk__in=_assigned(user, to="customer"))

    def assigned_to(self, user: "User") -> "CustomerQuerySet":
        """The user's own: assigned there, or at one of its tenants."""
        tenants = apps.get_model("engagements", "Tenant").objects.order_by()
        of_tenants = tenants.filter(pk__in=_assigned(user, to="tenant")).values("customer_id")
        return self.filter(pk__in=_assigned(user, to="customer").union(of_tenants))


class TenantQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> "TenantQuerySet":
        return self.all() if sees_all(user.has_perm) else self.assigned_to(user)

    def editable_by(self, user: "User") -> "TenantQuerySet":
        return self.filter(pk__in=_writable(user))

    def assigned_to(self, user: "User") -> "TenantQuerySet":
        """The user's own: assigned at the tenant or at its customer, whatever else they may see."""
        return self.filter(pk__in=_tenant_ids(user, SEEN_FROM))

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
        if sees_all(user.has_perm):
            return self.all()
        return self.assigned_to(user)

    def editable_by(self, user: "User") -> "EngagementQuerySet":
        return self.filter(tenant_id__in=_writable(user))

    def counted(self) -> "EngagementQuerySet":
        """Without those of duplicate tenants, which leave every list and number (R46)."""
        duplicates = apps.get_model("engagements", "Tenant").objects.order_by().filter(is_duplicate=True)
        return self.exclude(tenant_id__in=duplicates.values("pk"))

    def assigned_to(self, user: "User") -> "EngagementQuerySet":
        """The engagements of the tenants that are the user's own."""
        return self.filter(tenant_id__in=_tenant_ids(user, SEEN_FROM))

    def matching(self, text: str) -> "EngagementQuerySet":
        """As ``Tenant.objects.matching`` finds their tenants, by the row that lists read."""
        folded = fold(text)
        found = Q(summary__found_by__contains=folded)
        if folded.isdecimal() and len(folded) < 19:
            found |= Q(tenant__customer__tpid=int(folded))
        return self.filter(found)


class Immutable(Exception):
    """Somebody's code tries to change or delete a saved note; the database would refuse it too (R50)."""

    def __init__(self) -> None:
        super().__init__("A saved note is never changed or deleted. Write a new one that corrects it.")


class NoteQuerySet(models.QuerySet):
    """Notes are added, never changed or deleted; ``redact`` is the one exception (R50, DESIGN §5)."""

    def update(self, **values) -> int:
        raise Immutable

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Immutable

    update.alters_data = delete.alters_data = True
    delete.queryset_only = True

    def redact(self, body: str) -> int:
        """Puts the text of a registered redaction in place of the old one, which is not kept."""
        return super().update(body=body)


class NoteWordsQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> "NoteWordsQuerySet":
        """The notes of the engagements that a reader may see: partners read those of their tenants like everybody."""
        if sees_all(user.has_perm):
            return self.all()
        return self.filter(tenant_id__in=_tenant_ids(user, SEEN_FROM))
