"""Calendar rules: golden tables, and a slow reference that asks of each day whether the rule means it."""

import time
from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.maintenance.rules import recurrence
from servicebook.maintenance.rules.recurrence import DAYS, LAST, MONTHS, Every

pytestmark = [pytest.mark.req("S0.24")]

DAY = timedelta(days=1)
MONDAY, FRIDAY = 0, 4


def day(text: str) -> date:
    return date.fromisoformat(text)


def first(rule: Every, count: int) -> list[str]:
    return [recurrence.nth_day(rule, n).isoformat() for n in range(count)]


# The slow reference.


def means(rule: Every, on: date) -> bool:
    """Whether a rule means a day."""
    if on < rule.anchor:
        return False
    if rule.unit in DAYS:
        return (on - rule.anchor).days % (DAYS[rule.unit] * rule.count) == 0
    start = rule.anchor
    if rule.nth is None:
        length = monthrange(on.year, on.month)[1]
        fits = on.day == min(rule.anchor.day, length)
    else:
        while not is_nth_weekday(rule, start):
            start += DAY
        fits = is_nth_weekday(rule, on)
    months = (on.year - start.year) * 12 + on.month - start.month
    return fits and months >= 0 and months % (MONTHS[rule.unit] * rule.count) == 0


def is_nth_weekday(rule: Every, on: date) -> bool:
    if on.weekday() != rule.weekday:
        return False
    is_last = (on + 7 * DAY).month != on.month
    if rule.nth == LAST:
        return is_last
    nth = (on.day + 6) // 7
    return nth == rule.nth or (nth < rule.nth and is_last)


def slow_days(rule: Every, since: date, until: date) -> list[date]:
    span = range((until - since).days + 1)
    return [since + n * DAY for n in span if means(rule, since + n * DAY)]


UNITS = st.sampled_from([*DAYS, *MONTHS])
ANCHORS = st.dates(date(2023, 1, 1), date(2029, 12, 31))
PLAIN = st.builds(Every, count=st.integers(1, 14), unit=UNITS, anchor=ANCHORS)
WEEKDAYS = st.builds(
    Every,
    count=st.integers(1, 5),
    unit=st.sampled_from(list(MONTHS)),
    anchor=ANCHORS,
    nth=st.sampled_from([LAST, 1, 2, 3, 4, 5]),
    weekday=st.integers(0, 6),
)
RULES = PLAIN | WEEKDAYS


@given(RULES, st.dates(date(2022, 1, 1), date(2033, 1, 1)), st.integers(-5, 900))
def test_days_are_those_that_the_rule_means(rule, since, length):
    until = since + length * DAY

    assert recurrence.days(rule, since=since, until=until) == slow_days(rule, since, until)


@given(RULES, st.integers(0, 60))
def test_days_by_number_are_all_days_in_order(rule, n):
    last = recurrence.nth_day(rule, n)

    assert recurrence.days(rule, since=date(2000, 1, 1), until=last) == [
        recurrence.nth_day(rule, each) for each in range(n + 1)
    ]


@given(RULES, st.dates(date(2022, 1, 1), date(2040, 1, 1)))
def test_the_neighbours_of_a_day(rule, on):
    after, before = recurrence.next_after(rule, on), recurrence.last_before(rule, on)

    assert after > on
    assert recurrence.days(rule, since=on + DAY, until=after) == [after]
    assert recurrence.days(rule, since=before or date(2000, 1, 1), until=on - DAY) == [before] * bool(before)


@given(RULES, ANCHORS)
def test_what_follows_work_is_one_step_later_and_one_that_the_anchor_allows(rule, done_on):
    found = recurrence.following(rule, done_on)

    assert found > done_on
    assert found >= rule.anchor
    if done_on >= rule.anchor and rule.unit in MONTHS:
        months = (found.year - done_on.year) * 12 + found.month - done_on.month
        assert months == rule.count * MONTHS[rule.unit]
        assert rule.nth is None or is_nth_weekday(rule, found)


@pytest.mark.trust("B24")
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Every(1, "months", day("2026-01-31")), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        (Every(1, "months", day("2028-01-31")), ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]),
        (Every(1, "months", day("2028-01-30")), ["2028-01-30", "2028-02-29", "2028-03-30", "2028-04-30"]),
        (Every(1, "quarters", day("2026-11-30")), ["2026-11-30", "2027-02-28", "2027-05-30", "2027-08-30"]),
        (Every(1, "years", day("2028-02-29")), ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28"]),
        (Every(4, "years", day("2028-02-29")), ["2028-02-29", "2032-02-29", "2036-02-29", "2040-02-29"]),
        (Every(4, "years", day("2096-02-29")), ["2096-02-29", "2100-02-28", "2104-02-29", "2108-02-29"]),
        (Every(6, "months", day("2099-08-31")), ["2099-08-31", "2100-02-28", "2100-08-31", "2101-02-28"]),
        (Every(1, "years", day("2037-01-19")), ["2037-01-19", "2038-01-19", "2039-01-19", "2040-01-19"]),
        (Every(1, "weeks", day("2026-12-28")), ["2026-12-28", "2027-01-04", "2027-01-11", "2027-01-18"]),
        (Every(1, "days", day("2026-03-28")), ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"]),
        (Every(2, "months", day("2026-12-31")), ["2026-12-31", "2027-02-28", "2027-04-30", "2027-06-30"]),
    ],
)
def test_ends_of_months_leap_days_and_turns_of_the_year(rule, expected):
    assert first(rule, 4) == expected


