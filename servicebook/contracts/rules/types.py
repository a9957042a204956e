"""What the type of a contract changes (S0.11): priority, how minutes are counted, what is a breach.

The table is the policy; change it, not those who read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from servicebook.contracts.rules.terms import ContractType, Measure


@dataclass(frozen=True, slots=True)
class TypeRules:
    """What one type changes.

    Attributes:
        place: among contracts that name the unit equally exactly, the lower one is tested first.
        lift: by how many levels a ticket under it is more urgent; never to critical.
        step: minutes are counted in steps begun of so many minutes.
        binding: measures whose miss is a breach; a miss of another one is a goal not reached.
    """

    place: int
    lift: int
    step: int
    binding: frozenset[Measure]


TYPES: Mapping[ContractType, TypeRules] = {
    ContractType.SLA: TypeRules(place=0, lift=1, step=15, binding=frozenset(Measure)),
    ContractType.SUBSCRIPTION: TypeRules(place=1, lift=0, step=30, binding=frozenset({Measure.RESPONSE})),
    ContractType.ONE_OFF: TypeRules(place=2, lift=0, step=60, binding=frozenset()),
}


def counted(minutes: Decimal, type_: ContractType, *, factor: Decimal = Decimal(1)) -> Decimal:
    """Return how many minutes of a balance this work uses: whole steps begun, times the factor.

    Where less is left, only what is left is used: rounding up never makes a bill.
    """
    step = TYPES[type_].step
    return (minutes / step).to_integral_value(ROUND_CEILING) * step * factor
