"""Golden tables and slow references of the sums."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.insights.rules import compliance, uptime
from servicebook.insights.rules.compliance import Promise, Stretch
from servicebook.insights.rules.weak import Performance, weak

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = 3600


def after(hours: float) -> datetime:
    return START + timedelta(hours=hours)


# Uptime (S1.5)


@pytest.mark.req("S1.5")
@pytest.mark.parametrize(
    ("stretches", "hours"),
    [
        ([], 0),
        ([(1, 3)], 2),
        ([(1, 3), (2, 5)], 4),  # two tickets about one standstill
        ([(1, 5), (2, 3)], 4),  # one inside the other
        ([(2, 5), (1, 3)], 4),  # in any order
        ([(1, 2), (2, 3)], 2),
        ([(-5, 2)], 2),  # began before the period
        ([(8, 40)], 2),  # ended after it
        ([(8, None)], 2),  # still lasts
        ([(-9, -1), (11, 12)], 0),
    ],
)
def test_outages_of_a_unit_count_once_inside_the_period(stretches, hours):
    outages = [(after(start), None if end is None else after(end)) for start, end in stretches]

    assert uptime.covered_seconds(outages, START, after(10)) == hours * HOUR


@given(
    st.lists(st.tuples(st.integers(-50, 150), st.integers(0, 60)), max_size=8),
    st.integers(1, 100),
)
def test_the_union_equals_a_walk_from_minute_to_minute(pairs, length):
    outages = [(START + timedelta(minutes=at), START + timedelta(minutes=at + n)) for at, n in pairs]

    minutes = sum(any(at <= minute < at + n for at, n in pairs) for minute in range(length))
    until = START + timedelta(minutes=length)
    assert uptime.covered_seconds(outages, START, until) == minutes * 60


@pytest.mark.req("S1.5")
def test_uptime_is_over_all_covered_units_and_rounded_down():
    down = {1: [(after(0), after(1))], 2: [(after(0), after(3)), (after(1), after(2))], 3: []}

    found = uptime.uptime(down, units=100, since=START, until=after(240))

    assert (found.down, found.percent) == (4 * HOUR, Decimal("99.983"))  # 99.98333
    assert found.worst == ((2, 3 * HOUR), (1, HOUR))
    just_missed = uptime.uptime({1: [(START, after(0.0005))]}, units=1, since=START, until=after(1))
    assert just_missed.percent == Decimal("99.972")
    assert uptime.uptime({}, units=0, since=START, until=after(1)).percent is None


# Compliance (S1.7)

KEPT = Promise("T-1", "", "response", 1, target=HOUR, counted=HOUR // 2, reached=True, missed=False)
LATE = replace(KEPT, ticket="T-2", counted=3 * HOUR, missed=True, why="queued")
OPEN = replace(KEPT, ticket="T-3", counted=60, reached=False)
OVERDUE = replace(KEPT, ticket="T-4", counted=2 * HOUR, reached=False, missed=True)


@pytest.mark.req("S1.7")
def test_compliance_sums_up_per_measure_and_priority():
    other = replace(KEPT, measure="recovery", priority=2, target=8 * HOUR, counted=5 * HOUR)

    found = compliance.compliance([other, KEPT, LATE, OPEN, OVERDUE], ["response", "arrival", "recovery"])

    response, recovery = found.lines
    assert (response.kept, response.missed, response.open, response.percent) == (1, 2, 1, 33)
    assert response.median == (HOUR // 2 + 3 * HOUR) // 2  # of those that were done
    assert response.targets == (HOUR,)
    assert (recovery.measure, recovery.priority, recovery.percent) == ("recovery", 2, 100)
    assert [(one.ticket, one.late_by) for one in found.misses] == [("T-2", 2 * HOUR), ("T-4", HOUR)]
    assert (found.kept, found.decided, found.percent) == (2, 4, 50)


def test_one_miss_in_many_is_not_everything_kept():
    found = compliance.compliance([*[KEPT] * 999, LATE], ["response"])

    assert found.percent == 99


def test_nothing_promised_is_no_share():
    assert compliance.compliance([], ["response"]).percent is None
    assert compliance.compliance([OPEN], ["response"]).percent is None


def test_the_report_lists_the_longest_misses_and_counts_all():
    late = [replace(LATE, ticket=f"T-{n}", counted=HOUR + n) for n in range(200)]

    found = compliance.compliance(late, ["response"])

    assert found.missed == 200
    assert [one.ticket for one in found.misses[:2]] == ["T-199", "T-198"]
    assert len(found.misses) == compliance.MISSES_SHOWN


@pytest.mark.parametrize(
    ("percent", "tone"), [(None, "wait"), (100, "done"), (95, "done"), (94, "risk"), (84, "late")]
)
def test_the_tone_of_a_share(percent, tone):
    assert compliance.tone(percent) == tone


def test_what_took_most_of_the_time():
    stretches = [
        Stretch("queued", after(0), after(2)),
        Stretch("waiting:part", after(2), after(5)),
        Stretch("working", after(5), after(9)),
        Stretch("waiting:part", after(9), None),
    ]

    assert compliance.longest(stretches, after(1), after(11)) == ("waiting:part", timedelta(hours=5))
    assert compliance.longest(stretches, after(0), after(1)) == ("queued", timedelta(hours=1))
    assert compliance.longest([], after(0), after(1)) is None


# Contracts that need a look (S1.11)

USUAL = Performance(1, 10, 3600, 10, 10, 100, Decimal(1000), "KZT")


@pytest.mark.req("S1.11")
@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"kept": 8}, ["weak_seldom_kept"]),
        ({"resolution": 7200}, ["weak_slow"]),
        ({"tickets": 30}, ["weak_many"]),
        ({"minutes": 900}, ["weak_imbalance"]),
        ({"tickets": 4, "kept": 0, "resolution": 99_999, "minutes": 900}, []),  # too few to conclude from
        ({"promised": 4, "kept": 0}, []),
        ({"tickets": 30, "resolution": 7200, "kept": 1}, ["weak_seldom_kept", "weak_slow", "weak_many"]),
    ],
)
def test_a_contract_needs_a_look_for_named_reasons(changed, codes):
    others = [replace(USUAL, contract=number) for number in range(2, 9)]

    found = weak([replace(USUAL, **changed), *others])

    assert [said.code for one in found for said in one.because] == codes
    assert [one.performance.contract for one in found] == ([1] if codes else [])


@pytest.mark.req("S1.11")
def test_imbalance_is_told_in_shares_and_only_inside_one_currency():
    dear = replace(USUAL, contract=2, minutes=300, price=Decimal(8000))
    cheap = replace(USUAL, minutes=700, price=Decimal(2000))

    [found] = weak([cheap, dear])
    assert found.because[0].facts == {"hours": 70, "revenue": 20}
    assert weak([cheap, replace(dear, currency="EUR")]) == []


def test_nothing_is_weak_where_there_is_nothing():
    assert weak([]) == []
