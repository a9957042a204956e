"""Amounts as the rules write them."""

from decimal import Decimal

NOTHING, ONE = Decimal(0), Decimal(1)
LEAST = Decimal("0.01")  # the smallest amount of a balance


def plain(number: Decimal) -> str:
    """Write a number one way, whatever it was computed from: 7 for 7 and for 7.00."""
    return f"{number.normalize():f}"
