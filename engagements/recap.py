"""From a note for colleagues to a mail that a customer may read: what stays, what goes, and who may get it.

The convention (docs/recaps.md): a section whose heading says that it is internal goes with all below it, up to the
next heading of its level; so do alerts ``> [!INTERNAL]`` and what is marked *(internal only)*. Links that only
Microsoft or the desk opens lose their address, FTOP numbers their number, mentions their sign. Everything that went
is listed for the author. Pure: no database, no clock.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote, unquote, urlencode, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from engagements.mentioning import parts

LONGEST_MAILTO = 1_900  # characters; longer addresses are cut off by some mail programs
LONGEST_SHOWN = 160
MOST_MARKS = 4_000  # as notes are drawn; taking more apart would keep the author waiting
SECTION, ALERT, LINE, LINK, NUMBER, MENTION = "section", "alert", "line", "link", "number", "mention"
GONE = "[link left out]"

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
ANY_ALERT = re.compile(r"^\s*\[!\s*(\w+)\s*\]\s*")
FTOP = r"(?:ftop(?:[ -](?:task|number|id))?|(?:playbook )?tasks?(?: (?:id|no\.?|number))?)"
NUMBERS = re.compile(rf"\b({FTOP})\s*[:#]?\s*#?(\d{{2,5}}(?:\s*(?:,|/|&|and)\s*#?\d{{2,5}})*)\b(?![.,]\d)", re.I)
HASHED = re.compile(r"(?<![\w&/#])#(\d{2,5})\b")
DESK_PATH = re.compile(
    r"(?<![\w./:-])/(?:engagements|customers|next-actions|waivers|handovers|playbook|tasks|reminders|import|admin)/[\w%./?=&#-]*"
)
SHORT_LINK = re.compile(r"\b(?:aka\.ms|go\.microsoft\.com|bit\.ly)/\S+", re.I)
INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)


@dataclass(frozen=True)
class Removed:
    """Something that does not reach the customer, in words for the author."""

    kind: str
    text: str


@dataclass(frozen=True)
class Recap:
    """The text of a mail, what was taken out of it, and the short links that nobody but the author can judge."""

    text: str
    removed: tuple[Removed, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Addressee:
    """A contact as far as a recap looks at one. ``barred`` is the reason of a Do Not Call."""

    name: str
    email: str = ""
    barred: str = ""
    is_partner: bool = False


def refused(person: Addressee) -> str:
    """Why a recap does not go to somebody; empty where it may (R57, R60)."""
    if person.barred:
        return f"Do Not Call: {person.barred.rstrip('.')}."
    if person.is_partner:
        return "Of a partner: what is shared with partners needs the customer's approval."
    return "" if person.email else "No e-mail address is known."


def recap(body: str, *, hosts: Collection[str], people: Mapping[str, str], numbers: Collection[int] = ()) -> Recap:
    """The note without what is internal. ``numbers`` are the FTOP numbers that stand there as ``#983``."""
    if sum(map(body.count, "[*_")) > MOST_MARKS:
        return Recap("", (Removed(LINE, "The whole note: it has more brackets and stars than can be told apart."),))
    tokens = _parser().parse(body.translate(INVISIBLE))
    writer = _Writer(tuple(hosts), people, frozenset(map(str, numbers)))
    text = writer.write(_without_internal(tokens, writer.removed))
    return Recap(text, tuple(dict.fromkeys(writer.removed)), tuple(dict.fromkeys(writer.doubts)))


def numbers_in(body: str) -> set[int]:
    """What stands in a note as ``#983`` and may be an FTOP number."""
    return {int(found) for found in HASHED.findall(body)}


def leaks(text: str, hosts: Collection[str]) -> list[str]:
    """What a customer would not open or should not read in a text that somebody edited."""
    words = [word for word in text.translate(INVISIBLE).split() if _is_internal(word, tuple(hosts))]
    found = [word.strip("()<>[]{},;") for word in words] + DESK_PATH.findall(text)
    if re.search(r"\[!\s*internal\s*\]", text, re.I):
        found.append("[!INTERNAL]")
    return list(dict.fromkeys(found))


