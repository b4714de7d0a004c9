"""Addresses that people write as plain words, found in one pass over the text. Pure.

In place of the ``linkify`` of markdown-it, whose search takes a time that grows with the square of the text.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from markdown_it.token import Token

LONGEST_LINK = 2_000  # characters
_BEGINS = re.compile(
    r"(?<![\w.+-])(?:https?://|(?P<mail>[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}+))", re.IGNORECASE
)
_ENDS = re.compile(r'[\s<>"]')
_TRAILING = ".,:;!?*_~'\"’”»…"
_OPENING = {")": "(", "]": "["}


class Address(NamedTuple):
    """Where an address stands in a text, and what it leads to."""

    start: int
    end: int
    href: str


def addresses(text: str) -> Iterator[Address]:
    """The web and mail addresses of a text in their order, without the punctuation behind them."""
    at = 0
    while found := _BEGINS.search(text, at):
        if mail := found["mail"]:
            mail = mail.rstrip(".-")
            at = found.end()
            yield Address(found.start(), found.start() + len(mail), f"mailto:{mail}")
            continue
        end = _ENDS.search(text, found.end())
        at = end.start() if end else len(text)
        if at - found.start() > LONGEST_LINK:
            continue
        address = _without_trailing(text[found.start() : at])
        if len(address) > len(found[0]):
            yield Address(found.start(), found.start() + len(address), address)


def with_links(children: list[Token], normalized: Callable[[str], str], allowed: Callable[[str], bool]) -> list[Token]:
    """The tokens of a line with links around its addresses; what is a link or code already stays as it is."""
    done: list[Token] = []
    is_in_link = False
    for token in children:
        if token.type in ("link_open", "link_close"):
            is_in_link = token.type == "link_open"
        if token.type == "text" and not is_in_link:
            done += _linked(token, normalized, allowed)
        else:
            done.append(token)
    return done


def _linked(token: Token, normalized: Callable[[str], str], allowed: Callable[[str], bool]) -> list[Token]:
    text, at, done = token.content, 0, []
    for start, end, address in addresses(text):
        href = normalized(address)
        if not allowed(href):
            continue
        if start > at:
            done.append(Token("text", "", 0, content=text[at:start]))
        done.append(Token("link_open", "a", 1, attrs={"href": href}))
        done.append(Token("text", "", 0, content=text[start:end]))
        done.append(Token("link_close", "a", -1))
        at = end
    if not at:
        return [token]
    return [*done, Token("text", "", 0, content=text[at:])] if at < len(text) else done


def _without_trailing(address: str) -> str:
    """Without the marks that end a sentence, and without brackets that were opened before the address."""
    left = {bracket: address.count(bracket) for bracket in "()[]"}
    end = len(address)
    while end:
        last = address[end - 1]
        if last in _OPENING and left[last] > left[_OPENING[last]]:
            left[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return address[:end]
