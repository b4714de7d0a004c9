"""Refuses SQL that goes round the locks of ``engagements/services/locking.py``; on in every test.

What belongs to a customer, tenant or engagement is written only within a write, after its first lock; and what a write
reads before that lock is ids, which say what to lock. Rows that tests and factories make by themselves are theirs.
"""

import re
import sys
from contextlib import contextmanager

from django.apps import apps
from django.db import connections
from django.db.backends.signals import connection_created

from engagements.services.locking import held

# Tables of engagements/ that hang on no customer: why each needs no lock of one.
FREE = {
    "AuditEntry": "the audit log, which is only added to",
    "User": "a person, who is locked by their own row",
    "User_groups": "of a person",
    "User_user_permissions": "of a person",
    "CalendarFeed": "of a person",
    "Morning": "of a person",
    "ReminderChoice": "of a person",
    "NoteDraft": "of a person, under the lock of their row",
    "Mention": "of a person, who marks it as seen in one statement",
    "BulkChange": "of a person, locked by its own row",
    "ImportBatch": "of a person, locked by its own row",
    "ImportRow": "of an upload, under the lock of its row",
    "Reminder": "the ledger: unique per promise, claimed with a lease",
    "Digest": "the ledger",
    "Sweep": "the ledger",
    "Tag": "the catalogue; what carries a tag is guarded",
    "CadenceRule": "the catalogue",
    "CadenceRule_motions": "the catalogue",
    "CadenceInterval": "the catalogue",
    "AgendaItem": "the catalogue",
    "NoteGuide": "the catalogue",
    "NoteGuide_roles": "the catalogue",
    "NoteTemplate": "the catalogue",
    "ReferralTemplate": "the catalogue",
}
OURS = ("engagements.", "django.contrib.admin")
# Make rows of their own, for a test or for a demo that begins with an empty database.
MAKERS = ("tests.factories", "engagements.demo", "engagements.management.commands.seed_demo", "engagements.migrations")
# Parts of services, for use under a lock, with which tests make rows of their own.
FOR_TESTS = {
    ("engagements.services.events", "record"),
    ("engagements.services.entitlements", "enter_seats"),
    ("engagements.services.note_words", "follow"),
}

_WRITES = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"(\w+)"', re.IGNORECASE)
_READS = re.compile(r"\s*SELECT (?:DISTINCT )?(.*?) FROM \"(\w+)\"", re.IGNORECASE | re.DOTALL)
_ID = re.compile(r'(?:"\w+"\.)?"(?:id|\w+_id)"(?: AS "\w+")?|1 AS "a"|COUNT\(\*\) AS "\w+"', re.IGNORECASE)


class GoesRoundTheLock(AssertionError):
    """Something is written, or read to be judged by, before or without a lock."""


def guarded() -> dict[str, str]:
    """Table → model, of everything that hangs on a customer."""
    models = apps.get_app_config("engagements").get_models(include_auto_created=True)
    named = {model._meta.db_table: model.__name__ for model in models}
    return {table: name for table, name in named.items() if name not in FREE and not name.startswith("Historical")}


_tables: dict[str, str] = {}
_log: list[str] | None = None


@contextmanager
def recorded():
    """What is done meanwhile to guarded tables, in order, as "write Event" or "read Tenant"."""
    global _log
    _log = []
    try:
        yield _log
    finally:
        _log = None


def guard(execute, sql, params, many, context):
    _check(sql)
    return execute(sql, params, many, context)


def _check(sql: str) -> None:
    holding = held()
    if written := _WRITES.match(sql):
        model = _guarded(written[1])
        if model and holding is None and _is_ours():
            raise GoesRoundTheLock(f"{model} is written outside of a write: mark the service with @write. {sql[:200]}")
        if model and holding is not None and not holding.has_locked:
            raise GoesRoundTheLock(f"{model} is written before anything is locked. {sql[:200]}")
        _note("write", model)
    elif (holding is not None or _log is not None) and (read := _READS.match(sql)):
        model = _guarded(read[2])
        early = model and holding is not None and not holding.has_locked and not _asks_for_ids(read[1])
        if early and not _is_the_lock():
            raise GoesRoundTheLock(f"{model} is read before anything is locked, so out of date. {sql[:300]}")
        _note("read", model)


def _note(what: str, model: str | None) -> None:
    if model and _log is not None:
        _log.append(f"{what} {model}")


def _guarded(table: str) -> str | None:
    if not _tables:
        _tables.update(guarded())
    return _tables.get(table)


def _asks_for_ids(columns: str) -> bool:
    return not _ID.sub("", columns).replace(",", "").strip()


def _is_the_lock() -> bool:
    """Whether the rows are read to be held: SQLite, which holds everything, has no words for it in its SQL."""
    frame = sys._getframe()
    while frame := frame.f_back:
        if frame.f_globals.get("__name__") == "engagements.services.locking":
            return frame.f_code.co_name in ("hold", "lock_tenants")
    return False


def _is_ours() -> bool:
    """Whether the desk writes, and nobody who makes rows of their own called it."""
    outermost, frame = None, sys._getframe()
    while frame := frame.f_back:
        name = frame.f_globals.get("__name__", "")
        if name.startswith(MAKERS):
            return False
        if name.startswith(OURS):
            outermost = (name, frame.f_code.co_name)
    return outermost is not None and outermost not in FOR_TESTS


def _install(connection, **_) -> None:
    if guard not in connection.execute_wrappers:
        connection.execute_wrappers.append(guard)


def install() -> None:
    """Guards each connection that there is or will be, of every thread."""
    connection_created.connect(_install, dispatch_uid="write guard")
    for connection in connections.all(initialized_only=True):
        _install(connection)
