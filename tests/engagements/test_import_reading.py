"""Bytes → rows: what Excel writes in any language is read, what is hostile or no spreadsheet is refused."""

import contextlib
import io
import re
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.importing import bounds, reading, workbook, writing
from engagements.importing.bounds import Unreadable
from engagements.importing.columns import RECORDS
from tests.engagements.sheets_for_tests import GUID, HEADER, csv_file, with_part, xlsx_file

GERMAN = ["Kunde", "TPID", "Mandant", "Mandanten-ID", "Domäne", "Land", "Zeitzone", "Plätze"]
GERMAN += ["Segment", "Gebiet", "Branche", "Dienste", "Benutzer", "Rolle", "Primär"]
ROW = ["Müller & Söhne", 640123, "Müller", GUID, "mueller.de", "DE", "Europe/Berlin", "1.200"]
ROW += ["Enterprise", "EMEA", "Retail", '"Teams; Exchange"', "ana", "FM", "ja"]


def read(data: bytes, name: str = "portfolio.csv") -> list[dict]:
    return [row.values for row in reading.read(data, name).rows]


@pytest.mark.parametrize("between", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_and_separator_of_excel_gives_the_same_rows(between, encoding):
    [row] = read(csv_file(ROW, header=GERMAN, between=between, encoding=encoding))
    assert row["customer"] == "Müller & Söhne"
    assert row["services"] == "Teams; Exchange"
    assert row["primary"] == "ja"
    assert set(row) == {column.key for column in RECORDS.columns}


def test_excels_own_line_about_the_separator_is_understood():
    [row] = reading.read(b"sep=;\r\n" + csv_file(ROW, encoding="utf-8")).rows
    assert row.values["tpid"] == "640123"
    assert row.line == 3


def test_line_breaks_and_separators_within_quotation_marks_stay_within_a_cell():
    data = b'Customer,TPID,Services\r\n"Contoso, Ltd. ""A""\nNorth",1,"Teams\nExchange, Yammer"\r\nNext,2,\r\n'
    rows = reading.read(data).rows
    assert rows[0].values["customer"] == 'Contoso, Ltd. "A"\nNorth'
    assert rows[0].values["services"] == "Teams\nExchange, Yammer"
    assert [row.line for row in rows] == [2, 3]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_all_ends_of_lines_are_read(end):
    assert len(read(end.join(["Customer,TPID", "A,1", "B,2"]).encode())) == 2


def test_columns_come_in_any_order_and_unknown_ones_are_named():
    sheet = reading.read(b"Role;Comment;  TENANT-id ;E-Mail;Kunde;Reason\nFM;hello;x;ana@example.com;Contoso;why\n")
    assert sheet.rows[0].values == {"role": "FM", "guid": "x", "user": "ana@example.com", "customer": "Contoso"}
    assert sheet.ignored == ["Comment"]


def test_a_title_may_stand_above_the_names_of_the_columns_and_empty_rows_between():
    rows = reading.read(b"Portfolio of Ana\n\nCustomer,TPID\n\nContoso,1\n,,\nFabrikam,2\n").rows
    assert [(row.line, row.values["customer"]) for row in rows] == [(5, "Contoso"), (7, "Fabrikam")]


def test_what_cannot_be_seen_is_taken_out():
    [row] = read("Customer,TPID\n\u200bContoso\u00a0Ltd\u00ad\ufeff,\u202f1\x00\n".encode())
    assert row == {"customer": "Contoso Ltd", "tpid": "1"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b" \r\n ", "is empty"),
        (b"x" * (bounds.MAX_BYTES + 1), "larger than 5 MB"),
        (b"Customer;TPID\n", "no rows below"),
        (b"hello\nworld\n", "names of the columns"),
        (b"Customer,Kunde,TPID\nA,B,1\n", "both mean Customer"),
        (b"Tenant,Domain\nA,b.c\n", "no column Customer and no column TPID"),
        (b'Customer,TPID\nA,1\n"B,2\nC,3\n', "row 3"),
        (b'Customer,TPID\n"A"x,1\n', "quotation mark"),
        (b"Customer,TPID\nContoso, Ltd,1\n", "more cells than"),
        (b"Customer,TPID\n" + b"A,1\n" * (bounds.MAX_ROWS + 1), "more than 20,000 rows"),
        (b"Customer,TPID," + b"More," * 99 + b"Last\nA,1\n", "more than 100 columns"),
        (b"Customer,TPID\n" + b"A" * 2001 + b",1\n", "2,000 characters"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 50, "not a spreadsheet"),
        (b"Customer,TPID\nM\x81ller \xff,1\n", "encoding"),
        (b"\xff\xfeC\x00u\x00s", "middle of a letter"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password"),
        (b"PK\x03\x04 and then nothing", "damaged"),
    ],
)
def test_a_refusal_says_what_is_wrong(data, says):
    with pytest.raises(Unreadable) as refused:
        reading.read(data, "portfolio.csv")
    assert says in str(refused.value)
    assert str(refused.value).endswith(".")


