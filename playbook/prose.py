"""What running text tells: labelled lines such as **Cadence**, links to other pages, the list of phases."""

import re

from playbook import vocabulary
from playbook.markdown_tree import Block, plain
from playbook.pages import Link

LABELLED = re.compile(
    r"\s*+(?:[-*+]\s++)?(?:\*\*|__)\s*+([^\s*_:：][^*_:：]{1,39}?)\s*+(?:[:：]\s*+)?(?:\*\*|__)\s*+(?:[:：]\s*+)?(.*)$"
)
LINK = re.compile(
    r"(?<!!)\[([^\[\]]{0,400}(?:\[[^\[\]]{0,100}\][^\[\]]{0,200}){0,3})\]\(\s{0,9}<?([^)\s>\[]{1,2000})>?(?:\s[^)\[]{0,200})?\)"
)
PHASE_PAGE = re.compile(r"(?:^|/)phase-([a-z]++)[\w-]*+(?:\.md|\.html)?(?:#.*)?$", re.I)
PAGE_TARGET = re.compile(
    r"^(?:https?://fasttrack-docs\.microsoft\.com/playbook/|\.{0,2}/)*([\w\-%.]+?)\.(?:md|html)(?:#.*)?$", re.I
)


def labelled_text(blocks: list[Block]) -> dict[str, str]:
    """Cadence, purpose and audience of a step, each up to the next labelled line of its paragraph."""
    found: dict[str, str] = {}
    for block in blocks:
        if block.kind != "paragraph" or ("**" not in block.text and "__" not in block.text):
            continue
        kind, words = None, []
        for line in [*block.text.split("\n"), "**.**:"]:
            match = LABELLED.match(line)
            label = vocabulary.label_kind(match.group(1)) if match else None
            if label or line == "**.**:":
                if kind and kind not in found and plain("\n".join(words)):
                    found[kind] = plain("\n".join(words))
                kind, words = label, [match.group(2)] if match else []
                kind = kind if kind in ("cadence", "purpose", "audience") else None
            elif kind:
                words.append(line)
    return found


def page_links(text: str, offset: int) -> tuple[Link, ...]:
    """Every link to another page of the playbook, by the file it names."""
    found = []
    for number, line in enumerate(text.split("\n"), offset + 1):
        if "](" in line:
            found += [
                Link(plain(words), href, number)
                for words, href in LINK.findall(line)
                if target_stem(href) and "includes/" not in href
            ]
    return tuple(found)


def target_stem(href: str) -> str | None:
    """The stem of the page a link leads to, or None when it leads elsewhere."""
    match = PAGE_TARGET.match(href)
    return match.group(1).lower() if match else None


def phase_of_target(href: str) -> str | None:
    match = PHASE_PAGE.search(href)
    return vocabulary.phase_named(match.group(1)) if match else None


def phase_list(text: str) -> tuple[tuple[str, str], ...]:
    """The phases as an introduction lists them: a numbered list of links to phase pages, as (name, phase)."""
    found: list[tuple[str, str]] = []
    for line in text.split("\n"):
        if "](" not in line or not re.match(r"\s*\d+[.)]\s", line):
            continue
        for words, href in LINK.findall(line):
            phase = phase_of_target(href)
            if phase and phase not in [known for _, known in found]:
                found.append((plain(words), phase))
    return tuple(found) if len(found) >= 5 else ()


def phase_links(text: str, offset: int) -> tuple[tuple[str, str, int], ...]:
    """(page, phase, line) for every page that is linked below the name of a phase: in a heading or a list."""
    above: list[tuple[int, str]] = []
    found = []
    for number, line in enumerate(text.split("\n"), offset + 1):
        if not line.strip():
            continue
        has_link = "](" in line
        indent = len(line) - len(line.lstrip())
        if heading := re.match(r"\s{0,3}#{1,6}\s+(.*)", line):
            phase = _phase_in(heading.group(1))
            above = [(-1, phase)] if phase else []
            continue
        above = [(depth, phase) for depth, phase in above if depth < indent]
        for _words, href in LINK.findall(line) if has_link else ():
            if phase := phase_of_target(href):
                above.append((indent, phase))
            elif (stem := target_stem(href)) and above:
                found.append((stem, above[-1][1], number))
    return tuple(found)


def _phase_in(words: str) -> str | None:
    text = re.sub(r"\b(?:the|phase|phasen?|fase|fases)\b", " ", plain(words), flags=re.I)
    return vocabulary.phase_named(text)
