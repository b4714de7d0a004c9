"""A playbook page → frozen values. Nothing on the page is dropped silently (DESIGN §4, DOMAIN §5).

A page is read by its shape, not by its English words: a heading with attribute lines below it is a step, a
table whose first column holds FTOP numbers lists tasks, bullets under a bold line that announces them are a
checklist. What has no place of its own stays guidance, as printed; what cannot be placed at all is a warning.
Reads no database and no files; `playbook.folder` does the latter.
"""

from playbook import vocabulary
from playbook.attributes import Attribute, read_attributes
from playbook.checklists import announced, from_paragraph, requirements
from playbook.front_matter import decode, split_front_matter
from playbook.markdown_tree import Block, Item, parse, plain
from playbook.outline import Document, Part, key_section, outline
from playbook.pages import Page, Process, Requirement, Step
from playbook.prose import labelled_text, page_links, phase_links, phase_list
from playbook.report import Report
from playbook.tables import names_or_warn


def read_page(source: str, raw: bytes) -> Page:
    """The page in `raw`; `source` is its file name. Raises PageError where it is no text at all."""
    report = Report(source)
    meta, lines, body = split_front_matter(report, decode(source, raw))
    tree = parse(report, lines, body)
    language = vocabulary.language_of(source.removesuffix(".md"), "\n".join(lines[body:]))
    return _page(Document(report, tree.lines, tree.blocks, body, language), meta)


def _page(page: Document, meta: dict[str, str]) -> Page:
    source, body = page.report.source, page.body
    parts = outline(page)
    own = _page_attributes(page, parts)
    title, line = _title(page, meta)
    first = min((part.start for part in parts), default=len(page.lines))
    keys, next_steps = _key_sections(page, parts), ""
    for part in parts:
        if part.kind == "section" and vocabulary.NEXT_STEPS.search(part.title):
            next_steps = page.guidance((part.start + 1, part.end))
            page.placed.update(range(part.start, part.end))
    steps, opened = _steps(page, parts)
    loose = [part for part in parts if part.kind in ("section", "aside")]
    tasks = page.task_rows([b for b in page.blocks if b.start < first] + [b for part in loose for b in part.blocks])
    for part in loose:
        _report_lost_checklists(page, part)
        if not page.guidance((part.start + 1, part.end)):
            page.placed.add(part.start)
    motions = _names(page, "motion", own.get("motions", ""), body + 1)
    shared = {
        "source": source,
        "language": page.language,
        "audience": meta.get("ft.audience", "").lower(),
    }
    processes = []
    if steps:
        processes.append(
            Process(
                title=title,
                line=line,
                motions=motions or _union(steps),
                steps=tuple(steps),
                tasks=tuple(tasks),
                guidance=page.guidance(*((part.start, part.end) for part in loose)),
                key_inputs=keys["inputs"],
                key_outputs=keys["outputs"],
                next_steps=next_steps,
                **shared,
            )
        )
    for part, inner in opened:
        guidance = page.guidance((part.start + 1, part.end))
        processes.append(
            Process(
                title=page.report.title(part.title, part.start + 1),
                line=part.start + 1,
                from_heading=True,
                motions=_union(inner),
                steps=tuple(inner),
                guidance=guidance,
                **shared,
            )
        )
    text = "\n".join(page.lines[body:])
    intro = [(body, first)] if steps else [(body, first), *((part.start, part.end) for part in loose)]
    return Page(
        title=title,
        line=line,
        description=meta.get("description", ""),
        phase_text=own.get("phase", ""),
        motions=motions,
        guidance=page.guidance(*intro),
        processes=tuple(processes),
        tasks=() if steps else tuple(tasks),
        key_inputs=keys["inputs"],
        key_outputs=keys["outputs"],
        next_steps=next_steps,
        links=page_links(text, body),
        phase_links=phase_links(text, body),
        phase_list=phase_list(text),
        changes=tuple(change for table in page.tables.values() for change in table.changes),
        warnings=tuple(page.report.warnings),
        **shared,
    )


def _title(page: Document, meta: dict[str, str]) -> tuple[str, int]:
    if page.title_at is None:
        line = min(page.body + 1, len(page.lines))
        page.report.warn(line, "title-missing", "The page has no heading of level 1; its front matter names it.")
        return page.report.title(meta.get("title", "") or page.report.source.removesuffix(".md"), 1), 1
    block = page.blocks[page.title_at]
    page.placed.add(block.start)
    title = plain(block.text) or meta.get("title", "") or page.report.source.removesuffix(".md")
    return page.report.title(title, block.start + 1), block.start + 1


# What the page says of itself


def _page_attributes(page: Document, parts: list[Part]) -> dict[str, str]:
    """`Phase:` and `Motions:` of the page, from below its title to its first step.

    The program manager is a person's name and is left on the page.
    """
    stop = min((part.start for part in parts if part.kind in ("step", "process")), default=len(page.lines))
    below_title = page.blocks[page.title_at].end if page.title_at is not None else page.body
    starts = [below_title, *(b.start for b in page.blocks if b.kind in ("paragraph", "bullets") and b.start < stop)]
    found: dict[str, str] = {}
    for start in starts:
        for attribute in read_attributes(page.lines, start, min(stop, start + 30)):
            kind = attribute.kind if attribute.known else None
            if start == below_title and not kind:
                kind = _kind_by_value(page, attribute)
            if kind in ("phase", "motions", "manager") and kind not in found:
                found[kind] = attribute.value
                page.placed.update(range(attribute.start, attribute.end))
    return found


def _kind_by_value(page: Document, attribute: Attribute) -> str | None:
    if vocabulary.phase_named(attribute.value):
        return "phase"
    names, unknown = vocabulary.split_names("motion", attribute.value)
    if names and not unknown:
        return "motions"
    message = f"“{attribute.label}” below the title was kept as text."
    page.report.warn_once(attribute.start + 1, "attribute-unknown", message)
    return None