def test_a_workbook_that_is_none_is_not_taken_for_text():
    with pytest.raises(Unreadable, match="named .xlsx"):
        reading.read(csv_file(ROW), "portfolio.xlsx")


def test_a_workbook_is_read_as_people_see_it():
    row = ["Müller", 640123.0, "Müller", GUID, None, "DE", None, 1200.0, None, None, None, "Teams; Exchange"]
    row += ["ana", "FM", True]
    assert read(xlsx_file([HEADER, [], row]), "x.xlsx") == [
        {
            "customer": "Müller",
            "tpid": "640123",
            "tenant": "Müller",
            "guid": GUID,
            "country": "DE",
            "seats": "1200",
            "services": "Teams; Exchange",
            "user": "ana",
            "role": "FM",
            "primary": "yes",
        }
    ]


def test_the_sheet_with_the_columns_is_found_among_several():
    data = xlsx_file([["Notes"], ["nothing"]], [HEADER, ROW], titles=("Cover", "Tenants"))
    sheet = reading.read(data)
    assert (sheet.sheet, len(sheet.rows)) == ("Tenants", 1)
    with pytest.raises(Unreadable, match="No sheet"):
        reading.read(xlsx_file([["Notes"]]))


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    bomb = with_part(xlsx_file([HEADER, ROW]), "xl/media/zeros.bin", b"\0" * (51 * 1024 * 1024))
    assert len(bomb) < 100_000
    monkeypatch.setattr(workbook.openpyxl, "load_workbook", lambda *a, **k: pytest.fail("opened"))
    with pytest.raises(Unreadable, match="50 MB"):
        reading.read(bomb)


def test_a_repeated_text_cannot_grow_beyond_bounds(monkeypatch):
    monkeypatch.setattr(reading, "MAX_TEXT", 20_000)
    with pytest.raises(Unreadable, match="more text"):
        reading.read(xlsx_file([HEADER, *[["x" * 1900, 1]] * 12]))


def test_entities_of_xml_do_not_multiply():
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "lol">{levels}]><worksheet>&a9;</worksheet>'
    data = io.BytesIO(xlsx_file([HEADER, ROW]))
    out = io.BytesIO()
    with zipfile.ZipFile(data) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            is_sheet = part.filename == "xl/worksheets/sheet1.xml"
            new.writestr(part.filename, text if is_sheet else old.read(part))
    with pytest.raises(Unreadable, match="damaged"):
        reading.read(out.getvalue())


def test_macros_passwords_and_other_archives_are_refused():
    plain = xlsx_file([HEADER, ROW])
    with pytest.raises(Unreadable, match="macros"):
        reading.read(with_part(plain, "xl/vbaProject.bin", b"x"))
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(Unreadable, match="no Excel workbook"):
        reading.read(other.getvalue())


