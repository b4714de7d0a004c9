"""CSV that every spreadsheet opens as it is meant, and none runs as a formula."""

import csv
import io
from collections.abc import Iterable

from engagements.importing.columns import REASON, ROW, Columns
from engagements.importing.plan import PlannedRow

# Where commas are decimal marks, Excel expects semicolons between cells.
WITH_SEMICOLONS = ("de", "fr", "es", "it", "nl", "pt", "pl", "cs", "da", "fi", "nb", "nn", "no", "sv", "ru", "tr")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def separator(accept_language: str) -> str:
    """What the reader's Excel expects, by the first language of the browser."""
    return ";" if accept_language.strip().lower().startswith(WITH_SEMICOLONS) else ","


def template(columns: Columns, between: str = ",") -> str:
    """The columns with rows that show how they are filled in."""
    table = [[column.name for column in columns.columns], [column.example for column in columns.columns]]
    table += [[row.get(column.key, "") for column in columns.columns] for row in columns.more]
    return as_csv(table, between)


def refused_rows(rows: Iterable[PlannedRow], columns: Columns, between: str = ",") -> str:
    """The refused rows as they were uploaded, with the reasons in front."""
    rows = list(rows)
    used = [key for key in columns.by_key if any(key in row.row.values for row in rows)]
    table = [[ROW, REASON, *(columns.by_key[key].name for key in used)]]
    table += [[row.line, " ".join(row.reasons), *(row.row.values.get(key, "") for key in used)] for row in rows]
    return as_csv(table, between)


def as_csv(table: Iterable[Iterable], between: str) -> str:
    """With a byte order mark, without which Excel takes UTF-8 for something else."""
    out = io.StringIO()
    csv.writer(out, delimiter=between).writerows([[harmless(str(cell)) for cell in row] for row in table])
    return "\ufeff" + out.getvalue()


def harmless(text: str) -> str:
    """With an apostrophe before what a spreadsheet would calculate; reading takes it away again."""
    return f"'{text}" if text.startswith(DANGEROUS) else text
