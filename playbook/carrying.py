"""What people changed on drafts survives the next import where the line is still the same (DESIGN §4).

An edit is where an edition differs from what its import had proposed. Checks, rules, conditions and the
like are carried over to the row of the same key and text; every other edit is listed to be confirmed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Model

from playbook.drafting import Draft
from playbook.models import Condition, Requirement
from playbook.pages import PageWarning
from playbook.snapshot import Row, Snapshot
from playbook.validation import condition_keys

LONG = 120
SIMILAR = 0.75
# Snapshot field → attribute of the row that an edit is written to.
CARRIED = {
    "condition": {name: name for name in ("question", "scope", "computed", "yes", "no")},
    "process": {},
    "step": {"when": "when", "per service": "per_service"},
    "requirement": {name: name for name in ("checks", "rule", "optional", "when")},
    "task": {"when": "when", "mandatory when": "mandatory_when"},
}
# The words that must not have changed for an edit to be carried, then all other fields that people edit.
WORDS = {"condition": "question", "process": "title", "step": "title", "requirement": "text", "task": "name"}
CONFIRMED = {
    "condition": {},
    "process": {"title": "title", "audience": "audience", "guidance": "guidance", "next steps": "next_steps"},
    "step": {"title": "title", "cadence": "cadence", "guidance": "guidance"},
    "requirement": {"text": "text"},
    "task": {"name": "name", "mandatory": "mandatory"},
}
LINKS = {
    "condition": {"services": "services"},
    "process": {"motions": "motions"},
    "step": {"roles": "roles", "motions": "motions", "applies to": "applies_to"},
    "requirement": {},
    "task": {"roles": "roles", "services": "services"},
}
Key = tuple[str, tuple]
Proposals = dict[Key, dict[str, Any]]
# (row, field, names) → the names of the rows that the names mean, sorted.
Meant = Callable[[Model, str], tuple[str, ...]]


@dataclass(slots=True)
class Carried:
    """How many edits were carried over, and what somebody has to confirm."""

    count: int = 0
    warnings: list[PageWarning] = field(default_factory=list)


def identified(draft: Draft) -> Iterator[tuple[Key, Model]]:
    """Every row of a draft under the key that ``playbook.snapshot`` gives it once it is stored."""
    for row in draft.conditions:
        yield ("condition", (row.key,)), row
    for row in draft.processes:
        yield ("process", (row.key,)), row
    for row in draft.steps:
        yield ("step", (row.key,)), row
    for row in draft.lines:
        yield ("requirement", (row.process.key, row.step.key if row.step else "", row.key)), row
    met: dict[tuple, int] = defaultdict(int)
    for row in draft.listings:
        key = (row.task.number, row.process.key, row.step.key if row.step else "")
        met[key] += 1
        yield ("task", (*key, met[key])), row


def proposals(draft: Draft, meant: Meant) -> Proposals:
    """What the draft says, before anybody edits it."""
    found = {}
    for (kind, key), row in identified(draft):
        fields = {name: getattr(row, attribute) for name, attribute in (CARRIED[kind] | CONFIRMED[kind]).items()}
        fields |= {name: meant(row, attribute) for name, attribute in LINKS[kind].items()}
        found[kind, key] = {name: _plain(value) for name, value in fields.items()}
    return found


def as_json(proposed: Proposals) -> list:
    return [[kind, list(key), fields] for (kind, key), fields in proposed.items()]


def from_json(stored: list) -> Proposals:
    return {(kind, tuple(key)): fields for kind, key, fields in stored}


def keep_keys(draft: Draft, former: Snapshot) -> None:
    """A line whose words were only corrected keeps its key: it is found by its likeness, within its list."""
    gone: dict[tuple, list[Row]] = defaultdict(list)
    new: dict[tuple, list[Requirement]] = defaultdict(list)
    present = {key: row for key, row in identified(draft) if key[0] == "requirement"}
    for (kind, key), row in former.items():
        if kind == "requirement" and (kind, key) not in present:
            gone[*key[:2], row.fields["section"]].append(row)
    for key, row in present.items():
        if key not in former:
            new[*key[1][:2], row.section].append(row)
    for place, rows in new.items():
        for row in rows:
            likeness, like = max(
                ((_alike(row, old), old) for old in gone[place]), default=(0, None), key=lambda found: found[0]
            )
            if likeness >= SIMILAR:
                row.key = like.key[2]
                gone[place].remove(like)


def carry(draft: Draft, proposed: Proposals, former: Snapshot, baseline: Proposals) -> Carried:
    """Writes the edits of the former edition to the rows of the draft. ``baseline`` is what its import proposed."""
    return _Carrying(draft, proposed, former, baseline).run()


class _Carrying:
    def __init__(self, draft: Draft, proposed: Proposals, former: Snapshot, baseline: Proposals):
        self.draft, self.proposed, self.former, self.baseline = draft, proposed, former, baseline
        self.rows = dict(identified(draft))
        self.carried = Carried()
        self.expressions: list[str] = []

    def run(self) -> Carried:
        for key, row in self.former.items():
            for name, before in self.baseline.get(key, {}).items():
                if _plain(row.fields[name]) != before:
                    self.edit(key, row, name)
        added = self.add_conditions()
        self.by_hand(added)
        return self.carried

    def edit(self, key: Key, edited: Row, name: str) -> None:
        """One field that somebody changed: carried over, already on the pages, or to be confirmed."""
        kind, value, now = key[0], edited.fields[name], self.proposed.get(key)
        if now is None:
            self.confirm(edited, key, f"“{name}” had been set to {_say(value)}, but the pages no longer have it.")
        elif now[name] == _plain(value):
            return
        elif name not in CARRIED[kind]:
            self.confirm(edited, key, f"“{name}” had been changed to {_say(value)}; what the pages say was taken.")
        elif name != WORDS[kind] and now[WORDS[kind]] != self.baseline[key][WORDS[kind]]:
            self.confirm(edited, key, f"“{name}” had been set to {_say(value)}, but the words have changed since.")
        else:
            setattr(self.rows[key], CARRIED[kind][name], list(value) if isinstance(value, tuple) else value)
            self.carried.count += 1
            if name in ("when", "mandatory when"):
                self.expressions.append(value)
            if now[name] != self.baseline[key][name]:
                self.confirm(
                    edited, key, f"“{name}” stays {_say(value)}, though the pages now ask for {_say(now[name])}."
                )

    def add_conditions(self) -> set[Key]:
        """Conditions that somebody added on a draft come along where a carried edit names them."""
        known, added = {row.key for row in self.draft.conditions}, set()
        for name in dict.fromkeys(key for text in self.expressions for key in condition_keys(text)):
            former = self.former.get(("condition", (name,)))
            if name in known or former is None:
                continue
            said = {each: former.fields[each] for each in ("scope", "question", "yes", "no")}
            row = Condition(key=name, computed=list(former.fields["computed"]), **said)
            self.draft.conditions.append(row)
            self.draft.links.append((row, "services", former.fields["services"]))
            added.add(("condition", (name,)))
        return added

    def by_hand(self, added: set[Key]) -> None:
        """Rows that somebody added or removed: the pages decide, and somebody confirms."""
        here = self.proposed.keys() | added
        for key in self.former.keys() - self.baseline.keys() - here:
            if not self.below_another(key, self.former.keys() - self.baseline.keys()):
                self.confirm(self.former[key], key, "it had been added by hand and is not on the pages.")
        gone = self.baseline.keys() - self.former.keys()
        for key in gone & self.proposed.keys():
            if not self.below_another(key, gone):
                name = str(self.proposed[key][WORDS[key[0]]])
                row = Row(key[0], key[1], name, "", {})
                self.confirm(row, key, "it had been removed by hand; the pages bring it back.")

    @staticmethod
    def below_another(key: Key, others: set[Key]) -> bool:
        """Whether a row came or went with its step or process, which is reported already."""
        kind, names = key
        if kind not in ("step", "requirement", "task"):
            return False
        names = names if kind != "task" else names[1:]
        step = names[0] if kind == "step" else names[1]
        process = step.rpartition("/")[0] if kind == "step" else names[0]
        return ("process", (process,)) in others or (kind != "step" and ("step", (step,)) in others)

    def confirm(self, row: Row, key: Key, message: str) -> None:
        there = self.rows.get(key)
        what = f"{row.where}: " if row.where and row.where != row.name else ""
        source = getattr(there, "source", "") or getattr(getattr(there, "process", None), "source", "")
        text = f"{what}“{row.name[:80]}”: {message}"
        line = getattr(there, "line", 0)
        self.carried.warnings.append(PageWarning(source, line, "edit-to-confirm", text))


def _plain(value: Any) -> Any:
    """The value as JSON gives it back; a long text as its digest."""
    if isinstance(value, str) and len(value) > LONG:
        return "sha256:" + hashlib.sha256(value.encode()).hexdigest()
    return list(value) if isinstance(value, tuple) else value


def _say(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return f"“{', '.join(value)}”" if value else "nothing"
    return f"“{value[:80]}{'…' if len(value) > 80 else ''}”" if value else "nothing"


def _alike(row: Requirement, former: Row) -> float:
    matcher = SequenceMatcher(None, row.text.casefold(), former.fields["text"].casefold(), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= SIMILAR else 0
