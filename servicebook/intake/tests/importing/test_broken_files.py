"""Forty broken and hostile files: each is read as it was meant, or refused with a sentence, soon."""

import io
import resource
import time
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook

from servicebook.customers.models import Customer
from servicebook.intake.importing import actions
from servicebook.intake.importing.guard import SpreadsheetRefused
from servicebook.intake.importing.reading import Line, lines, look
from servicebook.intake.tests.importing.conftest import counts, csv_of
from servicebook.testing import make_customer

MOST_SECONDS, MOST_MEGABYTES = 2.0, 200
SHEET = "xl/worksheets/sheet1.xml"


def read(data: bytes) -> list[Line]:
    file = io.BytesIO(data)
    shape = look(file)
    return list(lines(file, shape))


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_parts(parts: dict[str, bytes], *, base: bytes | None = None) -> bytes:
    """A workbook some of whose parts are replaced or added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(base or workbook(["Name", "Notes"], ["A", "B"]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return out.getvalue()


def sheet(rows: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return with_parts(
        {SHEET: f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()}
    )


def cell(ref: str, text: str) -> str:
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'


def quine() -> bytes:
    """A zip inside a zip inside a zip: nothing of it is a workbook."""
    data = b"x"
    for _depth in range(5):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("next.zip", data)
        data = out.getvalue()
    return data


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><x>&l8;</x>'.encode()


def zeros(megabytes: int) -> bytes:
    return b"<worksheet>" + b" " * (megabytes << 20)


def forged_size() -> bytes:
    """Headers that say the sheet has ten bytes."""
    data = bytearray(with_parts({SHEET: zeros(60)}))
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(SHEET.encode()))
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


ROW_1 = f'<row r="1">{cell("A1", "Name")}{cell("B1", "Notes")}</row>'
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty"),
    "only_blank_lines": (lambda: b"\r\n\r\n\r\n", "no rows"),
    "a_pdf": (lambda: b"%PDF-1.7 ...", "PDF"),
    "an_old_xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "XLS"),
    "a_picture": (lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1" + bytes(range(256)) * 8, "no text"),
    "nuls_in_text": (lambda: b"Name,Notes\nA\0\0\0\0,B\n", "no text"),
    "an_ods": (lambda: with_parts({"content.xml": b"<x/>"}, base=quine()), "another format"),
    "a_zip_in_a_zip": (quine, "no spreadsheet"),
    "a_cut_xlsx": (lambda: workbook(["Name"], ["A"])[:900], "damaged"),
    "a_garbled_xlsx": (lambda: b"PK\x03\x04" + bytes(range(256)) * 20, "damaged"),
    "a_bomb_in_the_sheet": (lambda: with_parts({SHEET: zeros(60)}), "unpacks"),
    "a_bomb_with_a_forged_size": (forged_size, ""),
    "a_bomb_in_the_texts": (lambda: with_parts({"xl/sharedStrings.xml": zeros(60)}), "unpacks"),
    "a_bomb_in_a_picture": (lambda: with_parts({"xl/media/a.png": b"\0" * (60 << 20)}), "unpacks"),
    "ten_thousand_parts": (lambda: with_parts({f"xl/media/{n}.xml": b"<x/>" for n in range(10_000)}), "unpacks"),
    "billion_laughs_in_the_sheet": (lambda: with_parts({SHEET: laughs()}), "entities"),
    "billion_laughs_in_the_texts": (lambda: with_parts({"xl/sharedStrings.xml": laughs()}), "entities"),
    "an_external_entity": (
        lambda: with_parts({SHEET: b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'}),
        "entities",
    ),
    "entities_in_utf16": (lambda: with_parts({SHEET: laughs().decode().encode("utf-16")}), "entities"),
    "five_hundred_columns": (lambda: csv_of(",".join(f"C{n}" for n in range(500)), "1"), "200 columns"),
    "a_million_columns": (lambda: b"," .join(b"C%d" % n for n in range(1_000_000)), "200 columns"),
    "a_sheet_with_too_many_columns": (lambda: workbook([f"C{n}" for n in range(500)]), "200 columns"),
    "formulas_never_calculated": (lambda: workbook(["Name", "Notes"], ["A", "=1+1"]), "formulas"),
    "a_row_beyond_the_sheet": (
        lambda: sheet(f'{ROW_1}<row r="2000000">{cell("A2000000", "A")}</row>'),
        "one million rows",
    ),
    "a_cell_that_does_not_end": (lambda: b'Name,Notes\nA,"' + b"x" * 2_000_000, "does not end"),
    "a_sheet_of_broken_xml": (lambda: with_parts({SHEET: b"<worksheet><sheetData><row"}), "cannot be read"),
    "an_impossible_cell": (lambda: sheet(f'{ROW_1}<row r="2">{cell("ZZZZZ2", "far")}</row>'), "cannot be read"),
    "a_workbook_without_sheets": (lambda: with_parts({"xl/workbook.xml": b"<workbook/>"}), ""),
}  # fmt: skip
READ: dict[str, tuple[Callable[[], bytes], list[list[str]]]] = {
    "utf8_with_mark": (lambda: csv_of("Имя,N", "Ёлка,1", encoding="utf-8-sig"), [["Ёлка", "1"]]),
    "utf16_with_mark": (lambda: csv_of("Имя;N", "Ёлка;1", encoding="utf-16"), [["Ёлка", "1"]]),
    "utf16_without_mark": (lambda: csv_of("Name,Number", "Plant,1", encoding="utf-16-le"), [["Plant", "1"]]),
    "cyrillic": (lambda: csv_of("Название;Город", "Школа №12;Караганда", encoding="cp1251"), [["Школа №12", "Караганда"]]),
    "western": (lambda: csv_of("Name\tStadt", "Müller\tKöln", encoding="cp1252"), [["Müller", "Köln"]]),
    "chinese": (lambda: csv_of("客户|城市", "第一中学|北京", encoding="gb18030"), [["第一中学", "北京"]]),
    "said_separator": (lambda: csv_of("sep=;", "Name;Notes", "A;x,y,z"), [["A", "x,y,z"]]),
    "title_above": (lambda: csv_of("List of customers,", ",", "Name,Notes", "A,B"), [["A", "B"]]),
    "old_mac_lines": (lambda: b"Name,Notes\rA,B\r", [["A", "B"]]),
    "lines_in_a_cell": (lambda: b'Name,Notes\nA,"one\ntwo"\n', [["A", "one\ntwo"]]),
    "short_rows": (lambda: csv_of("Name,Notes,City", "A", "B,C"), [["A", "", ""], ["B", "C", ""]]),
    "same_heading_twice": (lambda: csv_of("Name,Phone,Phone", "A,1,2"), [["A", "1", "2"]]),
    "one_column": (lambda: csv_of("Name", "A", "B"), [["A"], ["B"]]),
    "a_sheet": (lambda: workbook(["Name", "N", "On"], ["A", 12.0, True], [None, None, None], ["B", 1.5, None]),
                [["A", "12", "TRUE"], ["B", "1.5", ""]]),
    "a_far_cell": (lambda: sheet(f'{ROW_1}<row r="2">{cell("A2", "A")}{cell("XFD2", "far")}</row>'), [["A", ""]]),
    "a_cell_beyond_the_sheet": (lambda: sheet(f'{ROW_1}<row r="2">{cell("A2", "A")}{cell("ZZZ2", "far")}</row>'), [["A", ""]]),
}  # fmt: skip


@pytest.mark.trust("B9", "B12")
@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_with_a_sentence_soon_and_cheaply(name):
    make, sentence = REFUSED[name]
    data = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()

    with pytest.raises(SpreadsheetRefused) as refused:
        read(data)

    assert time.monotonic() - start < MOST_SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MEGABYTES * 1024
    assert sentence in str(refused.value)
    assert len(str(refused.value)) > 30


@pytest.mark.parametrize("name", READ)
def test_an_odd_file_is_read_as_it_was_meant(name):
    make, rows = READ[name]

    assert [list(line.cells.values()) for line in read(make())] == rows


def test_a_row_with_more_cells_than_headings_says_so():
    line = read(csv_of("Name,Notes", "A,B,C"))[0]

    assert (line.number, line.broken) == (2, "This row has 3 cells, but there are 2 headings.")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("#REF!", "error of the spreadsheet"),
        ("A_x0000_B", "no text"),
        ("x" * 60_000, "20000 fit"),
        ("x" * 120_000, "100000 characters"),
    ],
)
def test_a_cell_that_no_field_takes_is_a_bad_row(bring, value, reason):
    rows = "".join(
        f'<row r="{n}">{cell(f"A{n}", name)}{cell(f"B{n}", text)}</row>'
        for n, name, text in [(2, "Plant", value)]
    )

    run = bring(sheet(ROW_1 + rows), "customers", file_name="a.xlsx")

    assert counts(run) == (0, 0, 0, 1)
    assert reason in run.problems.get().reason


@pytest.mark.django_db
def test_calculated_formulas_come_in_as_their_values(bring):
    cells = '<c r="B2" t="str"><f>CONCAT("a","b")</f><v>ab</v></c>'

    bring(sheet(f'{ROW_1}<row r="2">{cell("A2", "Plant")}{cells}</row>'), "customers")

    assert Customer.objects.get().notes == "ab"


@pytest.mark.trust("B12")
@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\windows\\a.csv", "a.csv"),
        ("/root/.ssh/keys", "keys"),
        ("a\0b\r\n.csv", "ab.csv"),
        ("...", "unnamed"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
        ("<script>alert(1)</script>", "script>"),
    ],
)
def test_a_file_name_is_never_a_path(sent, shown):
    assert actions.shown_name(sent) == shown


@pytest.mark.trust("B12")
def test_members_of_an_archive_are_never_written_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = with_parts({"../../evil.txt": b"x", "/abs.txt": b"x", "xl/../../up.txt": b"x"})

    assert [list(line.cells.values()) for line in read(data)] == [["A", "B"]]
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("make", [csv_of, lambda *rows: workbook(*[row.split(",") for row in rows])])
def test_reading_takes_no_more_memory_for_many_rows(make):
    peaks = []
    for count in (500, 6_000):
        data = make("Name,Notes", *[f"Customer {n},Note" for n in range(count)])
        file = io.BytesIO(data)
        tracemalloc.start()
        shape = look(file)
        start = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        assert sum(1 for _line in lines(file, shape)) == count
        peaks.append(tracemalloc.get_traced_memory()[1] - start)
        tracemalloc.stop()

    assert peaks[1] < max(peaks[0] * 4, 20_000_000)


@pytest.mark.django_db
def test_a_thousand_bad_rows_are_a_report_not_a_failure(bring):
    make_customer(name="Plant")

    run = bring(csv_of("Name,E-mail", *["Plant,x" for _ in range(1_500)]), "customers", choice="good")

    assert (run.state, run.refused) == ("done", 1_500)
    assert run.problems.count() == 1_500
