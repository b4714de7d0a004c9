"""What would prove a checklist line, where `gates.toml` is silent (DESIGN §3, §4).

A line under "… note documents" is proved by a note of that category; a line that speaks of the kickoff or of
DIBS also by the record of it; a line nobody can look up is attested by a person. Decides nothing by itself:
an administrator may correct every proposal on a draft.
"""

import re
from dataclasses import replace

from playbook import vocabulary
from playbook.checks import Check
from playbook.gates_file import LineEntry
from playbook.pages import Requirement

CATEGORY = (
    r"(?P<{0}>engagement[\s-]+management|overall\s+status|service\s+intent|entitlement\s+status"
    r"|technical\s+enablement|environment(?:al)?|enterprise\s+status|migration)"
)
SLUGS = {
    "engagement management": "engagement-management",
    "overall status": "engagement-management",
    "service intent": "service-intent",
    "entitlement status": "service-intent",
    "technical enablement": "technical-enablement",
    "environment": "environment",
    "environmental": "environment",
    "enterprise status": "enterprise-status",
    "migration": "migration",
}
NOTES = re.compile(
    CATEGORY.format("first")
    + r"\s*+(?:notes?\s*+)?(?:(?P<join>\band\s*+/\s*+or\b|\bor\b|\band\b|/|,|&)\s*+(?:an?\s++)?"
    + CATEGORY.format("second")
    + r"\s*+)?[\s-]*+(?P<note>notes?\b|"
    r"hinweis\w*|notiz\w*|anmerkung\w*|nota[s]?\b|observa\w*|メモ|ノート|注记|笔记|备注|注释|説明|说明)",
    re.I,
)
# Translations put the word for "note" in front of the category.
NOTES_BEFORE = re.compile(
    r"(?:notas?|notiz\w{0,9}|hinweis\w{0,9}|anmerkung\w{0,9}|observa\w{0,9})\s++(?:\w++\s++){0,3}?[\"“„]?"
    + CATEGORY.format("first"),
    re.I,
)
LEADING = re.compile(
    CATEGORY.format("first")
    + r"(?:\s*+(?P<join>\band\s*+/\s*+or\b|\bor\b|/)\s*+"
    + CATEGORY.format("second")
    + r")?(?:\s++(?:documents?|documenting|documented|captures?|indicates?)\b|\s*+:)",
    re.I,
)
L1_STATUS = re.compile(r"\bL1\b[\s/L2-]*\bstatus|\bstatus\s+\(?L1", re.I)
KICKOFF = re.compile(r"\bkick-?\s?off\b", re.I)
DONE = re.compile(r"\b(?:completed?|conducted|held|concluded|finished|done)\b", re.I)
DIBS = re.compile(
    r"\bDIBS\b(?:\s*+\([^()]*+\))?\s++(?:is|are|was|were|has\s++been|have\s++been)\s++(?:\w++\s++)?(?:captured|confirmed|documented|recorded|collected)"
    r"|\b(?:captured|confirmed)\s+DIBS\b",
    re.I,
)


def note_check(text: str) -> tuple[str, ...]:
    """The note a line asks for, as checks: "A or B note" is one check, "A and B notes" are two."""
    match = NOTES.search(text) or LEADING.match(text) or NOTES_BEFORE.search(text)
    if not match:
        return ()
    groups = match.groupdict()
    first = _slug(groups["first"])
    second = _slug(groups["second"]) if groups.get("second") else None
    if not second or second == first:
        return (f"note:{first}",)
    if groups["join"].lower() in ("and", "&", ","):
        return (f"note:{first}", f"note:{second}")
    return (f"note:{first}|{second}",)


def _slug(words: str) -> str:
    return SLUGS[" ".join(re.split(r"[\s-]+", words.lower()))]


def propose(
    line: Requirement,
    section: str,
    kickoff: str | None,
    entries: dict[str, LineEntry],
    inherited: tuple[str, ...] = (),
    matched: set[str] | None = None,
) -> Requirement:
    """The line with its checks, and those below it. `entries` are the gate entries of its section by folded text.

    `kickoff` is the key of the kickoff-meeting step; `section` is inputs, outputs, key_inputs or key_outputs.
    """
    entry = entries.get(vocabulary.fold(line.text))
    if entry and matched is not None:
        matched.add(vocabulary.fold(entry.text))
    notes = note_check(line.text) or inherited
    if not notes and L1_STATUS.search(line.text):
        notes = ("note:service-intent",)
    given = entry.checks if entry else None
    if given is not None:
        notes = tuple(check for check in given if Check(check).kind == "note") or inherited
    children = tuple(propose(child, section, kickoff, entries, notes, matched) for child in line.children)
    if given is not None:
        checks = given
    elif children:
        checks = ()
    else:
        checks = (*notes, *_records(line.text, section, kickoff)) or ("attest",)
    return replace(
        line,
        checks=checks,
        children=children,
        rule=entry.rule if entry and entry.rule else line.rule,
        when=entry.when if entry and entry.when else line.when,
        optional=entry.optional if entry and entry.optional is not None else line.optional,
    )


def _records(text: str, section: str, kickoff: str | None) -> tuple[str, ...]:
    checks = []
    if kickoff and KICKOFF.search(text) and DONE.search(text):
        checks.append(f"step:{kickoff}")
    if section in ("inputs", "key_inputs") and DIBS.search(text):
        checks.append("dibs")
    return tuple(checks)
