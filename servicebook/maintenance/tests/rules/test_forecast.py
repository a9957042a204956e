"""Forecasts from meters: resets, gaps, wild readings, and how forecasts of the past turned out."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.equipment.rules import readings as equipment
from servicebook.equipment.rules.readings import Read
from servicebook.maintenance.rules import first
from servicebook.maintenance.rules import forecast as rules
from servicebook.maintenance.rules.first import Due
from servicebook.maintenance.rules.forecast import Accuracy, Forecast

pytestmark = [pytest.mark.req("S0.24", "S0.31")]

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def reads(*pairs):
    """Readings as (day since the first of January, value)."""
    return equipment.marked([Read(START + day * DAY, Decimal(str(value))) for day, value in pairs])


def on(day):
    return (START + day * DAY).date()


def steady(days, *, per_day=10, every=10, start=0):
    return reads(*[(day, start + day * per_day) for day in range(0, days + 1, every)])


# What was used.


@pytest.mark.parametrize(
    ("readings", "total"),
    [
        ([], 0),
        ([(0, 5000)], 5000),
        ([(0, 5000), (10, 5100)], 5100),
        ([(0, 5000), (10, 5100), (20, 40)], 5140),  # a new counter
        ([(0, 5000), (10, 5100), (20, 40), (30, 120), (40, 10)], 5230),
        ([(0, 100), (200, 300)], 300),  # a gap
        # One wild reading among others changes nothing: too high, too low, and the latest.
        ([(0, 1000), (10, 1100), (20, 99999), (30, 1300), (40, 1400)], 1400),
        ([(0, 1000), (10, 1100), (20, 12), (30, 1300), (40, 1400)], 1400),
        ([(0, 1000), (10, 1100), (20, 1200), (30, 99999)], 1200),
        ([(0, 1000), (10, 11001), (20, 1200)], 1200),
        ([(0, 99999), (10, 1100), (20, 1200), (30, 1300)], 1300),
        ([(0, 1000), (10, 1000), (20, 1500), (30, 1000)], 1000),
        # The next reading bears a jump out.
        ([(0, 1000), (10, 1100), (20, 1200), (30, 99999), (40, 100099)], 100099),
        # A counter that began again and goes on is no wild reading.
        ([(0, 1000), (10, 1100), (20, 100), (30, 200), (40, 300)], 1400),
        # A unit that stood still and is used again.
        ([(0, 1000), (10, 1000), (20, 1000), (30, 1000), (40, 1040), (50, 1080)], 1080),
    ],
)
def test_the_total_use_goes_over_resets_and_does_not_believe_a_slip(readings, total):
    assert rules.total_use(reads(*readings)) == total


STEPS = st.lists(st.tuples(st.integers(1, 40), st.integers(5, 15)), min_size=3, max_size=25)


def used_evenly(steps, resets=()):
    """Readings of a unit used 5 to 15 a day; the meter begins again at the moments `resets`."""
    day, shown, used, found = 0, 0, 0, [(0, 0)]
    for at, (days, per_day) in enumerate(steps):
        day += days
        used += days * per_day
        begins_again = at in resets and days * per_day < shown  # else nobody could see it
        shown = days * per_day + (0 if begins_again else shown)
        found.append((day, shown))
    return found, used


@given(STEPS, st.sets(st.integers(0, 25), max_size=3))
def test_the_total_use_is_what_was_used_whatever_the_meter_shows(steps, resets):
    found, used = used_evenly(steps, resets)

    assert rules.total_use(reads(*found)) == used


@given(STEPS)
def test_the_total_use_never_falls_while_readings_come_in(steps):
    found, _used = used_evenly(steps)
    totals = [rules.total_use(reads(*found[:count])) for count in range(len(found) + 1)]

    assert totals == sorted(totals)


@given(STEPS, st.data())
def test_one_wild_reading_changes_nothing_but_that_it_is_missing(steps, data):
    found, used = used_evenly(steps)
    at = data.draw(st.integers(1, len(found) - 2))
    wild = data.draw(st.sampled_from([found[at][1] + 10**6, found[at][1] * 100 + 10**5]))
    slipped = [*found[:at], (found[at][0], wild), *found[at + 1 :]]
    left_out = [*found[:at], *found[at + 1 :]]

    assert rules.believed(reads(*slipped)) == rules.believed(reads(*left_out))
    assert rules.total_use(reads(*slipped)) == used


# When the target is reached.


@pytest.mark.parametrize(
    ("readings", "target", "expected"),
    [
        (steady(100), 2000, on(200)),  # 10 a day, 1000 so far
        (steady(100, per_day=24), 2400 + 240, on(110)),
        (reads((0, 0), (50, 500), (75, 250), (150, 1000)), 2000, on(200)),  # a reset in the middle
        (reads((0, 0), (10, 100), (100, 1000)), 1500, on(150)),  # a gap
        (reads((0, 0), (100, 1000)), 1100, on(110)),
    ],
)
def test_when_a_target_is_reached(readings, target, expected):
    today = readings[-1].at.date()

    found = rules.forecast(readings, target=Decimal(target), today=today)

    assert found.on == expected
    assert today <= found.earliest <= found.on <= found.latest


@pytest.mark.parametrize(
    ("readings", "target"),
    [
        ([], 100),
        (reads((0, 50)), 100),  # one reading
        (reads((0, 50), (3, 80)), 100),  # within a week
        (reads((0, 50), (100, 50)), 100),  # no use
        (reads((0, 50), (100, 51)), 10000),  # in the year 4700
    ],
)
def test_where_no_day_can_be_told_none_is(readings, target):
    assert rules.forecast(readings, target=Decimal(target), today=on(101)) is None


def test_what_was_reached_already_is_due_today_even_with_one_reading():
    for readings in (steady(100), reads((0, 1000)), reads((0, 1000), (300, 1000))):
        found = rules.forecast(readings, target=Decimal(1000), today=on(300))

        assert (found.on, found.earliest, found.latest) == (on(300),) * 3


def test_what_would_have_been_reached_by_now_is_due_today():
    found = rules.forecast(steady(100), target=Decimal(1100), today=on(150))

    assert found.on == on(150)
    assert found.latest >= on(150)


def test_only_the_last_half_year_tells_how_a_unit_is_used_now():
    """It ran around the clock for a year, and now it runs by day."""
    busy = [(day, day * 24) for day in range(0, 365, 30)]
    calm = [(365 + day, 365 * 24 + day * 8) for day in range(0, 211, 30)]
    readings = reads(*busy, *calm)
    left = Decimal(80)

    found = rules.forecast(readings, target=rules.total_use(readings) + left, today=on(575))

    assert found.per_day == 8
    assert found.on == on(585)


def test_the_older_the_last_reading_the_wider_the_range():
    readings, target = steady(120, every=30), Decimal(4000)
    fresh = rules.forecast(readings, target=target, today=on(120))
    stale = rules.forecast(readings, target=target, today=on(300))

    assert stale.on == fresh.on
    assert stale.earliest < fresh.earliest
    assert stale.latest > fresh.latest


def test_the_more_use_differs_the_wider_the_range():
    even = steady(180, every=30)
    uneven = reads((0, 0), (30, 100), (60, 700), (90, 800), (120, 1600), (150, 1650), (180, 1800))
    ranges = [rules.forecast(readings, target=Decimal(2400), today=on(180)) for readings in (even, uneven)]

    assert ranges[0].on == ranges[1].on
    assert (ranges[1].latest - ranges[1].earliest) > 2 * (ranges[0].latest - ranges[0].earliest)


@given(STEPS, st.integers(1, 5000), st.integers(0, 400))
def test_a_forecast_is_in_order_and_never_in_the_past(steps, ahead, later):
    found, used = used_evenly(steps)
    today = on(found[-1][0] + later)

    one = rules.forecast(reads(*found), target=Decimal(used + ahead), today=today)

    if one is not None:
        assert today <= one.earliest <= one.on <= one.latest
        if one.on > today:
            days = (one.on - on(found[-1][0])).days
            assert abs(days * float(one.per_day) - ahead) <= float(one.per_day) * 0.5 + days * 0.006


@given(STEPS, st.integers(1, 3000), st.integers(1, 3000))
def test_a_further_target_is_reached_no_sooner(steps, near, more):
    found, used = used_evenly(steps)
    readings, today = reads(*found), on(found[-1][0])

    sooner = rules.forecast(readings, target=Decimal(used + near), today=today)
    later = rules.forecast(readings, target=Decimal(used + near + more), today=today)

    if sooner and later:
        assert (sooner.on, sooner.earliest) <= (later.on, later.earliest)


# How it turned out.


def test_an_even_use_was_foretold_to_the_day():
    tested = rules.backtest(steady(365), step=Decimal(1000))

    assert [(one.target, one.actual_on, one.days_off) for one in tested] == [
        (1000, on(100), 0),
        (2000, on(200), 0),
        (3000, on(300), 0),
    ]
    assert rules.accuracy(tested) == Accuracy(3, 0, 0)


def test_what_was_not_known_then_was_not_foretold():
    """Too little is known 30 days before the first target; and a change of use is not foreseen."""
    readings = reads((0, 0), (20, 200), (40, 400), (60, 600), (80, 1200), (100, 1800), (120, 2400))

    tested = rules.backtest(readings, step=Decimal(500))

    assert [one.target for one in tested] == [500, 1000, 1500, 2000]
    assert tested[0] == rules.Tested(Decimal(500), on(50), on(50))
    assert tested[1].predicted_on > tested[1].actual_on
    assert rules.backtest(readings[:2], step=Decimal(150)) == []
    assert rules.backtest([], step=Decimal(150)) == []
    assert rules.accuracy([]) is None


def test_four_of_five_real_days_lie_within_the_range_foretold():
    """Two hundred units of uneven use: a quarter as much in a bad month as in a good one."""
    inside = total = 0
    for seed in range(200):
        random, day, used, found = Random(seed), 0, 0.0, [(0, 0.0)]
        while day < 700:
            level = random.choice([4, 8, 12, 16])
            for _week in range(4):
                day += 7
                used += 7 * level * random.uniform(0.8, 1.2)
                found.append((day, round(used, 2)))
        known = [pair for pair in found if pair[0] <= 364]
        target = Decimal(str(known[-1][1])) + 800  # about eighty days ahead
        one = rules.forecast(reads(*known), target=target, today=on(364))
        actual = next(day for day, value in found if value >= target)
        total += 1
        inside += one.earliest - 4 * DAY <= on(actual) <= one.latest + 4 * DAY  # read once a week
    assert 0.75 <= inside / total <= 0.97


def test_the_summary_says_how_far_off_half_and_four_of_five_were():
    tested = [rules.Tested(Decimal(1), on(10 + off), on(10)) for off in (-1, 2, 0, 9, -3)]

    assert rules.accuracy(tested) == Accuracy(tested=5, median_days=2, most_days=3)


def test_a_long_past_is_tested_quickly_and_only_its_last_targets():
    readings = steady(3000, every=1)

    tested = rules.backtest(readings, step=Decimal(100))

    assert len(tested) == rules.MOST_TESTED
    assert tested[-1].target == 30000


@pytest.mark.parametrize("step", [0, -5])
def test_a_step_that_leads_nowhere_is_refused(step):
    with pytest.raises(ValueError):
        rules.backtest(steady(100), step=Decimal(step))


# Whichever comes first.

METER = Forecast(
    on=date(2026, 5, 1), earliest=date(2026, 4, 20), latest=date(2026, 5, 20), per_day=Decimal(8)
)


@pytest.mark.parametrize(
    ("calendar_on", "forecast", "expected"),
    [
        (None, None, None),
        (date(2026, 5, 2), None, Due(date(2026, 5, 2), False, date(2026, 5, 2), date(2026, 5, 2))),
        (None, METER, Due(date(2026, 5, 1), True, date(2026, 4, 20), date(2026, 5, 20))),
        (date(2026, 6, 1), METER, Due(date(2026, 5, 1), True, date(2026, 4, 20), date(2026, 5, 20))),
        (date(2026, 5, 10), METER, Due(date(2026, 5, 1), True, date(2026, 4, 20), date(2026, 5, 10))),
        (date(2026, 5, 1), METER, Due(date(2026, 5, 1), False, date(2026, 4, 20), date(2026, 5, 1))),
        (date(2026, 4, 25), METER, Due(date(2026, 4, 25), False, date(2026, 4, 20), date(2026, 4, 25))),
        (date(2026, 4, 1), METER, Due(date(2026, 4, 1), False, date(2026, 4, 1), date(2026, 4, 1))),
    ],
)
def test_whichever_comes_first_is_one_occurrence(calendar_on, forecast, expected):
    assert first.due(calendar_on, forecast) == expected
