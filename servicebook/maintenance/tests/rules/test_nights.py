"""Days and windows in the nights in which clocks change, against a walk minute by minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicebook.core.tests.nights import MINUTE, NIGHTS, slow_at
from servicebook.maintenance.duties.plans import CALLED_AT, _morning
from servicebook.maintenance.rules import windows

pytestmark = [pytest.mark.req("S0.25", "S0.27", "S0.28"), pytest.mark.trust("B24")]

DAYS = st.tuples(st.sampled_from(NIGHTS), st.integers(-2, 2)).map(
    lambda one: (ZoneInfo(one[0][0]), one[0][1] + timedelta(days=one[1]))
)
HOURS = st.builds(time, st.sampled_from([0, 1, 2, 3, 22, 23]) | st.integers(0, 23), st.integers(0, 59))


@given(DAYS)
@settings(deadline=None)
def test_a_task_is_called_when_the_clock_there_shows_six(day):
    zone, day = day
    assert _morning(day, zone.key) == slow_at(day, CALLED_AT, zone)


@given(DAYS)
@settings(deadline=None)
def test_a_day_ends_with_its_last_minute_though_it_comes_twice(day):
    zone, day = day
    moment = datetime.combine(day, time(), UTC) + timedelta(days=2)
    while moment.astimezone(zone).date() != day:
        moment -= MINUTE
    assert windows.end_of(day, zone) == moment


@given(DAYS)
@settings(deadline=None)
def test_a_risk_is_looked_at_in_the_morning_a_week_before(day):
    zone, day = day
    found = windows.agreed_by(day + timedelta(days=windows.AGREED_BY_DAYS), zone)
    assert found == slow_at(day, windows.MORNING, zone)


@given(DAYS, HOURS, HOURS)
@settings(deadline=None, max_examples=200)
def test_a_window_begins_when_the_clock_there_says_so_and_never_ends_before(day, opens, closes):
    zone, day = day
    found = windows.on(day, opens, closes, zone)
    assert found.starts_at == slow_at(day, opens, zone)
    ends = slow_at(day if closes > opens else day + timedelta(days=1), closes, zone)
    assert found.ends_at == ends or ends <= found.starts_at < found.ends_at
