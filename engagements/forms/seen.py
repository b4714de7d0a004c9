"""Forms that remember what they showed, so that two people at one record notice each other."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format

from engagements.services.overtaking import Overtaken, plain

THEIRS, MINE = "theirs", "mine"


class SeenForm(forms.Form):
    """Mix in first. ``seen`` goes to the service; ``overtaken()`` asks, for each field, whose value stays.

    ``seen_fields`` names the fields it is about; without it, all of the form's.
    """

    seen_fields: tuple[str, ...] = ()

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.clashes: list[dict[str, Any]] = []

    @property
    def seen_name(self) -> str:
        return self.add_prefix("seen")

    def shown(self) -> dict[str, Any]:
        """The plain values that the form shows before anybody types."""
        names = self.seen_fields or self.fields
        return {name: plain(self.get_initial_for_field(self.fields[name], name)) for name in names}

    def seen_value(self) -> str:
        """What the hidden field carries: what was shown first, also when the form comes back with errors."""
        given = self.data.get(self.seen_name) if self.is_bound else ""
        return given or json.dumps(self.shown())

    @property
    def seen(self) -> Mapping[str, Any]:
        """What the person was shown when they began to type; empty where that is not known."""
        try:
            found = json.loads(self.data.get(self.seen_name, "") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def kept_theirs(self) -> set[str]:
        """The fields for which the person, having been asked, lets the other's value stand."""
        return {name for name in self.fields if self.data.get(self.add_prefix(f"keep-{name}")) == THEIRS}

    def kept(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values without those that were left to somebody else."""
        theirs = self.kept_theirs()
        return {name: value for name, value in values.items() if name not in theirs}

    def overtaken(self, error: Overtaken) -> None:
        """Asks: draws each clash with both values, and from now on has seen theirs."""
        who = str(error.by or "Somebody else")
        when = f" at {date_format(timezone.localtime(error.at), 'H:i')}" if error.at else ""
        for name, value in error.theirs.items():
            bound = self[name]
            self.clashes.append(
                {
                    "name": self.add_prefix(f"keep-{name}"),
                    "label": bound.label,
                    "who": f"{who}{when}",
                    "theirs": self._words(name, value),
                    "mine": self._words(name, plain(self.cleaned_data.get(name))),
                }
            )
        data = self.data.copy()
        data[self.seen_name] = json.dumps({**self.seen, **error.theirs})
        for name in self.fields:
            data.pop(self.add_prefix(f"keep-{name}"), None)
        self.data = data
        self.add_error(None, ValidationError(error.message))

    def _words(self, name: str, value: Any) -> str:
        """A plain value as the field shows it."""
        choices = dict(_flat(getattr(self.fields[name], "choices", ())))
        if value in (None, ""):
            return "empty"
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(choices.get(value) or choices.get(str(value)) or value)


def _flat(choices):
    """(value, label) of choices, also of those in groups."""
    for value, label in choices:
        if isinstance(label, (list, tuple)):
            yield from label
        else:
            yield value if not hasattr(value, "value") else value.value, label
