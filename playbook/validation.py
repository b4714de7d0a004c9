"""Says why a draft cannot be published: ``problems(snapshot)`` lists (where, sentence). Pure.

What the database already holds (unique keys, one resolved row per number) is not asked again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from playbook.checks import FACTS, NOTE_CATEGORIES, Check, is_known

Problem = tuple[str, str]


def problems(rows: Mapping) -> list[Problem]:
    """Every reason at once, in page order; an empty list means that the edition may be published."""
    by_kind = defaultdict(list)
    for row in rows.values():
        by_kind[row.kind].append(row)
    conditions = {row.key[0]: row for row in by_kind["condition"]}
    steps = {row.key[0] for row in by_kind["step"]}
    numbers = {row.key[0] for row in by_kind["task"]}

    found: list[Problem] = []
    if not steps:
        found.append(("The edition", "It has no steps, so there would be nothing to work on."))
    for row in by_kind["condition"]:
        found.extend((row.where, text) for text in _condition(row))
    for row in by_kind["step"]:
        if not row.fields["roles"]:
            found.append((row.where, "The step names no role, so nobody would be asked to do it."))
        found.extend((row.where, text) for text in _expression("when", row.fields["when"], conditions))
    for row in by_kind["requirement"]:
        found.extend((row.where, f"“{row.name}”: {text}") for text in _requirement(row, conditions, steps, numbers))
    for row in by_kind["task"]:
        for name in ("when", "mandatory when"):
            texts = _expression(name, row.fields[name], conditions)
            found.extend((row.where, f"Task {row.name}: {text}") for text in texts)
    found.extend(_without_speaker(by_kind["task"]))
    found.extend(_circles(by_kind["requirement"], {row.key[0]: row.where for row in by_kind["step"]}))
    return found


def condition_keys(expression: str) -> list[str]:
    """The keys that ``"csm-takes-over and not account-managed"`` names."""
    return [term.strip().removeprefix("not ").strip() for term in expression.split(" and ") if term.strip()]


def _expression(name: str, expression: str, conditions: Mapping) -> Iterator[str]:
    for key in condition_keys(expression):
        if key not in conditions:
            yield f"its “{name}” names the condition “{key}”, which this edition does not have."


def _condition(row) -> Iterator[str]:
    for fact in row.fields["computed"]:
        if fact not in FACTS and not fact.startswith("motion:"):
            yield f"It is computed from “{fact}”, which is not a known fact."


def _requirement(row, conditions: Mapping, steps: set[str], numbers: set[int]) -> Iterator[str]:
    yield from _expression("when", row.fields["when"], conditions)
    if row.fields["rule"] == "one of" and row.fields["children"] < 2:
        yield "it asks for one of several, but has fewer than two lines to choose from."
    for check in map(Check, row.fields["checks"]):
        unknown = [word for word in check.categories if word not in NOTE_CATEGORIES]
        if unknown:
            yield f"its check asks for the note category “{unknown[0]}”, which does not exist."
        elif check.kind == "step":
            if check.argument not in steps:
                yield f"its check names the step “{check.argument}”, which this edition does not have."
        elif check.kind == "task":
            if not check.argument.isdecimal() or int(check.argument) not in numbers:
                yield f"its check names task {check.argument}, which this edition does not list."
        elif not is_known(check):
            yield f"its check “{check}” is of no known kind."


def _without_speaker(listings: list) -> Iterator[Problem]:
    speaking = {row.key[0] for row in listings if row.fields["resolved"]}
    for row in listings:
        if row.key[0] not in speaking:
            speaking.add(row.key[0])
            yield row.where, f"Task {row.name}: none of its rows is marked as the one that speaks for the number."


def _circles(requirements: list, wheres: Mapping[str, str]) -> Iterator[Problem]:
    """Steps that wait for each other could never be completed."""
    waits = defaultdict(set)
    for row in requirements:
        if not row.fields["optional"] and row.key[1]:
            asked = map(Check, row.fields["checks"])
            waits[row.key[1]].update(check.argument for check in asked if check.kind == "step")
    for start in waits:
        met, ahead = set(), list(waits[start])
        while ahead:
            step = ahead.pop()
            if step == start:
                yield wheres.get(start, start), "The step waits for itself, directly or by way of other steps."
                break
            if step not in met:
                met.add(step)
                ahead.extend(waits.get(step, ()))
