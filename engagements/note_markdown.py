"""What people write in notes → HTML that is safe to show, the same for the preview and for good.

Stricter than guidance (playbook/rendering.py): HTML stays words, links lead to the web or to a mail and to nowhere
else, images become links, and whatever comes out has passed nh3. A colleague who is mentioned stands as a chip.
"""

from collections.abc import Mapping
from functools import lru_cache
from html import unescape

import nh3
from django.template.defaultfilters import linebreaks
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from engagements.mentioning import parts

LONGEST_LINK = 2_000
MOST_MARKS = 4_000  # more brackets and stars than somebody writes; taking them apart would keep the reader waiting
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
TAGS = {"p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code"}
TAGS |= {"a", "span", "strong", "em", "s", "table", "thead", "tbody", "tr", "th", "td"}
LOWER = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h6"}
BOXES = {"[ ] ": "To do: ", "[x] ": "Done: ", "[X] ": "Done: "}


def render(body: str, people: Mapping[str, str] | None = None) -> SafeString:
    """The note as HTML. ``people`` maps the user names that are mentioned to what they are called."""
    return _render(body, frozenset((people or {}).items()))


def plain(body: str) -> str:
    """The words without the marks of Markdown, for a line or two of the note elsewhere."""
    return " ".join(unescape(nh3.clean(_render(body, frozenset()), tags=set())).split())


def _parser() -> MarkdownIt:
    rules = {"html": False, "linkify": True, "breaks": True, "maxNesting": 20}
    parser = MarkdownIt("commonmark", rules).enable(["table", "strikethrough", "linkify"])
    parser.linkify.set({"fuzzy_email": True, "fuzzy_link": False, "fuzzy_ip": False})
    parser.validateLink = _may_be_linked
    return parser


def _may_be_linked(address: str) -> bool:
    return len(address) <= LONGEST_LINK and address.strip().lower().startswith(("http://", "https://", "mailto:"))


@lru_cache(maxsize=1024)
def _render(body: str, people: frozenset[tuple[str, str]]) -> SafeString:
    if sum(map(body.count, "[*_")) > MOST_MARKS:
        return linebreaks(body, autoescape=True)
    parser, called = _parser(), dict(people)
    tokens = parser.parse(body.translate(INVISIBLE))
    for position, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = LOWER.get(token.tag, token.tag)
        elif token.type == "inline":
            token.children = _inline(token.children or [], called)
            if position > 1 and tokens[position - 2].type == "list_item_open":
                _box(token.children)
    html = parser.renderer.render(tokens, parser.options, {})
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


def _inline(children: list[Token], called: dict[str, str]) -> list[Token]:
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


def _named(text: str, called: dict[str, str]) -> list[Token]:
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
