"""L3 lists from a CSV: what each row would add, or why it is left out. Nothing is written before somebody looked.

Columns: L1 (may be left out where the L2 is clear), L2, L3, Services (empty: for every service; several are
divided by a semicolon). Rows that are refused are named one by one; applying brings the others.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction

from tasks.consumption import LABELS
from tasks.folding import fold
from tasks.history import keep_first_state
from tasks.models import EngineeringReason, Service, StatusReason
from tasks.reasons import reason_key

MAX_BYTES = 1_000_000
MAX_ROWS = 5_000
COLUMNS = ("l1", "l2", "l3", "services")
EXAMPLE = "L1;L2;L3;Services\nNo Intent;Using Competitive Solution;Contoso Chat;Teams\n"
NEW, MORE, SAME, REFUSED = "new", "more", "same", "refused"
POSITION = 200  # behind what the catalogue lists


class Unreadable(Exception):
    """Why a file was not read, as a sentence that says how to mend it."""


@dataclass
class ReasonRow:
    """One row of the file and its fate."""

    line: int
    reason: StatusReason | None = None
    name: str = ""
    services: list[Service] = field(default_factory=list)
    state: str = SAME
    why: str = ""

    @property
    def key(self) -> str:
        return reason_key(self.reason.pk, self.name)

    @property
    def whom(self) -> str:
        return ", ".join(service.label for service in self.services) or "Every service"


def decoded(data: bytes) -> str:
    """The text of an uploaded file."""
    if len(data) > MAX_BYTES:
        raise Unreadable("The file is larger than 1 MB. Divide it into several.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("The letters of the file cannot be read. Save it as CSV UTF-8.")


def plan(text: str) -> list[ReasonRow]:
    """Each row with what it would do, as the lists are now."""
    planner = _Planner()
    return [planner.row(line, cells) for line, cells in _records(text)]


@transaction.atomic
def apply(rows: Iterable[ReasonRow]) -> int:
    """Writes what is new; returns how many L3 were added or got a service more."""
    rows = [row for row in rows if row.state in (NEW, MORE)]
    keep_first_state(EngineeringReason, [row.key for row in rows if row.state == MORE])
    for row in rows:
        made, is_new = EngineeringReason.objects.get_or_create(
            key=row.key, defaults={"reason": row.reason, "name": row.name, "position": POSITION}
        )
        if row.services:
            made.services.add(*row.services)
    return len({row.key for row in rows})


class _Planner:
    def __init__(self):
        self.services = Service.objects.by_spelling()
        self.l1 = {fold(word): l1.value for l1, label in LABELS.items() for word in (label, l1.value)}
        self.l2: dict[str, list[StatusReason]] = {}
        for reason in StatusReason.objects.all():
            self.l2.setdefault(fold(reason.name), []).append(reason)
        known = EngineeringReason.objects.prefetch_related("services")
        # Key → the ids of the services it is for; none means all.
        self.l3 = {row.pk: {service.pk for service in row.services.all()} for row in known}

    def row(self, line: int, cells: dict[str, str]) -> ReasonRow:
        row = ReasonRow(line, name=" ".join(cells["l3"].split()))
        row.why = self._reason(row, cells) or self._name(row) or self._services(row, cells["services"])
        row.state = REFUSED if row.why else self._state(row)
        return row

    def _reason(self, row: ReasonRow, cells: dict[str, str]) -> str:
        if not cells["l2"]:
            return "The L2 is empty."
        l1 = self.l1.get(fold(cells["l1"]))
        if cells["l1"] and l1 is None:
            return f"“{cells['l1'][:60]}” is no L1. Use one of {', '.join(LABELS.values())}."
        found = [one for one in self.l2.get(fold(cells["l2"]), ()) if l1 in (None, one.l1)]
        if len(found) != 1:
            return f"“{cells['l2'][:80]}” is " + ("an L2 of several L1. Name the L1." if found else "no L2 here.")
        row.reason = found[0]
        return ""

    def _name(self, row: ReasonRow) -> str:
        if not row.name:
            return "The L3 is empty."
        if len(row.name) > 160 or len(row.key) > 200:
            return "The L3 is longer than 160 characters."
        return "" if row.key.removeprefix(f"{row.reason.pk}/") else "The L3 has no letter or digit."

    def _services(self, row: ReasonRow, text: str) -> str:
        for part in filter(None, (part.strip() for part in text.split(";"))):
            service = self.services.get(fold(part))
            if service is None or service.kind == Service.Kind.CORE:
                return f"“{part[:60]}” is no service here."
            if service.kind == Service.Kind.WORKLOAD:
                row.services.append(service)
        return ""

    def _state(self, row: ReasonRow) -> str:
        """Compared with what is kept, and with what earlier rows bring."""
        wanted = {service.pk for service in row.services}
        known = self.l3.get(row.key)
        if known is None:
            self.l3[row.key] = wanted
            return NEW
        if not known or (wanted and wanted <= known):
            return SAME
        if not wanted:
            row.why = "It is there for some services already; name the services that are to have it too."
            return REFUSED
        self.l3[row.key] = known | wanted
        return MORE


def _records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    lines = list(_lines(text))
    header = [fold(cell) for cell in lines[0][1]] if lines else []
    if not {"l2", "l3"} <= set(header):
        raise Unreadable("The first row has to name the columns L1, L2, L3 and Services.")
    if len(lines) > MAX_ROWS + 1:
        raise Unreadable(f"There are more than {MAX_ROWS:,} rows. Divide the file into several.")
    if len(lines) == 1:
        raise Unreadable("There are column names and no rows below them.")
    for line, cells in lines[1:]:
        values = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        yield line, {name: values.get(name, "") for name in COLUMNS}


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error:
        raise Unreadable(f"Row {reader.line_num} cannot be read as CSV. Mend the quotation marks there.") from None
