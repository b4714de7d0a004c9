"""Markdown as the plain text of a mail, without what customers cannot open or should not read. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from markdown_it.token import Token

from engagements.internal_parts import DESK_PATH, LINK, MARK, MENTION, NUMBER, Removed, cut, is_internal
from engagements.mentioning import parts

GONE = "[link left out]"
ANY_ALERT = re.compile(r"^\s*\[!\s*(\w+)\s*\]\s*")
FTOP = r"(?:ftop(?:[ -](?:task|number|id))?|(?:playbook )?tasks?(?: (?:id|no\.?|number))?)"
NUMBERS = re.compile(
    rf"\b({FTOP})\s*+(?:[:#]\s*+)?#?(\d{{2,5}}(?:\s*+(?:,|/|&|and)\s*+#?\d{{2,5}})*)\b(?![.,]\d)", re.I
)
HASHED = re.compile(r"(?<![\w&/#])#(\d{2,5})\b")
SHORT_LINK = re.compile(r"\b(?:aka\.ms|go\.microsoft\.com|bit\.ly)/\S+", re.I)


def numbers_in(body: str) -> set[int]:
    """What stands in a note as ``#983`` and may be an FTOP number."""
    return {int(found) for found in HASHED.findall(body)}


@dataclass
class Writer:
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
        if internal or is_internal(address, self.hosts) or not address.lower().startswith(("http", "mailto:")):
            host = urlsplit(address).hostname if address.lower().startswith("http") else ""
            self.removed.append(Removed(LINK, cut(f"{words} ({host or address})" if words != address else address)))
            return "" if is_internal(words, self.hosts) or words == address else words
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
        if not word.strip() or not is_internal(word, self.hosts):
            return word
        self.removed.append(Removed(LINK, cut(word.strip("()<>[]{},;"))))
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
