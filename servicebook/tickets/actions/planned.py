"""Planned tickets: their due moment moves with the plan, and what is called off is not done."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.tickets.actions._base import MoveRefused, NotValid, locked, move, write
from servicebook.tickets.actions.talking import bring_back
from servicebook.tickets.models import Kind, Status, Ticket
from servicebook.tickets.rules import status as statuses

LONGEST_REASON = 200


@transaction.atomic
def plan_for(ticket_id: int, *, due_at: datetime, because: str, by: User | None) -> Ticket:
    """Move the moment by which planned work is to be done. To the same moment nothing changes.

    Raises:
        MoveRefused: it is closed, or it is no planned ticket.
    """
    ticket = _planned(locked(ticket_id))
    if ticket.status == Status.CLOSED:
        raise MoveRefused(_(statuses.WHY_NOT[Status.CLOSED]) % {"number": ticket.number})
    if ticket.due_at == due_at:
        return ticket
    before = ticket.due_at
    write(ticket, due_at=due_at)
    journal.record("ticket.due_moved", ticket, by=by, before=before, after=due_at, because=because)
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def withdraw(ticket_id: int, *, because: str, by: User | None) -> Ticket:
    """Close a planned ticket whose work is off. It was not done, and nothing says that it was.

    Raises:
        NotValid: no reason is given.
        MoveRefused: it is closed, or it is no planned ticket.
    """
    ticket = _planned(locked(ticket_id))
    because = " ".join(because.split())[:LONGEST_REASON]
    if not because:
        sentence = _("Say why the work is off.")
        raise NotValid(sentence, fields={"because": sentence})
    move(ticket, Status.CLOSED, closed_at=clock.now(), withdrawn_because=because)
    journal.record("ticket.withdrawn", ticket, by=by, because=because)
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def take_back(ticket_id: int, *, because: str, by: User | None) -> Ticket:
    """Open a planned ticket again that was called off, because the work is on after all.

    Only whoever plans knows that it is not planned a second time meanwhile; people reopen what was done.

    Raises:
        MoveRefused: it was not called off.
    """
    ticket = _planned(locked(ticket_id))
    if not ticket.withdrawn_because:
        raise MoveRefused(_("%(number)s was not called off.") % {"number": ticket.number})
    bring_back(ticket, by=by, because=because)
    agenda.refresh(ticket)
    return ticket


def _planned(ticket: Ticket) -> Ticket:
    if ticket.kind != Kind.PLANNED:
        raise MoveRefused(
            _("%(number)s was asked for by the customer. Close it with what was done.")
            % {"number": ticket.number}
        )
    return ticket
