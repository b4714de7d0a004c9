"""Spreadsheets that somebody uploads, looks at and applies: planned once, then written part by part, each row once.

What can be imported is one entry of ``KINDS``. An upload is planned when it comes in, and its preview is read from the
kept rows. What the plan asks about the file as a whole is answered first, which plans it again. Applying goes through
the rows in parts: the rows of some customers or tenants, in one transaction under their locks together with the mark
that they are written. A part is planned again under its locks; rows that would now do something else than the preview
showed are left out with the reason. Who works on an upload holds a lease, so that a worker that is killed loses no more
than the part it was at, and another goes on from there.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import IntegrityError, OperationalError
from django.db.models import Q
from django.utils import timezone
from django.utils.text import get_text_list

from engagements import access
from engagements.importing import values
from engagements.importing.bounds import NoHeader, Unreadable
from engagements.importing.columns import RECORDS, Columns
from engagements.importing.licences import LICENCES, plan_licences
from engagements.importing.options import NO_OPTIONS, ImportOptions
from engagements.importing.plan import CHANGED, NEW, REFUSED, SAME, STATES, Plan, Planned, PlannedRow
from engagements.importing.planning import plan
from engagements.importing.reading import Row, Sheet, read
from engagements.importing.reports import usage_report
from engagements.importing.tenants import other_tenants
from engagements.importing.usage import USAGE, UsagePlan, day_order, plan_usage
from engagements.models import ImportBatch, ImportRow, Tenant, User
from engagements.services.locking import hold, hold_one, write, writing
from engagements.services.record_imports import write_records
from engagements.services.refusals import Refused
from engagements.services.usage import write_readings
from tasks.models import Service

# How many rows are written in one transaction, and answered at once instead of by a worker.
PART = 500
MOST_ATTEMPTS = 5
# What a plan says of the file as a whole.
PLAN_FIELDS = ("questions", "notices", "about", "is_whole")
GONE = "Its records changed after the preview, and it would now do nothing."
NOT_ANY_MORE = "You may no longer import these records from a spreadsheet. Ask a team manager."
# Where a file of each kind is imported.
WHERE = {
    ImportBatch.Kind.RECORDS: "Import it under Portfolio, Import.",
    ImportBatch.Kind.USAGE: "Import it on the Usage tab of an engagement.",
    ImportBatch.Kind.LICENCES: "Import it on the Services tab of an engagement.",
}
State, Outcome = ImportBatch.State, ImportRow.Outcome
WORKING = (State.READING, State.PLANNING, State.APPLYING)
log = structlog.get_logger("desk.imports")


class Superseded(Refused):
    """The plan is another one than the person agreed to."""


class LeaseLost(Exception):
    """Somebody else works on the upload, or it needs no more work."""


@dataclass(frozen=True)
class Kind:
    """``plan(rows, by, options=, lock=)`` says what the rows would do, ``write(plan, by)`` does it and counts.

    ``may(user)`` says who imports it. ``as_a_group`` where rows of one group make sense only together. ``adds_up``
    where a row of the plan is a sum over rows of the file, so that parts are planned from the whole file:
    ``plan(…, only=)`` then takes the keys of the rows to plan. ``forms`` gives further forms that a file may have,
    besides a table of the columns.
    """

    columns: Columns
    plan: Callable[..., Planned]
    write: Callable[..., dict[str, int]]
    may: Callable[[User], bool]
    may_leave_out: bool = False
    as_a_group: bool = True
    adds_up: bool = False
    forms: Callable[[], tuple[Columns, ...]] = tuple
    described: str = ""


def _plan_usage(rows: list[Row], by: User, *, options: ImportOptions, lock: bool) -> UsagePlan:
    return plan_usage(rows, by, today=timezone.localdate(), options=options, lock=lock)


def _usage_reports() -> tuple[Columns, ...]:
    return (usage_report(Service.objects.all(), USAGE),)


def _write_licences(todo: Plan, by: User) -> dict[str, int]:
    written = write_records(todo, by)
    return {"services": written["services"], "entitlements": len(todo.entitlements)}


def _write_usage(todo: UsagePlan, by: User) -> dict[str, int]:
    write_readings(new=todo.new, corrected=todo.corrected, by=by)
    return {"readings": len(todo.new), "readings_corrected": len(todo.corrected)}


KINDS: dict[str, Kind] = {
    ImportBatch.Kind.RECORDS: Kind(
        RECORDS, plan, write_records, access.may_import, described="a list of customers and tenants"
    ),
    ImportBatch.Kind.USAGE: Kind(
        USAGE,
        _plan_usage,
        _write_usage,
        access.may_import_usage,
        may_leave_out=True,
        as_a_group=False,
        forms=_usage_reports,
        described="a list or report of active users",
    ),
    ImportBatch.Kind.LICENCES: Kind(
        LICENCES,
        plan_licences,
        _write_licences,
        access.may_import_usage,
        may_leave_out=True,
        as_a_group=False,
        adds_up=True,
        described="a list of products and licences",
    ),
}


# Reading ----------------------------------------------------------------------------------------------


def read_upload(data: bytes, name: str, kind: ImportBatch.Kind, *, tenant: Tenant | None = None) -> Sheet:
    """The rows of an uploaded file; ``tenant`` is the one that it has to be about.

    Raises Unreadable where the file as a whole cannot be used, with what to do about it.
    """
    try:
        sheet = read(data, name, KINDS[kind].columns, *KINDS[kind].forms())
    except NoHeader as refused:
        raise _of_another_kind(data, name, kind) or refused from None
    if kind == ImportBatch.Kind.USAGE:
        try:
            day_order(sheet.rows)
        except values.Contradiction as contradiction:
            raise Unreadable(str(contradiction)) from None
    if tenant and (others := other_tenants(sheet.rows, tenant)):
        raise Unreadable(_about_another(others, tenant, kind))
    return sheet


def _of_another_kind(data: bytes, name: str, kind: ImportBatch.Kind) -> Unreadable | None:
    """What the file is instead, where another import would read it."""
    for other, found in KINDS.items():
        if other != kind:
            try:
                read(data, name, found.columns, *found.forms())
            except Unreadable:
                continue
            return Unreadable(f"This is {found.described}, not {KINDS[kind].described}. {WHERE[other]}")
    return None


def _about_another(others: list[str], tenant: Tenant, kind: ImportBatch.Kind) -> str:
    named = get_text_list([f"“{values.short(text)}”" for text in others[:3]], "and")
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    elsewhere = ", or import files about several tenants from the portfolio" if kind == ImportBatch.Kind.USAGE else ""
    return (
        f"The file names {named}{more}, but this is {tenant.name} ({tenant.domain}). Upload a file about "
        f"{tenant.name} alone{elsewhere}."
    )


# What people ask for ----------------------------------------------------------------------------------


def keep_batch(
    *,
    sheet: Sheet,
    file_name: str,
    by: User,
    kind: ImportBatch.Kind = ImportBatch.Kind.RECORDS,
    options: ImportOptions | None = None,
) -> ImportBatch:
    """Keeps the rows of an upload; ``work`` then plans them."""
    batch = ImportBatch(kind=kind, uploaded_by=by, options=(options or NO_OPTIONS).to_stored())
    _put_sheet(batch, sheet, file_name)
    batch.save()
    return batch


def keep_file(
    *, data: bytes, file_name: str, by: User, kind: ImportBatch.Kind, options: ImportOptions | None = None
) -> ImportBatch:
    """Keeps an upload that takes long to read; ``work`` then reads and plans it."""
    return ImportBatch.objects.create(
        kind=kind,
        uploaded_by=by,
        file_name=file_name[-200:],
        file=data,
        rows=[],
        options=(options or NO_OPTIONS).to_stored(),
        state=State.READING,
    )


@write
def choose(*, batch_id: UUID, by: User, options: ImportOptions) -> ImportBatch:
    """Plans an upload again with other options, or with what its preview asks; refuses where it is being applied."""
    batch = _held(batch_id, by)
    if batch.state not in (State.PLANNING, State.PLANNED):
        raise Refused("This spreadsheet is being imported already, so its options can't be changed.")
    batch.options, batch.state, batch.fingerprint, batch.attempts = options.to_stored(), State.PLANNING, "", 0
    batch.save(update_fields=["options", "state", "fingerprint", "attempts"])
    return batch


@write
def request_apply(*, batch_id: UUID, by: User, seen: str = "", leave_out: bool = False) -> ImportBatch:
    """Says that an upload is to be applied; ``work`` then does it. Said again, it changes nothing.

    ``seen`` is the fingerprint of the plan that the person agreed to. ``leave_out`` writes the other rows where some
    are refused. Raises ``Refused`` where it can't be applied, ``Superseded`` where the plan is another one by now.
    """
    batch = _held(batch_id, by)
    kind = KINDS[batch.kind]
    if batch.state in (State.APPLYING, State.APPLIED):
        return batch
    if not kind.may(by):
        raise Refused(NOT_ANY_MORE)
    if batch.can_continue:
        batch.state, batch.attempts = State.APPLYING if batch.is_planned else State.PLANNING, 0
        batch.problem, batch.lease, batch.lease_until = "", None, None
        batch.save()
        return batch
    if batch.state != State.PLANNED:
        raise Refused("The preview is not ready yet. Wait until it is shown, then apply.")
    if batch.questions:
        raise Refused("The file leaves a question open. Answer it first.")
    if batch.counts[REFUSED] and not (leave_out and kind.may_leave_out and not batch.is_whole):
        raise Refused("Some rows are refused, so nothing was written. Mend them and upload the spreadsheet again.")
    if seen and seen != batch.fingerprint:
        raise Superseded("The preview has changed since you looked. Check the rows again, then apply.")
    batch.state, batch.attempts, batch.done = State.APPLYING, 0, 0
    batch.leaves_out = bool(batch.counts[REFUSED])
    batch.total = sum(batch.counts[state] for state in (NEW, CHANGED, SAME))
    batch.applied = {"left_out": batch.counts[REFUSED]} if batch.leaves_out else {}
    batch.save()
    return batch


def apply(*, batch: ImportBatch, by: User, seen: str = "", leave_out: bool = False) -> dict[str, int]:
    """Applies an upload at once and returns how many of what were written; a second time it only says so again."""
    request_apply(batch_id=batch.pk, by=by, seen=seen, leave_out=leave_out)
    work(batch_id=batch.pk)
    return ImportBatch.objects.values_list("applied", flat=True).get(pk=batch.pk)


@write
def look_again(*, batch_id: UUID, by: User) -> ImportBatch:
    """A new upload of the rows that were left out because their records changed; refuses where there are none."""
    batch = _held(batch_id, by)
    left = batch.planned_rows.filter(outcome=Outcome.LEFT_OUT).order_by("position")
    rows = [Row(line, cells) for line, cells in left.values_list("line", "values")]
    if rows and KINDS[batch.kind].adds_up:
        rows = _file_rows(batch)  # a sum needs all of them; what is written already changes nothing
    if batch.state != State.APPLIED or not rows:
        raise Refused("No row of this import was left out because its records had changed.")
    options = ImportOptions.from_stored(batch.options)
    sheet = Sheet(rows, ignored=list(options.ignored), is_report=options.is_report)
    return keep_batch(sheet=sheet, file_name=batch.file_name, by=by, kind=batch.kind, options=options)


def forget_batches(*, before: datetime) -> int:
    """Deletes uploads of long ago with their plans, but for those that are being applied; returns how many."""
    old = ImportBatch.objects.filter(uploaded_at__lt=before).exclude(state=State.APPLYING)
    _, deleted = old.delete()
    return deleted.get(ImportBatch._meta.label, 0)


# What workers do --------------------------------------------------------------------------------------


def waiting() -> list[UUID]:
    """The uploads that want work and that nobody works on: a worker died, or never heard of them."""
    idle = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    found = ImportBatch.objects.filter(idle, state__in=WORKING).order_by("uploaded_at")
    return list(found.values_list("pk", flat=True))


def work(*, batch_id: UUID, until: datetime | None = None) -> None:
    """Plans or applies an upload as far as that is asked for; stops at ``until``, where that is given.

    Does nothing where somebody else is at it. Whoever goes on later begins where this ended.
    """
    lease = uuid4()
    try:
        while not (until and timezone.now() >= until):
            state = _claim(batch_id, lease)
            if state in STEPS:
                STEPS[state](batch_id)
            else:
                _try_part(batch_id, lease)
    except LeaseLost:
        pass
    finally:
        _release(batch_id, lease)


@write
def _claim(batch_id: UUID, lease: UUID) -> str:
    """Takes or prolongs the lease and returns what there is to do; counts the attempt, which getting further undoes."""
    rows = ImportBatch.objects.defer(*ImportBatch.LARGE).filter(pk=batch_id, state__in=WORKING)
    batch = next(iter(hold(rows)), None)
    now = timezone.now()
    if batch is None or (batch.lease not in (None, lease) and batch.lease_until > now):
        raise LeaseLost
    if batch.attempts >= MOST_ATTEMPTS:
        _stop(batch, "It stopped several times without getting further. Ask an administrator to look at the logs.")
        log.error("import given up", batch=str(batch_id), state=batch.state)
    else:
        batch.attempts += 1
        batch.lease, batch.lease_until = lease, now + settings.IMPORT_LEASE
        batch.save(update_fields=["attempts", "lease", "lease_until"])
    return batch.state


def _read(batch_id: UUID) -> None:
    """Reads the file into rows; stops with the reason where it can't be read."""
    batch = ImportBatch.objects.get(pk=batch_id)
    about = Tenant.objects.filter(pk=ImportOptions.from_stored(batch.options).tenant_id).first()
    try:
        sheet = read_upload(bytes(batch.file), batch.file_name, batch.kind, tenant=about)
    except Unreadable as refused:
        with writing():
            _stop(_locked(batch_id, State.READING), str(refused))
        return
    with writing():
        batch = _locked(batch_id, State.READING)
        _put_sheet(batch, sheet, batch.file_name)
        batch.state, batch.attempts, batch.file = State.PLANNING, 0, None
        batch.save()


