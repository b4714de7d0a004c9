"""What customers may read: the one function that every page, mail and file for them passes (docs/customer-safe.md).

``customer_text`` decides by where a text comes from and by what it holds. It fails closed: a category of notes or
an audience that it does not know stays inside. Pure: no database, no clock, no settings; ``services.disclosure``
brings those along as ``Disclosure``.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from engagements.internal_parts import ALERT, COLLEAGUE, LINE, LINK, ORIGIN, SECTION, Removed, leaks
from engagements.internal_words import in_heading
from engagements.recap import Recap, recap

NAMES, ROLES, TEAM = "names", "roles", "team"
WHOLE_TEAM = "FastTrack"
NEVER = "never"  # what the rule of a review says of a side that takes no part
# Category of notes → whether what it holds may leave once it is cleaned; a test holds this to the model's choices.
CATEGORIES: Mapping[str, bool] = {
    "engagement-management": True,
    "service-intent": False,
    "technical-enablement": True,
    "environment": True,
    "enterprise-status": False,
    "migration": True,
}
# Audience of a playbook page → whether the title of a step of it may leave.
AUDIENCES: Mapping[str, bool] = {"internal": False, "partner": True, "customer": True, "public": True}
# What nobody may add to a mail by hand either. A mention or a task number is the author's own choice by then.
REFUSED = (SECTION, ALERT, LINE, LINK, COLLEAGUE)


@dataclass(frozen=True)
class Origin:
    """Where a text comes from; what is ``None`` does not apply to it.

    ``audience`` is that of the playbook page, ``category`` that of the note, and ``reviews`` is what the rules of
    the reviews it is about say of the customer ("in", "optional", "never").
    """

    audience: str | None = None
    category: str | None = None
    reviews: tuple[str, ...] = ()


@dataclass(frozen=True)
class Disclosure:
    """What the desk knows that a text does not show by itself.

    ``colleagues`` is name or e-mail address → role; ``mentioned`` is user name → name; ``shown_as`` is what the team
    decided on colleagues: their names, their roles, or FastTrack as a whole.
    """

    hosts: tuple[str, ...] = ()
    shown_as: str = NAMES
    colleagues: Mapping[str, str] = field(default_factory=dict)
    mentioned: Mapping[str, str] = field(default_factory=dict)
    numbers: frozenset[int] = frozenset()


def withheld(origin: Origin) -> str:
    """Why nothing from here may leave, as a sentence; empty where it may, once it is cleaned."""
    if origin.category is not None and not CATEGORIES.get(origin.category, False):
        return "Notes of this category are for Microsoft colleagues only."
    if origin.audience is not None and not AUDIENCES.get(origin.audience, False):
        return "It comes from a playbook page for Microsoft colleagues."
    if NEVER in origin.reviews:
        return "It is about a review that customers do not attend."
    return ""


def customer_text(text: str, rules: Disclosure, origin: Origin = Origin()) -> Recap:  # noqa: B008 - frozen
    """The text as customers may read it, and everything that was taken out of it (R60)."""
    if why := withheld(origin):
        return Recap("", (Removed(ORIGIN, why),) if text.strip() else ())
    people = {user: _shown(name, rules) for user, name in rules.mentioned.items()}
    found = recap(text, hosts=rules.hosts, people=people, numbers=rules.numbers)
    if rules.shown_as == NAMES:
        return found
    said, named = _without_names(found.text, rules)
    return Recap(said, (*found.removed, *(Removed(COLLEAGUE, name) for name in named)), found.doubts)


def customer_line(text: str, rules: Disclosure, origin: Origin = Origin()) -> str:  # noqa: B008 - frozen
    """A title, a place or a name as customers may read it: as it was written, cleaned, or empty."""
    if in_heading(text):
        return ""
    found = customer_text(text, rules, origin)
    return " ".join(found.text.split()) if found.removed else text


def internal_parts_of(text: str, rules: Disclosure) -> list[str]:
    """What keeps a mail that somebody edited from being sent; empty where nothing was recognised."""
    found = leaks(text, rules.hosts)
    found += [row.text for row in customer_text(text, rules).removed if row.kind in REFUSED]
    return list(dict.fromkeys(found))


def colleague(name: str, rules: Disclosure) -> str:
    """A colleague as customers read of them: by name, by role, or as FastTrack."""
    return _shown(name, rules)


def _shown(name: str, rules: Disclosure) -> str:
    if rules.shown_as == NAMES:
        return name
    role = rules.colleagues.get(name, "")
    return f"the {role}" if role and rules.shown_as == ROLES else WHOLE_TEAM


def _without_names(text: str, rules: Disclosure) -> tuple[str, list[str]]:
    """The text with colleagues' names and addresses replaced, as a whole word each; and those that were found.

    As ``TEAM`` their roles go as well.
    """
    names: Collection[str] = [name for name in rules.colleagues if name.strip()]
    if rules.shown_as == TEAM:
        names = [*names, *(role for role in rules.colleagues.values() if role)]
    if not names:
        return text, []
    by_length = sorted({name.casefold() for name in names}, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:the )?({'|'.join(map(re.escape, by_length))})(?!\w)", re.I)
    known = {name.casefold(): name for name in rules.colleagues}
    found: list[str] = []

    def replaced(match: re.Match) -> str:
        found.append(match[1])
        return _shown(known.get(match[1].casefold(), ""), rules)

    return pattern.sub(replaced, text), list(dict.fromkeys(found))
