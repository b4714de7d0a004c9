"""Requirements and conditions in the words that readers of the playbook see. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playbook.checks import in_words


@dataclass(slots=True)
class Line:
    """A requirement as it is read: its text, what makes it hold, when it applies, what stands below it."""

    text: str
    holds: str
    asks: str
    when: str
    optional: bool
    children: list["Line"] = field(default_factory=list)


def tree(rows: Iterable[Any], questions: Mapping[str, str], step_titles: Mapping[str, str]) -> list[Line]:
    """Lines under their parents, in the order of ``rows``."""
    below = defaultdict(list)
    for row in rows:
        below[row.parent_id].append(row)

    def build(row: Any) -> Line:
        children = [build(child) for child in below[row.pk]]
        return Line(
            text=row.text,
            holds=" and ".join(in_words(check, step_titles) for check in row.checks if not children),
            asks="one of these is enough" if children and row.rule == "one of" else "",
            when=when_words(row.when, questions),
            optional=row.optional,
            children=children,
        )

    return [build(row) for row in below[None]]


def when_words(expression: str, questions: Mapping[str, str]) -> str:
    """``"managed and not rich"`` → "Is the account managed? Yes. Is it rich? No."."""
    words = []
    for term in filter(None, (term.strip() for term in expression.split(" and "))):
        key = term.removeprefix("not ").strip()
        words.append(f"{questions.get(key, key)} {'No' if term.startswith('not ') else 'Yes'}.")
    return " ".join(words)
