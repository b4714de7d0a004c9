"""The levels of DOMAIN §2.2: what somebody may do before any assignment is looked at. Pure: no database.

A level is read from permissions, and permissions of several groups add up: of two groups, the one that allows
more wins. An assignment then says where. ``sees_all``, ``SEEN_FROM`` and ``changed_from`` decide what the two give
together; ``querysets.py`` asks them for a query, ``access.py`` for one engagement and its team.
"""

from collections.abc import Callable, Collection
from enum import StrEnum

READ_ALL = "engagements.view_all_engagements"
WORK = "engagements.work_where_assigned"
ASSIGN = "engagements.assign_users"
INTERNAL = "playbook.read_internal_guidance"


class Level(StrEnum):
    GUEST = "Guest"
    ASSIGNED = "Assigned"
    ASSIGNMENT = "Assigned and Assignment"
    PRIVILEGED = "Privileged"


def level_of(permissions: Collection[str]) -> Level:
    """Who assigns others has the highest; who only reads everything is privileged; who has neither is a guest."""
    if WORK in permissions:
        return Level.ASSIGNMENT if ASSIGN in permissions else Level.ASSIGNED
    return Level.PRIVILEGED if READ_ALL in permissions else Level.GUEST


class AssignedAt(StrEnum):
    """Where an assignment is: at a customer, with all its tenants, or at one tenant."""

    CUSTOMER = "customer"
    TENANT = "tenant"


# The assignments through which a tenant and its engagements are seen, whatever the level: any.
SEEN_FROM = frozenset(AssignedAt)


def sees_all(has_permission: Callable[[str], bool]) -> bool:
    """Whether somebody sees every customer, tenant and engagement without an assignment."""
    return has_permission(READ_ALL)


def changed_from(has_permission: Callable[[str], bool]) -> frozenset[AssignedAt]:
    """The assignments through which somebody changes a tenant and its engagements.

    One at the customer overrides the level; one at the tenant lets those change whose level allows work there.
    """
    return frozenset(AssignedAt) if has_permission(WORK) else frozenset({AssignedAt.CUSTOMER})
