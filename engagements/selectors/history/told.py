"""What a sentence is made of: the words, where it leads, what was before and what is now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from engagements.models import Event
from engagements.walk import Walk

GONE = "somebody who is gone"


@dataclass(frozen=True)
class Sentence:
    """ "completed Request an ACM Partner", without who and when."""

    text: str
    url: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Told:
    """What a teller knows besides the event: the engagement as walked, the names of ids, and who reads it.

    Without a walk only what belongs to a tenant or customer is told.
    """

    walk: Walk | None
    names: Mapping[tuple[str, int], str]
    internal: bool = True

    def name(self, kind: str, pk: Any, otherwise: str) -> str:
        """The name of today; what is gone is called ``otherwise``."""
        return self.names.get((kind, pk), otherwise)

    def page(self, url_name: str, *more: Any, at: str = "") -> str:
        """A page of this engagement, at an anchor; nothing where no engagement is looked at."""
        if self.walk is None:
            return ""
        address = reverse(url_name, args=[self.walk.engagement.pk, *more])
        return f"{address}#{at}" if at else address

    def page_of(self, url_name: str, pk: int) -> str:
        """A page that has an address of its own."""
        return reverse(url_name, args=[pk])

    def step(self, key: str) -> tuple[str, str]:
        """(title, address) of a step of this edition; a step of another edition is called by its key."""
        found = self.walk.edition.places.get(key)
        if not found:
            return key, ""
        return found[2].title, self.page("step_detail", found[1].slug, found[2].slug)

    def contact(self, pk: int | None) -> str:
        return self.name("contact", pk, GONE) if pk else "nobody"


def number(text: str) -> int:
    """The id behind the colon of an object word."""
    return int(text) if text.isdecimal() else 0


def day(iso: str | None) -> str:
    return f"{date.fromisoformat(iso):%-d %b %Y}" if iso else "no date"


def listed(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part)


def field_word(name: str) -> str:
    """A field as people call it: "due date", "success owner"."""
    names = {"due_on": "due date"}
    return names.get(name) or name.removesuffix("_text").replace("_", " ")


def as_written(event: Event) -> Sentence:
    """An event that nobody taught a sentence."""
    return Sentence(f"{event.verb} {event.object}")
