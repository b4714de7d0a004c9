"""CSV that every spreadsheet opens as it is meant, and none runs as a formula."""

import csv
import io
from collections.abc import Iterable

from engagements.importing.columns import BY_KEY, COLUMNS, REASON, ROW
from engagements.importing.plan import PlannedRow

# Where commas are decimal marks, Excel expects semicolons between cells.
WITH_SEMICOLONS = ("de", "fr", "es", "it", "nl", "pt", "pl", "cs", "da", "fi", "nb", "nn", "no", "sv", "ru", "tr")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def separator(accept_language: str) -> str:
    """What the reader's Excel expects, by the first language of the browser."""
    return ";" if accept_language.strip().lower().startswith(WITH_SEMICOLONS) else ","


def template(between: str = ",") -> str:
    """The columns with two rows that show a tenant and a second person on it."""
    first = [column.example for column in COLUMNS]
    kept = {"customer", "tpid", "tenant", "guid", "user", "role"}
    second = [column.example if column.key in kept else "" for column in COLUMNS]
    second[-3:] = ["sam@example.com", "FastTrack Engineer", ""]
    return _csv([[column.name for column in COLUMNS], first, second], between)


def refused_rows(rows: Iterable[PlannedRow], between: str = ",") -> str:
    """The refused rows as they were uploaded, with the reasons in front."""
    rows = list(rows)
    used = [key for key in BY_KEY if any(key in row.row.values for row in rows)]
    table = [[ROW, REASON, *(BY_KEY[key].name for key in used)]]
    table += [[row.line, " ".join(row.reasons), *(row.row.values.get(key, "") for key in used)] for row in rows]
    return _csv(table, between)


def _csv(table: Iterable[Iterable], between: str) -> str:
    """With a byte order mark, without which Excel takes UTF-8 for something else."""
    out = io.StringIO()
    csv.writer(out, delimiter=between).writerows([[harmless(str(cell)) for cell in row] for row in table])
    return "\ufeff" + out.getvalue()


def harmless(text: str) -> str:
    """With an apostrophe before what a spreadsheet would calculate; reading takes it away again."""
    return f"'{text}" if text.startswith(DANGEROUS) else text
