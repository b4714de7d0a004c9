"""The blocks of a page with their lines: headings, paragraphs, lists, tables.

markdown-it does the parsing. Three things are lifted out of its way first, because pages glue them to a list
without a blank line and Markdown would then swallow them into the last bullet: tables, all-bold lines, and
headings with blanks before them. Inline text is only looked at where somebody asks for it (`plain`).
"""

import re
from bisect import bisect
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from playbook import vocabulary
from playbook.report import Report

FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
DELIMITER = re.compile(
    r"\s*+(?:\|\s*+)?:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)++(?:\|\s*+)?\\?$|\s*+\|\s*+:?-++:?\s*+(?:\|\s*+)?$"
)
ALL_BOLD = re.compile(r"\s*+(\*{2,3}|__)(?!\s*+$)((?:(?!\*\*|__).)+?)(\*{2,3}|__)\s*+(?:[:：]\s*+)?(?:\\\s*+)?$")
BOLD_OPENS = re.compile(r"\s*(\*\*)((?:(?!\*\*).)+)$")
BOLD_CLOSES = re.compile(r"((?:(?!\*\*).)*?)\*\*\s*+(?:[:：]\s*+)?(?:\\\s*+)?$")
HEADING = re.compile(r"\s*(#{1,6})(\s+|(?=[^\s#]))(.*)$")
BARE_CHECKLIST = re.compile(r"\s{0,3}(?:step\s+(?:inputs?|outputs?))\b[^|]{0,160}$", re.I)
GLUED_BULLET = re.compile(r"(\s*)([-•·‐‑–—●▪◦・*])(\s*)(?=[^\s*\-|])(.*)$")
BREAK = re.compile(r"<[ /]{0,2}br[ /]{0,9}>", re.I)
TASK_BOX = re.compile(r"\s*\[[ xX]?\](?:\s+|$)")  # of GitHub: done or not, it is no word of the line


# Longer text is no sentence of a playbook; it is kept as printed rather than searched for emphasis.
LONGEST_INLINE = 20_000


@dataclass(slots=True)
class Item:
    """A list item: its own text as printed, its line, and the items of the lists inside it."""

    text: str
    line: int
    children: list["Item"] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """A top-level piece of the page; `start` and `end` are zero-based line indexes, `end` exclusive."""

    kind: str
    start: int
    end: int
    level: int = 0
    text: str = ""
    items: list[Item] = field(default_factory=list)


def _paragraph(state: StateBlock, start: int, _end: int, _silent: bool) -> bool:
    """markdown-it's paragraph, except that a deeply indented bullet still ends it (indents of 8 and 12)."""
    terminators = state.md.block.ruler.getRules("paragraph")
    parent, state.parentType = state.parentType, "paragraph"
    line = start + 1
    while line < state.lineMax and not state.isEmpty(line):
        if state.sCount[line] >= 0 and any(rule(state, line, state.lineMax, True) for rule in terminators):
            break
        line += 1
    state.line = line
    state.push("paragraph_open", "p", 1).map = [start, line]
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start, line, state.blkIndent, False).strip()
    inline.map, inline.children = [start, line], []
    state.push("paragraph_close", "p", -1)
    state.parentType = parent
    return True


def _block_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 60})
    parser.disable(["code", "html_block", "reference", "inline"])
    parser.block.ruler.at("paragraph", _paragraph)
    return parser


BLOCKS = _block_parser()
INLINE = MarkdownIt("commonmark", {"maxNesting": 60}).enable("strikethrough")


def plain(text: str) -> str:
    """The words of a piece of Markdown: links by their text, no bold, no tags, blanks trimmed."""
    text = text.strip()
    if not text:
        return ""
    if len(text) < LONGEST_INLINE and re.search(r"[\[\\`*_<>&!~\n]", text):
        words: list[str] = []
        for token in INLINE.parseInline(text)[0].children or ():
            if token.type in ("text", "code_inline", "image", "text_special"):
                words.append(token.content)
            elif token.type in ("softbreak", "hardbreak") or re.match(r"</?(?:br|p|li)\b", token.content, re.I):
                words.append(" ")
        text = "".join(words).replace("**", "")
    return " ".join(text.split()).rstrip("\\").rstrip()


def separated(text: str) -> str:
    """Names with a semicolon where the page breaks the line between them."""
    first, *others = BREAK.split(text)
    if not others:
        return text
    *middle, last = others
    parts = [first.rstrip(" \t"), *(part.strip() for part in middle), last.lstrip()]
    return "; ".join(parts).removesuffix("; ")


