"""Queries that pages ask again and again, written as SQL once (docs/decisions/0009).

Django writes a query anew whenever it is asked, and takes ten times as long for it as the database takes to
answer. A function marked ``@prepared`` says in Django's words what is asked:

    @prepared
    def assigned_at(tenant, customer):
        return Assignment.objects.filter(Q(tenant=tenant) | Q(customer=customer)).select_related("user")

    assigned_at(tenant=7, customer=3)  # the rows, as a list

Its body runs once, with placeholders; later calls put their values into the SQL that came of it. So it must
not decide anything by its arguments, and no argument is None, which SQL compares in another way. An argument
that is a list holds ids and stands behind ``__in``; it may be of any length, also on SQLite.
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from itertools import count
from threading import local
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, QuerySet

MOST = 2**63 - 1
MANY_IDS = "(SELECT unnest(%s::bigint[]))"


class Placeholder(Expression):
    """Stands in a query where a value will stand."""

    def __init__(self, name: str):
        super().__init__()
        self.name = name

    def as_sql(self, compiler, connection) -> tuple[str, list]:
        return "%s", [self]

    def parameter(self, value: Any, connection) -> Any:
        """The value as the database takes it. A number that no column can hold becomes one that no row has."""
        if value is None:
            raise TypeError(f"{self.name} is None, for which a prepared query cannot ask.")
        if isinstance(value, int):
            return max(-MOST - 1, min(value, MOST))
        if isinstance(value, datetime):
            return connection.ops.adapt_datetimefield_value(value)
        return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


class OneId(Placeholder):
    """Stands where a list of one id will stand: databases plan for one better than for any number."""

    def as_sql(self, compiler, connection) -> tuple[str, list]:
        return "(%s)", [self]

    def parameter(self, value: Any, connection) -> Any:
        return super().parameter(value[0], connection)


class ManyIds(Placeholder):
    """Stands where any number of ids will stand, as one value, so that the SQL is the same for all of them."""

    def as_sql(self, compiler, connection) -> tuple[str, list]:
        return MANY_IDS, [self]

    def as_sqlite(self, compiler, connection) -> tuple[str, list]:
        return "(SELECT value FROM json_each(%s))", [self]

    def parameter(self, value: Any, connection) -> Any:
        ids = list(value)
        return json.dumps(ids) if connection.vendor == "sqlite" else ids


class Statement:
    """SQL with the places where values go, for one connection and so for one thread.

    PostgreSQL keeps it for the session, because it takes longer to plan such a query than to answer it. Where
    a pool gives every transaction another session, ``DISABLE_SERVER_SIDE_CURSORS`` says so, as for Django itself.
    """

    numbers = count()

    def __init__(self, sql: str, parameters: list, connection):
        self.sql, self.parameters, self.connection = sql, parameters, connection
        self.has_sessions = connection.vendor == "postgresql" and not connection.settings_dict.get(
            "DISABLE_SERVER_SIDE_CURSORS"
        )
        self.session = None

    def read(self, values: dict[str, Any]) -> list[tuple]:
        with self.connection.cursor() as cursor:
            if self.has_sessions:
                cursor.execute(self._kept(), self._bound(values, self.places))
            else:
                cursor.execute(self.sql, self._bound(values, self.parameters))
            return cursor.fetchall()

    def _bound(self, values: dict[str, Any], parameters: list) -> list:
        return [
            one.parameter(values[one.name], self.connection) if isinstance(one, Placeholder) else one
            for one in parameters
        ]

    def _kept(self) -> str:
        """The words that ask PostgreSQL for what it keeps."""
        session = self.connection.connection
        if self.session is not session:
            self._keep(session)
            self.session = session
        return self.words

    def _keep(self, session) -> None:
        from psycopg2.extensions import AsIs

        self.places = [one for one in self.parameters if isinstance(one, Placeholder)]
        numbers, name = count(1), f"desk_{next(self.numbers)}"
        numbered = [AsIs(f"${next(numbers)}") if isinstance(one, Placeholder) else one for one in self.parameters]
        with self.connection.wrap_database_errors, session.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS ".encode() + cursor.mogrify(self.sql, numbered))
        values = f" ({', '.join(['%s'] * len(self.places))})" if self.places else ""
        self.words = f"EXECUTE {name}{values}"


class Written:
    """A queryset with its SQL."""

    def __init__(self, queryset: QuerySet, connection):
        self.queryset, self.connection = queryset, connection
        compiler = queryset.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        sql = sql.replace(f"IN {MANY_IDS}", "= ANY(%s::bigint[])")  # the same, and PostgreSQL plans it sooner
        self.statement = Statement(sql, parameters, connection)
        self.columns = [column for column, _, _ in compiler.select]
        self.converters = compiler.get_converters(self.columns)
        # From here on Django makes rows of this query as ever, but finds them read, and knows how to convert them.
        compiler.get_converters = lambda *args, **kwargs: self.converters
        compiler.execute_sql = lambda *args, **kwargs: [self.read]
        queryset.query.get_compiler = lambda *args, **kwargs: compiler

    def rows(self, read: list) -> list:
        self.read = read
        return list(self.queryset.all())

    def ask(self, values: dict[str, Any]) -> list:
        return self.rows(self.statement.read(values))


def prepared(write: Callable[..., QuerySet]) -> Callable[..., list]:
    """Makes of a function that writes a queryset one that answers its rows; arguments are given by name."""
    return wraps(write)(Asked(lambda placeholders, connection: Written(write(**placeholders), connection)))


class Asked(local):
    """What was written, in each thread, for each kind of values."""

    def __init__(self, write: Callable):
        self.write, self.written = write, {}

    def __call__(self, **values: Any) -> list:
        kinds = tuple((name, _kind(value)) for name, value in values.items())
        connection = connections[DEFAULT_DB_ALIAS]
        known = self.written.get(kinds)
        if known is None or known.connection is not connection:
            placeholders = {name: kind(name) for name, kind in kinds}
            known = self.written[kinds] = self.write(placeholders, connection)
        return known.ask(values)


def _kind(value: Any) -> type[Placeholder]:
    if not isinstance(value, list):
        return Placeholder
    return OneId if len(value) == 1 else ManyIds
