"""What of a text is for colleagues alone: sections, notices, lines, and addresses (docs/recaps.md). Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from markdown_it.token import Token

LONGEST_SHOWN = 160
SECTION, ALERT, LINE, LINK, NUMBER, MENTION = "section", "alert", "line", "link", "number", "mention"

INTERNAL_HEADING = re.compile(
    r"\b(?:internal(?:ly)?|(?:microsoft|ftc|fasttrack|team|us) only|only (?:for )?(?:microsoft|ftc|fasttrack|us)|"
    r"not for (?:the )?customers?|do not (?:share|forward)|confidential|ftc actions?|playbook tasks?|ftop(?: tasks?)?|"
    r"account insights?)\b",
    re.I,
)
# Lines of their own that work as headings: all bold, or "Internal notes" without any mark of a heading.
BOLD_LINE = re.compile(r"\s*(\*\*|__)[^*_\n]+\1\s*:?\s*")
BARE_INTERNAL = re.compile(r"#{0,6}\s*[*_]*internal(?: [\w/-]+){0,2}[*_]*\s*:?", re.I)
# A paragraph or list item that is internal by its first words.
LEAD = re.compile(r"^\s*(?:internal(?:ly)?|internal only|microsoft only|ftc only)\b[^:\n]{0,40}:", re.I)
MARK = re.compile(r"[(\[]\s*internal(?: only| use only)?\s*[)\]]", re.I)
ALERT_MARK = re.compile(r"^\s*\[!\s*internal\s*\]", re.I)
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


def without_internal(tokens: list[Token], removed: list[Removed]) -> list[Token]:
    """Without internal sections, alerts, paragraphs and list items."""
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = _end(tokens, at)
        if level := _heading(tokens, at):
            title = _words(tokens[at:end])
            first = re.sub(r"[*_`#]+", " ", title.split("\n")[0])
            if INTERNAL_HEADING.search(first) or MARK.search(first):
                end = _section_end(tokens, at, level)
                removed.append(Removed(SECTION, _shown(title, tokens[at:end])))
                at = end
                continue
        if token.type == "blockquote_open" and ALERT_MARK.match(_first_line(tokens, at)):
            removed.append(Removed(ALERT, cut(ALERT_MARK.sub("", _words(tokens[at:end])))))
            at = end
            continue
        if token.type in ("paragraph_open", "list_item_open", "tr_open") and _is_marked(tokens, at, end):
            removed.append(Removed(LINE, cut(_words(tokens[at:end]))))
            at = end
            continue
        kept.append(token)
        at += 1
    return kept


def _heading(tokens: list[Token], at: int) -> int:
    """The level of the heading that begins here, 7 for a line that works as one; 0 for no heading."""
    token = tokens[at]
    if token.type == "heading_open":
        return int(token.tag[1])
    if token.type == "paragraph_open" and token.level == 0:
        lines = tokens[at + 1].content.strip().split("\n")
        if BOLD_LINE.fullmatch(lines[0]) or BARE_INTERNAL.fullmatch(lines[0].strip()):
            return 7
        if len(lines) == 1 and re.fullmatch(r"[^.:!?]{1,40}:", lines[0]):
            return 7
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


def _is_marked(tokens: list[Token], at: int, end: int) -> bool:
    """A block that opens with "Internal:", or says anywhere in its own lines that it is internal."""
    if tokens[at].type == "list_item_open":
        inline = next((token for token in tokens[at:end] if token.type == "inline"), None)
        own = inline.content if inline else ""
    else:
        own = " ".join(token.content for token in tokens[at:end] if token.type == "inline")
    if LEAD.match(own.lstrip("*_ ")):
        return True
    # A mark on a link speaks of the link alone.
    return bool(MARK.search(re.sub(r"\[[^\]]*\]\([^)]*\)\s*(?:[(\[]\s*internal[^)\]]*[)\]])?", " ", own, flags=re.I)))


def _end(tokens: list[Token], at: int) -> int:
    """Behind the block that begins here."""
    if tokens[at].nesting != 1:
        return at + 1
    level = tokens[at].level
    return next(n for n in range(at + 1, len(tokens)) if tokens[n].level == level and tokens[n].nesting == -1) + 1


def _first_line(tokens: list[Token], at: int) -> str:
    return tokens[at + 2].content if len(tokens) > at + 2 and tokens[at + 2].type == "inline" else ""


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