def _put_sheet(batch: ImportBatch, sheet: Sheet, file_name: str) -> None:
    name = f"{file_name[:120]}, sheet {sheet.sheet}" if sheet.sheet else file_name
    batch.file_name = name[:200]
    batch.rows = [{"line": row.line, "values": row.values} for row in sheet.rows]
    batch.total = len(batch.rows)
    ignored = tuple(header[:200] for header in sheet.ignored)
    options = ImportOptions.from_stored(batch.options)
    batch.options = replace(options, is_report=sheet.is_report, ignored=ignored).to_stored()


def _file_rows(batch: ImportBatch) -> list[Row]:
    return [Row(row["line"], row["values"]) for row in batch.rows]


def _plan(batch_id: UUID) -> None:
    """Decides about every row without holding anything, and keeps what was decided."""
    batch = ImportBatch.objects.defer("file").select_related("uploaded_by").get(pk=batch_id)
    kind, options = KINDS[batch.kind], batch.options
    todo = kind.plan(_file_rows(batch), batch.uploaded_by, options=ImportOptions.from_stored(options), lock=False)
    with writing():
        batch = _locked(batch_id, State.PLANNING)
        if batch.options != options:
            return  # other options were chosen in the meantime
        batch.planned_rows.all().delete()
        kept = (_kept(batch, position, row) for position, row in enumerate(todo.rows))
        ImportRow.objects.bulk_create(kept, batch_size=PART)
        batch.state, batch.attempts = State.PLANNED, 0
        batch.options = todo.options.to_stored()
        batch.counts, batch.fingerprint = todo.counts | {"unowned": todo.unowned}, todo.fingerprint
        batch.questions, batch.notices, batch.about = todo.questions, todo.notices, todo.about
        batch.is_whole, batch.total = todo.is_whole, len(todo.rows)
        batch.save(update_fields=["state", "attempts", "options", "counts", "fingerprint", "total", *PLAN_FIELDS])


