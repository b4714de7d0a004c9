"""The first words of a review: what happened since the last one, as text that a person changes and completes.

Where customers attend, what they may not read (``customer_safe``) stands under a heading "Internal" in the note, which
no recap holds, and nowhere else.
"""

from collections.abc import Sequence
from typing import Any

from engagements.attending import NEVER
from engagements.customer_safe import Disclosure, Origin, customer_line, customer_text, withheld
from engagements.selectors.blocked_seats import blocked_seats
from engagements.selectors.days import day
from engagements.selectors.review_facts import ReviewFacts
from engagements.selectors.review_page import prepared, since
from engagements.selectors.words import late
from engagements.services.disclosure import disclosure, is_for_customers, origins_of_steps
from playbook.models import TaskListing

MANY, FEW, FEWER = 16, 8, 5


def draft(facts: ReviewFacts) -> dict[str, str]:
    """What the form of closing shows before anybody types."""
    drawn = prepared(facts)
    last = {name: getattr(facts.last, name) if facts.last else "" for name in ("risks", "asks")}
    seats = [str(row) for row in blocked_seats(facts.services, facts.today, facts.today)]
    if is_for_customers(facts.review):
        rules = disclosure(facts.customer, sender=facts.user)
        steps = _steps_for_customers(facts, drawn, rules)
        blocked = [f"{name}: blocked" for name in _tasks_for_customers(facts, rules)]
        body = _body_for_customers(facts, drawn, steps)
        last = {name: customer_text(text, rules).text for name, text in last.items()}
    else:
        steps = [row["text"] for row in drawn["steps"]]
        blocked = [f"{_short(row.task.name)}: {row.status}"[:90] for row in facts.blocked]
        body = _body(facts, drawn)
    return {
        "body": body,
        "milestones": _lines([_short(text) for text in steps], FEWER),
        "risks": last["risks"],
        "blockers": _lines([_short(text) for text in seats + blocked], FEWER),
        "asks": last["asks"],
    }


def _steps_for_customers(facts: ReviewFacts, drawn: dict[str, Any], rules: Disclosure) -> list[str]:
    """The titles of completed steps that customers may read, by the page and the reviews that each is about."""
    origins = origins_of_steps([row.run.step for row in facts.receipts])
    rows = zip(facts.receipts, drawn["steps"], strict=True)
    titles = (customer_line(shown["text"], rules, origins[row.run.step_id]) for row, shown in rows)
    return [title for title in titles if title]


def _tasks_for_customers(facts: ReviewFacts, rules: Disclosure) -> list[str]:
    """The names of blocked tasks that a page of the editions in use lists which is not for Microsoft alone."""
    audiences: dict[int, set[str]] = {}
    editions = {row.edition_id for row in facts.engagements}
    rows = TaskListing.objects.filter(
        task__in=[row.task_id for row in facts.blocked], step__process__edition__in=editions
    )
    for task, audience in rows.values_list("task", "step__process__audience").distinct():
        audiences.setdefault(task, set()).add(audience)
    found = []
    for row in facts.blocked:
        may_leave = [one for one in audiences.get(row.task_id, ()) if not withheld(Origin(audience=one))]
        name = customer_line(row.task.name, rules, Origin(audience=next(iter(may_leave), "internal")))
        found += [_short(name)] if name else []
    return found


def _body_for_customers(facts: ReviewFacts, drawn: dict[str, Any], steps: list[str]) -> str:
    """What customers may read, then all the rest as one list below "Internal"."""
    talk = [row["text"] for row in drawn["talk"] if row["kind"] not in ("warning", "waived")]
    inside = [row["text"] for row in drawn["steps"] if row["text"] not in steps]
    inside += [_moved(row) for row in drawn["moved"]] + talk + [f"Done: {row['text']}" for row in drawn["done"]]
    inside += [_open(row, facts) for row in facts.actions if row.due_on >= facts.today]
    parts = ((f"Since {since(facts)}", steps), ("Usage", _usage(facts, drawn)), ("Internal", inside))
    return "\n\n".join(f"**{title}**\n{_lines(rows, MANY)}" for title, rows in parts if rows)


def _usage(facts: ReviewFacts, drawn: dict[str, Any]) -> list[str]:
    rows = [row for row in drawn["usage"] if row["bar"]]
    return [f"{row['name']}: {row['bar']['text']} active{_delta(row, facts)}" for row in rows]


def _body(facts: ReviewFacts, drawn: dict[str, Any]) -> str:
    """Partners may be in the room: waivers stay out of the draft then."""
    talk = [row for row in drawn["talk"] if row["kind"] != "warning"]
    if facts.review.series.rule.partner != NEVER:
        talk = [row for row in talk if row["kind"] != "waived"]
    parts = (
        (f"Since {since(facts)}", [row["text"] for row in drawn["steps"]] + [_moved(row) for row in drawn["moved"]]),
        ("Done", [row["text"] for row in drawn["done"]]),
        ("Needs attention", [row["text"] for row in talk]),
        ("Usage", _usage(facts, drawn)),
        ("Still open", [_open(row, facts) for row in facts.actions if row.due_on >= facts.today]),
    )
    return "\n\n".join(f"**{title}**\n{_lines(rows)}" for title, rows in parts if rows)


def _moved(row: dict[str, str]) -> str:
    became = f" (now {row['after']})" if row["after"] else ""
    return f"{row['actor']} {row['text']}{became}"


def _delta(row: dict[str, Any], facts: ReviewFacts) -> str:
    return f", {row['delta']} {since(facts)}" if row["delta"].endswith("since") else ""


def _open(row, facts: ReviewFacts) -> str:
    said = late(row.due_on, facts.today) or f"due {day(row.due_on, facts.today)}"
    return f"{row.text}, {row.owner}, {said}"


def _short(text: str) -> str:
    """Five of them fit into one part of the status."""
    return text if len(text) <= 80 else f"{text[:79]}…"


def _lines(rows: Sequence[str], most: int = FEW) -> str:
    more = [f"- and {len(rows) - most} more"] if len(rows) > most else []
    return "\n".join([*(f"- {text}" for text in rows[:most]), *more])
