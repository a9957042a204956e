"""Customers who may be forgotten: what is wrong with each, and the one thing that mends it (S0.40)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from servicebook.accounts.requests import SignedInRequest
from servicebook.customers.models import Customer
from servicebook.maintenance.models import Occurrence
from servicebook.reminders import queries
from servicebook.reminders.kinds import KINDS
from servicebook.reminders.kinds.silence import named
from servicebook.reminders.models import Ask, What
from servicebook.reminders.queries import Breach
from servicebook.tickets.models import Ticket

SHOWN = 200


@dataclass(frozen=True)
class Line:
    """One breach in words. `mend` leads to where it is mended."""

    title: str
    url: str
    customer: Customer
    wrong: str
    owner: str
    act: str
    mend: str


@require_safe
def breaches(request: SignedInRequest) -> HttpResponse:
    """Every customer who waits, or is waited for, without an owner who is here and a next date.

    Leads see every customer, so nothing is left out here.
    """
    found = list(islice(queries.breaches(), SHOWN + 1))
    context = {"lines": _lines(found[:SHOWN]), "more": len(found) > SHOWN, "shown": SHOWN}
    return render(request, "reminders/breaches.html", context)


def _lines(found: Sequence[Breach]) -> list[Line]:
    """Read what questions are about with a fixed number of statements, then say each."""
    asks = [one.thing for one in found if isinstance(one.thing, Ask)]
    if asks:
        KINDS[What.SILENCE].prepare(asks)
    return [line for one in found if (line := _line(one))]


def _line(breach: Breach) -> Line | None:
    thing = breach.thing
    if isinstance(thing, Ask):
        return _of_ask(breach, thing)
    if isinstance(thing, Ticket):
        return Line(
            title=str(thing),
            url=thing.get_absolute_url(),
            customer=thing.customer,
            wrong=_("It waits for the customer since %(day)s, and no question to them is open.")
            % {"day": _day(thing.status_since)},
            owner=thing.owner.name,
            act=_("Say anew what it waits for"),
            mend=reverse("tickets:act", args=[thing.number, "wait"]),
        )
    if isinstance(thing, Occurrence):
        return Line(
            title=thing.at_site,
            url=thing.get_absolute_url(),
            customer=thing.customer,
            wrong=_("It is announced and needs a window, but nobody was asked for it."),
            owner=thing.ticket.owner.name if thing.ticket else "",
            act=_("Agree the window"),
            mend=f"{thing.get_absolute_url()}#window",
        )
    return None


def _of_ask(breach: Breach, ask: Ask) -> Line:
    left = breach.what == "owner"
    day = {"day": _day(ask.next_at) if ask.next_at else "–"}
    return Line(
        title=f"{ask.get_what_display()} · {named(ask)}",
        url=ask.get_absolute_url(),
        customer=ask.customer,
        wrong=_("Its owner does not work here any more.")
        if left
        else _("Somebody was to look at it on %(day)s, and nobody did.") % day,
        owner=ask.holder_name,
        act=_("Hand it over") if left else _("Answer or decide"),
        mend=f"{ask.get_absolute_url()}#{'hand' if left else 'decide'}",
    )


def _day(moment: datetime) -> str:
    return date_format(moment.astimezone(get_current_timezone()), "j M Y")