def _try_part(batch_id: UUID, lease: UUID) -> None:
    try:
        _apply_part(batch_id, lease)
    except (IntegrityError, OperationalError) as error:
        # Somebody entered the same customer in that moment, or holds the records; the next attempt sees it.
        log.warning("part of an import is tried again", batch=str(batch_id), error=repr(error))


STEPS: dict[str, Callable[[UUID], None]] = {State.READING: _read, State.PLANNING: _plan}


@write
def _apply_part(batch_id: UUID, lease: UUID) -> None:
    """Writes the next rows together with the mark that they are written."""
    batch = _leased(batch_id, lease)
    kind, by = KINDS[batch.kind], batch.uploaded_by
    if batch.state != State.APPLYING:
        return
    if not kind.may(by):
        _stop(batch, NOT_ANY_MORE)
        return
    rows = _next_rows(batch)
    if rows:
        todo, left = _agreed(batch, rows)
        made = kind.write(todo, by) if todo else {}
        written = Counter(batch.applied) + Counter(made) + Counter(changed_since=len(left))
        batch.applied = {**dict.fromkeys(made, 0), **batch.applied, **written}
        _mark(batch, rows, left)
        batch.done += len(rows)
    else:
        batch.state, batch.applied_at = State.APPLIED, timezone.now()
    batch.attempts = 0
    batch.save(update_fields=["state", "applied_at", "applied", "done", "attempts"])


