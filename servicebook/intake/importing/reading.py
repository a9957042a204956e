"""Rows out of a file, one at a time: CSV in any encoding and with any delimiter, and XLSX.

Every cell arrives as text, as a person would type it; a `Sheet` never holds more than a row.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import IO, Any

from django.utils.translation import gettext as _

from servicebook.core import exports
from servicebook.intake.importing.guard import SpreadsheetRefused, check_workbook
from servicebook.intake.importing.rules import encodings, headings

MOST_COLUMNS = 200
MOST_ROWS = 1_000_000
LONGEST_CELL = 100_000  # characters
LAST_LINE = 1_048_576  # of a sheet
HEADING_WITHIN = 10  # rows: some programs write a title above the headings
XLSX_START, OLD_EXCEL, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number as a spreadsheet counts and its cells under their headings.

    `broken` says what is wrong with the row as a whole; empty for a sound one.
    """

    number: int
    cells: dict[str, str]
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is read: kept with the run, so that every look at it reads the same."""

    kind: str  # "csv" or "xlsx"
    encoding: str = ""
    delimiter: str = ""
    headings: list[str] = field(default_factory=list)
    heading_line: int = 1
    rows_about: int = 0

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def look(file: IO[bytes], *, encoding: str = "", delimiter: str = "") -> Shape:
    """Find out how `file` is to be read. Reads it once, in pieces, and nothing of it stays.

    Args:
        encoding, delimiter: what a person chose over the guess.

    Raises:
        SpreadsheetRefused: with what is wrong and what would work.
    """
    start = file.read(8)
    file.seek(0)
    _refuse_other_kinds(start)
    if start.startswith(XLSX_START):
        shape = Shape("xlsx", rows_about=check_workbook(file))
    else:
        shape = _look_at_text(file, encoding, delimiter)
    first = list(islice(_numbered_rows(file, shape, MOST_COLUMNS + 1), HEADING_WITHIN))
    filled = [(sum(1 for cell in cells if cell), number, cells) for number, cells in first]
    _count, number, cells = next(
        (one for one in filled if one[0] >= 2), next((one for one in filled if one[0]), (0, 1, []))
    )
    while cells and not cells[-1]:
        cells.pop()
    if not any(cells):
        raise SpreadsheetRefused(_("This file has no rows. Its first line names the columns."), code="empty")
    if len(cells) > MOST_COLUMNS:
        raise SpreadsheetRefused(
            _("This file has more than %(most)s columns. Keep the columns that you need and send it again.")
            % {"most": MOST_COLUMNS},
            code="too_many_columns",
        )
    file.seek(0)
    return Shape(
        shape.kind,
        shape.encoding,
        shape.delimiter,
        headings.unique(cells),
        number,
        max(shape.rows_about - number, 0),
    )


def lines(file: IO[bytes], shape: Shape) -> Iterator[Line]:
    """Yield the rows below the headings. Empty rows are passed over.

    Raises:
        SpreadsheetRefused: the file cannot be read on; says at which line.
    """
    width, seen = len(shape.headings), 0
    for number, cells in _numbered_rows(file, shape, width + 1):
        if number <= shape.heading_line or not any(cells):
            continue
        seen += 1
        if seen > MOST_ROWS:
            raise too_many_rows()
        broken = _what_is_broken(cells, width)
        yield Line(
            number, dict(zip(shape.headings, cells + [""] * (width - len(cells)), strict=False)), broken
        )


def too_many_rows() -> SpreadsheetRefused:
    return SpreadsheetRefused(
        _("This file has more than one million rows. Split it and send the parts."), code="too_many_rows"
    )


def _what_is_broken(cells: list[str], width: int) -> str:
    if any(cells[width:]):
        return _("This row has %(cells)s cells, but there are %(width)s headings.") % {
            "cells": len(cells),
            "width": width,
        }
    if any(len(cell) > LONGEST_CELL for cell in cells):
        return _("A cell of this row has more than %(most)s characters.") % {"most": LONGEST_CELL}
    return ""


def _refuse_other_kinds(start: bytes) -> None:
    if not start:
        raise SpreadsheetRefused(_("This file is empty. Choose the file with the list."), code="empty")
    if start.startswith(OLD_EXCEL):
        raise SpreadsheetRefused(
            _("This is an old Excel file (XLS) or has a password. Save it as XLSX without one."),
            code="other_format",
        )
    if start.startswith(PDF):
        raise SpreadsheetRefused(_("This is a PDF. Send the list as XLSX or CSV."), code="other_format")


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────


def _look_at_text(file: IO[bytes], encoding: str, delimiter: str) -> Shape:
    data = file.read()
    file.seek(0)
    try:
        encoding = encoding or encodings.encoding_of(data)
        decoder = codecs.getincrementaldecoder(encoding)()
        start = decoder.decode(data[: encodings.LOOK_AT])
    except (encodings.NotText, UnicodeDecodeError) as error:
        raise SpreadsheetRefused(
            _("This file is no text that can be read. Save the list as XLSX or as CSV in UTF-8."),
            code="not_text",
        ) from error
    about = data.count(b"\n") + (not data.rstrip(b"\0").endswith(b"\n"))
    return Shape("csv", encoding, delimiter or encodings.delimiter_of(start), rows_about=about)


def _csv_rows(file: IO[bytes], shape: Shape) -> Iterator[tuple[int, list[str]]]:
    text = io.TextIOWrapper(file, encoding=shape.encoding, newline="")
    number = 0
    try:
        for row in csv.reader(text, delimiter=shape.delimiter):
            if number == 0 and len(row) <= 2 and row and row[0].strip().lower().startswith("sep="):
                number += 1
                continue
            number += 1
            yield number, [exports.original(cell).strip() for cell in row]
    except csv.Error as error:
        raise SpreadsheetRefused(
            _("Reading stopped at line %(line)s: a cell there does not end. A quotation mark has no pair.")
            % {"line": number + 1},
            code="cell_does_not_end",
        ) from error
    except UnicodeDecodeError as error:
        raise SpreadsheetRefused(
            _("Reading stopped at line %(line)s: it is not in %(encoding)s. Choose another encoding.")
            % {"line": number + 1, "encoding": shape.encoding},
            code="wrong_encoding",
        ) from error
    finally:
        with suppress(ValueError):
            text.detach()


# ── XLSX ─────────────────────────────────────────────────────────────────────────────────────────


def _xlsx_rows(file: IO[bytes], most_columns: int) -> Iterator[tuple[int, list[str]]]:
    import defusedxml  # noqa: F401 - openpyxl reads XML through it when it is there; here it must be
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = next((one for one in book.worksheets if one.sheet_state == "visible"), None)
        if sheet is None:
            raise SpreadsheetRefused(_("This workbook has no visible sheet."), code="empty")
        # The size that the file claims is not believed: some programs write A1.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_col=most_columns, values_only=True)
        for number, row in enumerate(rows, start=1):
            if number > LAST_LINE:
                raise too_many_rows()
            yield number, [cell_text(value) for value in row]
    except SpreadsheetRefused:
        raise
    except (
        InvalidFileException, zipfile.BadZipFile, SyntaxError, ValueError, KeyError, TypeError,
        AttributeError, IndexError, OverflowError, MemoryError, EOFError,
    ) as error:  # fmt: skip
        # openpyxl has no error of its own for a workbook that breaks the format.
        raise SpreadsheetRefused(
            _("This XLSX file cannot be read. Open it in a spreadsheet program and save it again."),
            code="damaged",
        ) from error


def cell_text(value: Any) -> str:
    """A cell of a workbook as a person would type it: 12, not 12.0; dates as 2026-12-31."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            midnight = value.time() == time(0)
            return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
        case date():
            return value.isoformat()
        case str():
            return exports.xlsx_text(value).strip()
    return str(value)


def _numbered_rows(file: IO[bytes], shape: Shape, most_columns: int) -> Iterator[tuple[int, list[str]]]:
    file.seek(0)
    return _xlsx_rows(file, most_columns) if shape.kind == "xlsx" else _csv_rows(file, shape)
