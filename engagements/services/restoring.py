"""What the services need that take a change back: the values of an event as fields hold them, and why it cannot be."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from engagements.models import Event
from engagements.services.refusals import Refused

NO_WAY = "This cannot be undone. Change it back by hand."
GONE = "This was changed again in between. Look at what stands there now."


def values_before(model: type[models.Model], before: Mapping[str, Any], kept: Iterable[str]) -> dict[str, Any]:
    """The plain values of an event as the fields of a record hold them; rows that are gone are nobody."""
    if not before or set(before) - set(kept):
        raise Refused(NO_WAY)
    found = {}
    for name, value in before.items():
        field = model._meta.get_field(name)
        if field.is_relation:
            found[name] = field.related_model.objects.filter(pk=value).first()
        else:
            found[name] = field.to_python(value)
    return found


def row_of(event: Event, rows: models.QuerySet) -> models.Model | None:
    """The row that stands behind the colon of an event's object."""
    number = event.about.last
    return rows.filter(pk=int(number)).first() if number.isdecimal() else None
