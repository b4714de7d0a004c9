"""How large an uploaded spreadsheet may be, and how one is refused."""

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
# The exported portfolio, which comes in again, has more than forty.
MAX_COLUMNS = 100
MAX_CELL = 2_000
# A cell of a column that is not read may be as long as Excel lets it be.
MAX_UNREAD_CELL = 32_767
# A workbook stores a repeated text once, so few bytes may stand for much text.
MAX_TEXT = 6_000_000
# What the part of a workbook with its repeated texts may unpack to: it is read as a whole, before any row.
MAX_STRINGS = 15 * 1024 * 1024
# Larger sheets are read by a worker: 2 MB are some 40,000 cells.
MAX_AT_ONCE = 2 * 1024 * 1024
MAX_UNPACKED = 50 * 1024 * 1024
MAX_PARTS = 2_000
# Empty rows and columns around the data are passed over, but not without end.
LAST_ROW = 5 * MAX_ROWS
LAST_COLUMN = 1_000
# Every tenant that active users are imported for has its lists drawn anew before the person is answered.
MAX_TENANTS = 1_000
# Titles and dates may stand above the names of the columns.
HEADER_WITHIN = 20


class Unreadable(Exception):
    """Why a file was not read, as a sentence that says how to mend it."""


class NoHeader(Unreadable):
    """No row of the file has the names of the columns: it may be a file of another kind."""
