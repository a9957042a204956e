"""A rise of the price: what it comes to, and when it may be (S0.13)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from servicebook.contracts.rules.terms import Said
from servicebook.core.money import Money

MONTHS_BETWEEN_RISES = 12
# The owner is told so many days before the last day on which a rise can still be announced.
TELL_AHEAD_DAYS = 14


class Base(StrEnum):
    """From which price a rise is computed."""

    CURRENT = "current"  # the price in force: rises add up like compound interest
    ORIGINAL = "original"  # the price at the start of the contract: each rise is of the same size


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rise would come to, for the person who decides."""

    before: Money
    after: Money
    percent: Decimal

    @property
    def difference(self) -> Money:
        return self.after - self.before


def preview(current: Money, percent: Decimal, *, base: Base, original: Money) -> Preview:
    """Return the price after a rise by `percent`, rounded once, half even, to the currency's minor unit.

    Args:
        percent: below zero for a cut.
        original: the price at the start of the contract; counts where `base` says so.

    Raises:
        CurrencyMix: the two prices have different currencies.
    """
    of = current if base is Base.CURRENT else original
    return Preview(current, (current + of * (percent / 100)).rounded(), percent)


def percent_of(before: Decimal, after: Decimal) -> Decimal:
    """Return by how many percent a price changed, to three places; 0 where it was nothing before."""
    return ((after - before) * 100 / before).quantize(Decimal("0.001")) if before else Decimal(0)


def a_year_later(day: date) -> date:
    """The same day of the next year; 29 Feb becomes 1 Mar, so that a whole year has passed."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def against(
    applies_on: date, *, today: date, notice_days: int, rises: Iterable[date], starts_on: date, ends_on: date
) -> Said | None:
    """Say why a price may not rise on a day; None when it may. The sentence names what would work.

    Args:
        notice_days: between the announcement and the rise, as agreed.
        rises: the days of all other rises of this contract and of those before it, past and announced.
        starts_on, ends_on: of the contract; the day after its end is the first of its successor.
    """
    if not starts_on < applies_on <= ends_on + timedelta(days=1):
        return Said(
            "rise_outside_the_term", {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
        )
    earliest = today + timedelta(days=notice_days)
    if applies_on < earliest:
        return Said("rise_without_notice", {"days": notice_days, "earliest": earliest.isoformat()})
    for other in sorted(rises):
        if applies_on < a_year_later(other) and other < a_year_later(applies_on):
            free = a_year_later(other)
            return Said("rise_twice_in_a_year", {"other": other.isoformat(), "earliest": free.isoformat()})
    return None


def rise_days(starts_on: date, ends_on: date) -> Iterator[date]:
    """Yield when a yearly rise is due: on anniversaries of the start, and when the next term begins."""
    day = starts_on
    while (day := a_year_later(day)) <= ends_on:
        yield day
    yield ends_on + timedelta(days=1)


def next_rise(starts_on: date, ends_on: date, *, today: date, notice_days: int) -> date | None:
    """Return the next day of `rise_days` that can be announced in time; None when none is left."""
    days = rise_days(starts_on, ends_on)
    return next((day for day in days if today <= announce_by(day, notice_days)), None)


def announce_by(applies_on: date, notice_days: int) -> date:
    """Return the last day on which a rise can be announced."""
    return applies_on - timedelta(days=notice_days)


def tell_on(applies_on: date, notice_days: int) -> date:
    """Return the day on which the owner is told that a rise can be announced now."""
    return applies_on - timedelta(days=notice_days + TELL_AHEAD_DAYS)
