"""What the database itself refuses beyond constraints: triggers, taken away before every ``migrate`` and put back.

SQLite drops the triggers of a table that a migration rebuilds, and refuses to rebuild one that a trigger of
another table names; so they are no part of a migration. Each module here holds one guard: the tables it needs,
and the statements that install and remove it, by database.
"""

from django.db import connections

from engagements.guards import append_only_audit, found_words, immutable_notes, l3_of_its_service

GUARDS = (append_only_audit, found_words, immutable_notes, l3_of_its_service)


def install(using: str = "default", **kwargs) -> None:
    """Makes the triggers, where the tables are there already."""
    connection = connections[using]
    there = set(connection.introspection.table_names())
    for guard in GUARDS:
        if there >= guard.TABLES:
            _run(guard.INSTALLED[connection.vendor], connection)


def remove(using: str = "default", **kwargs) -> None:
    connection = connections[using]
    for guard in GUARDS:
        _run(guard.REMOVED[connection.vendor], connection)


def _run(statements: list[str], connection) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
