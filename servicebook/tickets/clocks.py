"""The clocks of tickets: their events are the truth, and each row of a clock is what they say."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from servicebook.contracts.rules.terms import Measure
from servicebook.sla.queries import calendar
from servicebook.sla.rules import clock as clocks
from servicebook.sla.rules.clock import Event, Kind, Reading
from servicebook.tickets.models import ClockEvent, SlaClock, Ticket


def events_of(ticket: Ticket) -> list[ClockEvent]:
    """Return what moved the ticket's clocks, in its order. One statement."""
    return list(ClockEvent.objects.filter(ticket=ticket).order_by("at", "pk"))


def event(row: ClockEvent) -> Event:
    """Return a row as the fold reads it."""
    has_target = row.minutes is not None
    return Event(
        at=row.at,
        kind=Kind(row.kind),
        measure=row.measure,
        reason=row.reason,
        minutes=row.minutes,
        calendar=calendar(row.hours_id, row.zone) if has_target and row.hours_id else None,
        warn_percent=row.warn_percent,
        binding=row.binding,
    )


def readings(events: Sequence[ClockEvent], *, at: datetime) -> list[Reading]:
    """Return what the clocks show at `at`, in the order of the measures."""
    told = [event(one) for one in events]
    there = {one.measure for one in events}
    found = (clocks.read(told, measure, now=at) for measure in Measure if measure in there)
    return [one for one in found if one is not None]


def shown(ticket: Ticket, events: Sequence[ClockEvent], *, at: datetime) -> list[SlaClock]:
    """Return the ticket's clocks as `events` say at `at`: as their rows should be."""
    return [_row(ticket, one, target(events, one.measure, at), at) for one in readings(events, at=at)]


def next_deadline(rows: Iterable[SlaClock], planned: datetime | None = None) -> datetime | None:
    """Return the soonest deadline of the clocks that run; a past one until it is met.

    Args:
        planned: when planned work of an open ticket is to be done.
    """
    running = SlaClock.State.RUNNING
    deadlines = [one.due_at for one in rows if one.state == running and one.due_at]
    return min([*deadlines, *([planned] if planned else [])], default=None)


def gather(tickets: Sequence[Ticket]) -> None:
    """Put the clocks on tickets that may have some and do not hold them yet, with one statement."""
    bare = [one for one in tickets if one.clocks_at_hand is None]
    found: dict[int, list[SlaClock]] = {one.pk: [] for one in bare}
    wanted = [one.pk for one in bare if one.contract_id]
    for row in SlaClock.objects.filter(ticket__in=wanted) if wanted else ():
        found[row.ticket_id].append(row)
    for one in bare:
        one.clocks_at_hand = found[one.pk]


def target(events: Sequence[ClockEvent], measure: str, at: datetime) -> ClockEvent:
    """The target that holds: the latest of its events."""
    targets = [one for one in events if one.measure == measure and one.minutes and one.at <= at]
    return sorted(targets, key=lambda one: one.at)[-1]  # of two at one moment the later told


def _row(ticket: Ticket, reading: Reading, target: ClockEvent, at: datetime) -> SlaClock:
    return SlaClock(
        ticket=ticket,
        measure=reading.measure,
        minutes=reading.minutes,
        hours_id=target.hours_id,
        binding=reading.binding,
        state=reading.state.value,
        started_at=reading.started_at,
        warn_at=reading.warn_at,
        due_at=reading.due_at,
        met_at=reading.met_at,
        breached_at=reading.breached_at,
        counted=sum(one.seconds for one in reading.stretches if one.until),
        read_at=at,
    )
