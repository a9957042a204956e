from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.equipment.rules import parts, readings, warranty
from servicebook.equipment.rules.readings import Read
from servicebook.equipment.rules.warranty import Standing, Term

START = datetime(2026, 1, 1, tzinfo=UTC)
TODAY = date(2026, 10, 14)


def reads(*days_and_values):
    return readings.marked(
        [Read(START + timedelta(days=day), Decimal(value)) for day, value in days_and_values]
    )


def test_a_value_below_the_one_before_is_a_reset():
    assert [read.is_reset for read in reads((0, 100), (10, 200), (20, 5), (30, 5))] == [
        False,
        False,
        True,
        False,
    ]


def test_a_reading_entered_late_changes_what_the_next_one_means():
    assert reads((0, 10), (20, 50))[1].is_reset is False
    assert reads((0, 10), (20, 50), (10, 90))[2].is_reset is True


def test_after_a_reset_the_whole_value_counts():
    assert readings.usage(reads((0, 100), (10, 200), (20, 30))) == 130


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 10**6)), unique_by=lambda read: read[0]))
def test_usage_never_runs_backwards_and_adds_up(pairs):
    marked = reads(*pairs)

    assert readings.usage(marked) >= 0
    for cut in range(1, len(marked)):
        assert readings.usage(marked) == readings.usage(marked[: cut + 1]) + readings.usage(marked[cut:])
    rate = readings.rate_per_day(marked)
    assert rate is None or rate >= 0


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=12))
def test_every_fall_is_a_reset_and_nothing_else(values):
    marked = reads(*enumerate(values))
    assert [read.is_reset for read in marked[1:]] == [after < before for before, after in pairwise(values)]


@pytest.mark.parametrize(
    ("pairs", "rate"),
    [
        ([(0, 0), (10, 240)], Decimal("24.00")),
        ([(0, 0), (10, 240), (20, 120)], Decimal("18.00")),  # a reset in between
        ([(0, 0), (300, 10), (310, 110)], Decimal("10.00")),  # how it is used today
        ([(0, 5)], None),
        ([(0, 5), (0.2, 9)], None),  # a few hours say nothing
        ([], None),
    ],
)
def test_the_rate_is_use_per_day_lately(pairs, rate):
    assert readings.rate_per_day(reads(*pairs)) == rate


WHOLE = Term(date(2025, 1, 1), date(2026, 12, 31))
FAN = Term(date(2025, 1, 1), date(2027, 12, 31), component="Fan")


@pytest.mark.parametrize(
    ("terms", "standing"),
    [
        ([], Standing.NONE),
        ([WHOLE], Standing.RUNS),
        ([Term(date(2025, 1, 1), date(2026, 11, 1))], Standing.ENDS_SOON),
        ([Term(date(2025, 1, 1), TODAY)], Standing.ENDS_SOON),  # the last day counts
        ([Term(date(2025, 1, 1), date(2026, 10, 13))], Standing.ENDED),
        ([Term(date(2026, 11, 1), date(2027, 1, 1))], Standing.STARTS_LATER),
        ([FAN], Standing.RUNS),
    ],
)
def test_a_side_stands_as_its_terms_say(terms, standing):
    assert warranty.state(terms, on=TODAY).standing is standing


def test_the_whole_unit_goes_before_its_components():
    assert warranty.state([FAN, WHOLE], on=TODAY).term == WHOLE


@pytest.mark.req("S0.6")
def test_a_component_is_covered_by_its_own_term_or_by_that_of_the_whole():
    parts_only = Term(date(2025, 1, 1), date(2026, 12, 31), labour=False)

    assert warranty.covers([FAN], on=TODAY, component="fan") == FAN
    assert warranty.covers([FAN], on=TODAY, component="Power supply") is None
    assert warranty.covers([WHOLE], on=TODAY, component="Power supply") == WHOLE
    assert warranty.covers([parts_only], on=TODAY, labour=True) is None
    assert warranty.covers([WHOLE], on=date(2027, 1, 1)) is None


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("PSU-750 ×1, CR2032", [("PSU-750", 1), ("CR2032", 1)]),
        ("2 x Fan 120; PSU-750 (S/N 7781)", [("Fan 120", 2), ("PSU-750", 1)]),
        ("нет", []),
        ("None.", []),
        ("", []),
        ("Bearing 6309, 1 piece", [("Bearing 6309", 1)]),
        ("Filter, 3 pcs, Seal", [("Filter", 3), ("Seal", 1)]),
        ("Compressor *2\nFilter", [("Compressor", 2), ("Filter", 1)]),
    ],
)
def test_parts_are_read_from_what_was_written(written, named):
    assert parts.named(written) == named


def test_the_part_that_most_repairs_needed_comes_first():
    assert parts.often(["PSU-750", "psu-750 ×2, Fan", "none", "PSU-750"]) == [("PSU-750", 3), ("Fan", 1)]
