"""Reads what somebody looks for: words, "phrases", -excluded words, and beginnings* of words. Pure."""

import re
from dataclasses import dataclass

from engagements import stemming

LONGEST = 500  # characters
MOST = 20  # parts
SHORTEST_BEGINNING = 3  # letters before a star

# A minus takes out what follows it, where it begins a part; a quote that is never closed goes on to the end.
_PART = re.compile(r'(?P<out>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'))


@dataclass(frozen=True)
class Part:
    """Tokens that stand side by side; with ``goes_on``, the last one is the beginning of a word."""

    tokens: tuple[str, ...]
    goes_on: bool = False


@dataclass(frozen=True)
class Asked:
    """What must be in a note and what must not; ``refusal`` says why nothing is found, ``hint`` what was ignored."""

    text: str = ""
    wanted: tuple[Part, ...] = ()
    unwanted: tuple[Part, ...] = ()
    refusal: str = ""
    hint: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.wanted or self.unwanted or self.refusal)


def read(text: str) -> Asked:
    """Never fails: what cannot be looked for is refused with a sentence that says why."""
    text = " ".join(text.replace("\x00", " ").split())
    if not text:
        return Asked()
    if len(text) > LONGEST:
        return Asked(
            text[:LONGEST],
            refusal=f"That is {len(text):,} characters long; look for at most {LONGEST}. A few words find a note.",
        )
    wanted, unwanted, hint = [], [], ""
    for found in _PART.finditer(text.translate(_QUOTES)):
        part, said = _part(found["phrase"], found["word"])
        hint = hint or said
        if part.tokens:
            (unwanted if found["out"] else wanted).append(part)
    wanted, unwanted = tuple(dict.fromkeys(wanted)), tuple(dict.fromkeys(unwanted))
    if len(wanted) + len(unwanted) > MOST:
        return Asked(text, refusal=f"Those are {len(wanted) + len(unwanted)} words; look for at most {MOST} at once.")
    if not wanted and not unwanted:
        return Asked(text, refusal="There is no word in that; look for letters or numbers.")
    return Asked(text, wanted, unwanted, hint=hint)


def _part(phrase: str | None, word: str | None) -> tuple[Part, str]:
    if word is None:
        return Part(tuple(stemming.tokens(phrase or ""))), ""
    if not word.endswith("*"):
        return Part(tuple(stemming.tokens(word))), ""
    begun = tuple(stemming.prefix(word.rstrip("*")))
    if begun and len(begun[-1]) >= SHORTEST_BEGINNING:
        return Part(begun, goes_on=True), ""
    hint = f"At least {SHORTEST_BEGINNING} letters go before a star; “{word.rstrip('*')}” is taken as a whole word."
    return Part(tuple(stemming.tokens(word))), hint if begun else ""
