"""Opening hours, and the working time between two moments.

A moment is open when the clock on the wall, in the hours' zone, shows a time inside an opening of its
day. So a night on which clocks change needs no rule of its own: the hour that is left out is not
counted, the hour that comes twice counts twice, and a day that a zone skipped never was.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

Opening = tuple[int, int]  # minutes of the local day; closes up to 1440

MINUTES = 1440  # of a local day
DAY = 86_400  # seconds
YEAR = 366 * DAY
HORIZON_YEARS = 30  # working time that is not found within them is not there
_EPOCH = date(1970, 1, 1).toordinal()


class NoWorkingTime(ValueError):
    """The hours never open, or not enough within HORIZON_YEARS."""


class NotOpenings(ValueError):
    """These are no opening hours; `why` says in one word what is wrong with them."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Hours:
    """Opening hours, local to `tz` (an IANA name). `week`: seven days, Monday first; `days`: other ones."""

    tz: str
    week: tuple[tuple[Opening, ...], ...]
    days: Mapping[date, tuple[Opening, ...]] = field(default_factory=dict)

    def on(self, day: date) -> tuple[Opening, ...]:
        """Return the openings of a local day; empty: closed."""
        special = self.days.get(day)
        return self.week[day.weekday()] if special is None else special


ALWAYS = Hours("UTC", (((0, MINUTES),),) * 7)


def check_day(openings: Iterable[Opening]) -> tuple[Opening, ...]:
    """Return the openings of a day, sorted.

    Raises:
        NotOpenings: "outside" the day of 1440 minutes, "backwards" (closes before it opens, or at
            once), or an "overlap".
    """
    found = sorted((opens, closes) for opens, closes in openings)
    for opens, closes in found:
        if opens < 0 or closes > MINUTES:
            raise NotOpenings("outside")
        if opens >= closes:
            raise NotOpenings("backwards")
    if any(later[0] < earlier[1] for earlier, later in pairwise(found)):
        raise NotOpenings("overlap")
    return tuple(found)


def check_week(week: Sequence[Iterable[Opening]]) -> tuple[tuple[Opening, ...], ...]:
    """Return the seven days of a week, each sorted.

    A week opens at least once: special days are gone some day, and then no deadline would be found.

    Raises:
        NotOpenings: as `check_day`; "days" when there are not seven; "never" when it never opens.
    """
    if len(week) != len(ALWAYS.week):
        raise NotOpenings("days")
    found = tuple(check_day(openings) for openings in week)
    if not any(found):
        raise NotOpenings("never")
    return found


class Calendar:
    """Hours compiled for counting: a table of all openings over some years, searched by bisection.

    A table is never changed; one that reaches further takes its place. So threads may share a calendar.
    """

    def __init__(self, hours: Hours) -> None:
        self.hours = hours
        self._table: _Table | None = None

    def is_open(self, at: datetime) -> bool:
        """Say whether `at` (aware) is inside an opening. It is open when it opens, closed when it closes."""
        second = epoch(at)
        return self._reaching(second, second + 1).worked(second, second + 1) == 1

    def worked(self, since: datetime, until: datetime) -> int:
        """Return the seconds of working time between two aware moments; 0 when `until` is not later."""
        start, end = epoch(since), epoch(until)
        return self._reaching(start, end).worked(start, end) if start < end else 0

    def deadline(self, start: datetime, seconds: int) -> datetime:
        """Return the first moment by which `seconds` of working time have passed since `start`.

        Args:
            start: aware; outside of openings the time runs from the next opening.
            seconds: 0 gives the next open moment.

        Returns:
            An aware moment in UTC, at a whole second. What ends with an opening ends when it closes.

        Raises:
            ValueError: `start` is naive, or `seconds` is negative.
            NoWorkingTime: see there.
        """
        return datetime.fromtimestamp(self.deadlines([epoch(start)], seconds)[0], UTC)

    def deadlines(self, starts: Sequence[int], seconds: int) -> list[int]:
        """Return the deadline of each start, all in seconds since 1970 UTC; otherwise as `deadline`."""
        if seconds < 0:
            raise ValueError(f"need working time of 0 seconds or more, not {seconds}")
        if not starts:
            return []
        return self._holding(min(starts), max(starts), seconds).deadlines(starts, seconds)

    def _holding(self, first: int, last: int, seconds: int) -> "_Table":
        """Return a table that reaches over both moments and on until `seconds` more were worked."""
        limit = last + HORIZON_YEARS * YEAR
        table = self._reaching(first, last)
        while table.worked(last, min(table.until, limit)) <= seconds:
            if table.until >= limit:
                raise NoWorkingTime(f"{seconds} s of working time not found in {HORIZON_YEARS} years")
            table = self._reaching(first, table.until + 1)
        return table

    def _reaching(self, first: int, last: int) -> "_Table":
        """Return a table over both moments. It grows by its own length, so that it seldom has to."""
        table = self._table or _Table.of(self.hours, first - YEAR, first + YEAR)
        since, until = table.since, table.until
        if first < since:
            since = min(first, since - (until - since))
        if last > until:
            until = max(last, until + (until - since))
        if (since, until) != (table.since, table.until):
            table = _Table.of(self.hours, since, until)
        self._table = table
        return table


