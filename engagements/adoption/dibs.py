"""What the adoption record of a service says: which of DIBS it lacks, and what became of its due date (R44)."""

from datetime import date

from engagements.models import TenantService


def missing_dibs(row: TenantService) -> list[str]:
    """Which of the four a tenant service lacks; "no intent" is an answer, but not DIBS."""
    adoption = getattr(row, "adoption", None)
    letters = {
        "due date": adoption and adoption.due_on,
        "intent": row.intent == "yes",
        "business reason": adoption and adoption.business_reason,
        "success owner": adoption and adoption.success_owner_id,
    }
    return [name for name, there in letters.items() if not there]


def is_confirmed(row: TenantService, since: date) -> bool:
    """Whether the customer stood by the DIBS of a service on that day or later."""
    adoption = getattr(row, "adoption", None)
    return bool(adoption and adoption.confirmed_on and adoption.confirmed_on >= since)


def is_past_due(row: TenantService, today: date) -> bool:
    """A due date that has passed asks to be confirmed; until then the DIBS stay complete."""
    return bool((on := due_on(row)) and on < today)


def due_on(row: TenantService) -> date | None:
    """The due date that a service is still to keep: none once it is enabled, or the customer confirmed it since."""
    adoption = getattr(row, "adoption", None)
    if adoption is None or adoption.due_on is None or row.enabled_on or is_confirmed(row, adoption.due_on):
        return None
    return adoption.due_on
