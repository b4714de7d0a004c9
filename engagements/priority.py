"""The priority of a tenant: by its seats, unless somebody overrides it with a reason (docs/glossary.md).

Pure: knows no database.
"""

from enum import StrEnum

# From how many seats on; the playbook's proactive model begins with the same two numbers.
HIGH_FROM, MEDIUM_FROM = 10_000, 1_000


class Priority(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


def by_seats(seats: int) -> Priority:
    """What holds where nobody said otherwise."""
    if seats >= HIGH_FROM:
        return Priority.HIGH
    return Priority.MEDIUM if seats >= MEDIUM_FROM else Priority.LOW
