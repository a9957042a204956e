"""Deadlines over service hours in bulk: how many a second on one core, beside a walk day by day."""

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from bench.figures import Figure
from servicebook.sla.rules.hours import Calendar, Hours

COUNT, WALKED, ROUNDS = 200_000, 2_000, 5
ZONE, WEEK = "Europe/Berlin", (((480, 720), (780, 1080)),) * 5 + (((600, 840),), ())
PROMISE = 48 * 3600  # seconds


def measure() -> list[Figure]:
    """Rates of both over the same starts, spread over two years, in turns."""
    holidays = {date(year, month, 1): () for year in (2026, 2027, 2028) for month in (1, 5, 11)}
    hours = Hours(ZONE, WEEK, holidays)
    calendar, chance = Calendar(hours), random.Random(11)
    first = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    starts = [first + chance.randrange(2 * 365 * 86_400) for _ in range(COUNT)]
    few = [datetime.fromtimestamp(start, UTC) for start in starts[:WALKED]]
    # The first call compiles the calendar; each process does that once for all of a contract's tickets.
    compiling = _seconds(lambda: calendar.deadlines(starts, PROMISE))
    found = calendar.deadlines(starts[:WALKED], PROMISE)
    if found != [int(_walk(hours, start).timestamp()) for start in few]:
        raise AssertionError("the walk finds other deadlines")
    ours, singly, bare = [], [], []
    for _ in range(ROUNDS):
        ours.append(COUNT / _seconds(lambda: calendar.deadlines(starts, PROMISE)))
        singly.append(WALKED / _seconds(lambda: [calendar.deadline(start, PROMISE) for start in few]))
        bare.append(WALKED / _seconds(lambda: [_walk(hours, start) for start in few]))
    part = "Deadlines over service hours"
    return [
        Figure(part, "48 hours of two shifts, in bulk", median(ours), "1/s", 300_000, True),
        Figure(part, "one at a time", median(singly), "1/s"),
        Figure(part, "walked day by day", median(bare), "1/s"),
        Figure(part, "in bulk against walked", median(ours) / median(bare), "×"),
        Figure(part, "compiling four years, with the first bulk", compiling * 1000, "ms"),
    ]


def _walk(hours: Hours, start: datetime) -> datetime:
    """As one would write it: from day to day through the openings."""
    zone, left, day = ZoneInfo(ZONE), PROMISE, start.astimezone(ZoneInfo(ZONE)).date()
    while True:
        for opens, closes in hours.on(day):
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the wall's
            opened, closed = (
                (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)
                for minutes in (opens, closes)
            )
            opened = max(opened, start)
            if opened < closed:
                here = int((closed - opened).total_seconds())
                if left <= here:
                    return opened + timedelta(seconds=left)
                left -= here
        day += timedelta(days=1)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