def mail_text(greeting: str, text: str, promised: str, author: str) -> str:
    return "\n\n".join(filter(None, [greeting, text, promised, f"Kind regards\n{author}"]))


def promised(text: str, due_on: date) -> str:
    """ "Next: call the sponsor, by 27 May 2026"."""
    said = " ".join(text.split()).rstrip(".,; ")
    return f"Next: {said}, by {due_on:%-d %B %Y}." if said else ""


def mailto(addresses: Iterable[str], subject: str, body: str) -> tuple[str, bool]:
    """The link that opens a mail program, and whether the text fits into it."""
    to = ",".join(quote(address, safe="@") for address in addresses)
    whole = f"mailto:{to}?" + urlencode({"subject": subject, "body": body.replace("\n", "\r\n")}, quote_via=quote)
    if len(whole) <= LONGEST_MAILTO:
        return whole, True
    return f"mailto:{to}?" + urlencode({"subject": subject}, quote_via=quote), False


# What is internal -----------------------------------------------------------------------------------------


def _parser() -> MarkdownIt:
    """As notes are drawn: HTML stays words."""
    return MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20}).enable(
        ["table", "strikethrough"]
    )


def _without_internal(tokens: list[Token], removed: list[Removed]) -> list[Token]:
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
            removed.append(Removed(ALERT, _cut(ALERT_MARK.sub("", _words(tokens[at:end])))))
            at = end
            continue
        if token.type in ("paragraph_open", "list_item_open", "tr_open") and _is_marked(tokens, at, end):
            removed.append(Removed(LINE, _cut(_words(tokens[at:end]))))
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
    return _cut(f"{title}: {inside}" if inside else title)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1].rstrip() + "…"


def _is_internal(word: str, hosts: tuple[str, ...]) -> bool:
    """Whether a word without blanks names a host that customers do not reach, also where it hides it."""
    plain = unicodedata.normalize("NFKC", unquote(unquote(word))).casefold().translate(INVISIBLE)
    for host in hosts:
        if "." in host and host in plain:
            return True
        if "." not in host and re.search(rf"//(?:[^/\s]*@)?{re.escape(host)}(?![\w.-])", plain):
            return True
    # A name without a dot is one of an intranet.
    return re.search(r"https?://(?:[^/\s@]*@)?[\w-]+(?=[/:?#]|$)", plain) is not None


# What stays -----------------------------------------------------------------------------------------------


