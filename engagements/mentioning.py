"""Colleagues named in a note as ``@ana``: which words of a text are such names. Pure."""

import re

MOST = 20  # people; a note that names more names nobody in particular
NAME = re.compile(r"(?<![\w@/.+-])@([\w][\w.@+-]*)")


def names_in(text: str) -> list[str]:
    """The user names that a text mentions, in their order, each once; whoever ends a sentence loses the stop."""
    found = (match[1].rstrip(".@+-") for match in NAME.finditer(text))
    return list(dict.fromkeys(name for name in found if name))[:MOST]


def parts(text: str) -> list[tuple[str, str]]:
    """The text in pieces, each with the user name that it mentions, or ""."""
    done, position = [], 0
    for match in NAME.finditer(text):
        name = match[1].rstrip(".@+-")
        if not name:
            continue
        end = match.start(1) + len(name)
        done += [(text[position : match.start()], ""), (text[match.start() : end], name)]
        position = end
    return [piece for piece in [*done, (text[position:], "")] if piece[0]]
