"""The levels of DOMAIN §2.2: what somebody may do before any assignment is looked at. Pure: no database.

A level is read from permissions, and permissions of several groups add up: of two groups, the one that allows
more wins. An assignment then says where; ``querysets.py`` and ``access.py`` put the two together.
"""

from collections.abc import Collection
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
