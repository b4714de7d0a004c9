"""What a process ends with: its key outputs, as far as the records and people say that they hold.

Key outputs gate only the exit mark of their own process, never a step or the next process; key inputs
inform (DESIGN §3). The gate's own rules decide how a line stands; a person's confirmation is its proof.
"""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils import timezone

from engagements import access, gate
from engagements.checks import facts_for
from engagements.gate import NOT_NEEDED, OPEN, LineVerdict
from engagements.gate_input import GateInput, Line, Proof
from engagements.models import User
from engagements.selectors.places import fact_url
from engagements.walk import Walk, build_lines
from playbook.checks import Check
from playbook.spec import ProcessSpec, RequirementSpec

HOLDS, CONFIRM = "Holds", "To be confirmed"
WORDS = {gate.SATISFIED: HOLDS, gate.WAIVED: HOLDS, NOT_NEEDED: "Not needed", OPEN: "Open"}
KINDS = {HOLDS: "done", CONFIRM: "ask", "Open": "open", "Not needed": "off"}


def process_exit(process: ProcessSpec, walk: Walk, may_edit: bool = False) -> dict[str, Any] | None:
    """The exit mark of a process and the lists behind it; None where the page names neither."""
    outputs = _lines(process.key_outputs, walk, may_edit)
    inputs = _lines(process.key_inputs, walk, False)
    if not outputs and not inputs:
        return None
    return {"say": _say(outputs), "kind": _kind(outputs), "outputs": outputs, "inputs": inputs}


def open_key_outputs(walk: Walk, user: User, may_edit: bool) -> list[dict[str, Any]]:
    """The key outputs that do not hold, or are to be confirmed, of every process that runs here and ``user`` reads."""
    running = {place.process.key: place.process for place in walk.places if place.applies}
    found = [
        line | {"process": process.title}
        for process in running.values()
        if access.may_use_page(user, process)
        for line in _lines(process.key_outputs, walk, may_edit)
        if line["word"] in (WORDS[OPEN], CONFIRM)
    ]
    for line in found:
        if line["fix"] and line["word"] == CONFIRM:
            line["fix"]["url"] += "?from=state"  # whoever confirms here goes on here
    return found


def key_output(walk: Walk, pk: int) -> tuple[ProcessSpec, RequirementSpec] | None:
    """A key output of the edition that asks for a person's word, be it beside a record, with its process."""
    for phase in walk.edition.phases:
        for process in phase.processes:
            for spec in process.key_outputs:
                if spec.id == pk and "attest" in (spec.checks or ("attest",)):
                    return process, spec
    return None


def _lines(specs: tuple[RequirementSpec, ...], walk: Walk, may_confirm: bool) -> list[dict[str, Any]]:
    said = walk.confirmations
    proofs = {
        pk: [Proof("statement", row.pk, by=row.by_id, on=timezone.localdate(row.at).isoformat(), text=row.text)]
        for pk, row in said.items()
    }
    lines = build_lines(specs, walk.facts.services, walk.facts, proofs, {})
    facts = facts_for(specs, (), walk)
    verdict = gate.evaluate(GateInput("", "", outputs=lines, facts=facts), walk.today)
    return [_row(line, verdict.lines[line.id], said, walk, may_confirm) for line in lines]


def _row(line: Line, standing: LineVerdict, said: dict, walk: Walk, may_confirm: bool) -> dict[str, Any]:
    word = WORDS[standing.state]
    if standing.state == OPEN and _is_for_a_person(one.check for one in standing.missing):
        word = CONFIRM
    reasons = [one.needs for one in standing.missing if not one.check.is_written]
    why = standing.why or "; ".join(reasons)
    if standing.state == gate.SATISFIED and line.id in said:
        why = f"“{said[line.id].text}”"
    pages = [one.edited_at for one in standing.missing if one.edited_at and one.edited_at.is_elsewhere]
    fix = {"label": "Look at it", "url": fact_url(pages[0], walk.engagement.pk)} if pages else None
    if word == CONFIRM and may_confirm and not line.children:
        fix = {"label": "Confirm", "url": reverse("key_output_confirm", args=[walk.engagement.pk, line.id])}
    return {"kind": KINDS[word], "word": word, "text": line.text, "why": why, "fix": fix}


def _is_for_a_person(checks: Iterable[Check]) -> bool:
    """Nothing but a person's word is asked for."""
    kinds = [check.kind for check in checks]
    return bool(kinds) and all(kind == "attest" for kind in kinds)


def _say(outputs: list[dict[str, Any]]) -> str:
    counted = _counted(outputs)
    if not counted:
        return ""
    said = f"Key outputs: {counted.count(HOLDS)} of {len(counted)} hold"
    unsure = counted.count(CONFIRM)
    return f"{said}, {unsure} to be confirmed" if unsure else said


def _kind(outputs: list[dict[str, Any]]) -> str:
    counted = _counted(outputs)
    if WORDS[OPEN] in counted:
        return KINDS[WORDS[OPEN]]
    return KINDS[CONFIRM] if CONFIRM in counted or not counted else KINDS[HOLDS]


def _counted(outputs: list[dict[str, Any]]) -> list[str]:
    return [line["word"] for line in outputs if line["word"] != WORDS[NOT_NEEDED]]