def long_workbook(rows: int, *, says: str) -> bytes:
    """A workbook with that many empty rows below its data, which says that it reaches over ``says``."""
    name, out = "xl/worksheets/sheet1.xml", io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx_file([HEADER, ROW]))) as old, zipfile.ZipFile(out, "w", 8) as new:
        for part in old.infolist():
            text = old.read(part)
            if part.filename == name:
                more = b"".join(b'<row r="%d"/>' % number for number in range(3, rows + 3))
                text = text.replace(b"</sheetData>", more + b"</sheetData>")
                text = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="%s"' % says.encode(), text)
            new.writestr(part.filename, text)
    return out.getvalue()


@pytest.mark.parametrize("says", ["A1:O900002", "A1:O2", "A1"])
def test_a_sheet_that_is_too_long_is_refused_before_it_is_opened(monkeypatch, says):
    data = long_workbook(900_000, says=says)
    monkeypatch.setattr(workbook.openpyxl, "load_workbook", lambda *a, **k: pytest.fail("opened"))
    unpacked = []
    read_part = zipfile.ZipExtFile.read
    monkeypatch.setattr(
        zipfile.ZipExtFile, "read", lambda part, size=-1: unpacked.append(size) or read_part(part, size)
    )
    with pytest.raises(Unreadable, match="reaches beyond row 100,000"):
        reading.read(data, "x.xlsx")
    assert -1 not in unpacked
    assert sum(unpacked) <= (workbook.SAID_WITHIN if "900002" in says else 3_000_000)


def test_a_sheet_that_says_too_much_of_itself_is_read(monkeypatch):
    """Some programs write the largest size that there can be."""
    monkeypatch.setattr(workbook, "LAST_ROW", 50)
    assert len(read(long_workbook(40, says="A1:XFD1048576"), "x.xlsx")) == 1


def test_a_workbook_with_too_much_text_is_refused_before_it_is_opened(monkeypatch):
    data = with_part(xlsx_file([HEADER, ROW]), "xl/sharedStrings.xml", b" " * (bounds.MAX_STRINGS + 1))
    monkeypatch.setattr(workbook.openpyxl, "load_workbook", lambda *a, **k: pytest.fail("opened"))
    with pytest.raises(Unreadable, match="more text"):
        reading.read(data, "x.xlsx")


def test_empty_lines_without_end_are_refused():
    with pytest.raises(Unreadable, match="more than 100,000 lines"):
        reading.read(csv_file(ROW) + b"\n" * 200_000)


def test_a_damaged_workbook_is_refused():
    plain = xlsx_file([HEADER, ROW])
    for cut in (len(plain) // 2, len(plain) - 30):
        with pytest.raises(Unreadable, match="damaged"):
            reading.read(plain[:cut])
    with pytest.raises(Unreadable):
        reading.read(plain.replace(b"sheet1.xml", b"sheet9.xml"))


def test_a_sheet_that_reaches_far_to_the_right_or_down_is_refused():
    with pytest.raises(Unreadable, match="beyond column 100"):
        reading.read(xlsx_file([[*HEADER, *[None] * 100, "far"], ROW]))


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_the_answer_is_rows_or_a_sentence(data):
    with contextlib.suppress(Unreadable):
        assert reading.read(data).rows


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=40))
def test_what_is_written_is_harmless_and_read_again_as_it_was(text):
    assert not writing.harmless(text).startswith(("=", "+", "-", "@"))
    seen = reading.clean(text)
    assert reading.clean(writing.harmless(seen)) in (seen, reading.clean(seen))


@pytest.mark.parametrize("between", [",", ";"])
def test_the_template_can_be_uploaded_as_it_is(between):
    sheet = reading.read(writing.template(RECORDS, between).encode())
    assert len(sheet.rows) == 2
    assert sheet.ignored == []
    assert all(
        RECORDS.key_of(alias) == column.key for column in RECORDS.columns for alias in (column.name, *column.aliases)
    )


def test_semicolons_are_for_those_whose_comma_is_a_decimal_mark():
    assert writing.separator("de-AT,de;q=0.9") == ";"
    assert writing.separator("en-US,en;q=0.9") == ","
    assert writing.separator("") == ","
