"""What was promised by when: somebody is there, it works again, a deadline comes near or is missed."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.contracts.rules.terms import ContractType
from servicebook.core import clock
from servicebook.sla.rules.device import Implausible, skew_checked
from servicebook.tickets import clocks, wording
from servicebook.tickets.actions import _clocks, _weighing
from servicebook.tickets.actions._base import MoveRefused, NotValid, locked, write
from servicebook.tickets.actions._clocks import Told
from servicebook.tickets.models import Priority, SlaClock, Status, Ticket
from servicebook.tickets.rules import status as statuses

ARRIVED, RECOVERED = "arrived", "recovered"
VERBS = {ARRIVED: "ticket.arrived", RECOVERED: "ticket.recovered"}


@transaction.atomic
def arrive(ticket_id: int, *, by: User, at: datetime | None = None) -> Ticket:
    """Say that somebody is on site. That is the response, too, if nobody answered before.

    Args:
        at: when; now if None.

    Raises:
        NotValid: before the ticket was opened, or in the future.
        MoveRefused: the ticket is closed.
    """
    return _happened(ticket_id, ARRIVED, at or clock.now(), Told(by))


@transaction.atomic
def recover(ticket_id: int, *, by: User, at: datetime | None = None) -> Ticket:
    """Say that it works again, if only for the time being: the recovery that was promised.

    Raises as `arrive` does.
    """
    return _happened(ticket_id, RECOVERED, at or clock.now(), Told(by))


@transaction.atomic
def clock_event_from_device(
    ticket_id: int,
    kind: str,
    *,
    device_at: datetime,
    device_now: datetime,
    received_at: datetime,
    by: User,
) -> Ticket:
    """Take in what a phone noted without a network: "arrived" or "recovered".

    The error of its clock is taken off. What is learnt late takes its place among what is known, and
    the clocks are read anew: a breach that was none is taken back. Sent twice it changes nothing.

    Args:
        device_at: when it happened; `device_now`: when it was sent, both by the phone's clock.
        received_at: when it came, by ours.

    Raises:
        NotValid: no such kind, or a moment that cannot be.
    """
    if kind not in VERBS:
        text = _("A phone tells “arrived” or “recovered”.")
        raise NotValid(text, fields={"kind": text})
    try:
        at, skew = skew_checked(device_at, device_now, received_at)
    except Implausible as wrong:
        text = _("This moment cannot be: it lies in the future of the phone, or too far back.")
        raise NotValid(text, fields={"device_at": text}) from wrong
    return _happened(ticket_id, kind, min(at, received_at), Told(by, skew), late=True)


def _happened(ticket_id: int, kind: str, at: datetime, told: Told, *, late: bool = False) -> Ticket:
    ticket = locked(ticket_id)
    if ticket.status == Status.CLOSED and not late:
        raise MoveRefused(_(statuses.WHY_NOT[Status.CLOSED]) % {"number": ticket.number})
    if not ticket.opened_at <= at <= clock.now():
        text = _("It cannot have been before the ticket was opened, nor in the future.")
        raise NotValid(text, fields={"at": text})
    names = ["responded_at", "arrived_at" if kind == ARRIVED else "recovered_at"]
    changes = {name: at for name in names if (known := getattr(ticket, name)) is None or at < known}
    if names[1] not in changes:
        return ticket  # it is known already
    write(ticket, told=told, **changes)
    journal.record(VERBS[kind], ticket, by=told.by, moment=at, skew=told.skew)
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def deadline_near(
    ticket_id: int, *, measure: str, warn_at: datetime, at: datetime
) -> tuple[Ticket, SlaClock] | None:
    """A deadline comes near: the priority is weighed with the time that is left.

    Returns:
        The ticket and its clock; None when it was met, paused or moved meanwhile, or when we are so
        late that it is missed already, which is told next.
    """
    ticket = locked(ticket_id)
    one = _clock_of(ticket, measure, at)
    if one is None or one.warn_at != warn_at or one.due_at is None or one.breached_at:
        return None
    left = int((one.due_at - at).total_seconds()) // 60
    journal.record("ticket.deadline_near", ticket, at=at, measure=measure, minutes=left, due=one.due_at)
    _weigh(ticket, at)
    agenda.refresh(ticket)
    return ticket, one


@transaction.atomic
def deadline_missed(
    ticket_id: int, *, measure: str, due_at: datetime, at: datetime
) -> tuple[Ticket, SlaClock] | None:
    """A deadline was missed: it stands in the book from this moment on (S1.6).

    Returns:
        The ticket and its clock; None when it was met in time, as we learnt later, or moved.
    """
    ticket = locked(ticket_id)
    one = _clock_of(ticket, measure, at)
    if one is None or one.breached_at != due_at:
        return None
    _clocks.read_again(ticket)
    verb = "ticket.sla_breached" if one.binding else "ticket.goal_missed"
    journal.record(verb, ticket, at=at, measure=measure, due=due_at, contract=ticket.contract_id)
    _weigh(ticket, at)
    agenda.refresh(ticket)
    return ticket, one


@transaction.atomic
def hours_changed(ticket_id: int, *, hours: str, at: datetime) -> Ticket:
    """Read the clocks again, because the service hours in which they run have changed.

    Args:
        hours: their name.
    """
    ticket = locked(ticket_id)
    changes = _clocks.read_again(ticket)
    if changes["next_deadline_at"] != ticket.next_deadline_at:
        write(ticket, **changes)
        due = ticket.next_deadline_at
        journal.record("ticket.hours_changed", ticket, at=at, hours=hours, due=due)
        _weigh(ticket, at)
    agenda.refresh(ticket)
    return ticket


def _clock_of(ticket: Ticket, measure: str, at: datetime) -> SlaClock | None:
    """What the clock of a measure shows at `at`, read from its events."""
    ticket.clocks_at_hand = clocks.shown(ticket, clocks.events_of(ticket), at=at)
    return next((one for one in ticket.clocks_at_hand if one.measure == measure), None)


def _weigh(ticket: Ticket, at: datetime) -> None:
    """Lift the priority of an open ticket as its recovery deadline comes near."""
    if ticket.status == Status.CLOSED:
        return
    before = ticket.priority
    kind = ContractType(ticket.contract.type) if ticket.contract else None
    rows = ticket.clocks_at_hand or []
    urgency = _weighing.lifted(_weighing.urgency_of(ticket, kind), rows, at)
    if urgency.level >= before:
        return
    write(ticket, **_weighing.put(ticket, urgency))
    journal.record(
        "ticket.prioritised",
        ticket,
        at=at,
        before=wording.in_house(Priority(before).label),
        after=wording.in_house(Priority(ticket.priority).label),
        because=ticket.priority_because,
    )
