"""The worksheet of a planned ticket, on a phone: tap by tap, or as a whole without scripts (S0.30)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.core.errors import Changed, Refused
from servicebook.equipment.queries import path_of
from servicebook.files.actions import attach
from servicebook.files.models import Document
from servicebook.files.store import FileRefused
from servicebook.maintenance import worksheets
from servicebook.maintenance.actions.results import LinesRefused, record_many
from servicebook.maintenance.forms.worksheet import Entry, Unit, units_of
from servicebook.maintenance.models import Occurrence, Worksheet
from servicebook.maintenance.queries.following import shown_next
from servicebook.maintenance.rules.worksheet import progress
from servicebook.tickets.models import Ticket
from servicebook.tickets.queries import whole


def worksheet(request: SignedInRequest, number: str) -> HttpResponse:
    """Show it, or record everything that was typed: what is right is kept, what is not is shown again."""
    ticket = _seen(request, number)
    sheet = get_object_or_404(Worksheet.objects.select_related("version__checklist"), ticket=ticket)
    lines = worksheets.lines_of(sheet)
    if request.method != "POST":
        return _page(request, ticket, sheet, [Entry.of(line) for line in lines])
    entries = [Entry.typed(line, request.POST, request.FILES) for line in lines]
    before = sum(line.outcome != "" for line in lines)
    refused = _record(request, ticket, entries, risks=request.POST.get("risks"))
    if not refused and not any(entry.errors for entry in entries):
        messages.success(request, _("Everything is kept."))
        return redirect("maintenance:worksheet", ticket.number)
    fresh = {line.pk: line for line in worksheets.lines_of(sheet)}
    for entry in entries:
        entry.line = fresh.get(entry.pk, entry.line)
    kept = sum(entry.line.outcome != "" for entry in entries) - before
    risks = request.POST.get("risks", sheet.risks)
    return _page(request, ticket, sheet, entries, refused=refused, kept=kept, risks=risks, status=422)


@require_POST
def line(request: SignedInRequest, number: str, pk: int) -> HttpResponse:
    """Record one line as it is tapped; answers with how it stands now."""
    ticket = _seen(request, number)
    sheet = get_object_or_404(Worksheet, ticket=ticket)
    wanted = next((one for one in worksheets.lines_of(sheet) if one.pk == pk), None)
    if wanted is None:
        raise Http404
    entry = Entry.typed(wanted, request.POST, request.FILES)
    refused = _record(request, ticket, [entry])
    lines = worksheets.lines_of(sheet)
    entry.line = next(one for one in lines if one.pk == pk)
    if not refused and not entry.errors:
        entry = Entry.of(entry.line)
        entry.saved = True
    some = [one for one in lines if one.asset_id == entry.line.asset_id]
    context = {
        "entry": entry,
        "refused": refused,
        "unit": Unit(entry.line.asset, [Entry.of(one) for one in some], is_open=True),
        "several": len(some) < len(lines),
        "progress": progress([worksheets.as_rule(one) for one in lines]),
        "ticket": ticket,
        "swapped": True,
    }
    status = 422 if refused or entry.errors else 200
    return render(request, "maintenance/_line_said.html", context, status=status)


def _record(
    request: SignedInRequest, ticket: Ticket, entries: Sequence[Entry], *, risks: str | None = None
) -> str:
    """Record what is right; return why nothing at all could be. What is wrong stands in the entries.

    A photo is kept with the ticket at once, so that nobody takes it twice.
    """
    if ticket.is_open:
        for entry in entries:
            _keep_photo(request, ticket, entry)
    results = {entry.pk: result for entry in entries if (result := entry.result()) is not None}
    by_pk = {entry.pk: entry for entry in entries}
    while True:
        try:
            said = list(results.values())
            record_many(ticket.pk, said, by=request.user, risks=risks, whole=risks is not None)
        except LinesRefused as refused:
            if not _blame(refused, by_pk, results):
                return str(refused)
        except Changed as refused:
            for entry in entries:
                entry.values["seen"] = ""  # it is before their eyes from now on
            return str(refused)
        except Refused as refused:
            return str(refused)
        else:
            return ""


def _blame(refused: LinesRefused, entries: dict[int, Entry], results: dict[int, Any]) -> bool:
    """Show each message at its line, and leave the line out; whether any was."""
    found = False
    for name, text in refused.fields.items():
        _lines, pk, *rest = name.split(".")
        entry = entries.get(int(pk)) if pk.isdecimal() else None
        if entry is not None:
            entry.errors[rest[0] if rest else "outcome"] = text
            found = results.pop(entry.pk, None) is not None or found
    return found


def _keep_photo(request: SignedInRequest, ticket: Ticket, entry: Entry) -> None:
    upload = entry.upload
    if upload is None:
        return
    try:
        kept = attach(
            ticket,
            name=upload.name or "",
            data=upload.read(),
            content_type=upload.content_type or "",
            kind=Document.Kind.PHOTO,
            by=request.user,
        )
    except FileRefused as refused:
        entry.errors["photo"] = str(refused)
    else:
        entry.keep_photo(kept)


def _page(
    request: SignedInRequest,
    ticket: Ticket,
    sheet: Worksheet,
    entries: Sequence[Entry],
    *,
    refused: str = "",
    kept: int = 0,
    risks: str | None = None,
    status: int = 200,
) -> HttpResponse:
    wrong = sum(bool(entry.errors) for entry in entries)
    occurrence = Occurrence.objects.filter(ticket=ticket).select_related("plan", "ticket").first()
    context = {
        "ticket": ticket,
        "sheet": sheet,
        "occurrence": occurrence,
        "units": units_of(entries),
        "progress": progress([worksheets.as_rule(entry.line) for entry in entries]),
        "refused": refused,
        "wrong": wrong,
        "kept": ngettext("%(count)d line is kept.", "%(count)d lines are kept.", kept) % {"count": kept}
        if kept > 0
        else "",
        "risks": sheet.risks if risks is None else risks,
        "place": path_of(ticket.asset.place) if ticket.asset else "",
        **(shown_next(occurrence, request.user) if occurrence else {}),
    }
    return render(request, "maintenance/worksheet.html", context, status=status)


def _seen(request: SignedInRequest, number: str) -> Ticket:
    return get_object_or_404(whole(request.user), number=number)
