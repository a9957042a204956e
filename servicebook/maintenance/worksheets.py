"""Worksheets as the rules see them."""

from collections.abc import Iterable

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from servicebook.maintenance.models import ChecklistItem, PartNeed, Worksheet, WorksheetLine
from servicebook.maintenance.rules import closing
from servicebook.maintenance.rules.worksheet import Line
from servicebook.tickets.models import Ticket


def as_rule(line: WorksheetLine) -> Line:
    """Return a line, loaded with its item, as the rules judge it."""
    item = line.item
    return Line(
        outcome=line.outcome,
        required=item.required,
        measures=item.kind == ChecklistItem.Kind.MEASURE,
        asks_before=item.asks_before,
        asks_words=item.kind == ChecklistItem.Kind.TEXT,
        proof=item.proof,
        low=item.low,
        high=item.high,
        before=line.before,
        after=line.after,
        text=line.text,
        note=line.note,
        has_photo=line.photo_id is not None,
        signed_by=line.signed_by,
    )


def lines_of(worksheet: Worksheet) -> list[WorksheetLine]:
    """Return the lines of a worksheet with their items and units, in the order of its checklist."""
    rows = worksheet.lines.select_related("item", "asset__model", "follow_up", "photo", "by")
    return sorted(rows, key=lambda line: (line.asset_id or 0, line.item.position, line.pk))


def left(lines: Iterable[WorksheetLine]) -> list[WorksheetLine]:
    """Return the required lines that are not finished."""
    return [line for line in lines if line.item.required and not as_rule(line).is_finished]


def told(line: WorksheetLine, *, named: bool = True) -> closing.Told:
    """Return a line as the texts of a closure tell it.

    Args:
        named: whether its unit is named: of several on one worksheet.
    """
    return closing.Told(
        item=line.item.text,
        outcome=line.outcome,
        on=str(line.asset) if named and line.asset else "",
        before=line.before,
        after=line.after,
        measure=line.item.unit,
        deviates=line.deviates,
        text=line.text,
        note=line.note,
        photo=line.photo.name if line.photo else "",
        signed_by=line.signed_by,
        ticket=line.follow_up.number if line.follow_up else "",
    )


def closing_texts(ticket: Ticket) -> closing.Texts:
    """Return drafts of what closing a planned ticket asks for, in the language of the house (S0.30).

    Empty where only a person can say it, and for a ticket without a worksheet.
    """
    sheet = Worksheet.objects.filter(ticket=ticket).select_related("version__checklist").first()
    if sheet is None:
        return closing.Texts()
    lines = lines_of(sheet)
    several = len({line.asset_id for line in lines}) > 1
    used = PartNeed.objects.filter(occurrence__ticket=ticket, state=PartNeed.State.USED)
    told_by = closing.Sheet(
        lines=[told(line, named=several) for line in lines],
        checklist=str(sheet.version) if sheet.version else "",
        regulation=sheet.version.regulation if sheet.version else "",
        risks=sheet.risks,
        used_parts=[f"{need} (S/N {need.serial})" if need.serial else str(need) for need in used],
    )
    with translation.override(settings.LANGUAGE_CODE):
        return closing.texts(told_by, say=gettext)
