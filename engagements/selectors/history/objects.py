"""The one table of what the history can tell: to add a sentence, add an entry here and its teller.

An event's ``object`` is a word, or a word and what it is about after a colon: "csm", "task:983", "note:17".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engagements.models import Event
from engagements.selectors.history import engagement, notes, people, records, referrals, reviews, services, steps, usage
from engagements.selectors.history.told import Sentence, Told, as_written

# What people filter by.
KINDS: dict[str, str] = {
    "steps": "Steps",
    "tasks": "Tasks",
    "notes": "Notes and next actions",
    "reviews": "Reviews",
    "services": "Services and DIBS",
    "questions": "Questions",
    "people": "Team and contacts",
    "referrals": "Referrals",
    "customer": "Customer, tenant and health",
    "engagement": "The engagement",
}


@dataclass(frozen=True)
class Object:
    """``kind`` is one of KINDS; ``names`` says what the id after the colon names (see ``names.NAMED``)."""

    kind: str
    tell: Callable[[Event, str, Told], Sentence]
    names: str = ""


OBJECTS: dict[str, Object] = {
    "account team": Object("people", people.account_team),
    "adoption": Object("services", services.adoption, names="service"),
    "compete": Object("customer", records.compete),
    "condition": Object("questions", steps.condition),
    "contact": Object("people", people.contact, names="contact"),
    "csm": Object("people", people.csm),
    "customer": Object("customer", records.customer),
    "engagement": Object("engagement", engagement.engagement),
    "enterprise status": Object("customer", records.enterprise_status),
    "handover": Object("people", people.handover),
    "health": Object("customer", records.health),
    "key output": Object("steps", steps.key_output),
    "next action": Object("notes", notes.next_action, names="next action"),
    "note": Object("notes", notes.note, names="note"),
    "partner": Object("customer", records.partner),
    "referral": Object("referrals", referrals.referral),
    "review": Object("reviews", reviews.review),
    "series": Object("reviews", reviews.series, names="series"),
    "service": Object("services", services.service, names="service"),
    "slices": Object("services", services.slices, names="service"),
    "step": Object("steps", steps.step),
    "task": Object("tasks", steps.task),
    "tenant": Object("customer", records.tenant),
    "usage": Object("services", usage.usage, names="service"),
    "user": Object("people", people.assignment, names="user"),
    "waiver": Object("steps", steps.waiver, names="waiver"),
    "winner": Object("customer", records.winner),
}


def tell(event: Event, told: Told) -> Sentence:
    """What the event says; one that nobody taught a sentence is told as it was written."""
    known = OBJECTS.get(event.about.kind)
    return known.tell(event, event.about.reference, told) if known else as_written(event)


def words_of(kind: str) -> list[str]:
    """The object words of a kind."""
    return [word for word, known in OBJECTS.items() if known.kind == kind]


def named_by(event: Event) -> Iterator[tuple[str, int]]:
    """What the object of an event names by id."""
    known, pk = OBJECTS.get(event.about.kind), event.about.id
    if known and known.names and pk is not None:
        yield known.names, pk