def _next_rows(batch: ImportBatch) -> list[ImportRow]:
    """The rows of the next groups: some ``PART`` of them, or all of one group where that is larger."""
    pending = batch.planned_rows.filter(outcome=Outcome.PENDING).exclude(state=REFUSED).order_by("group", "position")
    groups = list(pending.values_list("group", flat=True)[: PART + 1])
    if not groups:
        return []
    whole = groups if len(groups) <= PART else [group for group in groups if group != groups[-1]] or groups
    return list(pending.filter(group__lte=whole[-1]))


def _agreed(batch: ImportBatch, rows: list[ImportRow]) -> tuple[Planned | None, dict[int, list[str]]]:
    """What to write of these rows, under the locks of their records, and why which of them (by id) are left out."""
    kind = KINDS[batch.kind]
    todo, left = None, {}
    while rows:
        rows = sorted(rows, key=lambda row: row.position)
        todo, now = _planned_again(batch, rows)
        changed = {row.pk: _since(row, now.get(row.pk), todo) for row in rows if not _is_agreed(now.get(row.pk), row)}
        if not changed:
            return todo, left
        left |= changed
        if kind.as_a_group:
            groups = {row.group: row.line for row in reversed(rows) if row.pk in changed}
            left |= {
                row.pk: [f"Left out because row {groups[row.group]} is: they are about the same customer."]
                for row in rows
                if row.group in groups and row.pk not in changed
            }
        rows = [row for row in rows if row.pk not in left]
    return None, left


