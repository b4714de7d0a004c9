"""Attribute lines: `label: **value**` below a heading, in whatever language (DOMAIN §5.1, §5.3).

A known label says what its value is. An unknown one is understood by its value (all roles, all motions, all
services), and failing that by its place: role first, then motions, then what the step applies to.
"""

import re
from dataclasses import dataclass

from playbook import vocabulary
from playbook.markdown_tree import plain, separated

LINE = re.compile(
    r"\s*+(?:[-*+•]\s++)?(?P<bold>\*\*|__)?\s*+(?P<label>[^\s:：*|<>\[\]!#][^:：*|<>\[\]!#]{0,59}?)\s*+"
    r"(?P<close>\*\*|__)?\s*+[:：]\s*+(?P<late>\*\*|__)?\s*+(?P<value>.*)$"
)
BULLET = re.compile(r"^\s*[-*+•]\s+")
SKIPPED = re.compile(r"\s*+(?:\\|<br\s*+/?>|\[!INCLUDE.*\]|<!--.*-->)?\s*+$", re.I)
BOLD = re.compile(r"(?:\*\*|__)(.+?)(?:\*\*|__)")
JOINTS = re.compile(r"\b(?:and|or|und|oder|y|o|e|ou)\b|[/／,;、，；&\s]|または|および|和|或", re.I)
PLACES = ("roles", "motions", "applies_to")
KINDS = {"roles": "role", "motions": "motion", "applies_to": "service"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: what it is about, its value as plain text, and its first line and the line after it."""

    kind: str
    label: str
    value: str
    start: int
    end: int
    known: bool = True


def read_attributes(lines: list[str], start: int, stop: int) -> list[Attribute]:
    """The attributes directly below a heading, from line index `start`; the first other text ends them."""
    found: list[Attribute] = []
    index = start
    while index < stop:
        if SKIPPED.match(lines[index]):
            index += 1
            continue
        attribute = _attribute(lines, index, stop)
        if attribute is None:
            break
        found.append(attribute)
        index = attribute.end
    return _placed(found)


def _attribute(lines: list[str], index: int, stop: int) -> Attribute | None:
    match = LINE.match(lines[index].strip())
    if not match:
        return None
    label, printed = match["label"].strip(" *_"), (match["late"] or "") + match["value"]
    value = _tidy(printed)
    kind = vocabulary.label_kind(label)
    if kind in ("other", "cadence", "purpose"):
        return None
    if kind == "audience" and match["bold"]:
        return None
    end = index + 1
    while end < stop and _goes_on(value) and (kind or value.startswith(("**", "__"))):
        line = lines[end]
        if not line.strip() or line.lstrip().startswith(("#", "|", "[!", ">")) or _is_known(line):
            break
        printed = " ".join([printed.rstrip("\\ "), BULLET.sub("", line).strip()])
        value = _tidy(printed)
        end += 1
    text = _text(value)
    if kind is None and not _all_bold(value, label, bool(match["bold"])) and not _all_known(text):
        return None
    return Attribute(kind or "", label, text, index, end, kind is not None)


def _tidy(value: str) -> str:
    """A value without the mark of a line's end; a break within it separates names."""
    return separated(value.strip()).rstrip("\\").strip()


def _goes_on(value: str) -> bool:
    """Whether a value continues on the next line: nothing yet, an open bold, or a separator at its end."""
    bare = value.rstrip("*_ ")
    return not bare or value.count("**") % 2 == 1 or bool(re.search(r"(?:[/／,;、&]|\b(?:and|or))$", bare))


def _text(value: str) -> str:
    """The value as plain text; items that are bold one by one are separate, whatever word joins them."""
    groups = BOLD.findall(value)
    if len(groups) > 1 and not JOINTS.sub("", BOLD.sub("", value)):
        value = " / ".join(group.strip(" /,;&") for group in groups)
    return re.sub(r"\s+", " ", plain(value.replace("**", " ").replace("__", " "))).strip(" /,;&")


def _all_known(text: str) -> bool:
    """Whether a value that lost its bold, below a label nobody knows, still names only roles or motions."""
    return any(
        names and not unknown for names, unknown in (vocabulary.split_names(k, text) for k in ("role", "motion"))
    )


def _is_known(line: str) -> bool:
    match = LINE.match(line.strip())
    return bool(match and vocabulary.label_kind(match["label"].strip(" *_")))


def _all_bold(value: str, label: str, bold_label: bool) -> bool:
    """Whether an unknown label has the shape of an attribute: few words, then nothing but bold names."""
    if bold_label or len(label) > 45 or len(label.split()) > 6 or not value.startswith(("**", "__")):
        return False
    return not JOINTS.sub("", BOLD.sub(" ", value))


def _placed(found: list[Attribute]) -> list[Attribute]:
    """The same attributes with every unknown label understood by its value or by its place."""
    if all(attribute.known for attribute in found):
        return found
    open_kinds = [kind for kind in PLACES if kind not in {a.kind for a in found}]
    placed = []
    for position, attribute in enumerate(found):
        kind = attribute.kind
        if not kind:
            fits = [each for each in open_kinds if _speaks_of(each, attribute.value)]
            place = PLACES[position] if position < len(PLACES) and PLACES[position] in open_kinds else None
            kind = (fits or [place] if place or fits else ["other"])[0]
            if vocabulary.phase_named(attribute.value):
                kind = "phase"
            if kind in open_kinds:
                open_kinds.remove(kind)
        placed.append(
            Attribute(kind, attribute.label, attribute.value, attribute.start, attribute.end, attribute.known)
        )
    return placed


def _speaks_of(kind: str, value: str) -> bool:
    names, unknown = vocabulary.split_names(KINDS[kind], value)
    return bool(names) and len(unknown) * 2 < len(names)
