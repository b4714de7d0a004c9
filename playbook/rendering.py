"""Guidance Markdown → HTML that is safe to show (DOMAIN §5).

Links between pages become links between processes, alerts become notices, INCLUDE lines go, "(Internal
Only)" and "(Customer Ready)" become tags. Whatever a page contains, what leaves here has passed nh3: no
script, no style, no foreign image. Readers who may not see internal links get a sentence instead, and
nothing of an alert ``> [!INTERNAL]``.
"""

import re
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from playbook.markdown_tree import TASK_BOX

INCLUDE = re.compile(r"^[ \t]*\[!INCLUDE.*$", re.IGNORECASE | re.MULTILINE)
ALERT = re.compile(r"^\s*\[!\s*(note|tip|important|warning|caution|internal)\s*\]\s*", re.IGNORECASE)
MARKED = re.compile(r"\s*\((Internal Only|Customer Ready)\)", re.IGNORECASE)
MARK_AT_START = re.compile(rf"^{MARKED.pattern}", re.IGNORECASE)
MARK_AT_END = re.compile(rf"{MARKED.pattern}\s*$", re.IGNORECASE)
TITLES = {"internal": "For Microsoft staff"}
WORDS = {"internal only": "Internal only", "customer ready": "Customer ready"}
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
WITHHELD = "a link for Microsoft staff"

