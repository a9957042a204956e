"""What covers a ticket, what was promised, what is billed: each act the one that the desk calls."""

from typing import Any

from django.http import Http404, HttpResponse

from servicebook.accounts.requests import SignedInRequest
from servicebook.contracts.api.coverage import CoverageOut
from servicebook.contracts.api.coverage import shown as coverage_shown
from servicebook.contracts.models import ExtraService
from servicebook.core import api, clock
from servicebook.core.api import Id, Line30, answers
from servicebook.tickets import actions, clocks, queries, showing
from servicebook.tickets.api.shapes import (
    ChargeNew,
    ChargeOut,
    ClockOut,
    ConsentNew,
    ConsentOut,
    DeviceEvent,
    Dropped,
    Found,
    Happened,
    TicketOut,
    Use,
    Used,
)
from servicebook.tickets.api.tickets import one, routes, told
from servicebook.tickets.models import Charge, Consent


@routes.get("/{number}/coverage", response=answers(CoverageOut), summary="Read what covers a ticket")
def read_ticket_coverage(request: SignedInRequest, number: Line30) -> HttpResponse:
    """The current decision as it was taken, with every clause that was tested."""
    return _coverage(request, number)


@routes.post("/{number}/coverage", response=answers(CoverageOut), summary="Decide coverage again")
def decide_ticket_coverage(request: SignedInRequest, number: Line30) -> HttpResponse:
    """For the moment in which the ticket was opened. What did not change stays as it was decided."""
    actions.decide_again(one(request.user, number).pk, by=request.user)
    return _coverage(request, number)


@routes.post("/{number}/found", response=answers(TicketOut), summary="Say what was found")
def found_on_ticket(request: SignedInRequest, number: Line30, body: Found) -> HttpResponse:
    """Signs, the part that failed, whether parts are consumables: coverage is decided again by it."""
    ticket = actions.found(
        one(request.user, number).pk,
        signs=body.signs,
        component=body.component,
        consumable=body.consumable,
        by=request.user,
    )
    return told(ticket)


@routes.get("/{number}/clocks", response=answers(list[ClockOut]), summary="Read a ticket's clocks")
def list_clocks(request: SignedInRequest, number: Line30) -> HttpResponse:
    """Each with every stretch that was counted or paused, up to this second."""
    ticket, now = one(request.user, number), clock.now()
    events = clocks.events_of(ticket) if ticket.contract_id else []
    return api.reply([_clock(reading) for reading in clocks.readings(events, at=now)])


@routes.post("/{number}/arrived", response=answers(TicketOut), summary="Say that somebody is on site")
def arrived_at_ticket(request: SignedInRequest, number: Line30, body: Happened) -> HttpResponse:
    return told(actions.arrive(one(request.user, number).pk, at=body.at, by=request.user))


@routes.post("/{number}/recovered", response=answers(TicketOut), summary="Say that it works again")
def ticket_recovered(request: SignedInRequest, number: Line30, body: Happened) -> HttpResponse:
    return told(actions.recover(one(request.user, number).pk, at=body.at, by=request.user))


@routes.post("/{number}/device-events", response=answers(TicketOut), summary="Pass on what a phone noted")
def add_device_event(request: SignedInRequest, number: Line30, body: DeviceEvent) -> HttpResponse:
    """Without a network, by its own clock; the error of that clock is taken off."""
    ticket = actions.clock_event_from_device(
        one(request.user, number).pk,
        body.kind,
        device_at=body.device_at,
        device_now=body.device_now,
        received_at=clock.now(),
        by=request.user,
    )
    return told(ticket)


@routes.post("/{number}/uses", response=answers(Used, 201), summary="Keep a visit, a diagnostic or parts")
def use_contract(request: SignedInRequest, number: Line30, body: Use) -> HttpResponse:
    """Drawn from what covers the ticket; the rest is billed."""
    share = actions.use_contract(
        one(request.user, number).pk,
        service=body.service,
        amount=body.amount,
        note=body.note,
        worked_on=body.worked_on,
        source=body.source,
        by=request.user,
    )
    shown = {"covered": share.covered, "billed": share.billed, "left": share.left}
    return api.reply({**shown, "charge": share.charge and share.charge.pk}, 201)


@routes.get("/{number}/charges", response=answers(list[ChargeOut]), summary="List what is billed")
def list_charges(request: SignedInRequest, number: Line30) -> HttpResponse:
    return api.every(Charge.objects.filter(ticket=one(request.user, number)), ChargeOut)


@routes.post("/{number}/charges", response=answers(ChargeOut, 201), summary="Add extra work")
def add_charge(request: SignedInRequest, number: Line30, body: ChargeNew) -> HttpResponse:
    """A line of the rate card: with the customer's recorded consent, or the caller answers for it."""
    ticket = one(request.user, number)
    charge = actions.add_extra(
        ticket.pk,
        extra=api.related(ExtraService.objects.filter(active=True), body.extra, "extra"),
        quantity=body.quantity,
        note=body.note,
        without_consent=body.without_consent,
        source=body.source,
        by=request.user,
    )
    return api.reply(api.shown(charge, ChargeOut), 201)


@routes.post("/{number}/charges/{charge}/drop", response=answers(ChargeOut), summary="Take off the bill")
def drop_charge(request: SignedInRequest, number: Line30, charge: Id, body: Dropped) -> HttpResponse:
    found = api.or_404(Charge.objects.filter(ticket=one(request.user, number)), pk=charge)
    return api.reply(
        api.shown(actions.drop_charge(found.pk, because=body.because, by=request.user), ChargeOut)
    )


@routes.get("/{number}/consents", response=answers(list[ConsentOut]), summary="List what was agreed")
def list_consents(request: SignedInRequest, number: Line30) -> HttpResponse:
    return api.every(Consent.objects.filter(ticket=one(request.user, number)), ConsentOut)


@routes.post("/{number}/consents", response=answers(ConsentOut, 201), summary="Record a consent")
def record_consent(request: SignedInRequest, number: Line30, body: ConsentNew) -> HttpResponse:
    """The customer's word, before the work, that it may be done and what it may cost."""
    consent = actions.record_consent(
        one(request.user, number).pk,
        what=body.what,
        amount=body.amount,
        how=body.how,
        who=body.who,
        by=request.user,
    )
    return api.reply(api.shown(consent, ConsentOut), 201)


def _coverage(request: SignedInRequest, number: str) -> HttpResponse:
    ticket = api.or_404(queries.whole(request.user), number=number)
    covered = showing.covered(ticket, request.user)
    if covered is None:
        raise Http404  # from another system: nothing was decided
    return api.reply(coverage_shown(covered.answer, covered.answer.decision))


def _clock(reading: Any) -> dict[str, Any]:
    names = ("measure", "state", "minutes", "binding", "started_at", "due_at", "warn_at", "met_at")
    shown = {name: getattr(reading, name) for name in (*names, "breached_at", "counted")}
    stretches = [
        {
            "since": one.since,
            "until": one.until,
            "counted": one.counted,
            "reason": one.reason,
            "seconds": one.seconds,
        }
        for one in reading.stretches
    ]
    return {**shown, "stretches": stretches}
