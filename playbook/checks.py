"""What a requirement may ask for, in one list for `gates.toml`, drafts, pages and the gate. Pure.

A check is written "kind:argument". The kinds that people answer are here; every kind that records answer is
registered by the code that keeps those records (`engagements/*/checks.py`), with the words that a reader of the
playbook sees.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

NOTE_CATEGORIES = (
    "engagement-management",
    "service-intent",
    "technical-enablement",
    "environment",
    "enterprise-status",
    "migration",
)
FACTS = ("csm", "enabled", "migrates", "account-managed", "more-services", "several-services")


class Check(str):
    """A check as `gates.toml` writes it, with its parts: "note:environment|migration", "dibs:confirmed".

    It is its text, so that it is stored, sorted and printed as such.
    """

    __slots__ = ()

    @property
    def kind(self) -> str:
        """What comes before the colon: "note", "dibs", "step"."""
        return self.partition(":")[0]

    @property
    def argument(self) -> str:
        """What comes after the colon; empty where nothing does."""
        return self.partition(":")[2]

    @property
    def is_written(self) -> bool:
        """Whether a note or a person answers it. Every other check is computed and cannot be ticked."""
        return self.kind in WRITTEN

    @property
    def categories(self) -> tuple[str, ...]:
        """The note categories that satisfy a note check, the first one being the usual one; else nothing."""
        return tuple(self.argument.split("|")) if self.kind == "note" else ()


WRITTEN = ("note", "attest")
ATTEST = Check("attest")


@dataclass(frozen=True)
class CheckKind:
    """One kind of check: which arguments it takes, and how the playbook says it.

    ``says`` has the words for each plain argument ("" for none). Where any argument of a form will do,
    ``pattern`` is that form, ``say`` puts an argument into words, and ``usage`` shows how to write it.
    """

    name: str
    says: Mapping[str, str] = field(default_factory=dict)
    pattern: re.Pattern | None = None
    usage: str = ""
    say: Callable[[str, Mapping[str, str]], str] | None = None

    def takes(self, argument: str) -> bool:
        """Whether a check of this kind may have the argument."""
        return argument in self.says or bool(self.pattern and self.pattern.fullmatch(argument))

    def in_words(self, argument: str, step_titles: Mapping[str, str]) -> str:
        """How a reader of the playbook sees it; ``step_titles`` has the title of each step by its key."""
        if argument in self.says or self.say is None:
            return self.says.get(argument, f"{self.name}:{argument}")
        return self.say(argument, step_titles)


_kinds: dict[str, CheckKind] = {}


def register(kind: CheckKind) -> CheckKind:
    """Adds a kind of check; raises ValueError where the name is taken by another."""
    if _kinds.get(kind.name, kind) != kind:
        raise ValueError(f"There is a kind of check called {kind.name} already.")
    _kinds[kind.name] = kind
    return kind


def kinds() -> tuple[CheckKind, ...]:
    """Every registered kind, by name."""
    return tuple(_kinds[name] for name in sorted(_kinds))


def is_known(check: str) -> bool:
    """Whether a check is of a registered kind and has an argument that the kind takes."""
    check = Check(check)
    kind = _kinds.get(check.kind)
    return kind is not None and kind.takes(check.argument) and (":" not in check or bool(check.argument))


def in_words(check: str, step_titles: Mapping[str, str]) -> str:
    """``"note:environment|migration"`` → "Environment or Migration note"; an unknown check as it is written."""
    check = Check(check)
    kind = _kinds.get(check.kind)
    return kind.in_words(check.argument, step_titles) if kind else check


def plain_words() -> dict[str, str]:
    """Each check that needs no free argument → its words: "dibs:confirmed" → "the customer confirmed DIBS …"."""
    return {
        f"{kind.name}:{argument}" if argument else kind.name: words
        for kind in kinds()
        for argument, words in kind.says.items()
    }


def how_to_write() -> str:
    """What a check may be, for a message: "note:<category>, step:<process>/<step>, …"."""
    free = [kind.usage for kind in kinds() if kind.usage]
    return ", ".join([*free, *plain_words()])


def _note_in_words(argument: str, step_titles: Mapping[str, str]) -> str:
    return " or ".join(word.replace("-", " ").title() for word in argument.split("|")) + " note"


register(CheckKind("attest", says={"": "stated by a person"}))
register(
    CheckKind(
        "note",
        pattern=re.compile(rf"(?:{'|'.join(NOTE_CATEGORIES)})(?:\|(?:{'|'.join(NOTE_CATEGORIES)}))*"),
        usage="note:<category>",
        say=_note_in_words,
    )
)
register(
    CheckKind(
        "step",
        pattern=re.compile(r"[^/\s]+/[^/\s]+"),
        usage="step:<process>/<step>",
        say=lambda key, step_titles: f"step “{step_titles.get(key, key)}” is complete",
    )
)
register(
    CheckKind(
        "task",
        pattern=re.compile(r"[0-9]{1,6}"),
        usage="task:<number>",
        say=lambda number, step_titles: f"task {number} is complete",
    )
)
