"""Money is Decimal with a currency, rounded once, at the line, half even. No float."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache

from babel.numbers import format_currency, get_currency_precision


class CurrencyMix(ValueError):
    """Two currencies met in one sum."""


@cache
def _minor_unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-get_currency_precision(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round half even to the currency's minor unit."""
    return amount.quantize(_minor_unit(currency), ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency (ISO 4217 code). Unrounded until `rounded()`."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"money needs a Decimal, not {type(self.amount).__name__}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(self.amount * factor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def rounded(self) -> "Money":
        """Round half even to the currency's minor unit."""
        return Money(rounded(self.amount, self.currency), self.currency)

    def shown(self, locale: str) -> str:
        """Write the amount as people of `locale` (such as "en" or "zh_Hans") do."""
        return str(format_currency(self.amount, self.currency, locale=locale))

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMix(f"{self.currency} and {other.currency} cannot be added; convert one first")
