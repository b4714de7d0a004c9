"""What events are made of, as values: the verb of the sentence, and what it is about. Pure.

An event is stored as text ("completed", "step:acm/conversation"), which is read in this one place.
"""

from enum import StrEnum


class EventObject(str):
    """What an event is about, as it is stored: "csm", "task:983", "step:acm/conversation", "health:7:overall"."""

    __slots__ = ()

    @property
    def kind(self) -> str:
        """The word before the first colon: an ``ObjectKind``, or an older word that no code writes any more."""
        return self.partition(":")[0]

    @property
    def reference(self) -> str:
        """What comes after the kind: an id, a number, a key; empty where nothing does."""
        return self.partition(":")[2]

    @property
    def id(self) -> int | None:
        """The reference as an id or a number; None where it is none."""
        reference = self.reference
        return int(reference) if reference.isascii() and reference.isdecimal() else None

    @property
    def last(self) -> str:
        """The last of several parts: "overall" of "health:7:overall"."""
        return self.rpartition(":")[2]


class Verb(StrEnum):
    """What was done, in the word that is stored and that most sentences of the history use."""

    ACCEPTED = "accepted"
    ACKNOWLEDGED = "acknowledged"
    ADDED = "added"
    AGREED = "agreed"
    ANSWERED = "answered"
    APPROVED_ON_SITE = "approved on-site attendance at"
    ASKED_TO_WAIVE = "asked to waive"
    ASSIGNED = "assigned"
    BEGAN = "began"
    CANCELLED = "cancelled"
    CHANGED = "changed"
    CHOSE = "chose"
    CLOSED = "closed"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    CONFIRMED_MOVE = "confirmed the move of"
    CORRECTED = "corrected"
    DECLINED = "declined"
    DID = "did"
    DISABLED = "disabled"
    DOCUMENTED = "documented"
    DROPPED_PARTNER = "dropped a partner from"
    ENABLED = "enabled"
    ENDED = "ended"
    ENTERED = "entered"
    ERASED = "erased"
    ESCALATED = "escalated"
    FORECAST = "forecast"
    GRANTED = "granted"
    HANDED_ON = "handed on"
    HEARD_FROM_PARTNER = "heard from a partner of"
    HELD = "held"
    IMPORTED = "imported"
    MOVED = "moved"
    OFFERED = "offered"
    PARKED = "parked"
    PLACED = "placed"
    PLANNED = "planned"
    PROMISED = "promised"
    PROPOSED_PARTNER = "proposed a partner for"
    RATED = "rated"
    RECORDED = "recorded"
    REFUSED = "refused"
    REMOVED = "removed"
    REOPENED = "reopened"
    RESUMED = "resumed"
    SENT = "sent"
    SENT_RECAP = "sent a recap of"
    SET = "set"
    SKIPPED = "skipped"
    STARTED = "started"
    STATED = "stated"
    TOOK_BACK = "took back"
    TOOK_BACK_ON_SITE = "took back on-site attendance at"
    TOOK_INTO_SCOPE = "took into scope"
    TOOK_OUT_OF_SCOPE = "took out of scope"
    UNASSIGNED = "unassigned"
    UNLINKED = "unlinked"
    WITHDRAWN = "withdrawn"
    WITHDREW = "withdrew"
    WROTE = "wrote"
    WROTE_MAIL = "wrote the mail of"


class ObjectKind(StrEnum):
    """What an event can be about."""

    ACCOUNT_TEAM = "account team"
    ADOPTION = "adoption"
    COMPETE = "compete"
    CONDITION = "condition"
    CONTACT = "contact"
    CSM = "csm"
    CUSTOMER = "customer"
    ENGAGEMENT = "engagement"
    ENTERPRISE_STATUS = "enterprise status"
    HANDOVER = "handover"
    HEALTH = "health"
    KEY_OUTPUT = "key output"
    NEXT_ACTION = "next action"
    NOTE = "note"
    PARTNER = "partner"
    REFERRAL = "referral"
    REVIEW = "review"
    SERIES = "series"
    SERVICE = "service"
    SLICES = "slices"
    STEP = "step"
    TASK = "task"
    TENANT = "tenant"
    USAGE = "usage"
    USER = "user"
    WAIVER = "waiver"
    WINNER = "winner"

    def of(self, *parts: str | int) -> EventObject:
        """The one thing of this kind: ``ObjectKind.TASK.of(983)`` is "task:983"."""
        return EventObject(":".join([self, *map(str, parts)]))
