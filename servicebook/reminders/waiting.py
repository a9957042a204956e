"""Which tickets wait for an answer of the customer, and since when nobody has answered (S0.36)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from servicebook.reminders.kinds.base import key
from servicebook.reminders.models import Asks
from servicebook.reminders.rules.escalation import counts_from
from servicebook.tickets.models import Status, Ticket, WaitingReason
from servicebook.tickets.rules.status import LOOK_AGAIN_AFTER

ASKED_FOR: Mapping[str, Asks] = {
    WaitingReason.CLIENT: Asks.REPLY,
    WaitingReason.PAYMENT: Asks.PAYMENT,
    WaitingReason.ACCESS: Asks.ACCESS,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a ticket waits for. `occurrence` tells this waiting from the next."""

    asks: Asks
    since: datetime

    @property
    def occurrence(self) -> str:
        return key(self.since)


def of(ticket: Ticket) -> Waiting | None:
    """Return what the customer owes us on a ticket; None when we do not wait for the customer."""
    if ticket.status == Status.APPROVAL:
        asks, pause = Asks.REPLY, LOOK_AGAIN_AFTER[Status.APPROVAL]
    elif ticket.status == Status.WAITING and ticket.waiting_for in ASKED_FOR:
        asks, pause = ASKED_FOR[ticket.waiting_for], LOOK_AGAIN_AFTER[ticket.waiting_for]
    else:
        return None
    return Waiting(asks, counts_from(ticket.status_since, ticket.resume_at, pause))
