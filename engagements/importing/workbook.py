"""Opens Excel workbooks within bounds: what it would unpack to is known before anything is unpacked."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from engagements.importing.bounds import (
    HEADER_WITHIN,
    LAST_COLUMN,
    LAST_ROW,
    MAX_AT_ONCE,
    MAX_COLUMNS,
    MAX_PARTS,
    MAX_ROWS,
    MAX_STRINGS,
    MAX_UNPACKED,
    NoHeader,
    Unreadable,
)
from engagements.importing.columns import HEADS, Columns

OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
AS_XLSX = "Save it as an Excel workbook (.xlsx) and upload that."
TOO_LONG = (
    f"The sheet reaches beyond row {LAST_ROW:,}. Delete the empty rows below the data, or copy the data into a new "
    f"workbook; at most {MAX_ROWS:,} rows are imported at once."
)
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
SLOW_PART = re.compile(r"xl/(worksheets/[^/]+|sharedstrings)\.xml$")
SAID_WITHIN = 4096  # bytes from the start of a sheet, before its first row
DIMENSION = re.compile(rb'<(?:\w{1,20}:)?dimension ref="(?:\$?[A-Z]{1,3}\$?\d{1,7}:)?\$?[A-Z]{1,3}\$?(\d{1,7})"')
SHORTEST_ROW = len("<row/>")
ROW = re.compile(rb"<(?:\w{1,20}:)?row\b")


def is_workbook(data: bytes, suffix: str) -> bool:
    """Whether it is to be opened as a workbook; by its first bytes, since names may be wrong."""
    if data.startswith(OLD_OR_LOCKED):
        raise Unreadable(
            f"This workbook has a password or is of an Excel before 2007. Take the password away. {AS_XLSX}"
        )
    if data.startswith(b"PK\x03\x04"):
        return True
    if suffix in (".xlsx", ".xlsm", ".xls", ".ods"):
        raise Unreadable(f"The file is named {suffix} but is no workbook, or it is damaged. {AS_XLSX}")
    return False


def records(data: bytes, forms: tuple[Columns, ...]) -> tuple[Iterator[tuple[int, list[str]]], str]:
    """The rows of the first sheet that has the columns; its title where there are several sheets."""
    _inspect(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
        chosen = next((sheet for sheet in sheets if _has_header(sheet, forms)), None)
    except Unreadable:
        raise
    except Exception:  # openpyxl lets through whatever its parsers meet in a damaged file
        raise _damaged() from None
    if chosen is None:
        raise NoHeader(
            f"No sheet of the workbook has a row with names such as {forms[0].names}. "
            "Put them into the first row, or begin with the template."
        )
    return _records(chosen), chosen.title if len(sheets) > 1 else ""


def is_slow(data: bytes) -> bool:
    """Whether its sheets and texts are more than can be read while somebody waits."""
    return sum(part.file_size for part in _inspect(data) if SLOW_PART.match(part.filename.lower())) > MAX_AT_ONCE


def _inspect(data: bytes) -> list[zipfile.ZipInfo]:
    """Refuses bombs, macros, passwords and archives of other kinds by the list of what is inside; returns the list."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _damaged() from None
    # zipfile reads no part beyond the size that it declares, so a wrong declaration gains nothing.
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Unreadable(
            "Unpacked, the workbook is larger than 50 MB. Copy the rows into a new workbook, without pictures and "
            "formats, or divide them."
        )
    names = {part.filename.lower() for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable(f"The file has a password. Take it away. {AS_XLSX}")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Unreadable("The workbook holds macros. Save it as an Excel workbook without macros (.xlsx).")
    if "xl/workbook.xml" not in names:
        raise Unreadable(f"This is no Excel workbook. {AS_XLSX}")
    _inspect_sizes(data, parts)
    return parts


def _inspect_sizes(data: bytes, parts: list[zipfile.ZipInfo]) -> None:
    """Refuses workbooks of which every sheet is too long, and those with too much text, before they are read.

    By what a sheet says about its size; where that is nothing or can't be, rows are counted until there are too many.
    """
    if any(part.filename.lower() == "xl/sharedstrings.xml" and part.file_size > MAX_STRINGS for part in parts):
        raise Unreadable("There is more text in it than can be imported at once. Divide the file into several.")
    sheets = [part for part in parts if SHEET.fullmatch(part.filename.lower())]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sheets and all(_is_too_long(archive, part) for part in sheets):
                raise Unreadable(TOO_LONG)
    except Unreadable:
        raise
    except Exception:  # whatever a damaged archive meets
        raise _damaged() from None


def _is_too_long(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a sheet has more than ``LAST_ROW`` rows; what it says itself counts where its size makes it likely."""
    if part.file_size <= LAST_ROW * SHORTEST_ROW:
        return False
    with archive.open(part) as sheet:
        piece = sheet.read(SAID_WITHIN)
        said = DIMENSION.search(piece)
        if said and LAST_ROW < int(said[1]) <= part.file_size // SHORTEST_ROW:
            return True
        rows, rest = 0, b""
        while piece and rows <= LAST_ROW:
            piece = rest + piece
            rows += len(ROW.findall(piece))
            rest = piece[-3:]  # of a "<row" that the next piece ends
            piece = sheet.read(SAID_WITHIN * 16)
        return rows > LAST_ROW


def _has_header(sheet: ReadOnlyWorksheet, forms: tuple[Columns, ...]) -> bool:
    for number, cells in _records(sheet):
        if any(columns.understood(cell[:100] for cell in cells) >= HEADS for columns in forms):
            return True
        if number >= HEADER_WITHIN:
            break
    return False


def _records(sheet: ReadOnlyWorksheet) -> Iterator[tuple[int, list[str]]]:
    sheet.reset_dimensions()  # what a workbook says about its size may be wrong
    rows = sheet.iter_rows(values_only=True)
    number = 0
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except Exception:
            raise _damaged() from None
        number += 1
        if number > LAST_ROW:
            raise Unreadable(TOO_LONG)
        last = max((place for place, cell in enumerate(cells) if cell not in (None, "")), default=-1) + 1
        if last > MAX_COLUMNS or len(cells) > LAST_COLUMN:
            raise Unreadable(
                f"Row {number} reaches beyond column {MAX_COLUMNS}. Delete the columns that the template does not have."
            )
        yield number, [_text(cell) for cell in cells[:last]]


def _text(cell: Any) -> str:
    """As the person reads it in the sheet, as far as it matters: 640123.0 is 640123."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _damaged() -> Unreadable:
    return Unreadable(f"The workbook is damaged and cannot be opened. Open it in Excel. {AS_XLSX}")
