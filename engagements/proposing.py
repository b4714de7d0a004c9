"""Which lines of a step a note seems to document: proposed, never ticked by themselves. Pure.

A line and a note share words when they share stems. A word that many lines of the step use says little about one of
them, so each word counts by how few lines have it.
"""

from collections import Counter
from collections.abc import Mapping
from math import log

from engagements.stemming import tokens

ENOUGH = 0.5  # of what the words of a line weigh
FEW = 2  # words that must be shared, or all where a line has fewer
LITTLE = """a about after all also an and any are as at be been before being both but by can could did do does done each
for from get give had has have he her his how i if in into is it its make may more most must need no not of on once one
or other our out over own per same she should so some such than that the their them then there these they this those to
up use was we were what when where which who will with would yes you your etc e.g. i.e. applicable customer document
documented ensure include including note notes step task""".split()
STOP = frozenset(stem for word in LITTLE for stem in tokens(word))


def seem_documented(note: str, lines: Mapping[int, str]) -> list[int]:
    """The ids of the lines whose words the note has, in the order of the lines."""
    said = set(tokens(note))
    words = {pk: frozenset(tokens(text)) - STOP for pk, text in lines.items()}
    used = Counter(word for stems in words.values() for word in stems)

    def weight(stems: frozenset[str]) -> float:
        return sum(log(1 + len(lines) / used[word]) for word in stems)

    found = []
    for pk, stems in words.items():
        shared = stems & said
        if stems and len(shared) >= min(FEW, len(stems)) and weight(shared) >= ENOUGH * weight(stems):
            found.append(pk)
    return found
