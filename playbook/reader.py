"""A playbook page → frozen values. Nothing on the page is dropped silently (DESIGN §4, DOMAIN §5).

A page is read by its shape, not by its English words: a heading with attribute lines below it is a step, a
table whose first column holds FTOP numbers lists tasks, bullets under a bold line that announces them are a
checklist. What has no place of its own stays guidance, as printed; what cannot be placed at all is a warning.
Reads no database and no files; `playbook.folder` does the latter.
"""

import re
from dataclasses import dataclass, field

from playbook import vocabulary
from playbook.attributes import Attribute, read_attributes
from playbook.checklists import announced, from_paragraph, requirements
from playbook.front_matter import decode, split_front_matter
from playbook.markdown_tree import Block, Tree, parse, plain
from playbook.pages import Change, Page, PageWarning, Process, Requirement, Step, TaskRow
from playbook.prose import labelled_text, page_links, phase_links, phase_list
from playbook.tables import Table, names_or_warn, read_table


def read_page(source: str, raw: bytes) -> Page:
    """The page in `raw`; `source` is its file name. Raises PageError when it cannot be taken in."""
    meta, lines, body = split_front_matter(source, decode(source, raw))
    return _Reading(source, meta, parse(source, lines, body), body).page()


@dataclass(slots=True)
class _Part:
    """A stretch of the page under one heading: a step, a process opened by a heading, or a section."""

    kind: str
    title: str
    start: int
    end: int = 0
    level: int = 0
    attributes: list[Attribute] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


