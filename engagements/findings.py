"""What is missing or late in the record of a customer, the most pressing first; each is a sentence.

Pure: takes what is known and the date, knows no database. Where to mend it is the page's business.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from engagements.staleness import is_stale


@dataclass(frozen=True)
class CustomerFacts:
    """The record of a customer as far as findings look at it; empty is not known."""

    tenants: int = 1
    has_winner: bool = True
    colour: str = "green"
    rated_on: date | None = None
    stands_until: date | None = None
    status: str = "in-progress"
    progress_due_on: date | None = None
    completion_on: date | None = None
    has_success_owner: bool = True
    business_reason: str = "security"
    without_manager: tuple[tuple[int, str], ...] = ()  # id and name of tenants
    to_qualify: tuple[tuple[int, str], ...] = ()  # id and product of signals


@dataclass(frozen=True)
class Finding:
    """``key`` names what is to be mended, ``about`` which of several; ``kind`` is the shape it is drawn with."""

    key: str
    kind: str
    text: str
    about: int | None = None


def findings(facts: CustomerFacts, today: date) -> list[Finding]:
    """Late things first, then what others build on, then what is merely not known."""
    return [*_late(facts, today), *_missing(facts), *_open(facts)]


def _late(facts: CustomerFacts, today: date) -> Iterator[Finding]:
    if facts.progress_due_on and facts.progress_due_on < today:
        yield Finding("progress", "overdue", f"Progress was expected {_ago(facts.progress_due_on, today)}.")
    if facts.completion_on and facts.completion_on < today:
        text = f"Onboarding was expected to be complete {_ago(facts.completion_on, today)}."
        yield Finding("perspective", "overdue", text)
    if is_stale(facts.stands_until, today) and facts.rated_on:
        text = f"It was rated {facts.colour.title()} {_ago(facts.rated_on, today)}. Say whether it still is."
        yield Finding("health", "overdue", text)


def _missing(facts: CustomerFacts) -> Iterator[Finding]:
    if not facts.tenants:
        yield Finding("tenant", "missing", "It has no tenant yet, so no engagement can start.")
    elif not facts.has_winner:
        text = "No winner tenant is chosen, the one that carries what holds for the whole customer."
        yield Finding("winner", "missing", text)
    if not facts.colour:
        yield Finding("health", "missing", "Its health is not rated.")
    for pk, name in facts.without_manager:
        yield Finding("manager", "missing", f"{name} has no primary FastTrack Manager.", pk)
    if not facts.has_success_owner:
        yield Finding("perspective", "missing", "Nobody at the customer is named as success owner.")


def _open(facts: CustomerFacts) -> Iterator[Finding]:
    if not facts.status:
        yield Finding("progress", "ask", "How far it has come is not said.")
    elif facts.status == "in-progress" and facts.progress_due_on is None:
        yield Finding("progress", "ask", "It is in progress, and no day is set by which to expect the next milestone.")
    if not facts.business_reason:
        yield Finding("perspective", "ask", "Why it buys Microsoft 365 is not known.")
    for pk, product in facts.to_qualify:
        yield Finding("compete", "ask", f"Is {product} in use? It is noted as a competitor and not qualified.", pk)


def _ago(on: date, today: date) -> str:
    days = (today - on).days
    return "yesterday" if days == 1 else f"{days} days ago"
