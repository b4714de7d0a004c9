"""What an edition changes against the one it is based on (DESIGN §4). Pure: compares two snapshots.

Added, removed, renamed, M/O changed, text changed, checks changed, and whatever else is different.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class What(StrEnum):
    ADDED = "Added"
    REMOVED = "Removed"
    RENAMED = "Renamed"
    LETTER = "M/O changed"
    TEXT = "Text changed"
    CHECKS = "Checks changed"
    OTHER = "Changed otherwise"


NAMES = {"title", "name", "question"}
TEXTS = {"text", "guidance", "next steps", "cadence"}
# Follow from other rows: a child that comes or goes is a change of its own.
DERIVED = {"children"}


@dataclass(frozen=True, slots=True)
class Change:
    what: What
    kind: str
    name: str
    where: str
    field: str = ""
    before: str = ""
    after: str = ""


def compare(old: Mapping, new: Mapping) -> list[Change]:
    """Every change that leads from the old snapshot to the new one; nothing when they say the same."""
    changes = [Change(What.REMOVED, row.kind, row.name, row.where) for key, row in old.items() if key not in new]
    for key, row in new.items():
        if key in old:
            changes.extend(_differences(old[key], row))
        else:
            changes.append(Change(What.ADDED, row.kind, row.name, row.where))
    return changes


def grouped(changes: list[Change]) -> list[tuple[What, list[Change]]]:
    """The changes by what they are, in the order of ``What``; kinds that do not occur are left out."""
    return [(what, rows) for what in What if (rows := [change for change in changes if change.what == what])]


def _differences(old: Any, new: Any) -> Iterator[Change]:
    for name, after in new.fields.items():
        before = old.fields[name]
        if before != after and name not in DERIVED:
            yield Change(_what(name), new.kind, new.name, new.where, name, _say(name, before), _say(name, after))


def _what(name: str) -> What:
    if name in NAMES:
        return What.RENAMED
    if name in TEXTS:
        return What.TEXT
    return {"mandatory": What.LETTER, "checks": What.CHECKS}.get(name, What.OTHER)


def _say(name: str, value: Any) -> str:
    if name == "mandatory":
        return "M" if value else "O"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
