"""Guidance Markdown → HTML that is safe to show (DOMAIN §5).

Links between pages become links between processes, alerts become notices, INCLUDE lines go, "(Internal
Only)" and "(Customer Ready)" become tags. Whatever a page contains, what leaves here has passed nh3: no
script, no style, no foreign image. Readers who may not see internal links get a sentence instead, and
nothing of an alert ``> [!INTERNAL]``.
"""

import re
from collections.abc import Iterator, Mapping

import nh3
from django.template.defaultfilters import linebreaks
from django.utils.safestring import SafeString, mark_safe
from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.common.normalize_url import validateLink
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from playbook.autolinks import LONGEST_LINK, with_links
from playbook.bounded_markdown import bounded_parser, is_bounded, tokens_of
from playbook.markdown_tree import TASK_BOX
from tasks.text_cache import TextCache

CACHED_BYTES = 16 * 1024 * 1024  # of HTML in each worker
LONGEST_TAG = 400  # characters of a piece of HTML within a line
MOST_MARKS = 50_000  # a process with all its steps is longer than a note, and administrators write it

INCLUDE = re.compile(r"^[ \t]*\[!INCLUDE.*$", re.IGNORECASE | re.MULTILINE)
ALERT = re.compile(r"^\s*\[!\s*(note|tip|important|warning|caution|internal)\s*\]\s*", re.IGNORECASE)
MARKED = re.compile(r"(?<!\s)\s*+\((Internal Only|Customer Ready)\)", re.IGNORECASE)
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


cache = TextCache(CACHED_BYTES)


def render(markdown: str, *, links: dict[str, str], internal: bool) -> SafeString:
    """The guidance as HTML. ``links`` maps file names of pages to addresses; ``internal`` readers see all links."""
    addresses = [part for pair in sorted(links.items()) for part in pair]
    made_from = (markdown, str(internal), *addresses)
    return mark_safe(cache.get(made_from, lambda: _render(markdown, links, internal)))  # noqa: S308 - made by _render


def _render(markdown: str, links: Mapping[str, str], internal: bool) -> SafeString:
    """The HTML; what cannot be drawn within its bound is shown as it was typed, to those who may read all of it."""
    parser = bounded_parser(html=True, breaks=False)
    parser.validateLink = _may_be_linked
    parser.inline.ruler.at("html_inline", _html_inline)
    tokens = tokens_of(parser, INCLUDE.sub("", markdown.translate(INVISIBLE)), MOST_MARKS)
    if tokens is None:
        return _unformatted(markdown, internal)
    _lower_headings(tokens)
    _without_raw_html(tokens)
    _without_task_boxes(tokens)
    tokens = list(_blocks(tokens, internal))
    addresses = {name.casefold(): address for name, address in links.items()}
    for token in tokens:
        if token.type == "inline":
            children = with_links(token.children or [], parser.normalizeLink, _may_be_linked)
            token.children = _inline(children, addresses, internal)
    html = parser.renderer.render(_without_empty(tokens), parser.options, {})
    if not is_bounded(html, markdown):
        return _unformatted(markdown, internal)
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


def _unformatted(markdown: str, internal: bool) -> SafeString:
    if internal:
        return linebreaks(markdown.translate(INVISIBLE), autoescape=True)
    return mark_safe('<p class="faint">This page has too much formatting to be shown.</p>')  # noqa: S308


def _may_be_linked(address: str) -> bool:
    return len(address) <= LONGEST_LINK and validateLink(address)


def _html_inline(state: StateInline, silent: bool) -> bool:
    """markdown-it's rule, which looks for the end of a tag or comment no further than one is long."""
    if state.src[state.pos] != "<":
        return False
    found = HTML_TAG_RE.match(state.src[state.pos : min(state.pos + LONGEST_TAG, state.posMax)])
    if not found:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = found[0]
    state.pos += len(found[0])
    return True


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


def _blocks(tokens: list[Token], internal: bool) -> Iterator[Token]:
    """``> [!NOTE]`` in any case and spacing becomes a notice that begins with its word; alerts for Microsoft staff
    go with all that stands in them, unless the reader is one of them."""
    closing = _closing(tokens)
    position = 0
    while position < len(tokens):
        token = tokens[position]
        word = _alert_word(tokens, position) if token.type == "blockquote_open" else ""
        if word == "internal" and not internal:
            position = closing[position] + 1
            continue
        yield token
        if word:
            token.tag = tokens[closing[position]].tag = "div"
            token.attrSet("class", f"alert alert-{word}")
            _strip_marker(tokens[position + 2])
            title = f'<p class="alert-title">{TITLES.get(word, word.capitalize())}</p>\n'
            yield Token("html_block", "", 0, content=title)
        position += 1


def _closing(tokens: list[Token]) -> dict[int, int]:
    """Where each quotation ends, by where it begins."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for position, token in enumerate(tokens):
        if token.type == "blockquote_open":
            opened.append(position)
        elif token.type == "blockquote_close":
            ends[opened.pop()] = position
    return ends


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
            done += _link(token, children[position + 1 : end], _behind(children, end), addresses, internal)
            position = end
        elif token.type == "text":
            done += _tagged(token.content)
        else:
            done.append(token)
        position += 1
    return done


def _link(opening: Token, inner: list[Token], behind: Token | None, addresses: dict, internal: bool) -> list[Token]:
    """One link with its mark, which stands at the end of its words or right behind it."""
    mark = _take_mark(next((t for t in reversed(inner) if _says(t)), None), MARK_AT_END)
    mark = mark or _take_mark(behind, MARK_AT_START)
    if mark == "internal only" and not internal:
        return [_html(f'<span class="faint">({WITHHELD})</span>')]
    address = _address(str(opening.attrGet("href") or ""), addresses)
    if address:
        opening.attrSet("href", address)
        inner = [opening, *inner, Token("link_close", "a", -1)]
    return [*inner, *_tag(mark)]


def _behind(children: list[Token], end: int) -> Token | None:
    """The next token with something to read in it, or the start of the next link or emphasis."""
    rest = (children[position] for position in range(end + 1, len(children)))
    return next((token for token in rest if _says(token) or token.type.endswith("_open")), None)


def _says(token: Token) -> bool:
    """Whether there is something to read: not the start or end of emphasis, nor an empty text."""
    return not token.type.endswith(("_open", "_close")) and not (token.type == "text" and not token.content)


def _take_mark(token: Token | None, pattern: re.Pattern) -> str:
    """The mark in a token, taken out of its text; "" where there is none."""
    if token is None or token.type != "text" or not (found := pattern.search(token.content)):
        return ""
    token.content = pattern.sub("", token.content)
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
