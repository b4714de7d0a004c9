"""The tables of docs/gate.md as data: what each documented rule says is decided."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "gate.md"
ROW = re.compile(r"^\| (?P<id>[GA]\d+) \| (?P<given>.+?) \| (?P<decided>.+?) \| (?P<source>.+?) \|$", re.MULTILINE)


def documented(letter: str) -> dict[str, list[str]]:
    """Rule id → the words set as code in its *Decided* cell, of the rules whose id starts with this letter."""
    rows = [row for row in ROW.finditer(PAGE.read_text(encoding="utf-8")) if row["id"][0] == letter]
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)), f"an id is used twice: {sorted(ids)}"
    return {row["id"]: re.findall(r"`([^`]+)`", row["decided"]) for row in rows}