def _key_sections(page: Document, parts: list[Part]) -> dict[str, tuple[Requirement, ...]]:
    """Key inputs and key outputs: by their words, else the first two bullet sections after the steps."""
    sections = [part for part in parts if part.kind == "section"]
    kinds = {part.start: kind for part in sections if (kind := key_section(part.title))}
    last_step = max((part.start for part in parts if part.kind == "step"), default=None)
    if not kinds and last_step is not None and page.language != "en":
        after = [p for p in sections if p.start > last_step and p.blocks and p.blocks[0].kind == "bullets"]
        kinds = {part.start: kind for part, kind in zip(after[:2], ("inputs", "outputs"), strict=False)}
    keys: dict[str, list[Requirement]] = {"inputs": [], "outputs": []}
    for part in sections:
        if part.start in kinds:
            keys[kinds[part.start]].extend(_checklist(page, part.blocks))
            page.placed.add(part.start)
    return {kind: tuple(lines) for kind, lines in keys.items()}


def _report_lost_checklists(page: Document, part: Part) -> None:
    for position, kind in announced(part.blocks, True).items():
        line = part.blocks[position].start + 1
        page.report.warn(line, "checklist-outside-step", f"Step {kind} outside a step were kept as guidance.")


# Steps


def _steps(page: Document, parts: list[Part]) -> tuple[list[Step], list[tuple[Part, list[Step]]]]:
    """The steps of the page's own process, and the processes its headings open with theirs."""
    own: list[Step] = []
    opened: list[tuple[Part, list[Step]]] = []
    current = own
    for part in parts:
        if part.kind == "process":
            current = []
            opened.append((part, current))
        elif part.kind == "section":
            current = own
        elif part.kind == "step":
            current.append(_step(page, part))
    return own, opened


def _step(page: Document, part: Part) -> Step:
    values = {attribute.kind: attribute for attribute in reversed(part.attributes)}
    page.placed.add(part.start)
    for attribute in part.attributes:
        if attribute.kind in ("roles", "motions", "applies_to", "audience"):
            page.placed.update(range(attribute.start, attribute.end))
    lists = _step_checklists(page, part)
    labels = labelled_text(part.blocks)
    text = {kind: values[kind].value if kind in values else "" for kind in ("roles", "motions", "applies_to")}
    line = {kind: values[kind].start + 1 if kind in values else part.start + 1 for kind in text}
    return Step(
        title=page.report.title(part.title, part.start + 1),
        source=page.report.source,
        line=part.start + 1,
        roles=_names(page, "role", text["roles"], line["roles"]),
        motions=_names(page, "motion", text["motions"], line["motions"]),
        applies_to=_names(page, "service", text["applies_to"], line["applies_to"]),
        roles_text=text["roles"],
        cadence=labels.get("cadence"),
        purpose=labels.get("purpose"),
        audience=values["audience"].value if "audience" in values else labels.get("audience"),
        guidance=page.guidance((part.start, part.end)),
        inputs=tuple(lists["inputs"]),
        outputs=tuple(lists["outputs"]),
        tasks=tuple(page.task_rows(part.blocks)),
    )


def _step_checklists(page: Document, part: Part) -> dict[str, list[Requirement]]:
    lists: dict[str, list[Requirement]] = {"inputs": [], "outputs": []}
    kinds = announced(part.blocks, page.language == "en")
    for position, kind in sorted(kinds.items()):
        until = position + 1
        while until < len(part.blocks) and part.blocks[until].kind not in ("heading", "bold", "table"):
            until += 1
        block = part.blocks[position]
        if lists[kind]:
            page.report.warn(block.start + 1, "checklist-twice", f"“{part.title}” has its {kind} in two lists.")
        lists[kind].extend(_checklist(page, part.blocks[position + 1 : until]))
        page.placed.update(range(block.start, block.end))
    return lists


def _checklist(page: Document, blocks: list[Block]) -> list[Requirement]:
    """The lines of the lists in `blocks`. A checklist printed as paragraphs is taken in and reported."""
    found: list[Requirement] = []
    listed = [position for position, block in enumerate(blocks) if block.kind in ("bullets", "numbers")]
    for position, block in enumerate(blocks):
        if position in listed:
            found.extend(requirements(page.report, block.items))
            kept = {line for item in _all_items(block.items) for line in item.extra}
            page.placed.update(set(range(block.start, block.end)) - kept)
        elif block.kind != "paragraph" or block.text.startswith("[!INCLUDE"):
            continue
        elif not listed:
            page.placed.update(range(block.start, block.end))
            if line := from_paragraph(page.report, block):
                found.append(line)
                page.report.warn(block.start + 1, "checklist-paragraph", "A checklist line is printed as a paragraph.")
        elif position < listed[-1]:
            message = "Text between the lists of a checklist is kept as guidance."
            page.report.warn(block.start + 1, "checklist-interrupted", message)
    return found


def _all_items(items: list[Item]):
    for item in items:
        yield item
        yield from _all_items(item.children)


def _names(page: Document, kind: str, text: str, line: int) -> tuple[str, ...]:
    names = names_or_warn(kind, text, line, page.report)
    return _in_order(names) if kind == "motion" else names


def _in_order(motions) -> tuple[str, ...]:
    """Motions are a set; printed in any order they compare as equal."""
    order = list(vocabulary.MOTIONS)
    return tuple(sorted(motions, key=lambda name: (order.index(name) if name in order else len(order), name)))


def _union(steps: list[Step]) -> tuple[str, ...]:
    return _in_order({name for step in steps for name in step.motions})
