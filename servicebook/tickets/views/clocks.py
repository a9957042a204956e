"""A clock of a ticket with every stretch that was counted or paused."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.models.choices import Measure
from servicebook.core import clock as core_clock
from servicebook.tickets import queries, showing
from servicebook.tickets.models import WaitingReason


def clock(request: SignedInRequest, number: str, measure: str) -> HttpResponse:
    """The clock as it is; and, when asked, as it would be if other waiting reasons paused it."""
    ticket, now = get_object_or_404(queries.whole(request.user), number=number), core_clock.now()
    shown = showing.read(ticket, measure, now) if measure in Measure.values else None
    if shown is None:
        raise Http404
    pauses = [one for one in request.GET.getlist("pauses") if one in WaitingReason.values]
    supposed = showing.supposed(ticket, measure, pauses, now) if "suppose" in request.GET else None
    context = {
        "ticket": ticket,
        "shown": shown,
        "supposed": supposed,
        "reasons": [(value, label, value in pauses) for value, label in WaitingReason.choices],
    }
    return render(request, "tickets/clock.html", context)
