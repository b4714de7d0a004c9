"""What of a text is for colleagues alone: sections, notices, lines, and addresses (docs/customer-safe.md). Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from markdown_it.token import Token

from engagements.internal_words import has_mark, in_heading, is_label, is_lead

LONGEST_SHOWN = 160
SECTION, ALERT, LINE, LINK, NUMBER, MENTION = "section", "alert", "line", "link", "number", "mention"
COLLEAGUE, ORIGIN = "colleague", "origin"

# Lines of their own that work as headings: all bold, all soft, or bare. The bold ones stand above the others.
BOLD_LINE = re.compile(r"\s*(\*\*\*?|___?)[^*_\n]+\1\s*:?\s*")
COLON_LINE = re.compile(r"[^.:!?]{1,40}:")
BOLD, BARE = 7, 8
# A mark behind a link speaks of the link alone.
MARK = re.compile(r"[(\[]\s*internal(?: only| use only)?\s*[)\]]", re.I)
MARKED_LINK = re.compile(
    r"\[[^\[\]]{0,300}+\]\([^)\[]{0,2000}+\)\s*+(?:[(\[]\s*+internal[^)\]]{0,20}+[)\]])?",
    re.I,
)
ALERT_MARK = re.compile(r"^\s*\[!\s*([^\]\n]{1,40})\]")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
CONTAINER = re.compile(r"(?:[ \t]*>)*[ \t]*")
DESK_PATH = re.compile(
    r"(?<![\w./:-])/(?:engagements|customers|next-actions|waivers|handovers|notes|reviews|playbook|tasks|reminders|import|admin)/[\w%./?=&#-]*"
)
INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)


@dataclass(frozen=True)
class Removed:
    """Something that does not reach the customer, in words for the author."""

    kind: str
    text: str


def isolated(body: str) -> str:
    """The Markdown with a blank line before each line that says "Internal" and the like.

    Otherwise the line would be a part of the paragraph above it, and not the heading that people see in it.
    """
    lines: list[str] = []
    fence = ""
    for line in body.split("\n"):
        prefix = CONTAINER.match(line)[0]
        said = line[len(prefix) :]
        if found := FENCE.match(said):
            fence = "" if fence and found[1].startswith(fence) else fence or found[1]
        elif not fence and lines and lines[-1].strip(" \t>") and (is_label(said) or is_lead(said)):
            lines.append(prefix.rstrip())
        lines.append(line)
    return "\n".join(lines)


def without_internal(tokens: list[Token], removed: list[Removed]) -> list[Token]:
    """Without internal sections, alerts, paragraphs, code, list items, table rows and columns."""
    tokens = _without_columns(tokens, removed)
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        end = _end(tokens, at)
        if section_end := _internal_section(tokens, at):
            removed.append(Removed(SECTION, _shown(_first_words(tokens, at), tokens[at:section_end])))
            at = section_end
        elif tokens[at].type == "blockquote_open" and _is_alert(_first_line(tokens, at)):
            removed.append(Removed(ALERT, cut(ALERT_MARK.sub("", _words(tokens[at:end])))))
            at = end
        elif _is_internal_line(tokens, at, end):
            removed.append(Removed(LINE, cut(_words(tokens[at:end]))))
            at = end
        else:
            kept.append(tokens[at])
            at += 1
    return kept


def _internal_section(tokens: list[Token], at: int) -> int:
    """Where the internal section that begins here ends; 0 where none begins."""
    token = tokens[at]
    if token.type == "list_item_open":
        if not is_label(_first_words(tokens, at).split("\n")[0]):
            return 0
        return next((n for n in range(at + 1, len(tokens)) if tokens[n].level < token.level), len(tokens))
    level = _heading(tokens, at)
    if not level:
        return 0
    title = _first_words(tokens, at)
    first = title if token.type == "heading_open" else title.split("\n")[0]
    is_internal = is_label(first) if level == BARE else in_heading(first) or has_mark(first)
    return _section_end(tokens, at, level) if is_internal else 0


def _heading(tokens: list[Token], at: int) -> int:
    """The level of the heading that begins here, BOLD or BARE for a line that works as one; 0 for no heading."""
    token = tokens[at]
    if token.type == "heading_open":
        return int(token.tag[1])
    if token.type == "paragraph_open":
        lines = tokens[at + 1].content.strip().split("\n")
        if BOLD_LINE.fullmatch(lines[0]):
            return BOLD
        if is_label(lines[0]) or (token.level == 0 and len(lines) == 1 and COLON_LINE.fullmatch(lines[0])):
            return BARE
    return 0


def _section_end(tokens: list[Token], at: int, level: int) -> int:
    """Where the next heading of the same level or above begins; inside a quotation or list, where that ends."""
    outer = tokens[at].level
    position = _end(tokens, at)
    while position < len(tokens):
        if tokens[position].level < outer:
            return position
        if tokens[position].level == outer and 0 < _heading(tokens, position) <= level:
            return position
        position += 1
    return position


def _is_internal_line(tokens: list[Token], at: int, end: int) -> bool:
    """A block that begins with "Internal:", or says anywhere in its own lines that it is internal."""
    match tokens[at].type:
        case "fence" | "code_block":
            lines = tokens[at].content.split("\n")
            return any(is_label(line) or is_lead(line) or has_mark(line) for line in lines)
        case "paragraph_open" | "list_item_open":
            own = _first_words(tokens, at)
            return is_lead(own) or _is_marked(own)
        case "tr_open":
            cells = [token.content for token in tokens[at:end] if token.type == "inline"]
            return any(is_label(cell) or is_lead(cell) or _is_marked(cell) for cell in cells)
    return False


def _is_marked(text: str) -> bool:
    return has_mark(MARKED_LINK.sub(" ", text))


def _is_alert(line: str) -> bool:
    found = ALERT_MARK.match(line)
    return bool(found) and is_label(found[1])


def _without_columns(tokens: list[Token], removed: list[Removed]) -> list[Token]:
    """Without the columns of tables whose heading says that they are internal."""
    kept: list[Token] = []
    gone: set[int] = set()
    column = at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "table_open":
            gone = set()
        elif token.type == "tr_open":
            column = 0
        elif token.type in ("th_open", "td_open"):
            text = tokens[at + 1].content
            if token.type == "th_open" and (in_heading(text) or has_mark(text)):
                gone.add(column)
            column += 1
            if column - 1 in gone:
                removed.append(Removed(LINE, cut(text)))
                at += 3
                continue
        kept.append(token)
        at += 1
    return kept


def _end(tokens: list[Token], at: int) -> int:
    """Behind the block that begins here."""
    if tokens[at].nesting != 1:
        return at + 1
    level = tokens[at].level
    return next(n for n in range(at + 1, len(tokens)) if tokens[n].level == level and tokens[n].nesting == -1) + 1


def _first_line(tokens: list[Token], at: int) -> str:
    return tokens[at + 2].content if len(tokens) > at + 2 and tokens[at + 2].type == "inline" else ""


def _first_words(tokens: list[Token], at: int) -> str:
    """The first line of text inside the block that begins here."""
    end = _end(tokens, at)
    return next((token.content.strip() for token in tokens[at:end] if token.type == "inline"), "")


def _words(tokens: Iterable[Token]) -> str:
    return " ".join(token.content for token in tokens if token.type in ("inline", "fence", "code_block")).strip()


def _shown(title: str, tokens: list[Token]) -> str:
    inside = _words(tokens)[len(title) :].strip()
    title = title.strip("*_: ")
    return cut(f"{title}: {inside}" if inside else title)


def cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1].rstrip() + "…"


def is_internal(word: str, hosts: tuple[str, ...]) -> bool:
    """Whether a word without blanks names a host that customers do not reach, also where it hides it."""
    if word.isascii() and word.isalnum():
        return False  # a host has a dot or stands behind two slashes
    plain = unicodedata.normalize("NFKC", unquote(unquote(word))).casefold().translate(INVISIBLE)
    for host in hosts:
        if "." in host and host in plain:
            return True
        if "." not in host and re.search(rf"//(?:[^/\s]*@)?{re.escape(host)}(?![\w.-])", plain):
            return True
    # A name without a dot is one of an intranet.
    return re.search(r"https?://(?:[^/\s@]*@)?[\w-]+(?=[/:?#]|$)", plain) is not None


def leaks(text: str, hosts: Collection[str]) -> list[str]:
    """What a customer would not open or should not read in a text that somebody edited."""
    words = [word for word in text.translate(INVISIBLE).split() if is_internal(word, tuple(hosts))]
    found = [word.strip("()<>[]{},;") for word in words] + DESK_PATH.findall(text)
    if re.search(r"\[!\s*internal\s*\]", text, re.I):
        found.append("[!INTERNAL]")
    return list(dict.fromkeys(found))


def internal_hosts(configured: Iterable[str], own: Iterable[str]) -> tuple[str, ...]:
    """Every host that customers do not reach, folded; ``*`` and ``.example.org`` without their signs."""
    found = (host.strip().strip("[]").lstrip("*.").casefold() for host in (*configured, *own))
    return tuple(dict.fromkeys(host for host in found if host))