@dataclass(slots=True)
class Tree:
    """The lines of a page as kept for guidance, its blocks in order, and the lines of each raw table."""

    lines: list[str]
    blocks: list[Block]


def parse(report: Report, lines: list[str], body: int) -> Tree:
    """The blocks of a page whose text begins at line index `body`."""
    prepared, special = _prepare(report, lines, body)
    tokens = BLOCKS.parse("\n".join(prepared))
    blocks: list[Block] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        closing = _closing(tokens, index)
        start, end = token.map or (0, 0)
        if start in special and token.type == "heading_open":
            blocks.append(special[start])
        elif token.type == "heading_open":
            text = tokens[index + 1].content
            if token.markup in "-=" and (end - start > 2 or text.rstrip()[-1:] in ".,:;。：、"):
                blocks.append(Block("paragraph", start, end, text=text))
            else:
                blocks.append(Block("heading", start, end, level=int(token.tag[1]), text=text))
        elif token.type == "paragraph_open":
            blocks.append(Block("paragraph", start, end, text=tokens[index + 1].content))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            items = _items(tokens, index + 1, closing)
            kind = "bullets" if token.type.startswith("bullet") else "numbers"
            blocks.append(Block(kind, start, _trimmed(lines, start, end), items=items))
        else:
            blocks.append(Block("other", start, _trimmed(lines, start, end)))
        index = closing + 1
    lifted = sorted(special)
    for block in blocks:
        if block.kind in ("bullets", "numbers", "other"):
            after = bisect(lifted, block.start)
            block.end = min([block.end, *lifted[after : after + 1]])
    return Tree(lines, blocks)


def _trimmed(lines: list[str], start: int, end: int) -> int:
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _closing(tokens, index: int) -> int:
    """The index of the token that closes the one at `index`."""
    if tokens[index].nesting != 1:
        return index
    level = tokens[index].level
    closing = index + 1
    while tokens[closing].level != level or tokens[closing].nesting != -1:
        closing += 1
    return closing


def _items(tokens, index: int, end: int) -> list[Item]:
    items = []
    while index < end:
        closing = _closing(tokens, index)
        if tokens[index].type == "list_item_open":
            items.append(_item(tokens, index, closing))
        index = closing + 1
    return items


def _item(tokens, index: int, end: int) -> Item:
    item = Item("", tokens[index].map[0] + 1)
    texts = []
    index += 1
    while index < end:
        token, closing = tokens[index], _closing(tokens, index)
        if token.type in ("paragraph_open", "heading_open"):
            texts.append(tokens[index + 1].content)
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            item.children.extend(_items(tokens, index + 1, closing))
        elif token.map:
            item.extra.extend(range(*token.map))
        index = closing + 1
    item.text = "\n".join(texts)
    if box := TASK_BOX.match(item.text):
        item.text = item.text[box.end() :]
    return item


def _prepare(report: Report, lines: list[str], body: int) -> tuple[list[str], dict[int, Block]]:
    """The lines markdown-it shall see, and the blocks lifted out of them by the line they start on."""
    prepared = [""] * body + lines[body:]
    special: dict[int, Block] = {}
    unclosed: set[str] = set()
    checklist = False
    index = body
    while index < len(lines):
        line = lines[index]
        if fence := FENCE.match(line):
            end = None if fence.group(1) in unclosed else _fence_end(lines, index, fence.group(1))
            if end is None:
                unclosed.add(fence.group(1))
                prepared[index] = ""
                report.warn(index + 1, "fence-open", "A code block is opened here and never closed.")
            index = end or index + 1
            continue
        if "<!--" in line and "-->" not in line.split("<!--", 1)[1]:
            end = None if "<!--" in unclosed else _comment_end(lines, index)
            prepared[index] = line.split("<!--", 1)[0]
            if end is None:
                unclosed.add("<!--")
                report.warn(index + 1, "comment-open", "A comment is opened here and never closed.")
            else:
                prepared[index + 1 : end] = [""] * (end - index - 1)
                prepared[end] = lines[end].split("-->", 1)[1]
                index = end
            index += 1
            continue
        end = table_end(lines, index)
        if end:
            special[index] = Block("table", index, end)
            prepared[index] = "###### table"
            prepared[index + 1 : end] = [""] * (end - index - 1)
            checklist, index = False, end
            continue
        if heading := HEADING.match(line):
            hashes, _gap, title = heading.groups()
            if len(hashes) > 1 or line.startswith("# "):
                prepared[index] = f"{hashes} {title}"
                checklist = bool(len(hashes) > 2 and checklist_kind(title))
        elif bold := _bold_line(lines, index):
            text, end = bold
            special[index] = Block("bold", index, end, text=text)
            prepared[index] = "###### bold"
            prepared[index + 1 : end] = [""] * (end - index - 1)
            checklist, index = bool(checklist_kind(text)), end
            continue
        elif checklist and (bullet := GLUED_BULLET.match(line)):
            indent, mark, gap, rest = bullet.groups()
            if mark not in "-*" or not gap:
                prepared[index] = f"{indent}- {rest}"
        index += 1
    return prepared, special