class _Reading:
    """One page while it is being read: its tables, its parts, and which lines are already placed."""

    def __init__(self, source: str, meta: dict[str, str], tree: Tree, body: int):
        self.source, self.meta, self.body = source, meta, body
        self.lines, self.blocks, self.warnings = tree.lines, tree.blocks, tree.warnings
        self.language = vocabulary.language_of(source.removesuffix(".md"), "\n".join(self.lines[body:]))
        self.placed: set[int] = set()
        self.changes: list[Change] = []
        self.tables = self._read_tables()
        self.title_at = next((n for n, b in enumerate(self.blocks) if b.kind == "heading" and b.level == 1), None)

    def warn(self, line: int, code: str, message: str) -> None:
        self.warnings.append(PageWarning(self.source, line, code, message))

    def _read_tables(self) -> dict[int, Table]:
        tables, columns = {}, None
        for block in self.blocks:
            if block.kind == "heading":
                columns = None
            if block.kind != "table":
                continue
            table = read_table(self.source, self.lines, block.start, block.end, self.warnings, columns)
            tables[block.start] = table
            if table.kind == "tasks":
                columns = columns or 5
            if table.kind != "other":
                self.placed.update(range(block.start, block.end))
            self.changes.extend(table.changes)
        return tables

    # The page as a whole

    def page(self) -> Page:
        parts = self._parts()
        own = self._page_attributes(parts)
        title = plain(self.blocks[self.title_at].text) if self.title_at is not None else self.meta.get("title", "")
        if self.title_at is None:
            self.warn(self.body + 1, "title-missing", "The page has no heading of level 1; its front matter names it.")
        title = title or self.source.removesuffix(".md")
        processes, tasks, keys, next_steps = self._assemble(parts, title, own)
        if self.title_at is not None:
            self.placed.add(self.blocks[self.title_at].start)
        text = "\n".join(self.lines[self.body :])
        return Page(
            source=self.source,
            title=title,
            line=self.blocks[self.title_at].start + 1 if self.title_at is not None else 1,
            language=self.language,
            audience=self.meta.get("ft.audience", "").lower(),
            description=self.meta.get("description", ""),
            phase_text=own.get("phase", ""),
            motions=self._names("motion", own.get("motions", ""), self.body + 1),
            guidance=self._guidance([(self.body, len(self.lines))] if not processes else self._page_ranges(parts)),
            processes=processes,
            tasks=() if processes and not processes[0].from_heading else tasks,
            key_inputs=keys["inputs"],
            key_outputs=keys["outputs"],
            next_steps=next_steps,
            links=page_links(text, self.body),
            phase_links=phase_links(text, self.body),
            phase_list=phase_list(text),
            changes=tuple(self.changes),
            warnings=tuple(self.warnings),
        )

    def _page_attributes(self, parts: list[_Part]) -> dict[str, str]:
        """`Phase:` and `Motions:` of the page: below the title, before the first step."""
        stop = min((p.start for p in parts if p.kind in ("step", "process")), default=len(self.lines))
        starts = [self.blocks[self.title_at].end] if self.title_at is not None else [self.body]
        starts += [p.start + 1 for p in parts if p.kind == "section" and p.start < stop]
        starts += [b.start for b in self.blocks if b.kind in ("paragraph", "bullets") and b.start < stop]
        found: dict[str, str] = {}
        for start in starts:
            for attribute in read_attributes(self.lines, start, min(stop, start + 30)):
                kind = attribute.kind
                if kind in ("phase", "motions", "manager") and kind not in found and attribute.known:
                    found[kind] = attribute.value
                    self.placed.update(range(attribute.start, attribute.end))
                elif not attribute.known and start == starts[0] and attribute.start not in self.placed:
                    kind = self._page_kind(attribute, found)
                    if kind:
                        found[kind] = attribute.value
                        self.placed.update(range(attribute.start, attribute.end))
        return found

    def _page_kind(self, attribute: Attribute, found: dict) -> str | None:
        if attribute.kind == "phase" or vocabulary.phase_named(attribute.value):
            return "phase" if "phase" not in found else None
        names, unknown = vocabulary.split_names("motion", attribute.value)
        if names and not unknown and "motions" not in found:
            return "motions"
        self.warn(attribute.start + 1, "attribute-unknown", f"“{attribute.label}” below the title was kept as text.")
        return None

    def _page_ranges(self, parts: list[_Part]) -> list[tuple[int, int]]:
        """What stands before the first section: the page's introduction."""
        first = min((part.start for part in parts), default=len(self.lines))
        return [(self.body, first)]

    # Parts

    def _parts(self) -> list[_Part]:
        """The headings that divide the page, with the lines and blocks that belong to each."""
        parts: list[_Part] = []
        headings = [n for n, b in enumerate(self.blocks) if b.kind == "heading" and n != self.title_at]
        following = dict(zip(headings, [*headings[1:], None], strict=False))
        attributes = {n: self._step_attributes(n, following[n]) for n in headings}
        has_steps = any(attributes.values()) or any(self._has_checklist(n, following[n]) for n in headings)
        for n in headings:
            block = self.blocks[n]
            kind = self._kind(n, headings, attributes, following, has_steps, parts)
            if kind is None:
                continue
            if parts:
                parts[-1].end = block.start
            parts.append(_Part(kind, plain(block.text), block.start, level=block.level, attributes=attributes[n] or []))
        if parts:
            parts[-1].end = len(self.lines)
        for part in parts:
            part.blocks = [b for b in self.blocks if part.start < b.start < part.end]
        return parts

    def _step_attributes(self, n: int, following: int | None) -> list[Attribute] | None:
        """The attribute lines that make a heading a step; other levels than 3 must name a role."""
        block = self.blocks[n]
        stop = self.blocks[following].start if following is not None else len(self.lines)
        found = read_attributes(self.lines, block.end, stop)
        kinds = {attribute.kind for attribute in found}
        if block.level == 3 and kinds & {"roles", "motions", "applies_to"}:
            return found
        return found if block.level in (2, 4, 5) and any(a.kind == "roles" and a.known for a in found) else None

    def _has_checklist(self, n: int, following: int | None) -> bool:
        """Whether a level-3 heading without attributes holds a checklist all the same."""
        if self.blocks[n].level != 3:
            return False
        stop = following if following is not None else len(self.blocks)
        while stop < len(self.blocks) and (self.blocks[stop].kind != "heading" or self.blocks[stop].level > 3):
            stop += 1
        return bool(announced(self.blocks[n + 1 : stop], self.language == "en"))

    def _kind(self, n, headings, attributes, following, has_steps, parts) -> str | None:
        block = self.blocks[n]
        if self._is_task_heading(n, parts):
            self.placed.add(block.start)
            return None
        if attributes[n]:
            if block.level != 3:
                self.warn(
                    block.start + 1,
                    "step-level",
                    f"The step “{plain(block.text)}” has a heading of level {block.level}.",
                )
            return "step"
        if block.level <= 2:
            return "section"
        if block.level > 3:
            return None
        if vocabulary.NEXT_STEPS.search(block.text) or self._key_kind(block.text):
            return "section"
        if not has_steps:
            return None
        if self._has_checklist(n, following[n]) or (parts and self._has_tasks(n, following[n])):
            self.warn(
                block.start + 1,
                "step-without-attributes",
                f"“{plain(block.text)}” has a checklist or tasks but no attribute lines; it is taken as a step.",
            )
            return "step"
        later = headings[headings.index(n) + 1 :]
        next_step = next((m for m in later if self.blocks[m].level <= 3 and not self._is_task_heading(m, parts)), None)
        opens = next_step is not None and (
            attributes[next_step] or self._has_checklist(next_step, following[next_step])
        )
        empty = all(
            b.kind == "heading" or b.text.startswith("[!INCLUDE") for b in self.blocks[n + 1 : next_step or n + 1]
        )
        if opens and (empty or not self._names_a_phase()):
            return "process"
        if opens:
            self.warn(block.start + 1, "heading-kept", f"“{plain(block.text)}” was kept as guidance, not as a process.")
        return "aside"

    def _names_a_phase(self) -> bool:
        return any(
            a.kind == "phase"
            for b in self.blocks[:12]
            if b.kind == "paragraph"
            for a in read_attributes(self.lines, b.start, b.end)
        )

    def _is_task_heading(self, n: int, parts: list[_Part]) -> bool:
        """A heading like "FTOP Tasks" directly above a task table belongs to the step above it."""
        block = self.blocks[n]
        after = self.blocks[n + 1] if n + 1 < len(self.blocks) else None
        if after is None or after.kind != "table" or self.tables[after.start].kind != "tasks":
            return False
        return block.level > 1 and bool(vocabulary.TASK_HEADING.search(plain(block.text)))

    def _has_tasks(self, n: int, following: int | None) -> bool:
        """Whether a heading holds a task table, directly or below its own FTOP heading."""
        for block in self.blocks[n + 1 :]:
            if block.kind == "table" and self.tables[block.start].kind == "tasks":
                return True
            if block.kind == "heading" and block.level <= 3:
                return False
        return False

    @staticmethod
    def _key_kind(title: str) -> str | None:
        says_in, says_out = vocabulary.KEY_IN.search(title), vocabulary.KEY_OUT.search(title)
        if len(title) > 60 or bool(says_in) == bool(says_out) or ":" in title:
            return None
        return "inputs" if says_in else "outputs"

    # Processes and their sections

    def _assemble(self, parts: list[_Part], title: str, own: dict):
        tasks: list[TaskRow] = []
        groups: list[tuple[_Part | None, list[Step]]] = [(None, [])]
        keys = self._key_sections(parts)
        next_steps = ""
        first = min((part.start for part in parts), default=len(self.lines))
        for block in self.blocks:
            if block.kind == "table" and block.start < first:
                tasks.extend(self.tables[block.start].rows)
        for part in parts:
            if part.kind == "process":
                groups.append((part, []))
            elif part.kind == "step":
                groups[-1][1].append(self._step(part))
            else:
                if part.kind == "section":
                    groups.append((None, groups[0][1]))
                for block in part.blocks:
                    if block.kind == "table":
                        tasks.extend(self.tables[block.start].rows)
                self._lost_checklists(part)
                if vocabulary.NEXT_STEPS.search(part.title):
                    next_steps = self._guidance([(part.start + 1, part.end)])
                    self.placed.update(range(part.start, part.end))
        steps = groups[0][1]
        for part in parts:
            if part.kind == "section" and not self._guidance([(part.start + 1, part.end)]):
                self.placed.add(part.start)
        asides = [(p.start, p.end) for p in parts if p.kind in ("section", "aside")]
        processes = []
        if steps:
            processes.append(
                Process(
                    title=title,
                    source=self.source,
                    line=self.blocks[self.title_at].start + 1 if self.title_at is not None else 1,
                    language=self.language,
                    audience=self.meta.get("ft.audience", "").lower(),
                    motions=self._names("motion", own.get("motions", ""), self.body + 1)
                    or _union(step.motions for step in steps),
                    steps=tuple(steps),
                    tasks=tuple(tasks),
                    guidance=self._guidance(asides),
                    key_inputs=keys["inputs"],
                    key_outputs=keys["outputs"],
                    next_steps=next_steps,
                )
            )
        for part, inner in groups:
            if part is not None:
                processes.append(
                    Process(
                        title=part.title,
                        source=self.source,
                        line=part.start + 1,
                        from_heading=True,
                        language=self.language,
                        audience=self.meta.get("ft.audience", "").lower(),
                        motions=_union(step.motions for step in inner),
                        steps=tuple(inner),
                        guidance=self._guidance([(part.start + 1, part.end)]),
                    )
                )
        return tuple(processes), tuple(tasks), keys, next_steps

    def _key_sections(self, parts: list[_Part]) -> dict[str, tuple[Requirement, ...]]:
        """Key inputs and key outputs: by their words, else the first two bullet sections after the steps."""
        sections = [part for part in parts if part.kind == "section"]
        kinds = {part.start: kind for part in sections if (kind := self._key_kind(part.title))}
        last_step = max((part.start for part in parts if part.kind == "step"), default=None)
        if not kinds and last_step is not None and self.language != "en":
            after = [p for p in sections if p.start > last_step and p.blocks and p.blocks[0].kind == "bullets"]
            if len(after) >= 2:
                kinds = {after[0].start: "inputs", after[1].start: "outputs"}
        keys: dict[str, list[Requirement]] = {"inputs": [], "outputs": []}
        for part in sections:
            if part.start in kinds:
                keys[kinds[part.start]].extend(self._checklist(part.blocks, explained=True))
                self.placed.add(part.start)
        return {kind: tuple(lines) for kind, lines in keys.items()}

    def _lost_checklists(self, part: _Part) -> None:
        for position, kind in announced(part.blocks, True).items():
            line = part.blocks[position].start + 1
            self.warn(line, "checklist-outside-step", f"Step {kind} outside a step were kept as guidance.")

    # Steps

    def _step(self, part: _Part) -> Step:
        values = {a.kind: a for a in reversed(part.attributes)}
        self.placed.add(part.start)
        for attribute in part.attributes:
            if attribute.kind in ("roles", "motions", "applies_to", "audience"):
                self.placed.update(range(attribute.start, attribute.end))
        kinds = announced(part.blocks, self.language == "en")
        lists: dict[str, list[Requirement]] = {"inputs": [], "outputs": []}
        starts = sorted(kinds)
        for position in starts:
            until = next(
                (
                    n
                    for n in range(position + 1, len(part.blocks))
                    if n in kinds or part.blocks[n].kind in ("heading", "bold", "table")
                ),
                len(part.blocks),
            )
            block = part.blocks[position]
            if lists[kinds[position]]:
                self.warn(block.start + 1, "checklist-twice", f"“{part.title}” has its {kinds[position]} in two lists.")
            lines = self._checklist(part.blocks[position + 1 : until])
            lists[kinds[position]].extend(lines)
            self.placed.update(range(block.start, block.end))
        tasks = [row for b in part.blocks if b.kind == "table" for row in self.tables[b.start].rows]
        labels = labelled_text(part.blocks)
        text = {kind: values[kind].value if kind in values else "" for kind in ("roles", "motions", "applies_to")}
        line = values["roles"].start + 1 if "roles" in values else part.start + 1
        audience = values["audience"].value if "audience" in values else labels.get("audience")
        return Step(
            title=part.title,
            source=self.source,
            line=part.start + 1,
            roles=self._names("role", text["roles"], line),
            motions=self._names("motion", text["motions"], line),
            applies_to=self._names("service", text["applies_to"], line),
            roles_text=text["roles"],
            motions_text=text["motions"],
            applies_to_text=text["applies_to"],
            cadence=labels.get("cadence"),
            purpose=labels.get("purpose"),
            audience=audience,
            guidance=self._guidance([(part.start, part.end)]),
            inputs=tuple(lists["inputs"]),
            outputs=tuple(lists["outputs"]),
            tasks=tuple(tasks),
        )

    def _checklist(self, blocks: list[Block], explained: bool = False) -> list[Requirement]:
        """The lines of the lists in `blocks`. A checklist printed as paragraphs is taken in and reported."""
        found: list[Requirement] = []
        has_list = any(b.kind in ("bullets", "numbers") for b in blocks)
        for position, block in enumerate(blocks):
            if block.kind in ("bullets", "numbers"):
                found.extend(requirements(self.source, block.items, self.warnings))
                kept = {line for item in _all_items(block.items) for line in item.extra}
                self.placed.update(set(range(block.start, block.end)) - kept)
            elif block.kind == "paragraph" and not has_list and not block.text.startswith("[!INCLUDE"):
                self.placed.update(range(block.start, block.end))
                line = from_paragraph(self.source, block, self.lines)
                if line:
                    found.append(line)
                    self.warn(block.start + 1, "checklist-paragraph", "A checklist line is printed as a paragraph.")
            elif block.kind == "paragraph" and position + 1 < len(blocks) and not explained:
                after = blocks[position + 1]
                if position and after.kind in ("bullets", "numbers"):
                    self.warn(
                        block.start + 1,
                        "checklist-interrupted",
                        "Text between two lists of a checklist is kept as guidance.",
                    )
        return found

    def _names(self, kind: str, text: str, line: int) -> tuple[str, ...]:
        names, _ = names_or_warn(kind, text, self.source, line, self.warnings)
        if kind == "motion":
            order = list(vocabulary.MOTIONS)
            return tuple(sorted(names, key=lambda name: order.index(name) if name in order else len(order)))
        return names

    # Guidance

    def _guidance(self, ranges: list[tuple[int, int]]) -> str:
        """The Markdown of these lines without what has been placed elsewhere; blank runs become one line."""
        kept = [
            self.lines[n].rstrip() + ("  " if self.lines[n].endswith("  ") and self.lines[n].strip() else "")
            for start, end in ranges
            for n in range(start, end)
            if n not in self.placed and n != (self.blocks[self.title_at].start if self.title_at is not None else -1)
        ]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _all_items(items):
    for item in items:
        yield item
        yield from _all_items(item.children)


def _union(sets) -> tuple[str, ...]:
    names = {name for names in sets for name in names}
    order = list(vocabulary.MOTIONS)
    return tuple(sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name)))
