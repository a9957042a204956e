from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicebook.core.money import CurrencyMix, Money


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("2.345", "KZT", "2.34"),  # half to even
        ("2.355", "KZT", "2.36"),
        ("2.5", "JPY", "2"),  # no minor unit
        ("3.5", "JPY", "4"),
        ("1.2345", "KWD", "1.234"),  # three places
    ],
)
def test_money_is_rounded_half_even_to_the_minor_unit(amount, currency, expected):
    assert Money(Decimal(amount), currency).rounded().amount == Decimal(expected)


def test_two_currencies_are_not_added():
    with pytest.raises(CurrencyMix, match="KZT and EUR"):
        Money(Decimal(1), "KZT") + Money(Decimal(1), "EUR")


def test_a_float_is_not_money():
    with pytest.raises(TypeError, match="Decimal"):
        Money(1.5, "KZT")


def test_money_is_written_as_people_write_it():
    assert Money(Decimal("1200000.5"), "EUR").shown("en") == "€1,200,000.50"


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), max_size=20))
def test_a_sum_of_rounded_lines_needs_no_rounding(amounts):
    total = sum((Money(amount, "KZT") for amount in amounts), Money(Decimal(0), "KZT"))

    assert total == total.rounded()
