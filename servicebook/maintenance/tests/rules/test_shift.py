"""Days off: tables, and a slow reference."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.maintenance.rules import recurrence, shift
from servicebook.maintenance.rules.recurrence import Every
from servicebook.maintenance.rules.schedule import schedule
from servicebook.maintenance.rules.shift import FURTHEST, Placed, Shift, Why

pytestmark = [pytest.mark.req("S0.24")]

DAY = timedelta(days=1)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
# Kazakhstan, spring of 2026: Nauryz from Saturday, 21 to Wednesday, 25 March.
HOLIDAYS = {date(2026, 3, day) for day in (23, 24, 25)} | {date(2026, 12, 31)}


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


@pytest.mark.parametrize(
    ("how", "day", "weekdays", "expected", "why"),
    [
        ("next", "2026-03-20", (), "2026-03-20", None),
        ("next", "2026-03-21", (), "2026-03-26", Why.DAY_OFF),
        ("previous", "2026-03-25", (), "2026-03-20", Why.DAY_OFF),
        ("nearest", "2026-03-22", (), "2026-03-20", Why.DAY_OFF),
        ("nearest", "2026-03-23", (), "2026-03-26", Why.DAY_OFF),  # as near on both sides: the later
        ("keep", "2026-03-22", (), "2026-03-22", Why.KEPT),
        ("keep", "2026-03-20", (), "2026-03-20", None),
        ("next", "2026-03-20", (2,), "2026-04-01", Why.WEEKDAY),  # Wednesdays; the 25th is a holiday
        ("previous", "2026-03-25", (2,), "2026-03-18", Why.DAY_OFF),
        ("next", "2026-03-21", (6,), "2026-03-21", Why.NOWHERE),  # Sundays only: nobody works then
    ],
)
def test_where_a_day_goes(how, day, weekdays, expected, why):
    day = date.fromisoformat(day)

    placed = shift.place(day, how, works=works, weekdays=weekdays)

    assert placed == Placed(day, date.fromisoformat(expected), why)
    assert shift.shifted(day, how, works=works, weekdays=weekdays) == placed.on


def test_where_one_side_is_closed_for_long_the_other_is_taken():
    """A school is closed from June to August."""

    def school(day):
        return day.month not in (6, 7, 8) and day.weekday() < 5

    assert shift.shifted(date(2026, 6, 15), Shift.NEXT, works=school) == date(2026, 5, 29)
    assert shift.shifted(date(2026, 8, 15), Shift.PREVIOUS, works=school) == date(2026, 9, 1)
    assert shift.place(date(2026, 7, 10), Shift.NEXT, works=school).why is Why.NOWHERE


def slow(day, how, is_fine):
    """Every day within reach, by what the shift prefers."""
    if how == Shift.KEEP or is_fine(day):
        return day
    reach = [day + n * DAY for n in range(-FURTHEST, FURTHEST + 1)]
    fine = [one for one in reach if is_fine(one)]
    wrong_side = {Shift.NEXT: lambda one: one < day, Shift.PREVIOUS: lambda one: one > day}.get(how)

    def order(one):
        return (wrong_side(one) if wrong_side else False, abs(one - day), one < day)

    return min(fine, key=order, default=day)


OFF = st.sets(st.integers(0, 120).map(lambda n: date(2026, 1, 1) + n * DAY), max_size=100)
ALLOWED = st.sets(st.integers(0, 6))
SHIFTS = st.sampled_from(list(Shift))


@given(st.integers(0, 120), SHIFTS, OFF, ALLOWED)
def test_a_shift_is_that_of_the_slow_reference(n, how, off, allowed):
    day = date(2026, 1, 1) + n * DAY

    def is_fine(one):
        return one not in off and (not allowed or one.weekday() in allowed)

    found = shift.shifted(day, how, works=lambda one: one not in off, weekdays=allowed)

    assert found == slow(day, how, is_fine)


@given(st.integers(1, 20), SHIFTS, OFF, ALLOWED, st.integers(0, 120))
def test_no_two_tasks_fall_on_one_day_unnoticed_however_the_year_is_cut(every, how, off, allowed, cut):
    rule = Every(every, "days", date(2026, 1, 3))
    kind = {"shift": how, "works": lambda one: one not in off, "weekdays": allowed}
    middle = date(2026, 1, 1) + cut * DAY

    whole = schedule(rule, since=YEAR[0], until=date(2026, 6, 1), **kind)
    pieces = schedule(rule, since=YEAR[0], until=middle, **kind) + schedule(
        rule, since=middle + DAY, until=date(2026, 6, 1), **kind
    )

    assert pieces == whole
    alone = [one.on for one in whole if not one.joins]
    assert alone == sorted(set(alone))
    assert {one.on for one in whole} == set(alone)


@given(SHIFTS, OFF, ALLOWED, st.integers(0, 60), st.integers(0, 60))
def test_nothing_is_due_outside_of_the_plan(how, off, allowed, start, length):
    starts_on = date(2026, 1, 1) + start * DAY
    ends_on = starts_on + length * DAY
    rule = Every(1, "weeks", date(2025, 12, 30))

    found = schedule(
        rule,
        since=YEAR[0],
        until=YEAR[1],
        shift=how,
        works=lambda one: one not in off,
        weekdays=allowed,
        starts_on=starts_on,
        ends_on=ends_on,
    )

    assert [one.nominal for one in found] == recurrence.days(rule, since=starts_on, until=ends_on)
    assert all(starts_on <= one.on <= ends_on for one in found)


def test_the_last_visit_is_not_shifted_out_of_its_contract():
    rule = Every(1, "quarters", date(2026, 3, 31))

    found = schedule(
        rule, since=YEAR[0], until=YEAR[1], shift=Shift.NEXT, works=works, ends_on=date(2026, 12, 31)
    )

    assert [one.on.isoformat() for one in found] == ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-30"]


def test_a_daily_task_is_not_done_three_times_on_monday():
    rule = Every(1, "days", date(2026, 3, 6))

    found = schedule(rule, since=rule.anchor, until=date(2026, 3, 10), shift=Shift.NEXT, works=works)

    assert [(one.nominal.day, one.on.day, one.joins) for one in found] == [
        (6, 6, False),
        (7, 9, False),
        (8, 9, True),
        (9, 9, True),
        (10, 10, False),
    ]
