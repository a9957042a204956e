"""How urgent a ticket is: computed from what it says, or set by hand, and lifted as a deadline comes near."""

from datetime import datetime
from typing import Any

from servicebook.contracts.rules.terms import ContractType, Measure
from servicebook.tickets import wording
from servicebook.tickets.models import Kind, SlaClock, Ticket
from servicebook.tickets.rules import priority
from servicebook.tickets.rules.priority import Urgency

BY_HAND = "priority"  # among the ticket's circumstances: {"level": 2, "because": "…"}


def urgency_of(ticket: Ticket, contract: ContractType | None = None) -> Urgency:
    """Weigh a ticket without its deadlines: they follow from this. What was set by hand holds.

    Args:
        contract: the type of the contract that it runs under.
    """
    if chosen := ticket.circumstances.get(BY_HAND):
        return Urgency(chosen["level"], (priority.Because("%(because)s", chosen),))
    return priority.decide(
        priority.Circumstances(
            downtime=ticket.downtime,
            customer=ticket.customer.criticality,
            asset=ticket.asset.criticality if ticket.asset else None,
            customer_class=ticket.customer.customer_class,
            repeat=ticket.repeat_of_id is not None,
            complaint=ticket.kind == Kind.COMPLAINT,
            contract=contract,
        )
    )


def lifted(urgency: Urgency, clocks: list[SlaClock], at: datetime) -> Urgency:
    """Lift it as the recovery deadline comes near."""
    for one in clocks:
        if one.measure == Measure.RECOVERY and one.state == SlaClock.State.RUNNING and one.due_at:
            return priority.lifted(urgency, one.due_at - at)
    return urgency


def put(ticket: Ticket, urgency: Urgency) -> dict[str, Any]:
    """Put it on the ticket; return the changes of its row."""
    ticket.priority, ticket.priority_because = urgency.level, wording.why(urgency)
    return {"priority": ticket.priority, "priority_because": ticket.priority_because}