@dataclass
class _Writer:
    """Writes Markdown's blocks as the plain text of a mail."""

    hosts: tuple[str, ...]
    people: Mapping[str, str]
    numbers: frozenset[str]
    removed: list[Removed] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def write(self, tokens: list[Token]) -> str:
        lines: list[str] = []
        lists: list[int | None] = []
        lead, is_tight = "", False
        cells: list[str] = []
        for at, token in enumerate(tokens):
            match token.type:
                case "bullet_list_open" | "ordered_list_open":
                    is_first = token.type == "ordered_list_open"
                    lists.append(int(token.attrGet("start") or 1) if is_first else None)
                case "bullet_list_close" | "ordered_list_close":
                    lists.pop()
                    if not lists:
                        lines.append("")
                case "list_item_open" if lists:
                    indent = "  " * (len(lists) - 1)
                    lead = f"{indent}- " if lists[-1] is None else f"{indent}{lists[-1]}. "
                    lists[-1] = None if lists[-1] is None else lists[-1] + 1
                    is_tight = True
                case "inline":
                    text = self._line(token)
                    if at and tokens[at - 1].type in ("th_open", "td_open"):
                        cells.append(text)
                        continue
                    text = ANY_ALERT.sub("", text)
                    indent = " " * len(lead) if lead else "  " * len(lists)
                    if text:
                        said = text.split("\n")
                        lines += [(lead or indent) + said[0], *(indent + line for line in said[1:])]
                    lead = ""
                    if not lists or not is_tight:
                        lines.append("")
                case "tr_close":
                    lines.append(" | ".join(cells))
                    cells = []
                case "table_close":
                    lines.append("")
                case "fence" | "code_block":
                    lines += [*self._safe(token.content).rstrip("\n").split("\n"), ""]
        text = "\n".join(line.rstrip() for line in lines)
        # Once more over the whole: what Markdown puts together names nothing either.
        return re.sub(r"\n{3,}", "\n\n", self._safe(text)).strip()

    def _line(self, inline: Token) -> str:
        """The words of one paragraph."""
        done: list[str] = []
        opened: list[tuple[int, str]] = []
        children = inline.children or []
        for at, child in enumerate(children):
            match child.type:
                case "text":
                    done.append(self._named(child.content))
                case "code_inline":
                    done.append(child.content)
                case "softbreak" | "hardbreak":
                    done.append("\n")
                case "link_open":
                    opened.append((len(done), str(child.attrGet("href") or "")))
                case "link_close" if opened:
                    start, address = opened.pop()
                    words = "".join(done[start:])
                    behind = children[at + 1].content if len(children) > at + 1 else ""
                    marked = MARK.search(words) or MARK.match(behind.lstrip())
                    done[start:] = [self._link(words, address, internal=bool(marked))]
                case "image":
                    words = child.content or "picture"
                    done.append(self._link(words, str(child.attrGet("src") or ""), internal=False))
        return self._safe(MARK.sub("", "".join(done))).strip()

    def _link(self, words: str, address: str, *, internal: bool) -> str:
        words = MARK.sub("", words).strip()
        if internal or _is_internal(address, self.hosts) or not address.lower().startswith(("http", "mailto:")):
            host = urlsplit(address).hostname if address.lower().startswith("http") else ""
            self.removed.append(Removed(LINK, _cut(f"{words} ({host or address})" if words != address else address)))
            return "" if _is_internal(words, self.hosts) or words == address else words
        if address.lower().startswith("mailto:"):
            return words
        return address if words == address else f"{words} ({address})"

    def _named(self, text: str) -> str:
        """Colleagues by their names instead of ``@ana``."""
        said = []
        for piece, name in parts(text):
            if name:
                self.removed.append(Removed(MENTION, f"@{name}"))
                piece = self.people.get(name, name)
            said.append(piece)
        return "".join(said)

    def _safe(self, text: str) -> str:
        """Without internal addresses and FTOP numbers, wherever they stand."""
        text = "".join(self._word(word) for word in re.split(r"(\s+)", text))
        text = DESK_PATH.sub(self._path, text)
        text = NUMBERS.sub(self._number, text)
        return HASHED.sub(self._hashed, text)

    def _word(self, word: str) -> str:
        if found := SHORT_LINK.search(word):
            self.doubts.append(found[0].rstrip(".,;)"))
        if not word.strip() or not _is_internal(word, self.hosts):
            return word
        self.removed.append(Removed(LINK, _cut(word.strip("()<>[]{},;"))))
        return GONE

    def _path(self, found: re.Match) -> str:
        self.removed.append(Removed(LINK, found[0]))
        return GONE

    def _number(self, found: re.Match) -> str:
        self.removed.append(Removed(NUMBER, found[0]))
        several = len(re.findall(r"\d+", found[2])) > 1 or found[1].lower().startswith("tasks")
        said = "tasks" if several else "task"
        return said.capitalize() if found[1][0] in "TP" else said

    def _hashed(self, found: re.Match) -> str:
        if found[1] not in self.numbers:
            return found[0]
        self.removed.append(Removed(NUMBER, found[0]))
        return "a task"


def internal_hosts(configured: Iterable[str], own: Iterable[str]) -> tuple[str, ...]:
    """Every host that customers do not reach, folded; ``*`` and ``.example.org`` without their signs."""
    found = (host.strip().strip("[]").lstrip("*.").casefold() for host in (*configured, *own))
    return tuple(dict.fromkeys(host for host in found if host))


def by_kind(removed: Iterable[Removed]) -> Iterator[tuple[str, list[str]]]:
    """What was taken out, grouped in the order in which an author looks at it."""
    rows = list(removed)
    for kind in (SECTION, ALERT, LINE, LINK, NUMBER, MENTION):
        texts = [row.text for row in rows if row.kind == kind]
        if texts:
            yield kind, texts
