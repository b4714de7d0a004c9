"""Sentences about active users."""

from engagements.models import Event
from engagements.selectors.history.told import Sentence, Told, day, number


def usage(event: Event, pk: str, told: Told) -> Sentence:
    name = told.name("service", number(pk), "a service")
    url = told.page("engagement_usage", at=f"service-{pk}")
    before, after = event.before.get("active_users"), event.after.get("active_users")
    if event.verb == "imported":
        first, last = day(event.after.get("first")), day(event.after.get("last"))
        return Sentence(f"imported {event.after.get('readings', 0):,} readings of {name}, {first} to {last}", url)
    said = f"{event.verb} the active users of {name} on {day(event.after.get('on'))}"
    return Sentence(said, url, _number(before), _number(after))


def _number(users: int | None) -> str:
    return "" if users is None else f"{users:,}"
