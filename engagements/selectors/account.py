"""In which roles a person works, and for how many."""

from django.db.models import Count

from engagements.models import User


def where_assigned(user: User) -> list[dict[str, str]]:
    """One line per role: "FastTrack Manager", "3 tenants and 1 customer"."""
    rows = user.assignments.order_by("role__position", "role__name").values("role__name")
    counted = rows.annotate(tenants=Count("tenant"), customers=Count("customer"))
    return [{"role": row["role__name"], "where": _where(row["tenants"], row["customers"])} for row in counted]


def _where(tenants: int, customers: int) -> str:
    said = [_count(tenants, "tenant"), _count(customers, "customer")]
    return " and ".join(part for part in said if part)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s") if number else ""
