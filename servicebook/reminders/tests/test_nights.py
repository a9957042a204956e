"""Ladders in the nights in which clocks change, against a walk minute by minute of the clock on the wall."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from servicebook.core.tests.nights import MINUTE, NIGHTS, nights, slow_at
from servicebook.reminders.rules import ladders
from servicebook.reminders.rules.ladders import Quiet, Rung, Side, Unit

pytestmark = [pytest.mark.req("S0.33", "S0.34", "S0.36"), pytest.mark.trust("B24")]

# Whole minutes, and most of them near to where clocks change.
HOURS = st.builds(time, st.sampled_from([0, 1, 2, 3, 21, 22, 23]) | st.integers(0, 23), st.integers(0, 59))
QUIET = st.builds(Quiet, HOURS, HOURS)
OFFSETS = st.tuples(st.integers(0, 60), st.sampled_from(list(Unit)), st.sampled_from(list(Side)))


def rungs_of(offsets):
    return [Rung(f"{place}", *one) for place, one in enumerate(sorted(offsets))]


RUNGS = st.sets(OFFSETS, min_size=1, max_size=6).map(rungs_of)


# The slow references.


def rests(wall: time, quiet: Quiet) -> bool:
    minutes = set[int]()
    minute = quiet.since.hour * 60 + quiet.since.minute
    while minute != quiet.until.hour * 60 + quiet.until.minute:
        minutes.add(minute)
        minute = (minute + 1) % 1440
    return wall.hour * 60 + wall.minute in minutes


def slow_after_quiet(at: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    while rests(at.astimezone(zone).time(), quiet):
        at += MINUTE
    return at


def slow_moment(rung: Rung, anchor: date | datetime, zone: ZoneInfo) -> datetime:
    sign = -1 if rung.side == Side.BEFORE else 1
    if rung.unit == Unit.HOURS and isinstance(anchor, datetime):
        return anchor + sign * rung.offset * 60 * MINUTE
    if rung.unit == Unit.HOURS:
        return slow_at(anchor, ladders.MORNING, zone) + sign * rung.offset * 60 * MINUTE
    local = anchor.astimezone(zone) if isinstance(anchor, datetime) else None
    day = local.date() if local else anchor
    return slow_at(day + sign * timedelta(days=rung.offset), local.time() if local else ladders.MORNING, zone)


@settings(deadline=None, max_examples=300)
@given(nights(), QUIET)
@example((ZoneInfo("Europe/Berlin"), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)), Quiet(time(21), time(2, 30)))
@example(
    (ZoneInfo("America/Santiago"), datetime(2026, 4, 5, 2, 40, tzinfo=UTC)), Quiet(time(23, 30), time(7))
)
def test_rest_is_over_when_the_clock_on_the_wall_says_so(night, quiet):
    zone, at = night
    assert ladders.after_quiet(at, quiet, zone) == slow_after_quiet(at, quiet, zone)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(NIGHTS), st.integers(0, 5), HOURS, st.sampled_from(list(Side)))
def test_days_keep_the_hour_of_the_clock_on_the_wall(night, days, hour, side):
    """So many days from this day, a stage falls into the night in which clocks change, or beside it."""
    zone, changes = ZoneInfo(night[0]), night[1]
    sign = -1 if side == Side.BEFORE else 1
    start = changes - sign * timedelta(days=days)
    anchor = datetime.combine(start, hour, zone)
    if (
        slow_at(start, hour, zone) != anchor.astimezone(UTC)
        or anchor.astimezone(UTC).astimezone(zone) != anchor
    ):
        return  # what is counted from is itself in the gap
    found = ladders.moment(Rung("x", days, Unit.DAYS, side), anchor.astimezone(UTC), zone)
    assert found == slow_at(changes, hour, zone)


@settings(deadline=None, max_examples=150)
@given(RUNGS, nights(), QUIET | st.none(), st.booleans(), st.lists(st.integers(-4000, 4000), max_size=8))
@example(
    [Rung("0", 0, Unit.HOURS, Side.AFTER), Rung("1", 2, Unit.HOURS, Side.AFTER)],
    (ZoneInfo("Europe/Berlin"), datetime(2026, 3, 28, 23, 10, tzinfo=UTC)),
    Quiet(time(21), time(2, 30)),
    False,
    [],
)
def test_each_stage_is_said_once_at_its_moment_and_in_order(rungs, night, quiet, by_day, looks):
    """A worker that looks at each moment, and in between; of stages that rest until one end, the last."""
    zone, at = night
    anchor = at.astimezone(zone).date() if by_day else at
    every = ladders.moments(rungs, anchor=anchor, zone=zone.key, quiet=quiet)

    expected = {one.name: slow_moment(one, anchor, zone) for one in rungs}
    if quiet:
        expected = {name: slow_after_quiet(moment, quiet, zone) for name, moment in expected.items()}
    assert {one.name: moment for one, moment in every} == expected
    moments = [moment for _one, moment in every]
    assert moments == sorted(moments)

    said: list[tuple[str, datetime]] = []
    for now in sorted({*moments, *(at + minutes * MINUTE for minutes in looks)}):
        coming = ladders.still_to_come(every, now=now)
        due = [(one.name, now) for one, moment in coming if moment <= now]
        said += [one for one in due if one[0] not in dict(said)]
    assert said == list({moment: (one.name, moment) for one, moment in every}.values())
