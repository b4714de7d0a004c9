"""What people write in notes → HTML that is safe to show, the same for the preview and for good.

Stricter than guidance (playbook/rendering.py): HTML stays words, links lead to the web or to a mail and to nowhere
else, images become links, and whatever comes out has passed nh3. A colleague who is mentioned stands as a chip.
"""

from collections.abc import Mapping
from html import unescape

import nh3
from django.template.defaultfilters import linebreaks
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from engagements.mentioning import parts
from playbook.autolinks import LONGEST_LINK, with_links
from playbook.bounded_markdown import bounded_parser, is_bounded, marks, tokens_of
from tasks.text_cache import TextCache

LONGEST = 100_000  # characters of a note
CACHED_BYTES = 16 * 1024 * 1024  # of HTML in each worker
MOST_ON_A_PAGE = 25_000  # of what ``weight`` counts; some 25 notes of two pages each are a quarter of it
AT_A_GLANCE = 600  # characters of a note that is too long for a page of several
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
TAGS = {"p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code"}
TAGS |= {"a", "span", "strong", "em", "s", "table", "thead", "tbody", "tr", "th", "td"}
LOWER = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h6"}
BOXES = {"[ ] ": "To do: ", "[x] ": "Done: ", "[X] ": "Done: "}
UNFORMATTED = mark_safe(
    '<p class="small muted">This text is shown without formatting, because it has too much of it.</p>\n'
)

cache = TextCache(CACHED_BYTES)


def render(body: str, people: Mapping[str, str] | None = None) -> SafeString:
    """The note as HTML. ``people`` maps the user names that are mentioned to what they are called."""
    named = [part for pair in sorted((people or {}).items()) for part in pair]
    return mark_safe(cache.get((body, *named), lambda: _render(body, people or {})))  # noqa: S308 - made by _render


def render_once(body: str, people: Mapping[str, str] | None = None) -> SafeString:
    """As ``render``, for what nobody asks for again, such as a preview: it is not kept."""
    return _render(body, people or {})


def plain(body: str) -> str:
    """The words without the marks of Markdown, for a line or two of the note elsewhere."""
    return " ".join(unescape(nh3.clean(_render(body, {}), tags=set())).split())


def plain_paragraphs(body: str) -> SafeString:
    """The note as it was typed, in paragraphs; costs next to nothing, however the text is made."""
    return linebreaks(body.translate(INVISIBLE), autoescape=True)


def beginning(body: str) -> SafeString:
    """The first lines of a long note as they were typed."""
    start = body[:AT_A_GLANCE].translate(INVISIBLE)
    start = start.rpartition(" ")[0] or start
    return linebreaks(f"{start.rstrip()} …", autoescape=True)


def weight(body: str) -> int:
    """What drawing a note costs, in marks of Markdown."""
    return marks(body) + len(body) // 20


class Allowance:
    """What a page of several notes may cost: it is spent note by note, so that no engagement's notes are too many."""

    def __init__(self, most: int = MOST_ON_A_PAGE):
        self.left = most

    def covers(self, body: str) -> bool:
        """Whether this note can still be drawn with its formatting; if so, that is spent."""
        cost = weight(body)
        if cost > self.left:
            return False
        self.left -= cost
        return True


def _parser() -> MarkdownIt:
    parser = bounded_parser(html=False, breaks=True)
    parser.validateLink = _may_be_linked
    return parser


def _may_be_linked(address: str) -> bool:
    return len(address) <= LONGEST_LINK and address.strip().lower().startswith(("http://", "https://", "mailto:"))


def _render(body: str, called: Mapping[str, str]) -> SafeString:
    """The HTML of a note; a text that cannot be drawn within its bound is shown as it was typed."""
    parser = _parser()
    tokens = tokens_of(parser, body.translate(INVISIBLE))
    if tokens is None:
        return UNFORMATTED + plain_paragraphs(body)
    for position, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = LOWER.get(token.tag, token.tag)
        elif token.type == "inline":
            children = with_links(token.children or [], parser.normalizeLink, _may_be_linked)
            token.children = _inline(children, called)
            if position > 1 and tokens[position - 2].type == "list_item_open":
                _box(token.children)
    html = parser.renderer.render(tokens, parser.options, {})
    if not is_bounded(html, body):
        return UNFORMATTED + plain_paragraphs(body)
    return mark_safe(  # noqa: S308 - nh3 has just cleaned it
        nh3.clean(
            html,
            tags=TAGS,
            clean_content_tags={"script", "style"},
            attributes={"a": {"href"}, "ol": {"start"}, "*": set()},
            allowed_classes={"span": {"mention", "box"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
    )


def _inline(children: list[Token], called: Mapping[str, str]) -> list[Token]:
    """Images as links, and people as chips; what is a link or code already names nobody."""
    done: list[Token] = []
    in_link = False
    for token in children:
        if token.type in ("link_open", "link_close"):
            in_link = token.type == "link_open"
        if token.type == "image":
            done += _image(token, in_link)
        elif token.type == "text" and called and not in_link:
            done += _named(token.content, called)
        else:
            done.append(token)
    return done


def _image(token: Token, in_link: bool) -> list[Token]:
    """Nothing is fetched from other hosts by reading a note: the picture is a link with its words."""
    source = str(token.attrGet("src") or "")
    words = _text(token.content or source)
    if in_link or not _may_be_linked(source):
        return [words]
    opening = Token("link_open", "a", 1, attrs={"href": source})
    return [opening, words, Token("link_close", "a", -1)]


def _named(text: str, called: Mapping[str, str]) -> list[Token]:
    found = []
    for piece, name in parts(text):
        if name in called:
            opening = Token("mention_open", "span", 1, attrs={"class": "mention"})
            found += [opening, _text(f"@{called[name]}"), Token("mention_close", "span", -1)]
        else:
            found.append(_text(piece))
    return found


def _box(children: list[Token]) -> None:
    """``- [ ] send the deck`` says in words whether it is done: a box that cannot be ticked only looks like one."""
    if children and children[0].type == "text":
        for mark, words in BOXES.items():
            if children[0].content.startswith(mark):
                children[0].content = children[0].content.removeprefix(mark)
                opening = Token("box_open", "span", 1, attrs={"class": "box"})
                children[:0] = [opening, _text(words), Token("box_close", "span", -1)]
                return


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
