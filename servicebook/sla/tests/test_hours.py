"""Working time against a walk minute by minute, and tables of the nights and days that go wrong."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicebook.sla.rules.hours import (
    ALWAYS,
    Calendar,
    Hours,
    NotOpenings,
    NoWorkingTime,
    check_day,
    check_week,
    epoch,
)

pytestmark = [pytest.mark.req("S0.15"), pytest.mark.trust("B24")]

MINUTE = timedelta(minutes=1)
NIGHT_AND_DAY = (((0, 1440),),) * 7
CLOSED = ((),) * 7
OFFICE = (((540, 1080),),) * 5 + ((), ())  # Mon–Fri 9–18
# Each with a day on which its clocks change, or did.
NIGHTS = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("America/Santiago", date(2026, 4, 4)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Asia/Almaty", date(2024, 2, 29)),
    ("Asia/Kathmandu", date(2028, 2, 29)),
    ("Pacific/Kiritimati", date(2028, 2, 29)),
    ("Pacific/Apia", date(2011, 12, 30)),
]


def at(text, zone):
    """A local moment, in UTC; "2026-10-25 02:30 again" is the second of that time."""
    again = text.endswith(" again")
    local = datetime.fromisoformat(text.removesuffix(" again"))
    return local.replace(tzinfo=ZoneInfo(zone), fold=int(again)).astimezone(UTC)


def daily(tz, *openings, days=None):
    return Hours(tz, (openings,) * 7, days or {})


# The slow reference: what the clock on the wall shows, minute by minute.


def open_on_the_wall(hours, moment):
    local = moment.astimezone(ZoneInfo(hours.tz))
    minute = local.hour * 60 + local.minute
    openings = hours.days.get(local.date(), hours.week[local.weekday()])
    return any(opens <= minute < closes for opens, closes in openings)


def slow_worked(hours, since, until):
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    total, moment = 0, since
    while moment < until:
        end = min(moment.replace(second=0) + MINUTE, until)
        if open_on_the_wall(hours, moment):
            total += round((end - moment).total_seconds())
        moment = end
    return total


def slow_deadline(hours, start, seconds):
    moment, left = start.astimezone(UTC), seconds
    while True:
        end = moment.replace(second=0) + MINUTE
        if open_on_the_wall(hours, moment):
            here = round((end - moment).total_seconds())
            if left <= here:
                return moment + timedelta(seconds=left)
            left -= here
        moment = end


@st.composite
def openings(draw):
    edges = draw(st.lists(st.sampled_from([*range(0, 1441, 30), 1, 95, 1439]), max_size=6, unique=True))
    edges = sorted(edges)[: len(edges) // 2 * 2]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


@st.composite
def hours_and_moments(draw):
    zone, night = draw(st.sampled_from(NIGHTS))
    week = draw(st.tuples(*[openings()] * 7).filter(any))
    days = draw(st.dictionaries(st.integers(-2, 2).map(lambda n: night + timedelta(days=n)), openings()))
    noon = datetime(night.year, night.month, night.day, 12, tzinfo=UTC)
    seconds = st.integers(-2 * 86_400, 2 * 86_400)
    moments = sorted(noon + timedelta(seconds=draw(seconds)) for _ in range(2))
    return Hours(zone, week, days), *moments


@settings(max_examples=60, deadline=None)
@given(hours_and_moments())
def test_worked_equals_the_walk(case):
    hours, since, until = case

    assert Calendar(hours).worked(since, until) == slow_worked(hours, since, until)


@settings(max_examples=60, deadline=None)
@given(hours_and_moments(), st.integers(0, 8 * 3600))
def test_deadline_equals_the_walk(case, seconds):
    hours, start, _ = case

    assert Calendar(hours).deadline(start, seconds) == slow_deadline(hours, start, seconds)


@settings(max_examples=60, deadline=None)
@given(hours_and_moments(), st.integers(1, 500 * 3600))
def test_a_deadline_is_the_first_moment_by_which_it_was_worked(case, seconds):
    hours, start, _ = case
    calendar = Calendar(hours)
    due = calendar.deadline(start, seconds)

    assert calendar.worked(start, due) == seconds
    assert calendar.worked(start, due - timedelta(seconds=1)) == seconds - 1


@settings(max_examples=60, deadline=None)
@given(hours_and_moments())
def test_open_is_what_the_wall_says(case):
    hours, *moments = case
    calendar = Calendar(hours)

    assert [calendar.is_open(one) for one in moments] == [open_on_the_wall(hours, one) for one in moments]


@settings(max_examples=30, deadline=None)
@given(hours_and_moments(), st.permutations(range(6)), st.integers(0, 40_000))
def test_a_calendar_answers_the_same_whatever_it_was_asked_before(case, order, seconds):
    """Its table grows both ways; no answer may depend on how far it reaches."""
    hours, start, _ = case
    starts = [start + timedelta(days=400 * step) for step in range(-3, 3)]
    shared = Calendar(hours)
    answers = {step: shared.deadline(starts[step], seconds) for step in order}

    assert all(Calendar(hours).deadline(starts[step], seconds) == answers[step] for step in order)


def test_many_deadlines_are_those_of_each():
    calendar = Calendar(Hours("Europe/Berlin", OFFICE, {date(2026, 5, 1): ()}))
    start = at("2026-01-01 00:00", "Europe/Berlin")
    starts = [start + timedelta(hours=7 * step) for step in range(500)]

    for seconds in (0, 4 * 3600):
        found = calendar.deadlines([epoch(one) for one in starts], seconds)
        assert found == [epoch(calendar.deadline(one, seconds)) for one in starts]
    assert calendar.deadlines([], 60) == []


@pytest.mark.parametrize(
    ("zone", "openings", "start", "hours", "expected"),
    [
        # Berlin: 02:00–03:00 is left out, then comes twice
        ("Europe/Berlin", [(0, 1440)], "2026-03-28 20:00", 8, "2026-03-29 05:00"),
        ("Europe/Berlin", [(60, 300)], "2026-03-29 01:00", 3, "2026-03-29 05:00"),
        ("Europe/Berlin", [(150, 300)], "2026-03-29 01:00", 1, "2026-03-29 04:00"),
        ("Europe/Berlin", [(0, 1440)], "2026-10-24 20:00", 8, "2026-10-25 03:00"),
        ("Europe/Berlin", [(60, 300)], "2026-10-25 01:00", 5, "2026-10-25 05:00"),
        ("Europe/Berlin", [(120, 180)], "2026-10-25 00:00", 2, "2026-10-25 03:00"),
        ("Europe/Berlin", [(120, 150)], "2026-10-25 00:00", 1, "2026-10-25 02:30 again"),
        # New York
        ("America/New_York", [(0, 1440)], "2026-03-07 22:00", 6, "2026-03-08 05:00"),
        ("America/New_York", [(0, 1440)], "2026-10-31 22:00", 6, "2026-11-01 03:00"),
        ("America/New_York", [(480, 1020)], "2026-10-31 16:00", 2, "2026-11-01 09:00"),
        # Lord Howe: half an hour
        ("Australia/Lord_Howe", [(60, 180)], "2026-10-04 01:00", 1.5, "2026-10-04 03:00"),
        ("Australia/Lord_Howe", [(60, 180)], "2026-04-05 01:00", 2.5, "2026-04-05 03:00"),
        # Casablanca goes back for Ramadan
        ("Africa/Casablanca", [(0, 1440)], "2026-02-14 22:00", 6, "2026-02-15 03:00"),
        ("Africa/Casablanca", [(0, 1440)], "2026-03-21 22:00", 6, "2026-03-22 05:00"),
        # Santiago changes at midnight: 23:00–24:00 comes twice, 00:00–01:00 is left out
        ("America/Santiago", [(1380, 1440)], "2026-04-04 12:00", 2, "2026-04-05 00:00"),
        ("America/Santiago", [(0, 60)], "2026-09-05 12:00", 1, "2026-09-07 01:00"),
        # Far from UTC
        ("Asia/Kathmandu", [(540, 1080)], "2026-06-01 17:15", 1, "2026-06-02 09:15"),
        ("Pacific/Kiritimati", [(540, 1080)], "2026-06-01 17:00", 2, "2026-06-02 10:00"),
        ("Pacific/Apia", [(540, 1080)], "2011-12-29 17:00", 2, "2011-12-31 10:00"),
        # Leap day, split shift, the last hour of a day, round the clock
        ("Asia/Almaty", [(540, 1080)], "2028-02-28 17:00", 10, "2028-02-29 18:00"),
        ("Asia/Almaty", [(480, 720), (780, 1080)], "2026-06-01 11:00", 2, "2026-06-01 14:00"),
        ("Asia/Almaty", [(1380, 1440)], "2026-06-01 12:00", 1.5, "2026-06-02 23:30"),
        ("Asia/Almaty", [(0, 60), (1380, 1440)], "2026-06-01 23:30", 1, "2026-06-02 00:30"),
        # A promise that ends with the day ends when it closes
        ("Asia/Almaty", [(540, 1080)], "2026-06-01 10:00", 8, "2026-06-01 18:00"),
        ("Asia/Almaty", [(540, 1080)], "2026-06-01 18:00", 1, "2026-06-02 10:00"),
    ],
)
def test_deadline_on_days_that_are_not_like_others(zone, openings, start, hours, expected):
    due = Calendar(daily(zone, *openings)).deadline(at(start, zone), int(hours * 3600))

    assert due == at(expected, zone)


@pytest.mark.req("S4.18")
@pytest.mark.parametrize(
    ("week", "start", "expected"),
    [
        (NIGHT_AND_DAY, "2026-06-05 16:00", "2026-06-06 04:00"),
        (OFFICE, "2026-06-05 16:00", "2026-06-09 10:00"),  # Friday: 2 h, Monday: 9 h, Tuesday: 1 h
    ],
)
def test_arrival_within_twelve_hours(week, start, expected):
    calendar = Calendar(Hours("Asia/Almaty", week))

    assert calendar.deadline(at(start, "Asia/Almaty"), 12 * 3600) == at(expected, "Asia/Almaty")


def test_a_holiday_is_closed_and_a_special_day_has_hours_of_its_own():
    days = {date(2026, 5, 1): (), date(2026, 5, 2): ((600, 720),)}  # a Friday, a Saturday
    calendar = Calendar(Hours("Asia/Almaty", OFFICE, days))
    start = at("2026-04-30 17:00", "Asia/Almaty")

    assert calendar.deadline(start, 2 * 3600) == at("2026-05-02 11:00", "Asia/Almaty")
    assert calendar.deadline(start, 4 * 3600) == at("2026-05-04 10:00", "Asia/Almaty")
    assert not calendar.is_open(at("2026-05-01 12:00", "Asia/Almaty"))
    assert calendar.is_open(at("2026-05-02 10:00", "Asia/Almaty"))
    assert not calendar.is_open(at("2026-05-02 12:00", "Asia/Almaty"))


def test_zero_working_time_ends_at_the_next_open_moment():
    calendar = Calendar(daily("Asia/Almaty", (540, 1080)))

    for start, expected in [("08:00", "09:00"), ("09:00", "09:00"), ("17:59", "17:59")]:
        moment = at(f"2026-06-01 {start}", "Asia/Almaty")
        assert calendar.deadline(moment, 0) == at(f"2026-06-01 {expected}", "Asia/Almaty")
    closing = at("2026-06-01 18:00", "Asia/Almaty")
    assert calendar.deadline(closing, 0) == at("2026-06-02 09:00", "Asia/Almaty")


def test_always_open_needs_no_calendar():
    calendar, start = Calendar(ALWAYS), datetime(2026, 6, 1, 12, 0, 7, 999_999, tzinfo=UTC)

    assert calendar.deadline(start, 90) == datetime(2026, 6, 1, 12, 1, 37, tzinfo=UTC)
    assert calendar.worked(start, start + timedelta(days=4000)) == 4000 * 86_400
    assert calendar.worked(start, start - MINUTE) == 0


def test_hours_that_never_open_have_no_deadline_whatever_was_asked_before():
    never = Calendar(Hours("Asia/Almaty", CLOSED))
    once = Calendar(Hours("Asia/Almaty", CLOSED, {date(2070, 1, 1): ((0, 60),)}))
    start = at("2026-06-01 12:00", "Asia/Almaty")

    for _ in range(2):
        with pytest.raises(NoWorkingTime):
            never.deadline(start, 1)
        with pytest.raises(NoWorkingTime):
            once.deadline(start, 60)
        assert once.worked(start, at("2071-01-01 00:00", "Asia/Almaty")) == 3600


def test_a_naive_moment_and_negative_time_are_refused():
    calendar = Calendar(ALWAYS)
    with pytest.raises(ValueError, match="aware"):
        calendar.worked(datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC))  # noqa: DTZ001
    with pytest.raises(ValueError, match="0 seconds or more"):
        calendar.deadline(datetime(2026, 1, 1, tzinfo=UTC), -1)


@pytest.mark.parametrize(
    ("openings", "why"),
    [
        ([(-1, 60)], "outside"),
        ([(600, 1441)], "outside"),
        ([(600, 600)], "backwards"),
        ([(1200, 300)], "backwards"),
        ([(480, 720), (700, 900)], "overlap"),
        ([(480, 1200), (600, 700)], "overlap"),
    ],
)
def test_what_is_no_day(openings, why):
    with pytest.raises(NotOpenings) as refused:
        check_day(openings)
    assert refused.value.why == why


def test_what_is_no_week():
    assert check_day([(780, 1080), (480, 720)]) == ((480, 720), (780, 1080))
    assert check_day([(0, 720), (720, 1440)]) == ((0, 720), (720, 1440))
    for week, why in [(CLOSED, "never"), (CLOSED[:6], "days")]:
        with pytest.raises(NotOpenings) as refused:
            check_week(week)
        assert refused.value.why == why


@given(st.lists(st.tuples(st.integers(-10, 1450), st.integers(-10, 1450)), max_size=4))
def test_a_lawful_day_is_in_order(openings):
    try:
        found = check_day(openings)
    except NotOpenings:
        return
    assert sorted(openings) == list(found)
    assert all(0 <= opens < closes <= 1440 for opens, closes in found)
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(found))
