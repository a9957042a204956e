"""When stages are due: golden tables, both nights in which clocks change, and a slow reference."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.reminders.models import Asks, Ours, Theirs, What
from servicebook.reminders.rules import escalation, ladders
from servicebook.reminders.rules.delivered import LADDERS
from servicebook.reminders.rules.ladders import Quiet, Rung, Side, Unit

ALMATY, BERLIN, KATHMANDU, LORD_HOWE, KIRITIMATI = (
    "Asia/Almaty",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
)
NIGHT = Quiet(time(21), time(8))
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def names(what: str, anchor: date | datetime, now: datetime, zone: str = ALMATY) -> list[str]:
    found = ladders.planned(LADDERS[what], anchor=anchor, zone=zone, quiet=None, now=now)
    return [one.name for one, _at in found]


# Delivered exactly as the requirements say; changing one of these is changing a requirement.
@pytest.mark.parametrize(
    ("what", "stages"),
    [
        pytest.param(
            "maintenance",
            ["before-14", "before-7", "before-1", "after-1"],
            marks=pytest.mark.req("S0.33"),
        ),
        pytest.param(
            "renewal",
            ["before-90", "before-60", "before-30", "before-7"],
            marks=pytest.mark.req("S0.34", "S0.67"),
        ),
        pytest.param(
            "silence", ["after-48h", "after-72h", "after-5"], marks=pytest.mark.req("S0.36", "S0.40")
        ),
        pytest.param("window", ["before-1"], marks=pytest.mark.req("S0.42")),
        pytest.param("parts", ["before-5"], marks=pytest.mark.req("S0.42")),
        pytest.param("act", ["after-1"], marks=pytest.mark.req("S0.42")),
        pytest.param("milestone", ["on-time", "after-3"], marks=pytest.mark.req("S0.42")),
        pytest.param("review", ["before-14"], marks=pytest.mark.req("S1.3")),
        pytest.param("warranty", ["before-30"]),
        pytest.param("promise", ["on-time", "after-1"], marks=pytest.mark.req("S0.4")),
    ],
)
def test_the_delivered_ladders(what, stages):
    assert names(what, date(2026, 10, 14), LONG_AGO) == stages


@pytest.mark.req("S0.37", "S0.39")
def test_the_delivered_ladders_are_whole():
    assert set(LADDERS) == set(What.values)
    for rungs in LADDERS.values():
        for one in rungs:
            assert one.name == ladders.name_of(one.offset, one.unit, one.side)
            assert one.step
            assert one.step_owner in Ours.values
            assert set(one.ours) <= set(Ours.values)
            assert set(one.theirs) <= set(Theirs.values)
            assert bool(one.theirs) == bool(one.asks and one.text)  # a customer is told only what asks
            assert one.asks in Asks.values
        assert ladders.clashes(rungs) == []
    assert [one.name for one in LADDERS["silence"] if one.needs_decision] == ["after-5"]


@pytest.mark.req("S0.34", "S0.67")
@pytest.mark.parametrize(
    ("days_before", "announced"),
    [
        (400, ["before-90", "before-60", "before-30", "before-7"]),
        (89, ["before-90", "before-60", "before-30", "before-7"]),  # missed by a day: at once
        (45, ["before-60", "before-30", "before-7"]),  # what came before is nobody's business now
        (10, ["before-30", "before-7"]),
        (3, ["before-7"]),
        (0, ["before-7"]),
    ],
)
def test_of_the_stages_that_passed_only_the_latest_counts(days_before, announced):
    now = at("2026-12-31 07:00") - timedelta(days=days_before)  # noon of Almaty

    assert names("renewal", date(2026, 12, 31), now) == announced


@pytest.mark.trust("B24")
@pytest.mark.parametrize(
    ("now", "counts"),
    [
        ("2026-11-01 02:59", ["before-90", "before-60", "before-30", "before-7"]),  # 07:59 in Almaty
        ("2026-11-01 03:00", ["before-60", "before-30", "before-7"]),  # in an hour the next says it
        ("2026-11-01 04:00", ["before-60", "before-30", "before-7"]),
        ("2026-12-31 04:00", ["before-7"]),  # nothing comes after it
    ],
)
def test_what_is_late_is_left_to_a_stage_that_comes_within_the_hour(now, counts):
    assert names("renewal", date(2026, 12, 31), at(now)) == counts


@pytest.mark.trust("B24")
def test_what_is_late_by_less_than_an_hour_is_said_whatever_comes():
    hourly = [Rung(f"after-{hours}h", hours, Unit.HOURS, Side.AFTER) for hours in (1, 2, 3)]
    asked = at("2026-10-14 08:00")
    late = ladders.planned(hourly, anchor=asked, zone=ALMATY, quiet=None, now=at("2026-10-14 09:59"))
    assert [one.name for one, _at in late] == ["after-1h", "after-2h", "after-3h"]


@pytest.mark.trust("B24")
@pytest.mark.parametrize(
    ("anchor", "zone", "moments"),
    [
        # The clocks of Berlin go back on 25 October: nine in the morning is another hour in UTC.
        (
            date(2026, 11, 30),
            BERLIN,
            ["2026-09-01 07:00", "2026-10-01 07:00", "2026-10-31 08:00", "2026-11-23 08:00"],
        ),
        (
            date(2026, 12, 31),
            KATHMANDU,
            ["2026-10-02 03:15", "2026-11-01 03:15", "2026-12-01 03:15", "2026-12-24 03:15"],
        ),
        # +14: the morning there is the evening before in UTC.
        (
            date(2026, 12, 31),
            KIRITIMATI,
            ["2026-10-01 19:00", "2026-10-31 19:00", "2026-11-30 19:00", "2026-12-23 19:00"],
        ),
        # 30 days before 29 Feb 2028 is 30 January.
        (
            date(2028, 2, 29),
            ALMATY,
            ["2027-12-01 04:00", "2027-12-31 04:00", "2028-01-30 04:00", "2028-02-22 04:00"],
        ),
    ],
)
def test_days_come_in_the_morning_where_the_customer_is(anchor, zone, moments):
    found = ladders.moments(LADDERS["renewal"], anchor=anchor, zone=zone, quiet=None)

    assert [f"{moment:%Y-%m-%d %H:%M}" for _stage, moment in found] == moments


@pytest.mark.trust("B24")
@pytest.mark.parametrize(
    ("offset", "unit", "anchor", "due"),
    [
        (24, "hours", at("2026-03-28 12:00", BERLIN), "2026-03-29 11:00"),  # hours are exact: 13:00 there
        (1, "days", at("2026-03-28 12:00", BERLIN), "2026-03-29 10:00"),  # days keep the clock on the wall
        (24, "hours", at("2026-10-24 12:00", BERLIN), "2026-10-25 10:00"),
        (1, "days", at("2026-10-24 12:00", BERLIN), "2026-10-25 11:00"),
        (1, "days", at("2026-03-28 02:30", BERLIN), "2026-03-29 01:30"),  # half past two is skipped
        (1, "days", at("2026-10-03 02:15", LORD_HOWE), "2026-10-03 15:45"),  # half an hour is skipped
        (5, "days", at("2026-02-26 10:00", BERLIN), "2026-03-03 09:00"),
    ],
)
def test_hours_are_exact_and_days_keep_the_hour(offset, unit, anchor, due):
    rung = Rung("x", offset, unit, Side.AFTER)

    assert f"{ladders.moment(rung, anchor, anchor.tzinfo):%Y-%m-%d %H:%M}" == due


@pytest.mark.trust("B24")
@pytest.mark.parametrize(
    ("quiet", "moment", "zone", "after"),
    [
        (NIGHT, "2026-10-14 20:59", ALMATY, "2026-10-14 20:59"),
        (NIGHT, "2026-10-14 21:00", ALMATY, "2026-10-15 08:00"),
        (NIGHT, "2026-10-15 03:00", ALMATY, "2026-10-15 08:00"),
        (NIGHT, "2026-10-15 08:00", ALMATY, "2026-10-15 08:00"),
        (NIGHT, "2026-12-31 23:00", ALMATY, "2027-01-01 08:00"),
        (NIGHT, "2028-02-28 23:00", ALMATY, "2028-02-29 08:00"),
        (NIGHT, "2026-03-28 23:00", BERLIN, "2026-03-29 08:00"),  # a night of ten hours
        (NIGHT, "2026-10-24 23:00", BERLIN, "2026-10-25 08:00"),  # and one of twelve
        (Quiet(time(12), time(14)), "2026-10-14 13:30", ALMATY, "2026-10-14 14:00"),
        (
            Quiet(time(21), time(2, 30)),
            "2026-03-29 00:30",
            BERLIN,
            "2026-03-29 03:00",
        ),  # three after two
        (Quiet(time(8), time(8)), "2026-10-14 08:00", ALMATY, "2026-10-14 08:00"),  # none at all
        (None, "2026-10-14 23:00", ALMATY, "2026-10-14 23:00"),
    ],
)
def test_what_falls_into_quiet_hours_waits_for_their_end(quiet, moment, zone, after):
    found = ladders.after_quiet(at(moment, zone).astimezone(UTC), quiet, ZoneInfo(zone))

    assert f"{found.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" == after


@pytest.mark.trust("B24")
def test_quiet_hours_that_end_in_the_hour_that_comes_twice():
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 in Berlin, for the second time

    found = ladders.after_quiet(second, Quiet(time(21), time(2, 30)), ZoneInfo(BERLIN))

    assert found == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_naive_moment_is_no_anchor():
    with pytest.raises(ValueError, match="aware"):
        ladders.moment(Rung("x"), datetime(2026, 1, 1), ZoneInfo(ALMATY))  # noqa: DTZ001


WHENS = st.tuples(st.integers(1, 200), st.sampled_from(list(Unit)), st.sampled_from(list(Side)))
RUNGS = st.sets(WHENS, max_size=6).map(
    lambda whens: [Rung(ladders.name_of(*one), *one) for one in sorted(whens)]
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
QUIET = st.none() | st.builds(Quiet, st.times(), st.times())
ZONES = st.sampled_from([ALMATY, BERLIN, KATHMANDU, LORD_HOWE, KIRITIMATI, "America/Santiago"])


@given(RUNGS, st.dates(date(2025, 1, 1), date(2030, 1, 1)) | MOMENTS, ZONES, QUIET, MOMENTS)
def test_planned_equals_a_slow_look_at_each_stage(rungs, anchor, zone, quiet, now):
    tz = ZoneInfo(zone)
    found = ladders.planned(rungs, anchor=anchor, zone=zone, quiet=quiet, now=now)

    each = {one.name: ladders.after_quiet(ladders.moment(one, anchor, tz), quiet, tz) for one in rungs}
    assert all(each[one.name] == moment for one, moment in found)
    assert [moment for _one, moment in found] == sorted(moment for _one, moment in found)
    assert {one.name for one, moment in found if moment > now} == {
        name for name, moment in each.items() if moment > now
    }
    passed = [moment for moment in each.values() if moment <= now]
    coming = [moment for moment in each.values() if moment > now]
    left = passed and coming and now - max(passed) > ladders.NEAR and min(coming) - now <= ladders.NEAR
    assert [moment for _one, moment in found if moment <= now] == (
        [max(passed)] if passed and not left else []
    )


@given(MOMENTS, MOMENTS, QUIET, ZONES)
def test_quiet_hours_hold_nothing_and_turn_no_order_round(one, other, quiet, zone):
    tz = ZoneInfo(zone)
    first, second = (ladders.after_quiet(at, quiet, tz) for at in sorted([one, other]))

    assert first <= second
    assert first >= min(one, other)
    assert ladders.after_quiet(first, quiet, tz) == first


def test_two_stages_on_one_moment_are_told_apart():
    rungs = [Rung("before-1", 1), Rung("before-24h", 24, Unit.HOURS), Rung("after-1", 1, side=Side.AFTER)]

    assert ladders.clashes(rungs) == [("before-1", "before-24h")]


@pytest.mark.req("S0.36", "S0.40")
@pytest.mark.parametrize(
    ("resume_at", "counts"),
    [
        (None, "2026-10-14 09:00"),
        ("2026-10-16 09:00", "2026-10-14 09:00"),  # the usual look after 48 hours is no agreement
        ("2026-10-20 09:00", "2026-10-20 09:00"),  # a day that the customer asked for is one
        ("2026-10-13 09:00", "2026-10-14 09:00"),
    ],
)
def test_silence_counts_from_the_question_or_from_the_day_that_was_agreed(resume_at, counts):
    look_at = at(resume_at) if resume_at else None

    found = escalation.counts_from(at("2026-10-14 09:00"), look_at, timedelta(hours=48))

    assert found == at(counts)
