"""Lists as files: CSV as it streams, XLSX row by row; memory stays flat whatever the length.

Text that a spreadsheet would run as a formula is made harmless and comes back unchanged when the
file is imported again: `original(harmless(text)) == text` for every text.
"""

import csv
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Literal
from zoneinfo import ZoneInfo

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.functional import Promise as LazyText
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from servicebook.core.errors import Refused

Format = Literal["csv", "xlsx"]
MOST_ROWS = 1_000_000  # a sheet holds 1 048 576; a longer list is filtered first
LONGEST_CELL = 32_767  # characters, a limit of the XLSX format
ROWS_PER_PIECE = 500

# Spreadsheets of these languages split CSV at semicolons and write decimals with a comma.
_SEMICOLON_LANGUAGES = frozenset({"ru", "kk", "tr"})

# A formula begins with one of = + - @ or their full-width forms, perhaps after blanks; a leading
# TAB, CR or LF makes some programs look at what follows it. The apostrophes belong to the mark
# itself: what was marked and what looks marked both get one more, so that none is ever lost.
_DANGEROUS = re.compile(r"'*[\t\r\n]|[\s'\ufeff\u200b]*[=+\-@＝＋－＠]")
# XML has no place for these characters; XLSX writes them as _xHHHH_. CR is turned into LF by XML.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an exported list: its heading and how a row gives its value."""

    heading: str | LazyText
    value: Callable[[Any], Any]


class TooManyRows(Refused):
    """The list is longer than a spreadsheet holds."""

    code = "export_too_long"


def export(
    rows: Iterable[Any],
    columns: Sequence[Column],
    format: Format,  # noqa: A002 - the word of the address: ?export=
    filename: str,
) -> HttpResponseBase:
    """Return `rows` as a download.

    Args:
        rows: anything iterable; a queryset is read in pieces, so give it its `select_related`.
        filename: without ending ("tickets"). Dates and moments are in the active time zone.

    Raises:
        Refused: the format is not known, or an XLSX would be longer than `MOST_ROWS`.
    """
    lines = table(rows, columns)
    if format == "csv":
        response = StreamingHttpResponse(csv_pieces(lines), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{filename}.csv"'
    elif format == "xlsx":
        response = FileResponse(xlsx_file(lines), as_attachment=True, filename=f"{filename}.xlsx")
    else:
        raise Refused(_("A list is exported as csv or xlsx."), code="unknown_format")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def table(rows: Iterable[Any], columns: Sequence[Column]) -> Iterator[list[Any]]:
    """Yield the heading, then one line per row, without ever holding them all."""
    yield [str(column.heading) for column in columns]
    read_in_pieces = getattr(rows, "iterator", None)
    for row in read_in_pieces(chunk_size=ROWS_PER_PIECE) if read_in_pieces else rows:
        yield [column.value(row) for column in columns]


def harmless(text: str) -> str:
    """Return `text` with an apostrophe in front if a spreadsheet could take it for a formula."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def original(text: str) -> str:
    """Take back what `harmless` did."""
    return text[1:] if text.startswith("'") and _DANGEROUS.match(text, 1) else text


def csv_pieces(lines: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield CSV text in pieces: a byte order mark (spreadsheets then read UTF-8), CRLF line ends."""
    semicolon = (get_language() or "").split("-")[0] in _SEMICOLON_LANGUAGES
    tz = get_current_timezone()
    kept: list[str] = []

    class Sink:
        def write(self, piece: str) -> int:
            kept.append(piece)
            return len(piece)

    writer = csv.writer(Sink(), delimiter=";" if semicolon else ",")
    yield "\ufeff"
    for line in lines:
        writer.writerow([_csv_cell(value, tz, "," if semicolon else ".") for value in line])
        if len(kept) >= ROWS_PER_PIECE:
            yield "".join(kept)
            kept.clear()
    if kept:
        yield "".join(kept)


def xlsx_file(lines: Iterable[Sequence[Any]]) -> IO[bytes]:
    """Return an open temporary file with one sheet; every text is a text cell, never a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    tz, bold = get_current_timezone(), Font(bold=True)

    def cell(value: Any, *, heading: bool) -> Any:
        made = WriteOnlyCell(sheet, value=_xlsx_value(value, tz))
        if isinstance(made.value, str):
            made.data_type = "s"  # openpyxl takes "=…" for a formula
        if heading:
            made.font = bold
        elif isinstance(made.value, str) and _DANGEROUS.match(made.value):
            made.style = quoted(book)
        return made

    for number, line in enumerate(lines):
        if number > MOST_ROWS:
            raise TooManyRows(_("A sheet holds one million rows. Filter the list, or take CSV."))
        sheet.append([cell(value, heading=number == 0) for value in line])
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    book.save(out)
    out.seek(0)
    return out


def quoted(book: Any) -> str:
    """The name of the style that keeps text a text when a person edits the cell."""
    from openpyxl.styles import NamedStyle

    name = "as_text"
    if name not in book.named_styles:
        book.add_named_style(NamedStyle(name, number_format="@"))
    return name


def xlsx_text(text: str) -> str:
    """Read a text of an XLSX cell as it was before `_xlsx_value`."""
    return original(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))


def _csv_cell(value: Any, tz: Any, decimal_point: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case Decimal() | float():
            return format(Decimal(str(value)), "f").replace(".", decimal_point)
        case int():
            return str(value)
        case datetime():
            return f"{value.astimezone(tz):%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
    return harmless(str(value))


def _xlsx_value(value: Any, tz: ZoneInfo | Any) -> Any:
    match value:
        case None | int() | float() | Decimal():
            return value
        case datetime():
            return value.astimezone(tz).replace(tzinfo=None)
        case date():
            return value
    text = str(value)
    if text.startswith("'"):  # as text cells nothing else needs a mark, see `original`
        text = harmless(text)
    text = _NOT_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    if len(text) > LONGEST_CELL:
        note = _(" … (cut: a cell of a spreadsheet ends here)")
        text = text[: LONGEST_CELL - len(note)] + note
    return text
