"""How a page is divided: which of its headings are steps, which open a process, which are sections.

A heading with attribute lines below it is a step. One without, on a page with steps, opens a process when a
step follows it; the rest is guidance, or a step that lost its attributes (DESIGN §4).
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from playbook import vocabulary
from playbook.attributes import Attribute, read_attributes
from playbook.checklists import announced
from playbook.markdown_tree import Block, plain
from playbook.report import Report
from playbook.tables import Table, read_table


@dataclass(slots=True)
class Document:
    """A page on its way to becoming values: its lines and blocks, and which lines have found their place."""

    report: Report
    lines: list[str]
    blocks: list[Block]
    body: int
    language: str
    tables: dict[int, Table] = field(default_factory=dict)
    placed: set[int] = field(default_factory=set)
    title_at: int | None = None

    def __post_init__(self):
        headings = (n for n, block in enumerate(self.blocks) if block.kind == "heading" and block.level == 1)
        self.title_at = next(headings, None)
        continued = None
        for block in self.blocks:
            if block.kind == "heading":
                continued = None
            elif block.kind == "table":
                table = read_table(self.report, self.lines, block.start, block.end, continued)
                self.tables[block.start] = table
                continued = table.width or continued
                if table.kind != "other":
                    self.placed.update(range(block.start, block.end))

    def lists_tasks(self, block: Block) -> bool:
        return block.kind == "table" and self.tables[block.start].kind == "tasks"

    def task_rows(self, blocks: list[Block]) -> list:
        return [row for block in blocks if block.kind == "table" for row in self.tables[block.start].rows]

    def guidance(self, *ranges: tuple[int, int]) -> str:
        """The Markdown of these lines without what has been placed elsewhere; blank runs become one line."""
        kept = []
        for start, end in ranges:
            for number in range(start, end):
                if number not in self.placed:
                    line = self.lines[number]
                    kept.append(line.rstrip() + "  " if line.strip() and line.endswith("  ") else line.rstrip())
        return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


@dataclass(slots=True)
class Part:
    """A stretch of the page under one heading. `kind` is step, process, section or aside (guidance)."""

    kind: str
    title: str
    start: int
    end: int = 0
    attributes: list[Attribute] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class _Heading:
    """A heading with what is needed to tell what it is; `stop` is the block after its own text."""

    at: int
    block: Block
    stop: int
    attributes: list[Attribute] | None = None
    is_checklist: bool = False
    is_tasks: bool = False


def outline(page: Document) -> list[Part]:
    """The parts of a page in order; what stands before the first is its introduction."""
    headings = _headings(page)
    names_phase = _names_a_phase(page)
    has_steps = any(heading.attributes or heading.is_checklist for heading in headings)
    parts: list[Part] = []
    opener = None
    kinds: list[tuple[_Heading, str | None]] = []
    for heading in reversed(headings):
        kinds.append((heading, _kind(page, heading, opener, has_steps, names_phase)))
        if heading.block.level <= 3 and not heading.is_tasks:
            opener = heading
    for heading, kind in reversed(kinds):
        if heading.is_tasks:
            page.placed.add(heading.block.start)
        if kind is None:
            continue
        if parts:
            parts[-1].end = heading.block.start
        parts.append(Part(kind, plain(heading.block.text), heading.block.start, attributes=heading.attributes or []))
    if parts:
        parts[-1].end = len(page.lines)
    starts = [block.start for block in page.blocks]
    for part in parts:
        part.blocks = page.blocks[bisect_left(starts, part.start) + 1 : bisect_left(starts, part.end)]
    return parts


def _headings(page: Document) -> list[_Heading]:
    blocks = page.blocks
    positions = [n for n, block in enumerate(blocks) if block.kind == "heading" and n != page.title_at]
    found: list[_Heading] = []
    following, section_end = len(blocks), len(blocks)
    for at in reversed(positions):
        block = blocks[at]
        heading = _Heading(at, block, section_end)
        heading.is_tasks = _is_task_heading(page, at)
        stop = blocks[following].start if following < len(blocks) else len(page.lines)
        heading.attributes = _step_attributes(page, block, stop)
        if block.level == 3:
            heading.is_checklist = bool(announced(blocks[at + 1 : section_end], page.language == "en"))
        following = at
        if block.level <= 3:
            section_end = at
        found.append(heading)
    found.reverse()
    return found


def _step_attributes(page: Document, block: Block, stop: int) -> list[Attribute] | None:
    """The attribute lines that make a heading a step; on other levels than 3 they must name a role."""
    if block.level not in (2, 3, 4, 5):
        return None
    found = read_attributes(page.lines, block.end, stop)
    if block.level == 3 and {a.kind for a in found} & {"roles", "motions", "applies_to"}:
        return found
    return found if block.level != 3 and any(a.kind == "roles" and a.known for a in found) else None


def _is_task_heading(page: Document, at: int) -> bool:
    """A heading like "FTOP Tasks" directly above a task table belongs to the step above it."""
    block, after = page.blocks[at], page.blocks[at + 1 : at + 2]
    if block.level == 1 or not after or not page.lists_tasks(after[0]):
        return False
    return bool(vocabulary.TASK_HEADING.search(plain(block.text)))


def _kind(page: Document, heading: _Heading, opener: _Heading | None, has_steps: bool, names_phase: bool) -> str | None:
    """What a heading is; `opener` is the next heading of level 3 or above that is no task heading."""
    block, title = heading.block, plain(heading.block.text)
    if heading.is_tasks:
        return None
    if heading.attributes:
        if block.level != 3:
            page.report.warn(block.start + 1, "step-level", f"The step “{title}” has a heading of level {block.level}.")
        return "step"
    if block.level <= 2:
        return "section"
    if block.level > 3:
        return None
    if vocabulary.NEXT_STEPS.search(title) or key_section(title):
        return "section"
    if not has_steps:
        return None
    own = page.blocks[heading.at + 1 : heading.stop]
    if heading.is_checklist or any(page.lists_tasks(each) for each in own):
        message = f"“{title}” has a checklist or tasks but no attribute lines; it is taken as a step."
        page.report.warn(block.start + 1, "step-without-attributes", message)
        return "step"
    if opener is None or not (opener.attributes or opener.is_checklist):
        return "aside"
    if names_phase and not all(each.kind == "heading" or each.text.startswith("[!INCLUDE") for each in own):
        page.report.warn(block.start + 1, "heading-kept", f"“{title}” was kept as guidance, not as a process.")
        return "aside"
    return "process"


def _names_a_phase(page: Document) -> bool:
    """Whether the page says which phase it is in, as the page of one process does."""
    return any(
        attribute.kind == "phase"
        for block in page.blocks[:12]
        if block.kind == "paragraph"
        for attribute in read_attributes(page.lines, block.start, block.end)
    )


def key_section(title: str) -> str | None:
    """Whether a heading announces the key inputs or key outputs of a process."""
    says_in, says_out = vocabulary.KEY_IN.search(title), vocabulary.KEY_OUT.search(title)
    if len(title) > 60 or len(title.split()) > 5 or ":" in title or bool(says_in) == bool(says_out):
        return None
    if re.search(r"\b(?:from|to|for|of|on)\b", title, re.I):
        return None
    return "inputs" if says_in else "outputs"
