"""The kinds of reminders, and how each reaches people who have not chosen otherwise. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    ACTION_DUE = "action-due"
    ACTION_OVERDUE = "action-overdue"
    ACTION_HANDED = "action-handed"
    NOTE_ESCALATED = "note-escalated"
    REFERRAL_LATE = "referral-late"
    START_AHEAD = "start-ahead"
    TARGET_AHEAD = "target-ahead"
    HANDOVER = "handover"
    REVIEW_AHEAD = "review-ahead"
    REVIEW_DUE = "review-due"
    REVIEW_LATE = "review-late"
    REVIEW_ESCALATED = "review-escalated"
    STATUS_DUE = "status-due"
    STATUS_LATE = "status-late"
    MENTIONED = "mentioned"


@dataclass(frozen=True)
class About:
    """``at_once``: goes out by itself, also outside of the morning's mail, because somebody waits for it."""

    label: str
    at_once: bool = False


KINDS: dict[Kind, About] = {
    Kind.ACTION_DUE: About("A next action is due today"),
    Kind.ACTION_OVERDUE: About("A next action is overdue"),
    Kind.ACTION_HANDED: About("Somebody hands a next action to you", at_once=True),
    Kind.NOTE_ESCALATED: About("A note was escalated to you (R54)", at_once=True),
    Kind.REFERRAL_LATE: About("Partners have not made contact in time (R8)"),
    Kind.START_AHEAD: About("An engagement start date is a week away"),
    Kind.TARGET_AHEAD: About("A target date is a week away"),
    Kind.HANDOVER: About("Somebody hands an engagement to you", at_once=True),
    Kind.REVIEW_AHEAD: About("A review comes up"),
    Kind.REVIEW_DUE: About("A review is due today"),
    Kind.REVIEW_LATE: About("A review was not held"),
    Kind.REVIEW_ESCALATED: About("A review of your team is still not held"),
    Kind.STATUS_DUE: About("An enterprise status is due today"),
    Kind.STATUS_LATE: About("An enterprise status is three weeks old"),
    Kind.MENTIONED: About("A note mentions you", at_once=True),
}
CHOICES = [(kind.value, about.label) for kind, about in KINDS.items()]
