"""Tables as files that Excel opens as they are meant: CSV, or a workbook in which numbers and dates stay what they are.

The file is handed on open, for the response to send and close. Rows are written one after the other to a file on
disk, so that a long table needs no more memory than a short one.
A text that a spreadsheet would run as a formula gets an apostrophe in front; importing takes it away again.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from engagements.importing.writing import harmless

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IN_MEMORY = 1024 * 1024  # what is larger goes to disk
WIDEST = 40
LONGEST = 32_767  # characters that a cell of Excel holds
CUT = " … (the rest does not fit into a cell)"


def csv_file(rows: Iterable[Sequence[Any]], between: str = ",") -> IO[bytes]:
    """With a byte order mark, without which Excel takes UTF-8 for something else; the first row names the columns."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    csv.writer(text, delimiter=between).writerows([_plain(value) for value in row] for row in rows)
    text.detach()
    file.seek(0)
    return file


def workbook(rows: Iterable[Sequence[Any]], title: str = "Portfolio") -> IO[bytes]:
    """One sheet; its first row names the columns and stays in sight."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    rows = iter(rows)
    _header(sheet, next(rows))
    for row in rows:
        sheet.append([_kept(value) for value in row])
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    book.save(file)
    file.seek(0)
    return file


def _header(sheet: WriteOnlyWorksheet, names: Sequence[str]) -> None:
    sheet.freeze_panes = "B2"
    for place, name in enumerate(names, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = min(max(len(name) + 4, 12), WIDEST)
    cells = [WriteOnlyCell(sheet, value=harmless(name)) for name in names]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)


def _kept(value: Any) -> Any:
    """A number or a date as itself; of a text, what a workbook may hold."""
    if value is None or isinstance(value, bool | int | float | date):
        return value
    text = harmless(ILLEGAL_CHARACTERS_RE.sub("", str(value)))
    return text if len(text) <= LONGEST else text[: LONGEST - len(CUT)] + CUT


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    return value.isoformat() if isinstance(value, date) else harmless(str(value))
