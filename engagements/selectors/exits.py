"""What a process ends with: its key outputs, as far as the records can say whether they hold.

Key outputs gate only the exit mark of their own process, never a step or the next process; key inputs
inform (DESIGN §3). What no record can tell is listed as to be confirmed.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from engagements import applicability
from engagements.gate import ONE_OF
from engagements.records import CHECKS
from engagements.walk import Walk
from playbook.spec import ProcessSpec, RequirementSpec

HOLDS, CONFIRM, OPEN, NOT_NEEDED = "Holds", "To be confirmed", "Open", "Not needed"
KINDS = {HOLDS: "done", CONFIRM: "ask", OPEN: "open", NOT_NEEDED: "off"}


def process_exit(process: ProcessSpec, walk: Walk) -> dict[str, Any] | None:
    """The exit mark of a process and the lists behind it; None where the page names neither."""
    outputs = [_line(spec, walk) for spec in process.key_outputs]
    inputs = [_line(spec, walk) for spec in process.key_inputs]
    if not outputs and not inputs:
        return None
    return {"say": _say(outputs), "kind": _kind(outputs), "outputs": outputs, "inputs": inputs}


def open_key_outputs(walk: Walk) -> list[dict[str, Any]]:
    """The key outputs that do not hold, or are to be confirmed, of every process that runs here."""
    running = {place.process.key: place.process for place in walk.places if place.applies}
    return [
        line | {"process": process.title}
        for process in running.values()
        for line in (_line(spec, walk) for spec in process.key_outputs)
        if line["word"] in (OPEN, CONFIRM)
    ]


def _line(spec: RequirementSpec, walk: Walk) -> dict[str, Any]:
    word, why, url = _standing(spec, walk)
    fix = {"label": "Look at it", "url": url} if url.startswith("/") and word == OPEN else None
    return {"kind": KINDS[word], "word": word, "text": spec.text, "why": why, "fix": fix}


def _standing(spec: RequirementSpec, walk: Walk) -> tuple[str, str, str]:
    """(how a line stands, what the records say, where to mend it); the worst of what it asks for."""
    decided = applicability.of_line(spec.when, walk.facts.services, walk.facts)
    if not decided.applies:
        return NOT_NEEDED, decided.reason, ""
    found = [_check(check, walk) for check in spec.checks or (() if spec.children else ("attest",))]
    children = [_standing(child, walk) for child in spec.children if not child.optional]
    needed = [one for one in children if one[0] != NOT_NEEDED]
    if needed:
        found.append((_best if spec.rule == ONE_OF else _worst)(needed))
    return _worst(found) if found else (NOT_NEEDED, "Nothing below it is needed here.", "")


def _check(check: str, walk: Walk) -> tuple[str, str, str]:
    kind, _, rest = check.partition(":")
    if kind not in CHECKS:
        return CONFIRM, "", ""
    fact = CHECKS[kind](rest, (), walk)
    return HOLDS if fact.holds else OPEN, fact.reason, fact.fix


def _worst(found: Iterable[tuple[str, str, str]]) -> tuple[str, str, str]:
    return max(found, key=lambda one: (HOLDS, CONFIRM, OPEN).index(one[0]))


def _best(found: Iterable[tuple[str, str, str]]) -> tuple[str, str, str]:
    return min(found, key=lambda one: (HOLDS, CONFIRM, OPEN).index(one[0]))


def _say(outputs: list[dict[str, Any]]) -> str:
    counted = list(_counted(outputs))
    if not counted:
        return ""
    said = f"Key outputs: {counted.count(HOLDS)} of {len(counted)} hold"
    unsure = counted.count(CONFIRM)
    return f"{said}, {unsure} to be confirmed" if unsure else said


def _kind(outputs: list[dict[str, Any]]) -> str:
    counted = list(_counted(outputs))
    if OPEN in counted:
        return KINDS[OPEN]
    return KINDS[CONFIRM] if CONFIRM in counted or not counted else KINDS[HOLDS]


def _counted(outputs: list[dict[str, Any]]) -> Iterator[str]:
    return (line["word"] for line in outputs if line["word"] != NOT_NEEDED)
