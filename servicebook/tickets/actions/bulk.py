"""One move for many tickets: each on its own, so that one refusal stops nobody else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from servicebook.core.errors import Refused
from servicebook.tickets.models import Ticket

MOST = 200  # tickets at once


@dataclass
class Outcome:
    """What came of it: the numbers that were moved, and why the others were not."""

    done: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def each(tickets: Iterable[Ticket], action: Callable[..., Any], **how: Any) -> Outcome:
    """Run `action(ticket.pk, **how)` for each ticket, each in its own transaction."""
    outcome = Outcome()
    for ticket in list(tickets)[:MOST]:
        try:
            action(ticket.pk, **how)
        except Refused as refusal:
            outcome.refused[ticket.number] = str(refusal)
        else:
            outcome.done.append(ticket.number)
    return outcome
