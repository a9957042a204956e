"""How much of the time the covered units ran (S1.5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

PLACES = Decimal("0.001")  # as guarantees are written: 99.95 %
Outage = tuple[datetime, datetime | None]  # None: it lasts


@dataclass(frozen=True, slots=True)
class Uptime:
    """Attributes:
    down, whole: seconds, over all units.
    worst: (unit, seconds), the longest first.
    """

    units: int
    down: int
    whole: int
    worst: tuple[tuple[int, int], ...] = ()

    @property
    def percent(self) -> Decimal | None:
        """Rounded down: 99.9499 % does not keep a guarantee of 99.95 %. None where there is no unit."""
        if not self.whole:
            return None
        up = Decimal(self.whole - self.down) * 100 / self.whole
        return up.quantize(PLACES, ROUND_DOWN)


def uptime(
    outages: Mapping[int, Sequence[Outage]], *, units: int, since: datetime, until: datetime, shown: int = 5
) -> Uptime:
    """Compute the uptime of `units` covered units between two moments (aware).

    Outages of one unit that overlap, as two tickets about the same standstill do, count once.

    Args:
        outages: per unit; parts outside the period are cut off, and one that lasts counts until its end.
    """
    down = {unit: covered_seconds(stretches, since, until) for unit, stretches in outages.items()}
    worst = sorted((pair for pair in down.items() if pair[1]), key=lambda pair: (-pair[1], pair[0]))
    period = max(0, int((until - since).total_seconds()))
    return Uptime(units, sum(down.values()), units * period, tuple(worst[:shown]))


def covered_seconds(stretches: Iterable[Outage], since: datetime, until: datetime) -> int:
    """Return the length of the union of `stretches` inside a period, in seconds."""
    total, reached = 0.0, since
    for start, end in sorted(stretches, key=lambda one: one[0]):
        begin, stop = max(start, reached), min(end or until, until)
        if stop > begin:
            total += (stop - begin).total_seconds()
            reached = stop
    return int(total)
