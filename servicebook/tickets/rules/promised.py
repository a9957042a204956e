"""What a change of a ticket means to the clocks of its promises."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from servicebook.contracts.rules.terms import Measure
from servicebook.sla.rules.clock import Kind

# Which moment of a ticket reaches which measure.
REACHED_BY = {
    Measure.RESPONSE: "responded_at",
    Measure.ARRIVAL: "arrived_at",
    Measure.RECOVERY: "recovered_at",
}


@dataclass(frozen=True)
class Stand:
    """Where a ticket stands, as far as its clocks ask.

    Attributes:
        since: when it came to stand so.
        waiting_for: the waiting reason; empty while it does not wait.
        merged: whether it went on in another ticket.
    """

    since: datetime
    closed: bool = False
    merged: bool = False
    waiting_for: str = ""
    responded_at: datetime | None = None
    arrived_at: datetime | None = None
    recovered_at: datetime | None = None


@dataclass(frozen=True)
class Moved:
    """An event of the clocks: of one measure, or of all when `measure` is empty."""

    kind: Kind
    at: datetime
    measure: str = ""
    reason: str = ""


def moved(before: Stand, after: Stand, *, pauses: Collection[str]) -> Iterator[Moved]:
    """Yield what happens to the clocks when a ticket goes from one stand to the other.

    Args:
        pauses: the waiting reasons that stop the clocks, by the terms that the ticket runs under.
    """
    yield from _reached(before, after)
    if after.closed and not before.closed:
        # Nobody waits for a visit to a ticket that is done, nor for anything on one that went on elsewhere.
        yield Moved(Kind.STOPPED, after.since, "" if after.merged else Measure.ARRIVAL)
    if before.closed and not after.closed:
        yield Moved(Kind.REOPENED, after.since, Measure.RECOVERY)
    paused = before.waiting_for if before.waiting_for in pauses else ""
    pausing = after.waiting_for if after.waiting_for in pauses else ""
    if paused and paused != pausing:
        yield Moved(Kind.RESUMED, after.since)
    if pausing and paused != pausing:
        yield Moved(Kind.PAUSED, after.since, reason=pausing)


def _reached(before: Stand, after: Stand) -> Iterator[Moved]:
    """A moment that was not known, or that was earlier than what was known, reaches its measure."""
    for measure, name in REACHED_BY.items():
        known, told = getattr(before, name), getattr(after, name)
        if told is not None and (known is None or told < known):
            yield Moved(Kind.MET, told, measure)


def waited(
    spells: Collection[tuple[str, datetime, datetime | None]], *, pauses: Collection[str]
) -> Iterator[Moved]:
    """Yield the pauses of a clock that is started in retrospect: (waiting reason, from, until) each."""
    for reason, since, until in spells:
        if reason in pauses:
            yield Moved(Kind.PAUSED, since, reason=reason)
            if until is not None:
                yield Moved(Kind.RESUMED, until)
