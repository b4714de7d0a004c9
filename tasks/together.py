"""Several prepared queries as one statement: a database on a server is asked once instead of ten times.

Each query becomes a column of the only row of the answer: its rows as JSON, of which Django makes rows as
it would of those of a cursor. They come in the order that each query asks for.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tasks.prepared import Asked, Statement, Written

ROWS_AND_ROW = {"sqlite": ("json_group_array", "json_array"), "postgresql": ("json_agg", "json_build_array")}
# PostgreSQL's driver makes these values of what stands in JSON as text.
FROM_TEXT = {
    "DateField": date.fromisoformat,
    "DateTimeField": datetime.fromisoformat,
    "DecimalField": Decimal,
    "TimeField": time.fromisoformat,
    "UUIDField": UUID,
}
AS_TEXT = {"DecimalField", "JSONField"}
# SQLite writes numbers with a point to fifteen digits.
NOT_JSON = {"BinaryField", "DurationField", "FloatField"}


def together(*writes: Callable[..., QuerySet]) -> Callable[..., list[list]]:
    """Makes of functions with the same arguments one that answers the rows of each, as ``prepared`` does of one."""
    return Asked(lambda placeholders, connection: Together([write(**placeholders) for write in writes], connection))


class Together:
    def __init__(self, querysets: list[QuerySet], connection):
        self.connection = connection
        self.parts = [Written(queryset, connection) for queryset in querysets]
        rows, row = ROWS_AND_ROW[connection.vendor]
        queries, answers, parameters = [], [], []
        for number, part in enumerate(self.parts):
            names = [f"c{at}" for at in range(len(part.columns))]
            queries.append(f"r{number} ({', '.join(names)}) AS ({part.statement.sql})")
            values = ", ".join(_value(part, at, connection) for at in range(len(part.columns)))
            answers.append(f"(SELECT CAST({rows}({row}({values})) AS text) FROM r{number})")  # noqa: S608 - of our own names
            parameters += part.statement.parameters
        self.statement = Statement(f"WITH {', '.join(queries)} SELECT {', '.join(answers)}", parameters, connection)

    def ask(self, values: dict[str, Any]) -> list[list]:
        [answers] = self.statement.read(values)
        return [part.rows(json.loads(answer or "[]")) for part, answer in zip(self.parts, answers, strict=True)]


def _value(part: Written, at: int, connection) -> str:
    """How a column goes into JSON; where it is not the same that comes out, the query learns to convert it."""
    column = part.columns[at]
    kind = column.output_field.get_internal_type()
    if kind in NOT_JSON:
        raise TypeError(f"A {kind} cannot be asked for together with other queries: JSON has no such value.")
    if connection.vendor != "postgresql":
        return f"c{at}"  # what SQLite keeps is what JSON has, and Django converts it already
    if kind in FROM_TEXT:
        convert, others = FROM_TEXT[kind], part.converters.get(at, ([],))[0]
        part.converters[at] = ([lambda value, *_: None if value is None else convert(value), *others], column)
    return f"c{at}::text" if kind in AS_TEXT else f"c{at}"
