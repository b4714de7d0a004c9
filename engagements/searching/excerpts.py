"""The lines of a note around what was found, with the words marked. Pure; templates escape each piece."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engagements import stemming
from engagements.searching.query import Part

LENGTH = 320
BEFORE = 90  # characters shown before the first hit
READ = 20_000  # characters of a note that are looked through

# A link or a picture is its words; marks of headings, lists, quotes and emphasis are left out.
_LINK = re.compile(r"!?\[([^\[\]]{1,300})\]\([^()\s]{1,2000}\)")
_MARKS = re.compile(r"^[ \t]*(?:#{1,6} |[-*+] |> ?|```.*$)|\*\*|__|~~|`", re.M)


@dataclass(frozen=True)
class Piece:
    text: str
    hit: bool = False


def excerpt(text: str, wanted: Iterable[Part]) -> list[Piece]:
    """Some 300 characters: the beginning, or where most of what is wanted stands close together."""
    text = bare(text[:READ])
    spans = list(stemming.spans(text))
    hits = sorted(set(_hits(spans, tuple(wanted))))
    start, end = _window(text, hits)
    pieces, at = [Piece("… ")] if start else [], start
    for first, last in hits:
        if first < at or last > end:
            continue
        pieces += [Piece(text[at:first]), Piece(text[first:last], hit=True)]
        at = last
    return [piece for piece in [*pieces, Piece(text[at:end] + (" …" if end < len(text) else ""))] if piece.text]


def bare(text: str) -> str:
    """In one line, without the marks of Markdown."""
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", text)).split())


def _hits(spans: list[stemming.Span], wanted: tuple[Part, ...]) -> Iterator[tuple[int, int]]:
    """(start, end) of every word that is wanted; of a phrase only where its words stand side by side."""
    tokens = [span.token for span in spans]
    for part in wanted:
        marked = 0  # a phrase that overlaps itself marks each word once
        for at in _places(tokens, part):
            end = at + len(part.tokens)
            yield from ((span.start, span.end) for span in spans[max(at, marked) : end])
            marked = end


def _places(tokens: list[str], part: Part) -> Iterator[int]:
    """Where the words of a part stand side by side; each word is compared a bounded number of times (as Knuth, Morris
    and Pratt search), however often the part repeats itself."""
    wanted = part.tokens
    shorter = _shorter(wanted)
    found = 0  # words of the part that end here
    for at, token in enumerate(tokens):
        is_last = part.goes_on and found == len(wanted) - 1 and token.startswith(wanted[-1])
        if is_last:
            yield at - found
        while found and token != wanted[found]:
            found = shorter[found - 1]
        if token == wanted[found]:
            found += 1
        if found == len(wanted):
            if not is_last:
                yield at - found + 1
            found = shorter[found - 1]


def _shorter(wanted: tuple[str, ...]) -> list[int]:
    """For each beginning of a part, the longest shorter beginning that it ends with."""
    lengths, length = [0] * len(wanted), 0
    for at in range(1, len(wanted)):
        while length and wanted[at] != wanted[length]:
            length = lengths[length - 1]
        length += wanted[at] == wanted[length]
        lengths[at] = length
    return lengths


def _window(text: str, hits: list[tuple[int, int]]) -> tuple[int, int]:
    if len(text) <= LENGTH:
        return 0, len(text)
    best, first = 0, 0
    for at, (start, _) in enumerate(hits):
        inside = sum(end <= start + LENGTH - BEFORE for _, end in hits[at : at + 50])
        if inside > best:
            best, first = inside, start
    start = max(first - BEFORE, 0)
    end = min(start + LENGTH, len(text))
    return _at_a_gap(text, start, after=True), _at_a_gap(text, end, after=False)


def _at_a_gap(text: str, at: int, *, after: bool) -> int:
    """The nearest place between two words, so that none is cut; scripts without spaces are cut anywhere."""
    if at in (0, len(text)):
        return at
    gap = text.find(" ", at, at + 40) + 1 if after else text.rfind(" ", at - 40, at)
    return gap if gap > 0 else at
