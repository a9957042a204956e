"""When a meter will have counted so far: a day with its range, and how such days turned out (S0.24, S0.31).

The total use of a unit is what its meter would show had it never begun again: the first reading, and what
was used from one reading to the next. Between two readings, however far apart, use is taken as even.

One wild reading (a slip of the hand, a wrong meter) changes nothing: it is not believed, see `believed`.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import sqrt
from statistics import median, stdev

from servicebook.equipment.rules.readings import RATE_WINDOW, Read, marked

FEWEST_DAYS = 7  # between the first and the last reading; of less nothing is concluded
FURTHEST_DAYS = 3660  # a day beyond that is no forecast
STRETCH_DAYS = 30  # use is compared from one stretch of so many days to the next
# So many times the highest use around it is not believed: of a reading without which its neighbours fit
# together, and of the latest, which nothing bears out yet.
WILD, WILD_LATEST = 3, 10
AROUND = 12  # readings on either side
SIDE = 1.5  # standard deviations either way, of a few stretches: four days of five fall into the range
UNKNOWN = 0.3  # how far use differs from stretch to stretch, at least, divided by those that were seen
STALE_DAYS = 90  # without a reading for so long, the range is twice as wide
KNOWN_BEFORE = timedelta(days=30)  # what a test of the past was allowed to know
MOST_TESTED = 50
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a target is reached: most likely `on`, four times of five from `earliest` to `latest`."""

    on: date
    earliest: date
    latest: date
    per_day: Decimal


