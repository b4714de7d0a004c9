"""The first words of a review: what happened since the last one, as text that a person changes and completes."""

from collections.abc import Sequence
from typing import Any

from engagements.attending import NEVER
from engagements.selectors.days import day
from engagements.selectors.review_facts import ReviewFacts
from engagements.selectors.review_page import prepared, since
from engagements.selectors.words import late

FEW, FEWER = 8, 5


def draft(facts: ReviewFacts) -> dict[str, str]:
    """What the form of closing shows before anybody types."""
    drawn = prepared(facts)
    return {
        "body": _body(facts, drawn),
        "milestones": _lines([_short(row["text"]) for row in drawn["steps"]], FEWER),
        "risks": facts.last.risks if facts.last else "",
        "blockers": _lines([f"{_short(row.task.name)}: {row.status}"[:90] for row in facts.blocked], FEWER),
        "asks": facts.last.asks if facts.last else "",
    }


def _body(facts: ReviewFacts, drawn: dict[str, Any]) -> str:
    """Partners and customers may be in the room: what only Microsoft reads stays out of the draft."""
    talk = [row for row in drawn["talk"] if row["kind"] != "warning"]
    if facts.review.series.rule.partner != NEVER:
        talk = [row for row in talk if row["kind"] != "waived"]
    usage = [row for row in drawn["usage"] if row["bar"]]
    parts = (
        (f"Since {since(facts)}", [row["text"] for row in drawn["steps"]] + [_moved(row) for row in drawn["moved"]]),
        ("Done", [row["text"] for row in drawn["done"]]),
        ("Needs attention", [row["text"] for row in talk]),
        ("Usage", [f"{row['name']}: {row['bar']['text']} active{_delta(row, facts)}" for row in usage]),
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
