"""What happens to a ticket moves its clocks."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.sla.rules.clock import Kind as EventKind
from servicebook.tickets.clocks import events_of, next_deadline, shown
from servicebook.tickets.models import ClockEvent, CoverageDecision, Kind, SlaClock, Status, Ticket
from servicebook.tickets.rules import promised

# A change of one of these may move the clocks.
CONCERN = frozenset({"status", *promised.REACHED_BY.values()})
# What of a row the events say.
READ = (
    "minutes", "hours", "binding", "state", "started_at", "warn_at", "due_at", "met_at", "breached_at",
    "counted", "read_at",
)  # fmt: skip


class Told(NamedTuple):
    """Who said that something happened, and by how many seconds the clock of their phone was wrong."""

    by: User | None = None
    skew: int | None = None


def follow(ticket: Ticket, changes: Mapping[str, Any], told: Told) -> dict[str, Any]:
    """Move the clocks as `changes` of the ticket ask; return what else changes of it.

    Three statements where clocks run and are concerned, none elsewhere.
    """
    if ticket.kind == Kind.PLANNED:
        return _due(ticket, changes)
    if ticket.contract_id is None or not CONCERN & changes.keys():
        return {}
    before, after = _stand(ticket, {}), _stand(ticket, changes)
    events = events_of(ticket)
    measures = {"", *(one.measure for one in events)}
    waits = before.waiting_for or after.waiting_for
    happened = promised.moved(before, after, pauses=pauses_of(ticket) if waits and events else ())
    fresh = [_event(ticket, one, told) for one in happened if one.measure in measures]
    return keep(ticket, events, fresh) if fresh else {}


def _due(ticket: Ticket, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Planned work runs no clocks: while it is open, its deadline is when it is due."""
    closed = changes.get("status", ticket.status) == Status.CLOSED
    return {"next_deadline_at": None if closed else changes.get("due_at", ticket.due_at)}


def keep(ticket: Ticket, known: Sequence[ClockEvent], fresh: Sequence[ClockEvent]) -> dict[str, Any]:
    """Write fresh events and what the clocks show with them; return the change of the ticket's row."""
    ClockEvent.objects.bulk_create(fresh)
    rows = shown(ticket, [*known, *fresh], at=clock.now())
    SlaClock.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["ticket", "measure"], update_fields=READ
    )
    ticket.clocks_at_hand = rows
    return {"next_deadline_at": next_deadline(rows)}


def read_again(ticket: Ticket) -> dict[str, Any]:
    """Write what the clocks show now, though nothing happened to them; return the change of the row."""
    return keep(ticket, events_of(ticket), [])


def pauses_of(ticket: Ticket) -> frozenset[str]:
    """Return the waiting reasons that stop the ticket's clocks, by the terms that it runs under."""
    current = CoverageDecision.objects.filter(ticket=ticket, current=True)
    return frozenset(current.values_list("decision__pauses", flat=True).first() or ())


def _event(ticket: Ticket, happened: promised.Moved, told: Told) -> ClockEvent:
    return ClockEvent(
        ticket=ticket,
        kind=happened.kind.value,
        measure=happened.measure,
        at=happened.at,
        recorded_at=clock.now(),
        reason=happened.reason,
        device_skew=told.skew if happened.kind is EventKind.MET else None,
        by=told.by,
    )


def _stand(ticket: Ticket, changes: Mapping[str, Any]) -> promised.Stand:
    def value(name: str) -> Any:
        return changes.get(name, getattr(ticket, name))

    return promised.Stand(
        since=value("status_since"),
        closed=value("status") == Status.CLOSED,
        merged="merged_into" in changes or ticket.merged_into_id is not None,
        waiting_for=value("waiting_for"),
        **{name: value(name) for name in promised.REACHED_BY.values()},
    )
