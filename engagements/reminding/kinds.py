"""The kinds of reminders, and how each reaches people who have not chosen otherwise. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    ACTION_DUE = "action-due"
    ACTION_OVERDUE = "action-overdue"
    REFERRAL_LATE = "referral-late"
    START_AHEAD = "start-ahead"
    TARGET_AHEAD = "target-ahead"
    HANDOVER = "handover"


@dataclass(frozen=True)
class About:
    """``at_once``: goes out by itself, also outside of the morning's mail, because somebody waits for it."""

    label: str
    at_once: bool = False


KINDS: dict[Kind, About] = {
    Kind.ACTION_DUE: About("A next action is due today"),
    Kind.ACTION_OVERDUE: About("A next action is overdue"),
    Kind.REFERRAL_LATE: About("Partners have not made contact in time (R8)"),
    Kind.START_AHEAD: About("An engagement start date is a week away"),
    Kind.TARGET_AHEAD: About("A target date is a week away"),
    Kind.HANDOVER: About("Somebody hands an engagement to you", at_once=True),
}
CHOICES = [(kind.value, about.label) for kind, about in KINDS.items()]
