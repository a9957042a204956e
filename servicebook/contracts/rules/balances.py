"""How included amounts are used up (S0.17, S0.18, S2.7): which line first, how fast, and what is left over.

An amount of work is in the unit of its service: trips, diagnostics, minutes, money. What it takes from
a balance may be more: minutes count in steps begun of the contract's type, and outside the hours so
many times. What it takes is never more than there is: the rest of the work is billed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from servicebook.contracts.rules.figures import LEAST, NOTHING, ONE
from servicebook.contracts.rules.terms import TIMED, ContractType, Included, PartsRule, Service
from servicebook.contracts.rules.types import counted

# What expires is written off so many days after its period, so that work logged late still counts in it.
# What is carried over goes at once; work logged late draws on it there.
WRITTEN_OFF_AFTER_DAYS = 7


def lines_for(
    included: Iterable[Included],
    service: Service,
    *,
    category: int | None = None,
    consumable: bool | None = None,
) -> list[Included]:
    """Return the lines that may carry a service, in the order in which they are used up.

    Those for one category of equipment first, else as the contract lists them.

    Args:
        category: of the unit; None where none is named.
        consumable: whether a part is one; None counts as no.
    """
    return [
        line
        for line in in_order(included, service)
        if line.category in (None, category)
        and (service is not Service.PARTS or line.parts is PartsRule.ALL or bool(consumable))
    ]


def in_order(included: Iterable[Included], service: Service) -> list[Included]:
    """Return the lines of a service as they are used up: those for one category first, then as listed."""
    return sorted(
        (line for line in included if line.service is service), key=lambda line: line.category is None
    )


def factor_of(line: Included, *, outside: bool, exclusion: Decimal = ONE) -> Decimal:
    """Return how many times work counts: the greatest of what applies; factors do not multiply.

    Args:
        outside: whether it was done outside the service hours.
        exclusion: the factor of the exclusions that hold.
    """
    if line.service not in TIMED:
        return ONE
    return max(exclusion, line.outside_factor) if outside else exclusion


def work_in(left: Decimal, factor: Decimal) -> Decimal:
    """Return how much work what is left of a balance covers, where it counts `factor` times."""
    return left if factor == ONE else (left / factor).quantize(LEAST, ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class Part:
    """`work` that a line covers, and how much of its balance that `takes`."""

    work: Decimal
    takes: Decimal


def part(
    work: Decimal, left: Decimal | None, line: Included, type_: ContractType, *, factor: Decimal = ONE
) -> Part:
    """Return how much of `work` a line still covers.

    60 minutes left cover, at night ×1.5, 40 minutes of work; they are then used up.

    Args:
        left: of its balance; None has no end.
    """
    takes = counted(work, type_, factor=factor) if line.service in TIMED else work
    if left is None:
        return Part(work, takes)
    enough_for = work_in(left, factor)
    if enough_for <= NOTHING:
        return Part(NOTHING, NOTHING)
    return Part(work, min(takes, left)) if work <= enough_for else Part(enough_for, left)


def reached(used: Decimal, granted: Decimal | None, thresholds: Sequence[int]) -> int:
    """Return the highest of `thresholds` (percent) that the use has reached; 0 for none."""
    if not granted:
        return 0
    return max((one for one in thresholds if used * 100 >= granted * one), default=0)
