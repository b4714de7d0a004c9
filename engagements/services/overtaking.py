"""Two people at one record: nothing that somebody saved is overwritten by somebody who did not see it.

A form remembers what it showed. Under the lock, what it changes is compared with what stands there now: fields
that only one of the two changed both keep their change, and for a field that both changed the second is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import models

from engagements.models import Event, Tenant, User
from engagements.services.refusals import Refused


@dataclass(frozen=True)
class Changes:
    """The plain values of what differs, by field: as ``Event.before`` and ``Event.after`` keep them."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.after)


class Overtaken(Refused):
    """Somebody else changed the same fields in between. ``theirs`` are the plain values that stand now."""

    def __init__(self, theirs: Mapping[str, Any], by: User | None, at: datetime | None):
        self.theirs, self.by, self.at = dict(theirs), by, at
        super().__init__(f"{by or 'Somebody'} changed this while you were typing. Choose what to keep, and save again.")


def put(
    record: models.Model,
    values: Mapping[str, Any],
    *,
    seen: Mapping[str, Any] | None = None,
    object: str = "",
    tenant: Tenant | None = None,
) -> Changes:
    """Sets on a locked record what differs, without saving it; raises Overtaken and then sets nothing.

    ``seen`` holds the plain values that the person was shown, None where nobody was shown anything (an import).
    ``object`` and ``tenant`` are those of its events, from which the other's name is known.
    """
    now = {name: plain(getattr(record, name)) for name in values}
    wanted = {name: plain(value) for name, value in values.items()}
    seen = seen or {}
    # What the person left as it was shown is not their change: whatever stands there now stays.
    changed = [
        name
        for name in values
        if not _same(wanted[name], now[name]) and not (name in seen and _same(wanted[name], seen[name]))
    ]
    theirs = {name: now[name] for name in changed if name in seen and not _same(seen[name], now[name])}
    if theirs:
        raise Overtaken(theirs, *_last(object, tenant, theirs))
    for name in changed:
        setattr(record, name, values[name])
    return Changes({name: now[name] for name in changed}, {name: wanted[name] for name in changed})


def plain(value: Any) -> Any:
    """A value as JSON keeps it: dates and times as text, rows as their id."""
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if isinstance(value, models.Model) else value


def _same(one: Any, other: Any) -> bool:
    """Forms show nothing as empty text and an id as text."""
    return one == other or str("" if one is None else one) == str("" if other is None else other)


def _last(object: str, tenant: Tenant | None, fields: Mapping[str, Any]) -> tuple[User | None, datetime | None]:
    """Who set one of these fields last, and when."""
    rows = Event.objects.filter(object=object, tenant=tenant) if object else Event.objects.none()
    for event in rows.select_related("actor").order_by("-pk")[:20]:
        if set(event.after) & set(fields):
            return event.actor, event.at
    return None, None
