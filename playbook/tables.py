"""Task tables, read by position: number, name, M/O, role, services (DOMAIN §5.2, §5.3).

The order of columns is the same in every language and only the last may be absent, so header words never
decide; the cells do. A row that reads badly is mended where its meaning is plain, and always reported. Of a table
that breaks off in the middle of a row, that row is left out and reported, because what was on it is gone.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from playbook import vocabulary
from playbook.markdown_tree import DELIMITER, plain, separated
from playbook.pages import Change, Link, TaskRow
from playbook.prose import LINK
from playbook.report import Report

NUMBER = re.compile(r"\D{0,3}(\d{2,5})\D{0,3}$")
LETTER = re.compile(r"[(\[]?([A-Z])[)\]]?$", re.I)
MERGED = re.compile(r"[*_]{0,2}([A-Z])[*_]{0,2}\s+(\S.*)$")
DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}$")


@dataclass(slots=True)
class Row:
    cells: list[str]
    line: int
    closed: bool


@dataclass(slots=True)
class Table:
    """What a table turned out to be: task rows, changes of the page, or something else to be kept as text."""

    kind: str
    rows: list[TaskRow] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    width: int = 0


def split_row(text: str) -> tuple[list[str], bool]:
    """The cells of a printed row, and whether its closing pipe is there."""
    text = text.strip().lstrip("> ").rstrip("\\").strip()
    cells = [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", text)]
    closed = len(cells) > 1 and not cells[-1]
    return cells[1 if text.startswith("|") else 0 : -1 if closed else None], closed


def read_table(report: Report, lines: list[str], start: int, end: int, columns: int | None = None) -> Table:
    """The table on lines `start` to `end`; `columns` is the width of a task table it continues, if any."""
    header, rows = _rows(report, lines, start, end)
    numbered = [row for row in rows if _numbers(row.cells) and _is_task(row.cells)]
    task_like = bool(header) and len(header.cells) >= 3 and _announces_tasks(header)
    if not numbered and not task_like:
        at_end = not any(line.strip() for line in lines[end:])
        if header and not rows and at_end and not header.closed and len(header.cells) < 3:
            _report_cut(report, header.line)
        return _other(header, rows)
    if header is None and columns is None:
        report.warn(start + 1, "table-without-header", "Task rows without a header were read by position.")
    width = len(header.cells) if header else columns or max(len(row.cells) for row in numbered)
    table = Table("tasks", width=width)
    for position, row in enumerate(rows):
        cut = not row.closed and len(row.cells) < width and not _complete(row.cells)
        if cut and position == len(rows) - 1:
            _report_cut(report, row.line)
            continue
        table.rows.extend(_task_rows(report, row, width))
    if header and not rows:
        if not header.closed and end >= len(lines) - 1:
            _report_cut(report, header.line)
        report.warn(start + 1, "table-empty", "A task table has no rows.")
    return table


def _report_cut(report: Report, line: int) -> None:
    message = "A table breaks off in the middle of this row, which was not read; complete it and close it with `|`."
    report.warn(line, "table-cut", message)


def _announces_tasks(header: Row) -> bool:
    first = plain(header.cells[0]) if header.cells else ""
    letter_column = plain(header.cells[2]) if len(header.cells) > 2 else ""
    return bool(vocabulary.TASK_ID_HEADER.search(first)) and bool(re.search(r"[(（]|O", letter_column))


def _rows(report: Report, lines: list[str], start: int, end: int) -> tuple[Row | None, list[Row]]:
    """The header row, if a delimiter follows it, and the other rows; a row broken over lines is joined."""
    raw: list[tuple[str, int]] = []
    delimiter = None
    for index in range(start, end):
        line = lines[index]
        if delimiter is None and DELIMITER.match(line.lstrip("> ")) and len(raw) <= 1:
            delimiter = len(raw)
            cells, closed = split_row(line)
            if raw and not closed and index == end - 1 and len(cells) < len(split_row(raw[0][0])[0]):
                _report_cut(report, index + 1)
            continue
        if raw and not line.lstrip("> \t").startswith("|") and not raw[-1][0].rstrip().endswith("|"):
            open_row = split_row(raw[-1][0])[0]
            if raw[-1][0].lstrip("> \t").startswith("|") and not _complete(open_row):
                raw[-1] = (f"{raw[-1][0].rstrip()} {line.strip()}", raw[-1][1])
                report.warn(index + 1, "row-joined", "A table row broken over two lines was joined.")
                continue
        raw.append((line, index + 1))
    parsed = []
    for text, line in raw:
        cells, closed = split_row(text)
        if any(cells):
            parsed.append(Row(cells, line, closed))
    if delimiter == 1 and parsed:
        return parsed[0], parsed[1:]
    if parsed and not _numbers(parsed[0].cells):
        return parsed[0], parsed[1:]
    return None, parsed


def _numbers(cells: list[str]) -> list[int]:
    """The FTOP numbers of a row's first cell; usually one."""
    if not cells:
        return []
    text = unicodedata.normalize("NFKC", plain(cells[0]))
    if found := NUMBER.match(text):
        return [int(found.group(1))]
    if DATE.match(text):
        return []
    if re.fullmatch(r"\D{0,3}(?:\d{2,5}\D{1,5})+\d{2,5}\D{0,3}", text):
        return [int(number) for number in re.findall(r"\d{2,5}", text)]
    if merged := re.match(r"(\d{2,5})\s+\S", text):
        return [int(merged.group(1))]
    return []


