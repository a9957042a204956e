"""Worksheets of planned tickets, and what came of their lines (S0.30)."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import Line30, answers
from servicebook.maintenance.actions.results import Result, record_many
from servicebook.maintenance.api.shapes import Recorded, WorksheetOut
from servicebook.maintenance.models import Worksheet, WorksheetLine
from servicebook.maintenance.worksheets import lines_of
from servicebook.tickets.models import Ticket

routes = Router()


@routes.get("/{number}/worksheet", response=answers(WorksheetOut), summary="Read a ticket's worksheet")
def read_worksheet(request: SignedInRequest, number: Line30) -> HttpResponse:
    return _whole(_sheet(request.user, number))


@routes.post("/{number}/worksheet", response=answers(WorksheetOut), summary="Record what came of the lines")
def record_worksheet(request: SignedInRequest, number: Line30, body: Recorded) -> HttpResponse:
    """All or none. A line counts as done only with what it asks for; one that fails opens a ticket, once."""
    sheet = _sheet(request.user, number)
    results = [Result(**dict(one)) for one in body.lines]
    record_many(sheet.ticket_id, results, by=request.user, at=body.at, risks=body.risks)
    return _whole(_sheet(request.user, number))


def _sheet(user: User, number: str) -> Worksheet:
    """The worksheet of a ticket.

    Raises:
        Http404: there is none, or the person may not see the ticket.
    """
    rows = Worksheet.objects.filter(ticket__in=Ticket.objects.visible_to(user))
    return api.or_404(rows.select_related("ticket", "version__checklist"), ticket__number=number)


def _whole(sheet: Worksheet) -> HttpResponse:
    version = sheet.version
    return api.reply(
        {
            "ticket": sheet.ticket.number,
            "checklist": version.checklist.name if version else "",
            "version": version.number if version else 0,
            "regulation": version.regulation if version else "",
            "standard_minutes": sheet.standard_minutes,
            "risks": sheet.risks,
            "lines": [_line(one) for one in lines_of(sheet)],
        }
    )


def _line(line: WorksheetLine) -> dict[str, Any]:
    item = line.item
    asked = ("kind", "unit", "low", "high", "asks_before", "proof", "required", "hint")
    told = ("outcome", "before", "after", "deviates", "text", "note", "signed_by", "at")
    return {
        "id": line.pk,
        "asset": line.asset_id,
        "item": item.text,
        **{name: getattr(item, name) for name in asked},
        **{name: getattr(line, name) for name in told},
        "photo": line.photo_id,
        "follow_up": line.follow_up.number if line.follow_up else None,
        "seen": line.version,
    }
