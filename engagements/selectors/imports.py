"""The preview of an import as its page draws it: numbers, views by state, a page of rows."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.urls import reverse

from engagements.importing.columns import Columns
from engagements.importing.plan import CHANGED, NEW, REFUSED, SAME, STATES, Planned, PlannedRow
from engagements.models import ImportBatch
from engagements.selectors.words import count

PER_PAGE = 50
LABELS = {REFUSED: "Refused", CHANGED: "Changed", NEW: "New", SAME: "Same"}
# What was written → in one and in many.
WRITTEN = {
    "customers": ("new customer", "new customers"),
    "tenants": ("new tenant", "new tenants"),
    "tenants_changed": ("tenant changed", "tenants changed"),
    "services": ("service added", "services added"),
    "assignments": ("new assignment", "new assignments"),
    "assignments_changed": ("assignment changed", "assignments changed"),
    "readings": ("reading entered", "readings entered"),
    "readings_corrected": ("reading corrected", "readings corrected"),
}


def preview_page(
    batch: ImportBatch, plan: Planned, params: Mapping[str, str], *, may_leave_out: bool = False
) -> dict[str, Any]:
    """Refused rows come first, then what would change, in the order of the spreadsheet."""
    counts = plan.counts
    show = params.get("show") if params.get("show") in STATES else ""
    rows = [row for row in plan.rows if not show or row.state == show]
    rows.sort(key=lambda row: STATES.index(row.state))
    page = Paginator(rows, PER_PAGE).get_page(params.get("page"))
    refused, total = counts[REFUSED], len(plan.rows)
    others = _others(counts) if refused and may_leave_out else ""
    return {
        "batch": batch,
        "headline": headline(counts, total),
        "refused": refused,
        "others": others,
        "refused_say": f"Nothing is written yet; {others} can be imported without them."
        if others
        else "Nothing is written while a row is refused.",
        "total": count(total, "row"),
        "does_something": bool(counts[NEW] or counts[CHANGED]),
        "fingerprint": plan.fingerprint,
        "views": _views(batch, counts, total, show),
        "rows": [_row(row) for row in page.object_list],
        "pager": {
            "say": f"{page.start_index():,}–{page.end_index():,} of {len(rows):,}",
            "previous_url": _url(batch, show, page.previous_page_number()) if page.has_previous() else "",
            "next_url": _url(batch, show, page.next_page_number()) if page.has_next() else "",
        },
    }


def headline(counts: Mapping[str, int], total: int) -> str:
    if counts[REFUSED]:
        are = "is" if counts[REFUSED] == 1 else "are"
        return f"{counts[REFUSED]:,} of {count(total, 'row')} {are} refused; mend them and upload again."
    if not counts[NEW] and not counts[CHANGED]:
        return "Everything in it is kept already."
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


def not_read(headers: list[str], columns: Columns) -> str:
    """What to say of columns that mean nothing here."""
    named = [
        f"“{header[:60]}”{f' (is {near} meant?)' if (near := columns.likely(header)) else ''}" for header in headers
    ]
    return f"Not read: {', '.join(named[:10])}{f' and {len(named) - 10} more' if len(named) > 10 else ''}."


def _views(batch: ImportBatch, counts: Mapping[str, int], total: int, show: str) -> list[dict[str, Any]]:
    views = [{"label": "All", "url": _url(batch), "count": f"{total:,}", "current": not show}]
    return views + [
        {"label": label, "url": _url(batch, state), "count": f"{counts[state]:,}", "current": show == state}
        for state, label in LABELS.items()
    ]


def _row(row: PlannedRow) -> dict[str, Any]:
    return {
        "state": row.state,
        "name": row.name or "Row without a name",
        "line": f"row {row.line:,}",
        "before": "",
        "after": "" if row.reasons else " · ".join(row.news),
        "changes": [] if row.reasons else row.changes,
        "reasons": row.reasons,
    }


def _url(batch: ImportBatch, show: str = "", page: int = 1) -> str:
    given = {name: value for name, value in {"show": show, "page": page if page > 1 else ""}.items() if value}
    address = reverse("import_preview", args=[batch.pk])
    return f"{address}?{urlencode(given)}" if given else address
