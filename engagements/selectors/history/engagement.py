"""Sentences about the engagement itself."""

from collections.abc import Mapping
from typing import Any

from engagements.models import Engagement, Event
from engagements.selectors.history.told import Sentence, Told, day, listed
from engagements.selectors.words import motions_said


def engagement(event: Event, _: str, told: Told) -> Sentence:
    after = event.after
    if event.verb == "started":
        services, edition = ", ".join(after.get("services", [])), f"on {after.get('edition', '')}"
        what = [motions_said(after.get("motions", [])), after.get("model", ""), edition, services]
        return Sentence("started the engagement", after=" · ".join(filter(None, what)))
    if event.verb == "parked":
        until = day(after.get("parked_until"))
        return Sentence(f"parked the engagement until {until}", after=after.get("parked_reason", ""))
    if event.verb == "closed":
        return Sentence("closed the engagement", after=_ended(after))
    if event.verb == "moved":
        was, now = (_runs(values) for values in (event.before, after))
        why = f": {after['why']}" if after.get("why") else ""
        left = f"; stayed behind: {' '.join(after['left'])}" if after.get("left") else ""
        said = f"{now}{why}{left}"
        return Sentence("changed what the engagement runs", told.page("engagement_state"), was, said)
    if event.verb == "confirmed the move of":
        on = day(after.get("queue_moved_on"))
        return Sentence(f"confirmed that the tenant was moved to its queue on {on}", told.page("engagement_state"))
    return Sentence(f"{event.verb} the engagement", after=after.get("why", ""))


def _runs(values: Mapping[str, Any]) -> str:
    """ "Motion: RFA, Reactive": what was, or is, run."""
    return listed([motions_said(values.get("motions", [])), values.get("model", ""), values.get("edition", "")])


def _ended(values: Mapping[str, Any]) -> str:
    """How it ended, and in words."""
    ending = dict(Engagement.Ending.choices).get(values.get("ended_as", ""), "")
    return ": ".join(part for part in (ending, values.get("outcome", "")) if part)
