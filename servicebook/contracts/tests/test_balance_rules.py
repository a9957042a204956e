"""Which line is used first, how fast, and how work is split where a balance runs out (S0.17, S0.18)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.contracts.rules import balances
from servicebook.contracts.rules.terms import ContractType, Included, PartsRule, Period, Service

pytestmark = pytest.mark.req("S0.17")
LABOUR = Included(1, "labour", Service.LABOUR, limit=Decimal(600), outside_factor=Decimal("1.5"))
VISIT = Included(2, "visit", Service.VISIT, limit=Decimal(12))
PARTS = Included(3, "parts", Service.PARTS, limit=Decimal(150_000))


@pytest.mark.parametrize(
    ("line", "type_", "work", "left", "factor", "covered", "takes"),
    [
        (LABOUR, "sla", 60, 600, 1, 60, 60),
        (LABOUR, "sla", 50, 600, 1, 50, 60),  # a step begun of 15 minutes
        (LABOUR, "subscription", 50, 600, 1, 50, 60),  # of 30
        (LABOUR, "one_off", 61, 600, 1, 61, 120),  # of an hour
        (LABOUR, "sla", 90, 60, "1.5", 40, 60),  # at night 60 minutes left cover 40 worked ones
        (LABOUR, "sla", 40, 60, "1.5", 40, 60),  # rounding up never makes a bill
        (LABOUR, "sla", 30, 60, "1.5", 30, 45),
        (LABOUR, "sla", 30, 0, 1, 0, 0),
        (LABOUR, "sla", 30, None, "1.5", 30, 45),  # no limit: counted, never billed
        (VISIT, "one_off", 1, 12, 1, 1, 1),
        (VISIT, "one_off", 1, 0, 1, 0, 0),
        (PARTS, "sla", 40_000, 38_000, 1, 38_000, 38_000),  # the sum counts down to nothing
    ],
)
def test_a_line_covers_as_much_as_it_holds(line, type_, work, left, factor, covered, takes):
    rest = None if left is None else Decimal(left)

    part = balances.part(Decimal(work), rest, line, ContractType(type_), factor=Decimal(factor))

    assert (part.work, part.takes) == (covered, takes)


@given(
    work=st.decimals("0.01", 5_000, places=2),
    left=st.decimals(0, 5_000, places=2),
    factor=st.decimals(1, 4, places=2),
    type_=st.sampled_from(ContractType),
    line=st.sampled_from([LABOUR, VISIT, PARTS]),
)
def test_a_split_loses_and_invents_nothing(work, left, factor, type_, line):
    part = balances.part(work, left, line, type_, factor=factor)

    assert 0 <= part.work <= work
    assert 0 <= part.takes <= left
    if part.work < work:  # the most that fits: a hundredth more would not
        assert Fraction(part.work) * Fraction(factor) <= Fraction(left)
        assert (Fraction(part.work) + Fraction(1, 100)) * Fraction(factor) > Fraction(left)
        assert part.takes == (left if part.work else 0)


@pytest.mark.parametrize(
    ("outside", "exclusion", "factor"), [(False, 1, 1), (True, 1, "1.5"), (True, 2, 2), (False, 2, 2)]
)
def test_the_greatest_factor_counts_and_they_do_not_multiply(outside, exclusion, factor):
    assert balances.factor_of(LABOUR, outside=outside, exclusion=Decimal(exclusion)) == Decimal(factor)
    assert balances.factor_of(VISIT, outside=outside, exclusion=Decimal(exclusion)) == 1


@pytest.mark.req("S0.18")
def test_the_more_exact_line_is_used_first_and_consumables_are_only_for_consumables():
    lines = [
        Included(1, "all", Service.PARTS, limit=Decimal(10)),
        Included(2, "small", Service.PARTS, parts=PartsRule.CONSUMABLES),
        Included(3, "servers", Service.PARTS, category=7),
        VISIT,
    ]

    def codes(**what):
        return [line.code for line in balances.lines_for(lines, Service.PARTS, **what)]

    assert codes() == ["all"]
    assert codes(consumable=True) == ["all", "small"]
    assert codes(category=7, consumable=False) == ["servers", "all"]
    assert codes(category=8) == ["all"]


@pytest.mark.req("S2.8")
@pytest.mark.parametrize(
    ("used", "granted", "percent"),
    [(49, 100, 0), (50, 100, 50), (79, 100, 50), (80, 100, 80), (100, 100, 100), (5, None, 0), (0, 0, 0)],
)
def test_the_highest_threshold_that_the_use_reached(used, granted, percent):
    limit = None if granted is None else Decimal(granted)

    assert balances.reached(Decimal(used), limit, [50, 80, 100]) == percent
    assert balances.reached(Decimal(used), limit, []) == 0


def test_a_pack_is_a_line_like_any_other():
    pack = Included(4, "pack", Service.LABOUR, limit=Decimal(60), period=Period.PACK)

    assert [line.code for line in balances.lines_for([LABOUR, pack], Service.LABOUR)] == ["labour", "pack"]
