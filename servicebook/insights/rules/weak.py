"""Which contracts need a look, and why (S1.11)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from servicebook.contracts.rules.terms import Said

FEWEST_TICKETS = 5  # of fewer nothing is concluded
SELDOM_KEPT = 85  # percent of the promised times
SLOW_TIMES = 2  # its tickets take so many times the median of all contracts
MANY_TIMES = 3  # so many times the tickets of the median contract
IMBALANCE_TIMES = 2  # its share of the hours against its share of the revenue


@dataclass(frozen=True, slots=True)
class Performance:
    """One contract over a period.

    Attributes:
        resolution: mean seconds from opening to closing; None where nothing was closed.
        price: of a year, comparable only inside `currency`.
    """

    contract: int
    tickets: int
    resolution: int | None
    promised: int
    kept: int
    minutes: int
    price: Decimal
    currency: str

    @property
    def percent(self) -> int | None:
        return self.kept * 100 // self.promised if self.promised else None


@dataclass(frozen=True, slots=True)
class Weak:
    performance: Performance
    because: tuple[Said, ...]


def weak(all_of_them: Sequence[Performance]) -> list[Weak]:
    """Return those that need a look, with the reasons; those with the most reasons first, then tickets."""
    found = []
    slow = median([one.resolution for one in all_of_them if one.resolution is not None] or [0])
    many = median([one.tickets for one in all_of_them] or [0])
    for one in all_of_them:
        because = tuple(_reasons(one, slow, many, all_of_them))
        if because:
            found.append(Weak(one, because))
    return sorted(
        found, key=lambda one: (-len(one.because), -one.performance.tickets, one.performance.contract)
    )


def _reasons(
    one: Performance, slow: float, many: float, all_of_them: Sequence[Performance]
) -> Iterator[Said]:
    if one.tickets < FEWEST_TICKETS:
        return
    if one.percent is not None and one.promised >= FEWEST_TICKETS and one.percent < SELDOM_KEPT:
        yield Said("weak_seldom_kept", {"percent": one.percent})
    if one.resolution and slow and one.resolution >= SLOW_TIMES * slow:
        yield Said("weak_slow", {"times": _times(one.resolution / slow)})
    if many and one.tickets >= MANY_TIMES * many:
        yield Said("weak_many", {"times": _times(one.tickets / many)})
    yield from _imbalance(one, all_of_them)


def _imbalance(one: Performance, all_of_them: Sequence[Performance]) -> Iterator[Said]:
    """More of the hours than of the money: resources go where they are not paid."""
    same = [each for each in all_of_them if each.currency == one.currency]
    minutes, revenue = sum(each.minutes for each in same), sum((each.price for each in same), Decimal(0))
    if len(same) < 2 or not minutes or not revenue:
        return
    hours_share, price_share = Decimal(one.minutes) / minutes, one.price / revenue
    if hours_share >= IMBALANCE_TIMES * price_share:
        yield Said("weak_imbalance", {"hours": int(hours_share * 100), "revenue": int(price_share * 100)})


def _times(ratio: float) -> str:
    return f"{ratio:.1f}"