def _fence_end(lines: list[str], start: int, mark: str) -> int | None:
    for index in range(start + 1, len(lines)):
        stripped = lines[index].strip()
        if stripped.startswith(mark) and not stripped.strip(mark[0]):
            return index + 1
    return None


def _comment_end(lines: list[str], start: int) -> int | None:
    return next((index for index in range(start + 1, len(lines)) if "-->" in lines[index]), None)


def _bold_line(lines: list[str], index: int) -> tuple[str, int] | None:
    """An all-bold line (or two, when the bold is wrapped) that stands by itself, with the index after it."""
    line = lines[index]
    if BARE_CHECKLIST.match(line.replace("*", "")) and checklist_kind(line):
        text, end = line, index + 1
        if line.count("**") % 2 and end < len(lines) and "**" in lines[end]:
            text, end = f"{line} {lines[end].strip()}", end + 1
        return text.replace("*", "").strip(), end
    if "**" not in line and "__" not in line:
        return None
    if line.lstrip().startswith("**") and checklist_kind(line.replace("*", "")) and _bullet_follows(lines, index):
        return line.replace("*", "").rstrip("\\ ").strip(), index + 1
    if found := ALL_BOLD.match(line):
        text, end = found.group(2), index + 1
    else:
        opened = BOLD_OPENS.match(line)
        if not opened or index + 1 >= len(lines):
            return None
        closed = BOLD_CLOSES.match(lines[index + 1])
        if not closed or lines[index + 1].lstrip().startswith(("|", "#", "- ")):
            return None
        text, end = f"{opened.group(2).strip()} {closed.group(1).strip()}", index + 2
    indent = len(line) - len(line.lstrip())
    before = lines[index - 1].strip() if index else ""
    continues = before.endswith((":", "：", "/", ",", ";", "&", "、")) and not before.startswith("#")
    if not checklist_kind(text) and (indent > 3 or continues):
        return None
    return text.strip(), end


def _bullet_follows(lines: list[str], index: int) -> bool:
    following = next((line for line in lines[index + 1 : index + 4] if line.strip()), "")
    return bool(re.match(r"\s*[-*+•]\s*[^\s*]", following))


def checklist_kind(text: str) -> str | None:
    """Whether a heading announces the inputs or the outputs of a step, by its words in six languages.

    The words before the parenthesis decide: the explanation of the outputs may speak of inputs.
    """
    if len(text) > 400:
        return None
    head = re.split(r"[(（]", text, maxsplit=1)[0]
    for part in dict.fromkeys((head, text)):
        says_in, says_out = vocabulary.says_step_in(part), vocabulary.says_step_out(part)
        if bool(says_in) != bool(says_out):
            return "inputs" if says_in else "outputs"
    return None


def table_end(lines: list[str], index: int) -> int | None:
    """The index after the table that begins on this line, or None. Quoted tables count too."""

    def row(line: str) -> bool:
        return line.lstrip("> \t").startswith("|")

    def loose(at: int) -> bool:
        return at < len(lines) and "|" in lines[at] and bool(lines[at].strip())

    if row(lines[index]):
        end = index + 1
    elif loose(index) and loose(index + 1) and DELIMITER.match(lines[index + 1]):
        end = index + 2
    else:
        return None
    while end < len(lines) and lines[end].strip():
        line = lines[end]
        if row(line) or (
            loose(end)
            and not HEADING.match(line)
            and not re.match(r"\s*(?:[-*+]\s|\d+\.\s)", line)
            or DELIMITER.match(line)
        ):
            end += 1
            continue
        # A cell broken over two lines: the row above is open and its rest follows without a leading pipe.
        if not lines[end - 1].rstrip().endswith("|") and loose(end):
            end += 1
            continue
        break
    return end