@dataclass(frozen=True, slots=True)
class Tested:
    """A target that was passed, and the day that was foretold 30 days before."""

    target: Decimal
    predicted_on: date
    actual_on: date

    @property
    def days_off(self) -> int:
        """Below zero: it was expected too early."""
        return (self.predicted_on - self.actual_on).days


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How far off the forecasts were, in days either way: half of them, and four of five, at most so far."""

    tested: int
    median_days: int
    most_days: int


def believed(readings: Sequence[Read]) -> list[Read]:
    """Return the readings that count, by time, with every reset recognised anew.

    Left out is a reading without which its neighbours fit together, and that asks for more than WILD times
    the highest use around it; the latest, when it jumps so far ahead that the next must bear it out first;
    the first, when what follows would be a reset after which so much was used. A meter that began again is
    none of these: its next readings go on from there.
    """
    kept = sorted(readings, key=lambda read: read.at)
    at = 0
    while at < len(kept):
        if len(kept) > 2 and _is_wild(kept, at):
            del kept[at]
            at = max(0, at - 1)
        else:
            at += 1
    return marked(kept)


def total_use(readings: Sequence[Read]) -> Decimal:
    """Return what was used until the last reading, over all resets; 0 without a reading."""
    kept = believed(readings)
    return _totals(kept)[-1] if kept else Decimal(0)


def course(readings: Sequence[Read]) -> list[tuple[datetime, Decimal]]:
    """Return the total use at each reading that counts, by time."""
    kept = believed(readings)
    return [(read.at, total) for read, total in zip(kept, _totals(kept), strict=True)]


def forecast(readings: Sequence[Read], *, target: Decimal, today: date) -> Forecast | None:
    """Return when the total use reaches `target`.

    Args:
        target: of the total use, see `total_use`.
        today: where the unit stands. A target that was reached already, or would have been by now, is
            due today.

    Returns:
        None when no day can be told: fewer than two readings or all within FEWEST_DAYS, no use at all
        in the last half-year, or a day further away than FURTHEST_DAYS. The older the last reading, the
        wider the range.
    """
    kept = believed(readings)
    if not kept:
        return None
    totals = _totals(kept)
    rate = _rate(kept, totals)
    left = float(target - totals[-1])
    if left <= 0:
        return Forecast(today, today, today, _decimal(rate.mean if rate else 0.0))
    if rate is None or rate.mean <= 0 or left / rate.mean > FURTHEST_DAYS:
        return None
    last = kept[-1].at.date()
    stale = max(0, (today - last).days)
    width = rate.width(ahead=left / rate.mean) * (1 + stale / STALE_DAYS)
    slowest = max(rate.mean - width, rate.mean / 4)

    def reached(per_day: float) -> date:
        return max(today, last + timedelta(days=min(FURTHEST_DAYS, round(left / per_day))))

    return Forecast(
        on=reached(rate.mean),
        earliest=reached(rate.mean + width),
        latest=reached(slowest),
        per_day=_decimal(rate.mean),
    )


def backtest(readings: Sequence[Read], *, step: Decimal) -> list[Tested]:
    """Return what was foretold of every passed multiple of `step`, from what was known 30 days before it.

    The last MOST_TESTED of them, in order. Left out is what could not be foretold then.
    """
    if step <= 0:
        raise ValueError(f"a step is above zero, not {step}")
    ordered = sorted(readings, key=lambda read: read.at)
    kept = believed(ordered)
    if len(kept) < 2:
        return []
    totals, moments = _totals(kept), [read.at for read in ordered]
    highest = totals[-1] // step
    lowest = max(totals[0] // step + 1, highest - MOST_TESTED + 1)
    found = []
    for number in range(int(lowest), int(highest) + 1):
        target = number * step
        passed = _passed(kept, totals, target)
        then = passed - KNOWN_BEFORE
        known = ordered[: bisect_right(moments, then)]
        predicted = forecast(known, target=target, today=then.date())
        if predicted is not None:
            found.append(Tested(target, predicted.on, passed.date()))
    return found


def accuracy(tested: Sequence[Tested]) -> Accuracy | None:
    """Return how far off the forecasts were; None when none was tested."""
    if not tested:
        return None
    off = sorted(abs(one.days_off) for one in tested)
    return Accuracy(len(off), round(median(off)), off[-(-len(off) * 4 // 5) - 1])


# How use is measured.


@dataclass(frozen=True, slots=True)
class _Rate:
    """Use per day in the last half-year, and how it differs from stretch to stretch."""

    mean: float
    differs: float
    stretches: int

    def width(self, *, ahead: float) -> float:
        """What the rate may differ by over the days `ahead`: the longer, the more it evens out."""
        coming = max(1.0, ahead / STRETCH_DAYS)
        return SIDE * self.differs * sqrt(1 / self.stretches + 1 / coming)


def _rate(kept: Sequence[Read], totals: Sequence[Decimal]) -> _Rate | None:
    """The rate in the last half-year; where it was read too little, of the last days that say enough."""
    last = kept[-1].at
    start = next(at for at, read in enumerate(kept) if last - read.at <= RATE_WINDOW)
    while start > 0 and last - kept[start].at < FEWEST_DAYS * _DAY:
        start -= 1
    days = (last - kept[start].at) / _DAY
    if days < FEWEST_DAYS:
        return None
    mean = float(totals[-1] - totals[start]) / days
    stretches = max(1, int(days / STRETCH_DAYS))
    marks = [kept[start].at + (last - kept[start].at) * n / stretches for n in range(stretches + 1)]
    used = [_use_until(kept, totals, mark) for mark in marks]
    per_day = [(after - before) * stretches / days for before, after in pairwise(used)]
    seen = stdev(per_day) if stretches > 1 else 0.0
    return _Rate(mean, max(seen, UNKNOWN * mean / stretches), stretches)


def _totals(kept: Sequence[Read]) -> list[Decimal]:
    found = [kept[0].value] if kept else []
    for before, after in pairwise(kept):
        found.append(found[-1] + _used(before, after))
    return found


def _used(before: Read, after: Read) -> Decimal:
    """What was used between two readings. A meter that began again began at zero."""
    return after.value if after.value < before.value else after.value - before.value


def _per_day(used: Decimal, since: Read, until: Read) -> float:
    """A rate. Readings of the same hour are an hour apart."""
    return float(used) / max(1 / 24, (until.at - since.at) / _DAY)


def _use_until(kept: Sequence[Read], totals: Sequence[Decimal], moment: datetime) -> float:
    """The total use at a moment, even between readings."""
    after = bisect_right(kept, moment, key=lambda read: read.at)
    if after == len(kept):
        return float(totals[-1])
    if after == 0:
        return float(totals[0])
    share = (moment - kept[after - 1].at) / (kept[after].at - kept[after - 1].at)
    return float(totals[after - 1]) + share * float(totals[after] - totals[after - 1])


def _passed(kept: Sequence[Read], totals: Sequence[Decimal], target: Decimal) -> datetime:
    """When the total use reached a target that lies between the first and the last of them."""
    after = next(at for at, total in enumerate(totals) if total >= target)
    used = totals[after] - totals[after - 1]
    share = float((target - totals[after - 1]) / used) if used else 1.0
    return kept[after - 1].at + (kept[after].at - kept[after - 1].at) * share


def _is_wild(kept: Sequence[Read], at: int) -> bool:
    read = kept[at]
    if at == 0:
        after = kept[1]
        began_again = after.value < read.value
        return began_again and _per_day(after.value, read, after) > WILD * _usual(kept, at)
    before = kept[at - 1]
    if at == len(kept) - 1:
        usual = _usual(kept, at)  # without any, the unit is used again
        jumped = read.value > before.value
        return jumped and usual > 0 and _per_day(_used(before, read), before, read) > WILD_LATEST * usual
    after = kept[at + 1]
    if before.value > after.value or before.value <= read.value <= after.value:
        return False
    through = _used(before, read) + _used(read, after)
    return _per_day(through, before, after) > WILD * _usual(kept, at)


def _usual(kept: Sequence[Read], at: int) -> float:
    """The highest use per day around a reading, as if it were not there."""
    around = [*kept[max(0, at - AROUND) : at], *kept[at + 1 : at + 1 + AROUND]]
    return max((_per_day(_used(one, other), one, other) for one, other in pairwise(around)), default=0.0)


def _decimal(per_day: float) -> Decimal:
    return Decimal(per_day).quantize(Decimal("0.01"))
