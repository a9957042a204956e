"""What was kept of what was promised: per measure and priority, with the misses and their reasons (S1.7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

# How many misses a report lists; the rest is only counted.
MISSES_SHOWN = 50
# Below this share of kept promises, in percent, a line is amber; below the second it is red.
AMBER, RED = 95, 85


@dataclass(frozen=True, slots=True)
class Promise:
    """One promised time on one ticket.

    Attributes:
        ticket: its number. `target` and `counted`: seconds of the service hours.
        reached: whether it was done at all, in time or not.
        missed: whether the target passed before it was done.
        why: what took most of the time.
    """

    ticket: str
    title: str
    measure: str
    priority: int
    target: int
    counted: int
    reached: bool
    missed: bool
    why: str = ""

    @property
    def is_decided(self) -> bool:
        return self.reached or self.missed

    @property
    def late_by(self) -> int:
        return max(0, self.counted - self.target)


@dataclass(frozen=True, slots=True)
class Line:
    """All promises of one measure and priority.

    Attributes:
        targets: the promised times, in seconds, the shortest first; several where the terms changed.
        open: not decided yet.
        median: seconds of those that were done; None where none was.
    """

    measure: str
    priority: int
    targets: tuple[int, ...]
    kept: int
    missed: int
    open: int
    median: int | None

    @property
    def decided(self) -> int:
        return self.kept + self.missed

    @property
    def percent(self) -> int | None:
        return share(self.kept, self.decided)


@dataclass(frozen=True, slots=True)
class Compliance:
    """A period of a contract. `misses`: the longest first, at most MISSES_SHOWN."""

    lines: tuple[Line, ...]
    misses: tuple[Promise, ...]

    @property
    def kept(self) -> int:
        return sum(line.kept for line in self.lines)

    @property
    def missed(self) -> int:
        return sum(line.missed for line in self.lines)

    @property
    def decided(self) -> int:
        return self.kept + self.missed

    @property
    def percent(self) -> int | None:
        return share(self.kept, self.decided)


def share(part: int, whole: int) -> int | None:
    """Return percent, rounded down: what was missed once is not 100 % kept. None of nothing."""
    return part * 100 // whole if whole else None


def tone(percent: int | None) -> str:
    """Return the tone in which a share of kept promises is shown."""
    if percent is None:
        return "wait"
    return "done" if percent >= AMBER else "risk" if percent >= RED else "late"


def compliance(promises: Iterable[Promise], measures: Sequence[str]) -> Compliance:
    """Sum promises up, in the order of `measures`, then of priorities."""
    groups: dict[tuple[str, int], list[Promise]] = {}
    for one in promises:
        groups.setdefault((one.measure, one.priority), []).append(one)
    order = {measure: place for place, measure in enumerate(measures)}
    keys = sorted(groups, key=lambda key: (order[key[0]], key[1]))
    misses = [one for key in keys for one in groups[key] if one.missed]
    misses.sort(key=lambda one: (-one.late_by, one.ticket, order[one.measure]))
    return Compliance(tuple(_line(key, groups[key]) for key in keys), tuple(misses[:MISSES_SHOWN]))


def _line(key: tuple[str, int], promises: Sequence[Promise]) -> Line:
    done = [one.counted for one in promises if one.reached]
    missed = sum(one.missed for one in promises)
    decided = sum(one.is_decided for one in promises)
    return Line(
        *key,
        targets=tuple(sorted({one.target for one in promises})),
        kept=decided - missed,
        missed=missed,
        open=len(promises) - decided,
        median=round(median(done)) if done else None,
    )


@dataclass(frozen=True, slots=True)
class Stretch:
    """How long a ticket stood in one status. `until`: None while it does."""

    what: str
    since: datetime
    until: datetime | None


def longest(stretches: Iterable[Stretch], since: datetime, until: datetime) -> tuple[str, timedelta] | None:
    """Return what took most of the time between two moments (aware), and how much; None of nothing."""
    sums: dict[str, timedelta] = {}
    for one in stretches:
        length = min(one.until or until, until) - max(one.since, since)
        if length > timedelta(0):
            sums[one.what] = sums.get(one.what, timedelta(0)) + length
    return max(sums.items(), key=lambda pair: (pair[1], pair[0]), default=None)
