"""The preview of an import as its page draws it: numbers, views by state, a page of rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.urls import reverse

from engagements.importing.columns import Columns
from engagements.importing.options import NO_ONE, ImportOptions
from engagements.importing.plan import CHANGED, NEW, REFUSED, SAME, STATES, Change, PlannedRow
from engagements.importing.reading import Row
from engagements.models import ImportBatch, ImportRow, Tenant, User
from engagements.selectors import portfolio_export
from engagements.selectors.words import count

PER_PAGE = 50
LABELS = {REFUSED: "Refused", CHANGED: "Changed", NEW: "New", SAME: "Same"}
# What was written → in one and in many.
WRITTEN = {
    "customers": ("new customer", "new customers"),
    "tenants": ("new tenant", "new tenants"),
    "tenants_changed": ("tenant changed", "tenants changed"),
    "services": ("service added", "services added"),
    "entitlements": ("number of entitlements changed", "numbers of entitlements changed"),
    "assignments": ("new assignment", "new assignments"),
    "assignments_changed": ("assignment changed", "assignments changed"),
    "readings": ("reading entered", "readings entered"),
    "readings_corrected": ("reading corrected", "readings corrected"),
}


def preview_page(
    batch: ImportBatch, params: Mapping[str, str], columns: Columns, *, may_leave_out: bool = False
) -> dict[str, Any]:
    """What the kept plan says: refused rows first, then what would change, in the order of the spreadsheet."""
    counts = batch.counts
    show = params.get("show") if params.get("show") in STATES else ""
    rows = batch.planned_rows.defer("values")
    found = RowPages(rows.filter(state=show) if show else rows, PER_PAGE)
    found.count = counts[show] if show else batch.total
    page = found.get_page(params.get("page"))
    refused, total = counts[REFUSED], batch.total
    others = _others(counts) if refused and may_leave_out and not batch.is_whole else ""
    return {
        "batch": batch,
        "headline": headline(counts, total),
        "refused": refused,
        "others": others,
        "refused_say": f"Nothing is written yet; {others} can be imported without them."
        if others
        else "Nothing is written while a row is refused.",
        "total": count(total, "row"),
        "about": batch.about,
        "asks": bool(batch.questions),
        "apply": _apply_label(batch, counts),
        "notices": [*batch.notices, *not_read(ImportOptions.from_stored(batch.options).ignored, columns)],
        "does_something": bool(counts[NEW] or counts[CHANGED]),
        "unowned": count(counts["unowned"], "new tenant") if counts.get("unowned") else "",
        "fingerprint": batch.fingerprint,
        "views": _views(batch, counts, total, show),
        "rows": [_row(row) for row in page.object_list],
        "pager": {
            "say": f"{page.start_index():,}–{page.end_index():,} of {found.count:,}",
            "previous_url": _url(batch, show, page.previous_page_number()) if page.has_previous() else "",
            "next_url": _url(batch, show, page.next_page_number()) if page.has_next() else "",
        },
    }


class RowPages(Paginator):
    """Pages of rows whose number is known already."""

    count = 0


def progress_page(batch: ImportBatch) -> dict[str, Any]:
    """How far planning or applying is, or why it stopped."""
    is_applying = batch.is_planned
    return {
        "batch": batch,
        "heading": "Importing" if is_applying else "Preparing the preview",
        "say": f"{batch.done:,} of {count(batch.total, 'row')} done"
        if is_applying
        else count(batch.total, "row")
        if batch.total
        else "Reading the file",
        "is_applying": is_applying,
        "stopped": f"Stopped after {batch.done:,} of {count(batch.total, 'row')}."
        if is_applying
        else "The preview could not be prepared.",
        "has_begun": batch.lease is not None or batch.done > 0,
        "button": ("Continue" if is_applying else "Try again") if batch.can_continue else "",
    }


def applied_page(batch: ImportBatch) -> dict[str, Any]:
    """What an import wrote, and what it left out."""
    changed = batch.applied.get("changed_since", 0)
    rows = batch.planned_rows.filter(outcome=ImportRow.Outcome.LEFT_OUT).order_by("position") if changed else []
    shown = [_row(row) for row in rows[:PER_PAGE]]
    are = "was" if changed == 1 else "were"
    return {
        "batch": batch,
        "written": written(batch),
        "left_out": left_out(batch),
        "changed": f"{count(changed, 'row')} {are} left out because the records changed after the preview."
        if changed
        else "",
        "rows": shown,
        "more": count(changed - len(shown), "more row") if changed > len(shown) else "",
        "unowned": _still_unowned(batch),
    }


def rows_to_mend(batch: ImportBatch, *, whole: bool = False) -> Iterable[PlannedRow]:
    """The refused rows and those that were left out, for the spreadsheet to mend them in.

    ``whole`` gives all rows of the file, for a kind whose sums would be wrong without the others.
    """
    left = Q(state=REFUSED) | Q(outcome=ImportRow.Outcome.LEFT_OUT)
    rows = batch.planned_rows.filter(left).order_by("position")
    if whole:
        reasons: dict[int, list[str]] = defaultdict(list)
        for row in rows:
            reasons[row.line] += row.reasons
        for row in batch.rows:
            yield PlannedRow(Row(row["line"], row["values"]), reasons=reasons[row["line"]])
        return
    for row in rows.iterator():
        yield PlannedRow(Row(row.line, row.values), reasons=row.reasons)


def _still_unowned(batch: ImportBatch) -> str:
    """How many new tenants wait for a team manager, as a sentence; empty where all have a FastTrack Manager."""
    unowned = batch.counts.get("unowned", 0)
    if not unowned or ImportOptions.from_stored(batch.options).unowned != NO_ONE:
        return ""
    have = "has" if unowned == 1 else "have"
    return f"{count(unowned, 'new tenant')} {have} no FastTrack Manager yet. Team managers can assign one."


def headline(counts: Mapping[str, int], total: int) -> str:
    if counts[REFUSED]:
        are = "is" if counts[REFUSED] == 1 else "are"
        return f"{counts[REFUSED]:,} of {count(total, 'row')} {are} refused; mend them and upload again."
    if not counts[NEW] and not counts[CHANGED]:
        return "Nothing to change: everything in the file is already recorded."
    return f"{counts[NEW]:,} new and {counts[CHANGED]:,} changed, of {count(total, 'row')}."


def _others(counts: Mapping[str, int]) -> str:
    """ "the other 9,997 rows": what may be imported although some are refused; empty where it would do nothing."""
    others = sum(counts[state] for state in (NEW, CHANGED, SAME))
    does_something = counts[NEW] or counts[CHANGED]
    return f"the other {count(others, 'row') if others > 1 else 'row'}" if does_something else ""


def written(batch: ImportBatch) -> str:
    """ "3 new tenants, 12 new assignments"."""
    # In the order of WRITTEN: PostgreSQL keeps no order of keys.
    parts = [count(batch.applied[what], *words) for what, words in WRITTEN.items() if batch.applied.get(what)]
    return ", ".join(parts) or "nothing, since everything was kept already"


def left_out(batch: ImportBatch) -> str:
    """How many refused rows were not written, as a sentence; empty where all were."""
    refused = batch.applied.get("left_out", 0)
    return f"{count(refused, 'row')} {'was' if refused == 1 else 'were'} refused and left out." if refused else ""


def not_read(headers: Sequence[str], columns: Columns) -> list[str]:
    """What to say of columns that are not read: those that the exported portfolio only shows, and unknown ones."""
    shown = [f"“{header}”" for header in headers if header in portfolio_export.COLUMNS]
    others = [
        f"“{header[:60]}”{f' (is {near} meant?)' if (near := columns.likely(header)) else ''}"
        for header in headers
        if header not in portfolio_export.COLUMNS
    ]
    notices = []
    if others:
        notices.append(
            f"Not read: {', '.join(others[:10])}{f' and {len(others) - 10} more' if len(others) > 10 else ''}."
        )
    if shown:
        notices.append(f"Ignored, because the portfolio only shows {_them(shown)}: {', '.join(shown)}.")
    return notices


def _them(named: Sequence[str]) -> str:
    return "it" if len(named) == 1 else "them"


def _apply_label(batch: ImportBatch, counts: Mapping[str, int]) -> str:
    """What the button does: "Record 12 readings"."""
    number = counts[NEW] + counts[CHANGED]
    if batch.kind == ImportBatch.Kind.USAGE:
        return f"Record {count(number, 'reading')}"
    if batch.kind == ImportBatch.Kind.LICENCES:
        return f"Update {count(number, 'service')}"
    return "Apply"


def tenants_found(user: User, text: str) -> list[dict[str, str]]:
    """A few tenants that a person may change, for a field that suggests them."""
    found = Tenant.objects.editable_by(user).matching(text).select_related("customer") if text.strip() else []
    return [
        {"value": tenant.domain, "label": tenant.name, "more": f"{tenant.customer.name}, {tenant.domain}"}
        for tenant in (found.order_by("name_folded", "pk")[:8] if found else ())
    ]


def _views(batch: ImportBatch, counts: Mapping[str, int], total: int, show: str) -> list[dict[str, Any]]:
    views = [{"label": "All", "url": _url(batch), "count": f"{total:,}", "current": not show}]
    return views + [
        {"label": label, "url": _url(batch, state), "count": f"{counts[state]:,}", "current": show == state}
        for state, label in LABELS.items()
    ]


def _row(row: ImportRow) -> dict[str, Any]:
    return {
        "state": REFUSED if row.reasons else row.state,
        "name": row.name or "Row without a name",
        "line": f"row {row.line:,}",
        "before": "",
        "after": "" if row.reasons else " · ".join(row.news),
        "changes": [] if row.reasons else [Change(*change) for change in row.changes],
        "reasons": row.reasons,
    }


def _url(batch: ImportBatch, show: str = "", page: int = 1) -> str:
    given = {name: value for name, value in {"show": show, "page": page if page > 1 else ""}.items() if value}
    address = reverse("import_preview", args=[batch.pk])
    return f"{address}?{urlencode(given)}" if given else address