class _Table(NamedTuple):
    """All openings from `since` to `until`, in seconds since 1970 UTC; touching ones are one.

    `shifts`: what is taken from a moment inside the opening to give the seconds worked until then.
    The first opening is empty and stands at `since`, so that every moment has one before it.
    """

    since: int
    until: int
    opens: list[int]
    closes: list[int]
    shifts: list[int]
    before: list[int]  # seconds worked when it opens

    @classmethod
    def of(cls, hours: Hours, since: int, until: int) -> "_Table":
        opens, closes = [since], [since]
        for start, end in _openings(hours, since, until):
            if start == closes[-1]:
                closes[-1] = end
            else:
                opens.append(start)
                closes.append(end)
        before, total = [], 0
        for start, end in zip(opens, closes, strict=True):
            before.append(total)
            total += end - start
        shifts = [start - worked for start, worked in zip(opens, before, strict=True)]
        return cls(since, until, opens, closes, shifts, before)

    def worked(self, start: int, end: int) -> int:
        return self._until(end) - self._until(start)

    def deadlines(self, starts: Sequence[int], seconds: int) -> list[int]:
        """Needs a table that goes on until they are over."""
        if seconds == 0:
            return [self._next_open(start) for start in starts]
        _since, _until, opens, closes, shifts, before = self
        found = []
        for start in starts:  # by hand and not by `_until`: this runs hundreds of thousands of times
            at = bisect_right(opens, start) - 1
            closed = closes[at]
            wanted = (start if start < closed else closed) - shifts[at] + seconds
            found.append(wanted + shifts[bisect_left(before, wanted) - 1])
        return found

    def _until(self, moment: int) -> int:
        """The seconds worked from the start of the table until `moment`."""
        at = bisect_right(self.opens, moment) - 1
        return min(moment, self.closes[at]) - self.shifts[at]

    def _next_open(self, moment: int) -> int:
        return max(moment, self.opens[bisect_right(self.closes, moment)])


def _openings(hours: Hours, since: int, until: int) -> Iterator[tuple[int, int]]:
    """Yield when it opens and closes between two moments, in order."""
    for start, end, offset in _offsets(ZoneInfo(hours.tz), since, until):
        for day in range((start + offset) // DAY, (end + offset - 1) // DAY + 1):
            midnight = day * DAY - offset
            for opens, closes in hours.on(date.fromordinal(_EPOCH + day)):
                opened = max(start, midnight + opens * 60)
                closed = min(end, midnight + closes * 60)
                if opened < closed:
                    yield opened, closed


def _offsets(zone: ZoneInfo, since: int, until: int) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches in which the zone keeps one distance from UTC: start, end, seconds east."""

    def east(moment: int) -> int:
        offset = datetime.fromtimestamp(moment, zone).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    start, offset = since, east(since)
    for moment in [*range(since + DAY, until, DAY), until]:
        if east(moment) == offset:
            continue
        low, high = max(start, moment - DAY), moment  # the clocks changed in between
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if east(middle) == offset else (low, middle)
        yield start, high, offset
        start, offset = high, east(high)
    yield start, until, offset


def epoch(at: datetime) -> int:
    """Return the whole seconds since 1970 UTC. Raises ValueError for a naive moment."""
    if at.tzinfo is None:
        raise ValueError(f"need an aware moment, not {at!r}")
    return int(at.timestamp() // 1)
