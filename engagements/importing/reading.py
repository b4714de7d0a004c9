"""An uploaded spreadsheet as rows of text. Reads no database and decides nothing about what the rows mean.

CSV is taken in the encodings and with the separators that Excel writes in any language. A file that is too
large, hostile or no spreadsheet is refused with a sentence that says how to mend it.
"""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath

from engagements.importing import workbook
from engagements.importing.bounds import (
    HEADER_WITHIN,
    LAST_ROW,
    MAX_BYTES,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_TEXT,
    MAX_UNREAD_CELL,
    NoHeader,
    Unreadable,
)
from engagements.importing.columns import HEADS, RECORDS, Columns

SEPARATORS = (";", ",", "\t")
FORMULA = ("=", "+", "-", "@")
UTF_8_ADVICE = "Save it as “CSV UTF-8” or as an Excel workbook (.xlsx) and upload it again."


@dataclass(frozen=True)
class Row:
    """``line`` is the number that the spreadsheet shows beside the row; ``values`` is text by column key."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """The rows of a file; ``sheet`` names the worksheet where there are several, ``ignored`` unknown columns.

    ``is_report``: the rows were columns of a usage report.
    """

    rows: list[Row]
    sheet: str = ""
    ignored: list[str] = field(default_factory=list)
    is_report: bool = False


def read(data: bytes, name: str = "", *forms: Columns) -> Sheet:
    """The rows of a CSV or XLSX file; ``name`` is only used to say more exactly what is wrong.

    ``forms`` are the forms that the table may have, the usual one first. Raises Unreadable.
    """
    forms = forms or (RECORDS,)
    if not data.strip():
        raise Unreadable("The file is empty. Upload one with a row of column names and rows below it.")
    if len(data) > MAX_BYTES:
        raise Unreadable("The file is larger than 5 MB. Divide it into several and upload one after the other.")
    if workbook.is_workbook(data, PurePath(name).suffix.lower()):
        found, title = workbook.records(data, forms)
        return _sheet(found, forms, title)
    return _sheet(_from_text(_decoded(data), forms), forms)


def is_slow(data: bytes, name: str = "") -> bool:
    """Whether reading a file takes seconds, so that a worker should do it; refuses what is hostile or too large."""
    return workbook.is_workbook(data, PurePath(name).suffix.lower()) and workbook.is_slow(data)


# CSV --------------------------------------------------------------------------------------------------


def _decoded(data: bytes) -> str:
    """Byte order marks first, then UTF-16 without one, UTF-8, and last what Excel writes in the West."""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return _plain(data.decode("utf-16"))
        if guess := _utf_16_by_zeros(data):
            return _plain(data.decode(guess))
    except UnicodeDecodeError:
        raise Unreadable(f"The file breaks off in the middle of a letter. {UTF_8_ADVICE}") from None
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return _plain(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise Unreadable(f"The letters of the file are in an encoding that is not known here. {UTF_8_ADVICE}")


def _utf_16_by_zeros(data: bytes) -> str:
    """In UTF-16, every other byte of names and digits is zero."""
    start = data[:2000]
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(zeros) > 1 and zeros.count(0) > 0.6 * len(zeros):
            return encoding
    return ""


def _plain(text: str) -> str:
    """Refuses what is no text: a picture or a program decodes as cp1252 too, yet is full of control characters."""
    start = text[:4000]
    if sum(unicodedata.category(c) == "Cc" and c not in "\t\r\n" for c in start) > 5 + len(start) / 100:
        raise Unreadable("This is not a spreadsheet. Upload a CSV file or an Excel workbook (.xlsx).")
    return text.removeprefix("\ufeff")


def _from_text(text: str, forms: tuple[Columns, ...]) -> Iterator[tuple[int, list[str]]]:
    """Rows by the separator with which most of the header is understood."""
    start = text.lstrip()[:6]
    said = start[4:5] if start.lower().startswith("sep=") else ""
    if said:  # Excel's own way to name the separator, in a line before all others
        text = text.lstrip().partition("\n")[2]
        return _records(text, said, first=2)
    best = max(SEPARATORS, key=lambda separator: _understood(text, separator, forms))
    return _records(text, best)


def _understood(text: str, separator: str, forms: tuple[Columns, ...]) -> int:
    best = 0
    try:
        for number, cells in _records(text, separator):
            best = max(best, *(columns.understood(headers(cells)) for columns in forms))
            if number >= HEADER_WITHIN:
                break
    except Unreadable:  # a quotation mark may be wrong for one separator and right for another
        pass
    return best


def _records(text: str, separator: str, first: int = 1) -> Iterator[tuple[int, list[str]]]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = first
    while True:
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable(
                f"From row {number} on, a quotation mark is opened and not closed, or text follows a closing one. "
                "Mend the quotation marks there, or save the sheet anew from Excel."
            ) from None
        if number > LAST_ROW:
            raise Unreadable(f"The file has more than {LAST_ROW:,} lines. Delete the empty ones, or divide the file.")
        yield number, cells
        number += 1


# Rows -------------------------------------------------------------------------------------------------


def _sheet(records: Iterable[tuple[int, list[str]]], forms: tuple[Columns, ...], title: str = "") -> Sheet:
    records = iter(records)
    for _, cells in islice(records, HEADER_WITHIN):
        columns = max(forms, key=lambda form: form.understood(headers(cells)))
        if columns.understood(headers(cells)) >= HEADS:
            break
    else:
        raise NoHeader(
            f"No row with the names of the columns was found. Put names such as {forms[0].names} into the first row, "
            "or begin with the template."
        )
    header = [clean(cell) for cell in _cut(cells)]
    keys = _keys(header, columns)
    rows = list(_rows(records, keys, columns))
    if not rows:
        raise Unreadable("There are column names and no rows below them. Add rows and upload the file again.")
    return Sheet(rows, title, _ignored(header, columns), columns.is_report)


def _keys(header: list[str], columns: Columns) -> list[str | None]:
    if len(header) > MAX_COLUMNS:
        raise Unreadable(f"There are more than {MAX_COLUMNS} columns. Delete those that the template does not have.")
    keys = [columns.key_of(cell) for cell in header]
    for key in filter(None, dict.fromkeys(keys)):
        named = [f"“{cell}”" for cell, found in zip(header, keys, strict=True) if found == key]
        if len(named) > 1:
            both = "both" if len(named) == 2 else "all"
            raise Unreadable(
                f"{' and '.join(named)} {both} mean {columns.name_of(key)}. Delete or rename all but one of them."
            )
    if objection := columns.objection(header):
        raise Unreadable(objection)
    return keys


def _ignored(header: list[str], columns: Columns) -> list[str]:
    return [cell for cell in header if cell and not columns.key_of(cell) and not columns.is_silent(cell)]


def _rows(records: Iterable[tuple[int, list[str]]], keys: list[str | None], columns: Columns) -> Iterator[Row]:
    count, letters = 0, 0
    for line, cells in records:
        values = {}
        for place, cell in enumerate(cells):
            most = MAX_CELL if place < len(keys) and keys[place] else MAX_UNREAD_CELL
            if len(cell) > most:
                raise Unreadable(
                    f"Row {line} has a cell of more than {most:,} characters. Shorten it; or look whether a "
                    "quotation mark is missing there."
                )
            text = clean(cell)
            if not text:
                continue
            if place >= len(keys):
                raise Unreadable(
                    f"Row {line} has more cells than there are column names. Look whether a text there holds the "
                    "separator without quotation marks."
                )
            if keys[place]:
                values[keys[place]] = text
        if not values:
            continue
        for row in columns.rows_of(values):
            count += 1
            letters += sum(map(len, row.values()))
            if letters > MAX_TEXT:
                raise Unreadable("There is more text in it than can be imported at once. Divide the file into several.")
            if count > MAX_ROWS:
                raise Unreadable(
                    f"There are more than {MAX_ROWS:,} rows. Divide the file and upload the parts in turn."
                )
            yield Row(line, row)


def headers(cells: list[str]) -> list[str]:
    """Cells as names of columns; of a line that is far too long, no more than a header may have."""
    return [clean(cell[:100]) for cell in cells[: MAX_COLUMNS * 2]]


def _cut(cells: list[str]) -> list[str]:
    """Without the empty cells at the end."""
    last = max(place for place, cell in enumerate(cells) if cell.strip())
    return cells[: last + 1]


def clean(text: str) -> str:
    """Without what cannot be seen; the quotation mark that ``writing`` puts before a formula goes too."""
    if not text.isprintable():
        text = "".join(" " if c in "\t\r\x0b\x0c\xa0\u202f" else c for c in text if _seen(c))
    kept = text.strip()
    return kept[1:] if kept.startswith("'") and kept[1:].startswith(FORMULA) else kept


def _seen(letter: str) -> bool:
    return letter in "\n\t\r\x0b\x0c" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs")
