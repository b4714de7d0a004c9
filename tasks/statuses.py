"""The 13 statuses of an FTOP task, by their literal names (DOMAIN §3.7). Pure: the gate reads them too."""

from enum import StrEnum


class TaskStatus(StrEnum):
    NOT_STARTED = "Not Started"
    NOT_REQUIRED = "Not Required"
    IN_PROGRESS = "In Progress"
    COMPLETE = "Complete"
    PAUSED = "Paused-Customer Delay"
    DEFERRED = "Deferred-Customer Extended Delay"
    WARNING = "Warning"
    BLOCKED_REMEDIATION = "Blocked-Pending Remediation"
    BLOCKED_TECHNICAL_CUSTOMER = "Blocked-Technical-Customer"
    BLOCKED_BUSINESS = "Blocked-Business"
    BLOCKED_OTHER = "Blocked-Other"
    BLOCKED_TECHNICAL_MS = "Blocked-Technical-MS"
    CANCELLED = "Cancelled"

    @property
    def is_blocked(self) -> bool:
        return self.value.startswith("Blocked-")


CHOICES = [(status.value, status.value) for status in TaskStatus]
