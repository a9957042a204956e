"""What an uploaded spreadsheet may cost, measured before anything else opens it.

An XLSX is a zip: its parts are unpacked here as a stream, counted byte by byte and thrown away,
so that no header is believed. What is too much is refused in seconds and a few megabytes.
"""

import re
import zipfile
import zlib
from typing import IO

from django.utils.translation import gettext as _

from servicebook.core.errors import Refused

MOST_PARTS = 500  # a workbook with many sheets and pictures has about a hundred
MOST_UNPACKED = 600 * 1024 * 1024  # bytes of all parts; 1 000 000 rows of a list take about 400 MB
MOST_RATIO = 300  # unpacked : packed of one part; sheets of repeated text reach about 100
SMALL = 10 * 1024 * 1024  # bytes below which the ratio does not matter
MOST_OUTSIDE_SHEETS = 150 * 1024 * 1024  # bytes of shared strings and styles, which stay in memory
PIECE = 1 << 16

_FORBIDDEN = re.compile(rb"<!DOCTYPE|<!ENTITY")
# A formula that was never calculated has no value to read.
_NEVER_CALCULATED = re.compile(rb"</f>\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_ROW = re.compile(rb"<(?:x:)?row[ >]")
OVERLAP = 64


class SpreadsheetRefused(Refused):
    """The file is no spreadsheet that can be read, or costs too much to read."""

    code = "spreadsheet_refused"


def too_large() -> SpreadsheetRefused:
    return SpreadsheetRefused(
        _(
            "This file unpacks to far more than a list of rows needs and was not opened. "
            "Save only the sheet with the list as CSV and send that."
        ),
        code="unpacks_too_large",
    )


def check_workbook(file: IO[bytes]) -> int:
    """Check an XLSX without opening it as one. Returns how many rows its sheets have, roughly.

    Raises:
        SpreadsheetRefused: not a workbook, too many parts, too large unpacked, entities in its
            XML, or formulas without a calculated value.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if len(parts) > MOST_PARTS:
                raise too_large()
            if "xl/workbook.xml" not in names:
                raise _not_a_workbook(names)
            return _unpack_and_measure(archive, parts)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise SpreadsheetRefused(
            _("This XLSX file is damaged or locked with a password. Open it, save it again and send that."),
            code="damaged",
        ) from error
    finally:
        file.seek(0)


def _unpack_and_measure(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> int:
    total = outside = rows = 0
    for part in parts:
        if part.is_dir():
            continue
        is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
        is_xml = part.filename.endswith((".xml", ".rels"))
        unpacked, tail = 0, b""
        with archive.open(part) as stream:
            while piece := stream.read(PIECE):
                unpacked += len(piece)
                total += len(piece)
                outside += 0 if is_sheet or not is_xml else len(piece)
                bomb = unpacked > SMALL and unpacked > MOST_RATIO * max(part.compress_size, 1)
                if total > MOST_UNPACKED or outside > MOST_OUTSIDE_SHEETS or bomb:
                    raise too_large()
                if is_xml:
                    rows += _look_into(tail + piece, is_sheet=is_sheet, skip=len(tail))
                    tail = piece[-OVERLAP:]
    return rows


def _look_into(text: bytes, *, is_sheet: bool, skip: int) -> int:
    """Refuse what a sheet may not say; return how many rows begin in the new part of `text`."""
    if _FORBIDDEN.search(text) or b"<\0!\0D\0" in text or b"\0<\0!\0D" in text:
        raise SpreadsheetRefused(
            _("The XML in this file declares entities, which no spreadsheet does. It was not read."),
            code="entities",
        )
    if not is_sheet:
        return 0
    if _NEVER_CALCULATED.search(text):
        raise SpreadsheetRefused(
            _(
                "This file holds formulas without a calculated value. Open it in a spreadsheet program, "
                "save it again (that stores the values) and send that, or save it as CSV."
            ),
            code="formulas_without_values",
        )
    # A match that ends inside the overlap was counted with the piece before.
    return sum(1 for found in _ROW.finditer(text) if found.end() > skip)


def _not_a_workbook(names: set[str]) -> SpreadsheetRefused:
    if "content.xml" in names or "xl/workbook.bin" in names:
        return SpreadsheetRefused(
            _("This is a spreadsheet of another format. Save it as XLSX or CSV and send that."),
            code="other_format",
        )
    return SpreadsheetRefused(
        _("This archive is no spreadsheet. Send an XLSX or CSV file."), code="not_a_spreadsheet"
    )
