"""Small spreadsheets for tests of the import."""

import io
import zipfile

import openpyxl

HEADER = [
    "Customer",
    "TPID",
    "Tenant",
    "Tenant ID",
    "Domain",
    "Country",
    "Time zone",
    "Seats",
    "Segment",
    "Region",
    "Vertical",
    "Services",
    "User",
    "Role",
    "Primary",
]
GUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def csv_file(*rows: list, header: list | None = None, between: str = ";", encoding: str = "utf-8-sig") -> bytes:
    lines = [between.join(map(str, row)) for row in [header or HEADER, *rows]]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def xlsx_file(*sheets: list[list], titles: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(titles[number] if titles else f"Sheet {number + 1}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(workbook: bytes, name: str, content: bytes) -> bytes:
    """The workbook with one part more."""
    out = io.BytesIO(workbook)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"
