"""Checklists: bullet lists under an all-bold line that says Step Inputs or Step Outputs (DOMAIN §5.1).

Nesting is kept. "(If applicable)", "if needed", "[optional]" and "one of the following" are read from the
prose; everything else a line may ask for stands in `gates.toml` or is proposed later.
"""

import re

from playbook import vocabulary
from playbook.markdown_tree import Block, Item, checklist_kind, plain
from playbook.pages import Requirement
from playbook.report import Report

PARENTHESISED = re.compile(r"[^(（]{2,60}[(（].{8,}[)）]\s*[.:：]?$", re.S)


def requirements(report: Report, items: list[Item]) -> tuple[Requirement, ...]:
    """The lines of a list with their children; a list that is the bare word "none" has no lines."""
    if len(items) == 1 and not items[0].children and says_nothing(plain(items[0].text)):
        return ()
    return tuple(line for item in items if (line := _requirement(report, item)))


def says_nothing(text: str) -> bool:
    return text.casefold().strip(" .。()（）-–_") in vocabulary.NOTHING


def _requirement(report: Report, item: Item) -> Requirement | None:
    text = plain(item.text)
    children = tuple(line for child in item.children if (line := _requirement(report, child)))
    if item.extra:
        report.warn(item.extra[0] + 1, "checklist-extra", "Text inside a checklist line was kept as guidance.")
    if not text and not children:
        return None
    return Requirement(
        text=text,
        source=report.source,
        line=item.line,
        optional=bool(vocabulary.OPTIONAL_WORDS.search(text)),
        rule="one of" if children and vocabulary.ONE_OF_WORDS.search(text) else "all",
        children=children,
    )


def from_paragraph(report: Report, block: Block) -> Requirement | None:
    """A checklist line that was printed as a paragraph."""
    text = plain(block.text)
    return None if says_nothing(text) else _requirement(report, Item(text, block.start + 1))


def announced(blocks: list[Block], english: bool) -> dict[int, str]:
    """Which of a step's blocks announce its inputs and outputs, by position in `blocks`.

    Words decide. In a language whose words are not known the shape does: an all-bold line that explains
    itself in parentheses and is directly followed by bullets; the first are the inputs, the next the outputs.
    """
    kinds: dict[int, str] = {}
    shaped: list[int] = []
    plain_bold: list[int] = []
    for position, block in enumerate(blocks):
        if block.kind not in ("bold", "heading") or (block.kind == "heading" and block.level < 3):
            continue
        if kind := checklist_kind(block.text):
            kinds[position] = kind
        elif block.kind == "bold" and position + 1 < len(blocks) and blocks[position + 1].kind == "bullets":
            if vocabulary.label_kind(block.text.rstrip(":： ")):
                continue
            (shaped if PARENTHESISED.match(block.text.strip()) else plain_bold).append(position)
    missing = [kind for kind in ("inputs", "outputs") if kind not in kinds.values()]
    if not english and not shaped and len(plain_bold) == 2 and len(missing) == 2:
        shaped = plain_bold
    for position, kind in zip(shaped, missing, strict=False):
        kinds[position] = kind
    return kinds