@pytest.mark.trust("B24")
@pytest.mark.parametrize("month", [1, 3, 5, 7, 8, 10, 12])
def test_the_31st_over_thirteen_steps_is_always_the_last_of_its_month(month):
    rule = Every(1, "months", date(2027, month, 31))

    for n in range(14):
        on = recurrence.nth_day(rule, n)
        assert (on + DAY).day == 1
        assert (on.year * 12 + on.month) - (2027 * 12 + month) == n


# The first day, where a wrong one is easily given (OCA/field-service #312).
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # The anchor is no second Monday: the first one on or after it, and the months count from there.
        (Every(1, "quarters", day("2026-01-15"), 2, MONDAY), ["2026-02-09", "2026-05-11", "2026-08-10"]),
        (Every(1, "quarters", day("2026-01-12"), 2, MONDAY), ["2026-01-12", "2026-04-13", "2026-07-13"]),
        (Every(1, "quarters", day("2026-01-01"), 2, MONDAY), ["2026-01-12", "2026-04-13", "2026-07-13"]),
        (Every(1, "years", day("2026-12-31"), 1, FRIDAY), ["2027-01-01", "2028-01-07", "2029-01-05"]),
        # Without a fifth it is the last.
        (Every(1, "months", day("2026-01-01"), 5, FRIDAY), ["2026-01-30", "2026-02-27", "2026-03-27"]),
        (Every(1, "months", day("2026-01-01"), LAST, FRIDAY), ["2026-01-30", "2026-02-27", "2026-03-27"]),
        (Every(2, "weeks", day("2026-01-15")), ["2026-01-15", "2026-01-29", "2026-02-12"]),
        (Every(90, "days", day("2026-01-15")), ["2026-01-15", "2026-04-15", "2026-07-14"]),
    ],
)
def test_the_first_day_is_true_to_the_rule(rule, expected):
    assert first(rule, 3) == expected


@pytest.mark.parametrize(
    ("rule", "done_on", "expected"),
    [
        (Every(3, "months", day("2026-01-31")), "2026-02-10", "2026-05-10"),
        (Every(3, "months", day("2026-01-31")), "2026-11-30", "2027-02-28"),
        (Every(1, "quarters", day("2026-01-01"), 2, MONDAY), "2026-01-20", "2026-04-13"),
        (Every(1, "quarters", day("2026-01-01"), 2, MONDAY), "2026-01-31", "2026-04-13"),
        (Every(10, "days", day("2026-01-01")), "2026-01-20", "2026-01-30"),
        # Done long before the plan began.
        (Every(1, "months", day("2026-06-01")), "2026-01-20", "2026-06-01"),
        (Every(1, "months", day("2026-06-10"), 1, MONDAY), "2026-01-20", "2026-07-06"),
    ],
)
def test_a_rule_that_counts_from_the_work(rule, done_on, expected):
    assert recurrence.following(rule, day(done_on)) == day(expected)


@pytest.mark.parametrize(
    ("count", "unit", "nth", "weekday"),
    [
        (0, "months", None, None),
        (1, "fortnights", None, None),
        (1, "months", 2, None),
        (1, "months", None, 2),
        (1, "months", 0, 2),
        (1, "months", 6, 2),
        (1, "months", 1, 7),
        (1, "weeks", 1, 1),
    ],
)
def test_what_is_no_rule_is_refused(count, unit, nth, weekday):
    with pytest.raises(ValueError):
        Every(count, unit, date(2026, 1, 1), nth, weekday)


def test_the_calendar_ends_without_a_crash_of_its_own():
    rule = Every(1, "years", date(9998, 12, 31))

    assert recurrence.days(rule, since=date(9999, 1, 1), until=date.max) == [date.max]
    for unit in ("days", "years"):
        with pytest.raises(ValueError):
            recurrence.next_after(Every(1, unit, date.max), date.max)
    with pytest.raises(ValueError):
        recurrence.nth_day(rule, -1)


def test_a_year_of_ten_thousand_rules_is_quick_and_an_old_anchor_costs_nothing():
    rules = [
        Every(1, unit, date(1900 + n % 120, 1 + n % 12, 1 + n % 28), *nth)
        for n in range(2500)
        for unit, nth in [("months", ()), ("quarters", (2, 1)), ("weeks", ()), ("years", ())]
    ]

    began = time.process_time()
    found = sum(
        len(recurrence.days(rule, since=date(2026, 1, 1), until=date(2026, 12, 31))) for rule in rules
    )
    took = time.process_time() - began

    assert found > 170_000
    assert took < 0.3
