"""The five L1 statuses of a slice of entitlements and what each allows (DOMAIN §3.4). Pure."""

from enum import StrEnum


class Consumption(StrEnum):
    """What a customer does with a slice of its seats. L2 and L3 say why; they are rows, edited in the admin."""

    STATUS_UNKNOWN = "status-unknown"
    IN_PROGRESS = "in-progress"
    BLOCKED = "blocked"
    NO_INTENT = "no-intent"
    DUPLICATE = "duplicate-invalid"

    @property
    def label(self) -> str:
        return LABELS[self]

    @property
    def shows_intent(self) -> bool:
        """Intent holds while something is being deployed, or would be if nothing were in the way (DIBS)."""
        return self in (Consumption.IN_PROGRESS, Consumption.BLOCKED)

    @property
    def needs_target(self) -> bool:
        return self is Consumption.IN_PROGRESS

    @property
    def takes_target(self) -> bool:
        """R44: mandatory for In Progress, optional for Blocked, forbidden elsewhere."""
        return self in (Consumption.IN_PROGRESS, Consumption.BLOCKED)

    @property
    def takes_reason(self) -> bool:
        return self is not Consumption.DUPLICATE

    @property
    def takes_owner(self) -> bool:
        return self not in (Consumption.IN_PROGRESS, Consumption.DUPLICATE)


LABELS = {
    Consumption.STATUS_UNKNOWN: "Status Unknown",
    Consumption.IN_PROGRESS: "In Progress",
    Consumption.BLOCKED: "Blocked",
    Consumption.NO_INTENT: "No Intent",
    Consumption.DUPLICATE: "Duplicate/Invalid",
}
CHOICES = [(one.value, one.label) for one in Consumption]
# Where seats that nobody was asked about yet stand (R47).
NEW_SEATS = "status-unknown/new-subscription-or-workload"
