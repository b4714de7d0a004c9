"""Markdown whose work and output grow no faster than its text (docs/bounds.md). Pure.

Three things of markdown-it let a short text cost much: ``linkify`` is quadratic, and playbook/autolinks.py stands in
for it; references repeat one long address, and are counted; tables end where they would be filled in with empty cells.
What is left is linear, and a text with more marks than people write is not taken apart at all.
"""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.token import Token
from mdurl import encode

MOST_NESTING = 20
MOST_COLUMNS = 50
MOST_MARKS = 12_000  # characters that Markdown acts on, line ends among them
MOST_BRACKETS_AND_STARS = 4_000  # which cost more than the others
MOST_OUTPUT = 12  # characters of HTML for each of the text …
LINK_COSTS = 3  # marks
SOME_OUTPUT = 4_000  # … and as many besides
_BRACKETS_AND_STARS = "[*_"
_MARKS = "\n\t\\`~!#$%&+-:<=>@[]^_{}*|"


def bounded_parser(*, html: bool, breaks: bool) -> MarkdownIt:
    """CommonMark with tables and strikethrough, without what costs more than its length."""
    parser = MarkdownIt("commonmark", {"html": html, "breaks": breaks, "maxNesting": MOST_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    # Not the parser's own, which turns the letters of host names into others in quadratic time.
    parser.normalizeLink = encode
    parser.normalizeLinkText = str
    return parser


def tokens_of(parser: MarkdownIt, text: str, most_marks: int = MOST_MARKS) -> list[Token] | None:
    """The tokens of a text; None where it cannot be taken apart, or drawn, within its bound."""
    if not is_readable(text, most_marks):
        return None
    tokens = parser.parse(text)
    addresses = 0
    for token in tokens:
        for child in token.children or ():
            if child.type in ("link_open", "image"):
                child.attrs.pop("title", None)  # nobody shows it, and a reference would repeat it
                addresses += len(str(child.attrGet("href") or child.attrGet("src") or ""))
    return tokens if addresses <= MOST_OUTPUT * len(text) + SOME_OUTPUT else None


def is_readable(text: str, most_marks: int = MOST_MARKS) -> bool:
    """Whether a text has few enough marks to be taken apart while somebody waits."""
    return marks(text) <= most_marks and sum(map(text.count, _BRACKETS_AND_STARS)) <= MOST_BRACKETS_AND_STARS


def marks(text: str) -> int:
    """How many characters of a text Markdown acts on, or would make links of: what taking it apart costs."""
    return sum(map(text.count, _MARKS)) + LINK_COSTS * (text.count("://") + text.count("@"))


def is_bounded(html: str, text: str) -> bool:
    """Whether the HTML made of a text is of a size that the text explains."""
    return len(html) <= MOST_OUTPUT * len(text) + SOME_OUTPUT


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """markdown-it's table, unless it is wider than people write; it ends where it would mostly be empty cells."""
    if start + 2 > end or "|" not in (header := _line(state, start)):
        return False
    delimiter = _line(state, start + 1)
    columns = delimiter.count("|") + 1
    if columns > MOST_COLUMNS or header.count("|") + 1 > 2 * MOST_COLUMNS:
        return False
    first, filled = len(state.tokens), 0
    line = start + 2
    while not silent and line < end and (text := _line(state, line)).strip():
        filled += max(columns - text.count("|") - 1, 0)
        if filled > len(header) + len(delimiter) + 10 * columns + (state.bMarks[line] - state.bMarks[start]):
            break
        line += 1
    found = table(state, start, end if silent else max(line, start + 2), silent)
    for token in state.tokens[first:]:
        if token.type in ("th_open", "td_open"):
            token.attrs = {}  # the alignment would be taken out again
    return found


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
