"""Asks the full-text index: the one place that knows what PostgreSQL and SQLite call it (``guards/found_words.py``).

Phrases are compared with the stored words on PostgreSQL, whose index forgets places in long texts.
How well a note fits is worked out from the stored words too, so that both databases put notes in the same order.
"""

from functools import reduce
from operator import add

from django.db.models import BooleanField, F, FloatField, Func, Q, QuerySet, Value
from django.db.models.functions import Cast, Length, Replace

from engagements.guards.found_words import FTS
from engagements.searching.query import Asked, Part

# As in BM25: another mention counts less than the one before, and more in a short note than in a long one.
SATURATION, BY_LENGTH, USUAL_LENGTH = 1.2, 0.75, 600


class Holds(Func):
    """Whether a row of words holds each of some parts."""

    output_field = BooleanField()

    def __init__(self, words, parts: tuple[Part, ...]):
        super().__init__(words)
        self.parts = parts

    def as_sqlite(self, compiler, connection, **context) -> tuple[str, list]:
        table = compiler.quote_name_unless_alias(self.source_expressions[0].alias)
        wanted = " AND ".join(f'"{" ".join(part.tokens)}"{" *" if part.goes_on else ""}' for part in self.parts)
        return f"{table}.note_id IN (SELECT rowid FROM {FTS} WHERE {FTS} MATCH %s)", [wanted]  # noqa: S608

    def as_postgresql(self, compiler, connection, **context) -> tuple[str, list]:
        table = compiler.quote_name_unless_alias(self.source_expressions[0].alias)
        wanted = " & ".join(_all_of(part) for part in self.parts)
        phrases = [f"%{_stored(part)}%" for part in self.parts if len(part.tokens) > 1]
        like = f" AND {table}.words LIKE %s" * len(phrases)
        return f"({table}.found_by @@ %s::tsquery{like})", [wanted, *phrases]


def holding(rows: QuerySet, asked: Asked) -> QuerySet:
    """Those rows of words that hold all that is wanted and nothing that is not."""
    if asked.refusal:
        return rows.none()
    if asked.wanted:
        rows = rows.filter(Holds(F("words"), asked.wanted))
    for part in asked.unwanted:
        rows = rows.filter(~Q(Holds(F("words"), (part,))))
    return rows


def fit(asked: Asked) -> Cast:
    """How well a row of words fits what is wanted; more is better."""
    length = Cast(Length("words"), FloatField())
    weight = (length * _number(BY_LENGTH / USUAL_LENGTH) + _number(1 - BY_LENGTH)) * _number(SATURATION)
    scores = []
    for part in asked.wanted:
        stored = _stored(part)
        without = Length(Replace(F("words"), Value(stored), Value("")))
        times = Cast(Length("words") - without, FloatField()) / _number(len(stored))
        scores.append(times / (times + weight))
    return reduce(add, scores)


def _number(value: float) -> Cast:
    return Cast(Value(value), FloatField())


def _stored(part: Part) -> str:
    """The part as it stands among the stored words, each of which has a space on both sides."""
    return f" {' '.join(part.tokens)}{'' if part.goes_on else ' '}"


def _all_of(part: Part) -> str:
    *before, last = part.tokens
    return " & ".join([*before, f"{last}:*" if part.goes_on else last])