def _letter(cell: str) -> str | None:
    """The letter of an M/O cell, by itself or as a word; None when the cell holds something else."""
    text = unicodedata.normalize("NFKC", plain(cell)).strip(" *_.:")
    if found := LETTER.match(text):
        return found.group(1).upper()
    if text == "0":
        return "O"
    word = text.strip("()").casefold()
    if word in vocabulary.OPTIONAL_LETTER_WORDS:
        return "O"
    return "M" if word in vocabulary.MANDATORY_LETTER_WORDS else None


def _letter_at(cells: list[str]) -> int | None:
    """The position of the M/O cell: the third as a rule, else the nearest to it that reads as one."""
    nearest = sorted(range(1, len(cells)), key=lambda at: (abs(at - 2), at))
    return next((at for reads in (_letter, _merged) for at in nearest if reads(cells[at])), None)


def _is_task(cells: list[str]) -> bool:
    """Whether a numbered row of a table without the usual header is a task row: M, O or E, then a role."""
    at = _letter_at(cells)
    if at is None:
        return False
    letter = _letter(cells[at])
    return not letter or (letter in "MOE" and at + 1 < len(cells) and bool(re.search(r"[^\W\d_]", cells[at + 1])))


def _merged(cell: str) -> tuple[str, str] | None:
    """Letter and role from one cell ("O FastTrack Engineer"), when what follows the letter is a role."""
    found = MERGED.match(plain(cell))
    if not found:
        return None
    letter, role = found.groups()
    names, unknown = vocabulary.split_names("role", role)
    return (letter, role) if (names and not unknown) or "fasttrack" in vocabulary.fold(role) else None


def _complete(cells: list[str]) -> bool:
    """Whether an unclosed row still says all it must: number, letter and a role that is whole."""
    at = _letter_at(cells)
    if not _numbers(cells) or at is None:
        return False
    if merged := _merged(cells[at]):
        return bool(vocabulary.meaning("role", merged[1]))
    return at + 1 < len(cells) and bool(vocabulary.meaning("role", plain(cells[at + 1])))


def _task_rows(report: Report, row: Row, width: int) -> list[TaskRow]:
    def warn(code: str, message: str):
        report.warn(row.line, code, message)

    cells = row.cells
    numbers = _numbers(cells)
    if not numbers:
        if any(plain(cell) for cell in cells):
            warn("row-not-placed", f"A row of a task table has no FTOP number: {' | '.join(cells)[:120]}")
        return []
    first = plain(cells[0])
    if len(numbers) > 1:
        warn("row-several-numbers", f"One row names several FTOP numbers: {first}")
    elif merged_name := re.match(r"\d{2,5}\s+(\S.*)", first):
        cells = [cells[0], merged_name.group(1), *cells[1:]]
        warn("row-merged-cells", f"The number and name of {numbers[0]} share one cell.")
    at = _letter_at(cells)
    if at is None:
        warn("row-without-letter", f"Task {numbers[0]} does not say whether it is mandatory; it counts as mandatory.")
        name, letter, rest = (cells[1] if len(cells) > 1 else ""), "M", cells[3:] if len(cells) > 2 else []
    elif merged := _merged(cells[at]) if not _letter(cells[at]) else None:
        name, letter, rest = " | ".join(cells[1:at]), merged[0].upper(), [merged[1], *cells[at + 1 :]]
        warn("row-merged-cells", f"Letter and role of {numbers[0]} share one cell.")
    else:
        name, letter, rest = " | ".join(cells[1:at]), _letter(cells[at]), cells[at + 1 :]
        if at > 2 and len(cells) > width:
            warn("row-extra-cell", f"The name of {numbers[0]} holds a column mark.")
    if not plain(name):
        warn("row-without-name", f"Task {numbers[0]} has no name on this page.")
    while rest and not rest[0] and len(rest) > 2:
        rest = rest[1:]
    roles_text, services_text = (plain(separated(cell)) for cell in [*rest, "", ""][:2])
    if len(rest) > 2 and any(plain(cell) for cell in rest[2:]):
        warn("row-extra-cell", f"Task {numbers[0]} has more cells than its table; the last were not used.")
    if not roles_text:
        warn("row-without-role", f"Task {numbers[0]} names no role.")
    if width >= 5 and not services_text:
        warn("row-without-services", f"Task {numbers[0]} names no service.")
    if letter not in "MOE":
        warn("row-odd-letter", f"Task {numbers[0]} is marked {letter}; it counts as mandatory.")
    links = tuple(
        Link(plain(text), href, row.line)
        for cell in (cells[0], name)
        for text, href in (LINK.findall(cell) if "](" in cell else ())
    )
    roles = names_or_warn("role", roles_text, row.line, report)
    services = names_or_warn("service", services_text, row.line, report)
    return [
        TaskRow(
            number=number,
            name=plain(name),
            letter=letter,
            roles=roles,
            services=services,
            source=report.source,
            line=row.line,
            roles_text=roles_text,
            services_text=services_text,
            links=links,
        )
        for number in numbers
    ]


def names_or_warn(kind: str, text: str, line: int, report: Report) -> tuple[str, ...]:
    """The names in a text, each unknown one reported once per page."""
    names, unknown = vocabulary.split_names(kind, text)
    for word in unknown:
        report.warn_once(line, f"{kind}-unknown", f"The {kind} “{word}” is not known; it is kept as printed.")
    return names


def _other(header: Row | None, rows: list[Row]) -> Table:
    """A refresh summary is known by its dates; its middle column, the person, is left on the page."""
    dated = [row for row in rows if row.cells and DATE.match(plain(row.cells[0]))]
    if not dated or len(dated) * 2 < len(rows) or len(dated[0].cells) < 3:
        return Table("other")
    changes = [Change(plain(row.cells[0]), plain(row.cells[-1]), row.line) for row in rows if len(row.cells) > 2]
    return Table("changes", changes=changes)
