"""What counts as the same word, when a note is written and when it is looked for: the one place that decides.

A text becomes tokens of ``a-z0-9`` alone, so that the full-text index of either database has nothing left to decide:
- Case and accents do not count (``tasks/folding.py``): "Ärzte" is "arzte".
- A word becomes its stem by the English rules, whatever its language: "migrating" and "migrations" are "migrat". Notes
  are mostly English and say nowhere in which language they are; the English rules take off endings that other
  languages share, and do the same to what is written and to what is looked for.
- Verbs that English bends in the middle are their base: "sent" is "send". A word with a digit in it stays whole.
- Chinese, Japanese and Korean are not split into words by spaces, so each character is a token, and a word a phrase.
- A letter that has no Latin form is written by its number: "да" is "u0434u0430".
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from Stemmer import Stemmer

from tasks.folding import fold_once

LONGEST = 60  # characters of a token; what is longer is no word that somebody types
_local = threading.local()  # a stemmer serves one thread at a time

# A letter or digit, and what follows it of letters, digits and their accents.
_WORD = re.compile("[^\\W_](?:[^\\W_]|[\u0300-\u036f])*")
_POSSESSIVE = re.compile("(?<=\\w)['\u2019][sS](?!\\w)")
# Ideographs, kana and Hangul, whose words stand side by side.
_SPACELESS = "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff"
_SPACELESS += "\U00020000-\U0003ffff"
_PIECE = re.compile(f"[{_SPACELESS}]|(?:(?![{_SPACELESS}])[^\\W_])+")

_BENT = {
    "be": "am are been is was were",
    "become": "became",
    "begin": "began begun",
    "break": "broke broken",
    "bring": "brought",
    "build": "built",
    "buy": "bought",
    "choose": "chose chosen",
    "come": "came",
    "deal": "dealt",
    "do": "did done does",
    "draw": "drawn drew",
    "drive": "driven drove",
    "fall": "fallen fell",
    "find": "found",
    "forget": "forgot forgotten",
    "freeze": "froze frozen",
    "get": "got gotten",
    "give": "gave given",
    "go": "goes gone went",
    "grow": "grew grown",
    "have": "had has",
    "hear": "heard",
    "hide": "hid hidden",
    "hold": "held",
    "keep": "kept",
    "know": "knew known",
    "lead": "led",
    "learn": "learnt",
    "lose": "lost",
    "make": "made",
    "mean": "meant",
    "meet": "met",
    "pay": "paid",
    "person": "people",
    "rise": "risen rose",
    "run": "ran",
    "say": "said",
    "see": "saw seen",
    "sell": "sold",
    "send": "sent",
    "show": "shown",
    "speak": "spoke spoken",
    "spend": "spent",
    "stand": "stood",
    "take": "taken took",
    "teach": "taught",
    "tell": "told",
    "think": "thought",
    "understand": "understood",
    "win": "won",
    "withdraw": "withdrawn withdrew",
    "write": "written wrote",
}
_BASE = {bent: base for base, several in _BENT.items() for bent in several.split()}


class Span(NamedTuple):
    """Where a word stands in a text, and its token."""

    start: int
    end: int
    token: str


def tokens(text: str) -> list[str]:
    """``tokens("Sent the customer's plans, #983") == ["send", "the", "custom", "plan", "983"]``."""
    return [span.token for span in spans(text)]


def spans(text: str) -> Iterator[Span]:
    """The tokens of a text in their order, each with the place of the word that it was made from."""
    text = _POSSESSIVE.sub(lambda found: " " * len(found[0]), text)
    for found in _WORD.finditer(text):
        pieces = _pieces(found[0])
        # Where a word is written without accents and has one letter per token, each keeps its own place.
        if len(pieces) == len(found[0]):
            yield from (Span(found.start() + at, found.start() + at + 1, piece) for at, piece in enumerate(pieces))
        else:
            yield from (Span(found.start(), found.end(), piece) for piece in pieces)


def prefix(text: str) -> list[str]:
    """As ``tokens``, for a text whose last word goes on: the end of that one is left as it is, or off."""
    words = list(_WORD.finditer(text))
    if not words:
        return []
    last = _PIECE.findall(_folded(words[-1][0]))
    before = tokens(text[: words[-1].start()])
    begun, stem = _ascii(last[-1]), _token(last[-1])
    return before + [_token(piece) for piece in last[:-1]] + [stem if begun.startswith(stem) else begun]


def _pieces(word: str) -> tuple[str, ...]:
    return _kept_pieces(word) if len(word) <= LONGEST else _new_pieces(word)


def _new_pieces(word: str) -> tuple[str, ...]:
    return tuple(_token(piece) for piece in _PIECE.findall(_folded(word)))


_kept_pieces = lru_cache(maxsize=32_768)(_new_pieces)  # of words no longer than LONGEST, which bounds what is kept


def _folded(word: str) -> str:
    """Put together again, because Hangul falls apart where accents are taken off."""
    return unicodedata.normalize("NFC", fold_once(word)).casefold()


def _token(piece: str) -> str:
    if piece.isascii() and piece.isalpha():
        return _stem(_BASE.get(piece, piece))[:LONGEST]
    return _ascii(piece)


def _stem(word: str) -> str:
    if not hasattr(_local, "stemmer"):
        _local.stemmer = Stemmer("english", 0)
    return _local.stemmer.stemWord(word)


def _ascii(piece: str) -> str:
    """Letters that are not Latin by their numbers; digits of other scripts are digits."""
    return "".join(_letter(one) for one in piece)[:LONGEST]


def _letter(one: str) -> str:
    if one.isascii():
        return one
    digit = unicodedata.decimal(one, None)
    return f"u{ord(one):04x}" if digit is None else str(digit)