def _planned_again(batch: ImportBatch, rows: list[ImportRow]) -> tuple[Planned, dict[int, PlannedRow]]:
    """The plan of these rows alone, under the locks of their records, and what each (by id) would do by it."""
    kind = KINDS[batch.kind]
    how = {"by": batch.uploaded_by, "options": ImportOptions.from_stored(batch.options), "lock": True}
    if kind.adds_up:
        todo = kind.plan(_file_rows(batch), only={row.key for row in rows}, **how)
        planned = {row.key: row for row in todo.rows if row.key}
        return todo, {row.pk: planned[row.key] for row in rows if row.key in planned}
    again = {row.pk: Row(row.line, row.values) for row in rows}
    todo = kind.plan(list(again.values()), **how)
    planned = {id(row.row): row for row in todo.rows}
    return todo, {pk: planned[id(row)] for pk, row in again.items() if id(row) in planned}


def _is_agreed(now: PlannedRow | None, row: ImportRow) -> bool:
    """Whether a row would do what the person agreed to, or nothing because that is there already."""
    if now is None:
        return False
    if now.state == SAME:
        return True
    changes = [[change.field, change.before, change.after] for change in now.changes]
    return (row.state, row.news, row.changes) == (now.state, now.news, changes)


def _since(row: ImportRow, now: PlannedRow | None, todo: Planned) -> list[str]:
    """Why a row no longer does what the preview showed; ``now`` is None where it does nothing at all."""
    if now is None:
        return next((one.reasons for one in todo.refused if one.line == row.line), [GONE])
    if now.reasons:
        return now.reasons
    does = [*now.news, *(f"{one.field} from {one.before or 'nothing'} to {one.after}" for one in now.changes)]
    return [f"Its records changed after the preview. It would now do this: {'; '.join(does)}."]


