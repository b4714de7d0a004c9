"""Sentences about series of reviews and their reviews."""

from collections.abc import Iterator, Mapping
from typing import Any

from engagements.cadence import Interval
from engagements.models import Event
from engagements.selectors.history.told import GONE, Sentence, Told, day, listed, number

LABELS = {"at": "at", "minutes": "minutes", "place": "place"}


def series(event: Event, pk: str, told: Told) -> Sentence:
    """ "agreed the governance review", "changed the governance review": owner Ana Ruiz"."""
    name, url = _the(told, number(pk)), told.page("engagement_reviews", at=f"series-{pk}")
    if event.verb == "agreed":
        after = listed([_interval(event.after), f"first on {day(event.after.get('on'))}"])
        return Sentence(f"agreed {name}", url, after=f"{after}, held by {_person(told, event.after.get('owner'))}")
    if event.verb == "ended":
        return Sentence(f"ended {name}", url, after=event.after.get("why", ""))
    before, now = (listed(_values(values, told)) for values in (event.before, event.after))
    return Sentence(f"{event.verb} {name}", url, before, now)


def review(event: Event, pk: str, told: Told) -> Sentence:
    """ "moved the governance review": 4 May at 10:00 → 5 May at 15:00: Ana is ill"."""
    name, url = _the(told, event.after.get("series")), _page(pk, told)
    before, after, why = _when(event.before), _when(event.after), event.after.get("why", "")
    if "rhythm" in event.after:
        after += ", this and all later reviews"
    if following := event.after.get("next"):
        after = f"the next one is on {day(following)}"
    return Sentence(f"{event.verb} {name}", url, before, ": ".join(part for part in (after, why) if part))


def _page(pk: str, told: Told) -> str:
    """The review itself; partners, who are not let into every one, are led to the tab."""
    return told.page_of("review_detail", number(pk)) if told.internal else told.page("engagement_reviews")


def _the(told: Told, pk: int | None) -> str:
    return f"the {told.name('series', pk, 'review that is gone')}"


def _person(told: Told, pk: int | None) -> str:
    return told.name("user", pk, GONE)


def _interval(values: Mapping[str, Any]) -> str:
    every, unit = values.get("every"), values.get("unit")
    return Interval(every, unit).words if every and unit else "as often as its rule says"


def _when(values: Mapping[str, Any]) -> str:
    if "on" not in values:
        return ""
    return day(values["on"]) + (f" at {values['at']}" if values.get("at") else "")


def _values(values: Mapping[str, Any], told: Told) -> Iterator[str]:
    if "owner" in values:
        yield f"held by {_person(told, values['owner'])}"
    if "every" in values or "unit" in values:
        yield _interval(values)
    for name, label in LABELS.items():
        if name in values:
            yield f"{label} {values[name] or 'not said'}"