TAGS = {"p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "div", "pre", "code"}
TAGS |= {"a", "span", "strong", "em", "s", "del", "table", "thead", "tbody", "tr", "th", "td"}
CLASSES = {
    "div": {"alert", *(f"alert-{kind}" for kind in "note tip important warning caution internal".split())},
    "p": {"alert-title"},
    "span": {"tag", "faint"},
}


def render(markdown: str, *, links: dict[str, str], internal: bool) -> SafeString:
    """The guidance as HTML. ``links`` maps file names of pages to addresses; ``internal`` readers see all links."""
    return _render(markdown, frozenset(links.items()), internal)


@lru_cache(maxsize=1024)
def _render(markdown: str, links: frozenset[tuple[str, str]], internal: bool) -> SafeString:
    parser = MarkdownIt("gfm-like")
    tokens = parser.parse(INCLUDE.sub("", markdown.translate(INVISIBLE)))
    if not internal:
        _without_internal(tokens)
    addresses = {name.casefold(): address for name, address in links}
    _lower_headings(tokens)
    _without_raw_html(tokens)
    _without_task_boxes(tokens)
    for position, token in enumerate(tokens):
        if token.type == "blockquote_open":
            _alert(tokens, position)
        if token.type == "inline":
            token.children = _inline(token.children or [], addresses, internal)
    html = parser.renderer.render(_without_empty(tokens), parser.options, {})
    return mark_safe(  # noqa: S308 - nh3 has just cleaned it
        nh3.clean(
            html,
            tags=TAGS,
            clean_content_tags={"script", "style"},
            attributes={"a": {"href"}, "*": set()},
            allowed_classes=CLASSES,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer",
        )
    )


# Blocks -----------------------------------------------------------------------------------------------


def _lower_headings(tokens: list[Token]) -> None:
    """The page's own title is the only first heading."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close") and token.tag == "h1":
            token.tag = "h2"


def _without_raw_html(tokens: list[Token]) -> None:
    """Of HTML within a page only its words and line breaks stay: its links would pass by the rules below."""
    for token in tokens:
        if token.type == "html_block":
            token.content = nh3.clean(token.content, tags=set(), clean_content_tags={"script", "style"})
        token.children = [c for c in token.children or [] if c.type != "html_inline" or BREAK.fullmatch(c.content)]


def _without_task_boxes(tokens: list[Token]) -> None:
    """GitHub's task boxes are no words: what is done is recorded in the engagement, not on the page."""
    for item, _paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        first = (inline.children or [None])[0] if item.type == "list_item_open" else None
        if first is not None and first.type == "text" and (box := TASK_BOX.match(first.content)):
            first.content = first.content[box.end() :]


def _alert_word(tokens: list[Token], start: int) -> str:
    """The word of the alert that a quotation is, such as "note"; "" for a plain one."""
    inline = tokens[start + 2] if len(tokens) > start + 2 else None
    found = ALERT.match(inline.content) if inline is not None and inline.type == "inline" else None
    return found[1].lower() if found else ""


def _without_internal(tokens: list[Token]) -> None:
    """Takes alerts for Microsoft staff out, with all that stands in them."""
    for start in reversed(range(len(tokens))):
        if tokens[start].type == "blockquote_open" and _alert_word(tokens, start) == "internal":
            del tokens[start : tokens.index(_closing(tokens, start), start) + 1]


def _alert(tokens: list[Token], start: int) -> None:
    """``> [!NOTE]`` in any case and spacing becomes a notice that begins with its word."""
    word = _alert_word(tokens, start)
    if not word:
        return
    inline = tokens[start + 2]
    tokens[start].tag = _closing(tokens, start).tag = "div"
    tokens[start].attrSet("class", f"alert alert-{word}")
    _strip_marker(inline)
    title = Token("html_block", "", 0, content=f'<p class="alert-title">{TITLES.get(word, word.capitalize())}</p>\n')
    tokens.insert(start + 1, title)


def _closing(tokens: list[Token], start: int) -> Token:
    level = tokens[start].level
    return next(t for t in tokens[start:] if t.type == "blockquote_close" and t.level == level)


def _strip_marker(inline: Token) -> None:
    """Takes ``[!NOTE]`` and the line break after it out of the paragraph."""
    children = inline.children or []
    text = "".join(child.content for child in children[:1])
    rest = ALERT.sub("", text)
    children[:1] = [_text(rest)] if rest else []
    if children and children[0].type in ("softbreak", "hardbreak"):
        del children[0]
    inline.children, inline.content = children, ALERT.sub("", inline.content)


def _without_empty(tokens: list[Token]) -> list[Token]:
    """Paragraphs that lost all their text leave nothing behind."""
    kept: list[Token] = []
    for token in tokens:
        if token.type == "paragraph_close" and kept[-1].type == "inline" and not kept[-1].children:
            del kept[-2:]
        else:
            kept.append(token)
    return kept


# Lines ------------------------------------------------------------------------------------------------


def _inline(children: list[Token], addresses: dict[str, str], internal: bool) -> list[Token]:
    """Resolves links, drops images, turns marks into tags."""
    children = [_text(token.content) if token.type == "image" else token for token in children]
    done: list[Token] = []
    position = 0
    while position < len(children):
        token = children[position]
        if token.type == "link_open":
            end = next(i for i in range(position, len(children)) if children[i].type == "link_close")
            done += _link(token, children[position + 1 : end], children[end + 1 :], addresses, internal)
            position = end
        elif token.type == "text":
            done += _tagged(token.content)
        else:
            done.append(token)
        position += 1
    return done


def _link(opening: Token, inner: list[Token], rest: list[Token], addresses: dict, internal: bool) -> list[Token]:
    """One link with its mark, which stands at the end of its words or right behind it."""
    mark = _take_mark([t for t in reversed(inner) if _says(t)], MARK_AT_END)
    mark = mark or _take_mark([t for t in rest if _says(t) or t.type.endswith("_open")], MARK_AT_START)
    if mark == "internal only" and not internal:
        return [_html(f'<span class="faint">({WITHHELD})</span>')]
    address = _address(str(opening.attrGet("href") or ""), addresses)
    if address:
        opening.attrSet("href", address)
        inner = [opening, *inner, Token("link_close", "a", -1)]
    return [*inner, *_tag(mark)]


def _says(token: Token) -> bool:
    """Whether there is something to read: not the start or end of emphasis, nor an empty text."""
    return not token.type.endswith(("_open", "_close")) and not (token.type == "text" and not token.content)


def _take_mark(tokens: list[Token], pattern: re.Pattern) -> str:
    """The mark in the first of the tokens, taken out of its text; "" where there is none."""
    if not tokens or tokens[0].type != "text" or not (found := pattern.search(tokens[0].content)):
        return ""
    tokens[0].content = pattern.sub("", tokens[0].content)
    return found[1].lower()


def _address(href: str, addresses: dict[str, str]) -> str:
    """Where a link leads here: outside, to a mail, to a page of this edition, or nowhere ("")."""
    if re.match(r"(?i)(https?:|mailto:)", href):
        return href
    name = href.partition("#")[0].partition("?")[0].rpartition("/")[2]
    return addresses.get(name.casefold(), "") if name else ""


def _tagged(text: str) -> list[Token]:
    """Text in which marks stand as tags."""
    done, position = [], 0
    for found in MARKED.finditer(text):
        done += [_text(text[position : found.start()]), *_tag(found[1].lower())]
        position = found.end()
    return [*done, _text(text[position:])]


def _tag(mark: str) -> list[Token]:
    return [_html(f' <span class="tag">{WORDS[mark]}</span>')] if mark else []


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _html(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)