def _mark(batch: ImportBatch, rows: list[ImportRow], left: dict[int, list[str]]) -> None:
    """Says of the rows of some whole groups that they are written, or why they are left out."""
    span = {"group__gte": rows[0].group, "group__lte": rows[-1].group}
    pending = batch.planned_rows.filter(outcome=Outcome.PENDING, **span).exclude(state=REFUSED)
    pending.update(outcome=Outcome.WRITTEN)
    changed = [row for row in rows if row.pk in left]
    for row in changed:
        row.outcome, row.reasons = Outcome.LEFT_OUT, left[row.pk]
    ImportRow.objects.bulk_update(changed, ["outcome", "reasons"], batch_size=100)


def _held(batch_id: UUID, by: User) -> ImportBatch:
    """The upload, held until the transaction ends. Refuses one of somebody else."""
    batch = hold_one(ImportBatch.objects.defer(*ImportBatch.LARGE), batch_id)
    if batch.uploaded_by_id != by.pk:
        raise Refused("Only the person who uploaded a spreadsheet may apply it.")
    return batch


def _leased(batch_id: UUID, lease: UUID) -> ImportBatch:
    """The upload, held until the transaction ends, where the lease is still ours."""
    rows = ImportBatch.objects.defer(*ImportBatch.LARGE).select_related("uploaded_by")
    batch = next(iter(hold(rows.filter(pk=batch_id, lease=lease))), None)
    if batch is None:
        raise LeaseLost
    return batch


@write
def _release(batch_id: UUID, lease: UUID) -> None:
    """Gives the lease back, where it is still ours."""
    for batch in hold(ImportBatch.objects.defer(*ImportBatch.LARGE).filter(pk=batch_id, lease=lease)):
        batch.lease = batch.lease_until = None
        batch.save(update_fields=["lease", "lease_until"])


def _locked(batch_id: UUID, state: State) -> ImportBatch:
    """The upload, held until the transaction ends, where it is still in that state.

    Whoever read or planned it first is right, also where that took longer than the lease.
    """
    batch = next(iter(hold(ImportBatch.objects.defer(*ImportBatch.LARGE).filter(pk=batch_id, state=state))), None)
    if batch is None:
        raise LeaseLost
    return batch


def _stop(batch: ImportBatch, problem: str) -> None:
    batch.state, batch.problem = State.STOPPED, problem
    batch.lease = batch.lease_until = batch.file = None
    batch.save(update_fields=["state", "problem", "lease", "lease_until", "file"])


def _kept(batch: ImportBatch, position: int, row: PlannedRow) -> ImportRow:
    return ImportRow(
        batch=batch,
        position=position,
        line=row.line,
        values=row.row.values,
        state=row.state,
        rank=STATES.index(row.state),
        group=row.group,
        key=row.key,
        name=row.name,
        news=row.news,
        changes=[[change.field, change.before, change.after] for change in row.changes],
        reasons=row.reasons,
    )
