"""Spreadsheets that somebody uploads, looks at and applies: all or nothing, and once.

What can be imported is one entry of ``KINDS``. Where rows say nothing about each other, those that are refused
may be left out; the person says so, having seen them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError
from django.utils import timezone

from engagements.importing.columns import RECORDS, Columns
from engagements.importing.plan import Planned
from engagements.importing.planning import plan
from engagements.importing.reading import Row, Sheet
from engagements.importing.usage import USAGE, UsagePlan, plan_usage
from engagements.models import ImportBatch, User
from engagements.services.locking import hold_one, writing
from engagements.services.record_imports import write_records
from engagements.services.refusals import Refused
from engagements.services.usage import write_readings


class Superseded(Refused):
    """Records were changed since the preview was drawn, so that applying would do something else."""


@dataclass(frozen=True)
class Kind:
    """``plan(rows, by, lock=)`` says what the rows would do, ``write(plan, by)`` does it and counts."""

    columns: Columns
    plan: Callable[..., Planned]
    write: Callable[..., dict[str, int]]
    may_leave_out: bool = False


def _plan_usage(rows: list[Row], by: User, *, lock: bool) -> UsagePlan:
    return plan_usage(rows, by, today=timezone.localdate(), lock=lock)


def _write_usage(todo: UsagePlan, by: User) -> dict[str, int]:
    write_readings(new=todo.new, corrected=todo.corrected, by=by)
    return {"readings": len(todo.new), "readings_corrected": len(todo.corrected), "left_out": len(todo.refused)}


KINDS: dict[str, Kind] = {
    ImportBatch.Kind.RECORDS: Kind(RECORDS, plan, write_records),
    ImportBatch.Kind.USAGE: Kind(USAGE, _plan_usage, _write_usage, may_leave_out=True),
}


def keep_batch(
    *, sheet: Sheet, file_name: str, by: User, kind: ImportBatch.Kind = ImportBatch.Kind.RECORDS
) -> ImportBatch:
    """Keeps the rows of an upload until somebody has looked at them."""
    name = f"{file_name[:120]}, sheet {sheet.sheet}" if sheet.sheet else file_name
    rows = [{"line": row.line, "values": row.values} for row in sheet.rows]
    return ImportBatch.objects.create(kind=kind, uploaded_by=by, file_name=name[:200], rows=rows)


def planned(batch: ImportBatch, *, lock: bool = False) -> Planned:
    """What applying would do now."""
    rows = [Row(row["line"], row["values"]) for row in batch.rows]
    return KINDS[batch.kind].plan(rows, batch.uploaded_by, lock=lock)


def apply(*, batch: ImportBatch, by: User, seen: str = "", leave_out: bool = False) -> dict[str, int]:
    """Writes the whole spreadsheet; a second time it only says again how many of what were written.

    ``seen`` is the fingerprint of the plan that the person agreed to. ``leave_out`` writes the other rows where
    some are refused.
    """
    try:
        with writing():
            return _apply(batch, by, seen, leave_out)
    except IntegrityError:
        raise Superseded("Somebody changed the same records just now. Look at the rows again, then apply.") from None


def forget_batches(*, before) -> int:
    """Deletes uploads that were neither looked at nor applied for long; returns how many."""
    return ImportBatch.objects.filter(uploaded_at__lt=before).delete()[0]


def _apply(batch: ImportBatch, by: User, seen: str, leave_out: bool) -> dict[str, int]:
    batch = hold_one(ImportBatch.objects.select_related("uploaded_by"), batch.pk)
    if batch.uploaded_by_id != by.pk:
        raise Refused("Only the person who uploaded a spreadsheet may apply it.")
    if batch.applied_at:
        return batch.applied
    kind, todo = KINDS[batch.kind], planned(batch, lock=True)
    if todo.refused and not (leave_out and kind.may_leave_out):
        raise Refused("Some rows are refused, so nothing was written. Mend them and upload the spreadsheet again.")
    if seen and seen != todo.fingerprint:
        raise Superseded("Records were changed since you looked. Look at the rows again, then apply.")
    batch.applied = kind.write(todo, by)
    batch.applied_at = timezone.now()
    batch.save(update_fields=["applied_at", "applied"])
    return batch.applied
