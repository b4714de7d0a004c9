"""A PostgreSQL database and a Redis database of a test's own, on the servers that the environment names.

Tests marked ``services`` run beside each other and beside pytest-django's own databases: nothing here is
shared, and nothing stays behind.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import redis
from psycopg2 import sql


@contextmanager
def own_database() -> Iterator[str]:
    """The address of a fresh PostgreSQL database; it is dropped after the block, whoever is still connected."""
    server = os.environ["DATABASE_URL"]
    name = f"desk_{uuid4().hex[:12]}"
    # Not from template1, which cannot be copied while anybody is connected to it.
    _tell(server, sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        _tell(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def own_redis() -> Iterator[str]:
    """The address of an empty Redis database that nobody else uses, so that no foreign worker answers."""
    server = urlsplit(os.environ["REDIS_URL"])
    taken = server.path.strip("/") or "0"
    for number in range(15, -1, -1):
        url = server._replace(path=f"/{number}").geturl()
        with redis.Redis.from_url(url) as client:
            if str(number) == taken or client.dbsize() or not client.setnx("claimed-by-a-test", 1):
                continue
            try:
                yield url
            finally:
                client.flushdb()
            return
    raise AssertionError("No Redis database is empty.")


def _tell(server: str, statement: sql.Composable) -> None:
    connection = psycopg2.connect(server)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
