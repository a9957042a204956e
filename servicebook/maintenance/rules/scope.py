"""Whether a unit is in the scope of a plan (S0.24): rows joined by or, what a row leaves empty is not asked.

The row is that of a contract's scope. There a request may name no unit yet; here there is always one, so the
answer is yes or no.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from servicebook.contracts.rules.terms import Scope


@dataclass(frozen=True, slots=True)
class Unit:
    """What a scope asks of a unit.

    Attributes:
        regions: the region of its site and those above it; empty for a unit without a site or a region.
    """

    asset: int
    site: int | None
    model: int
    category: int | None
    regions: Collection[int] = ()


def matches(scopes: Sequence[Scope], unit: Unit) -> bool:
    """Return whether a row names the unit. Without rows every unit is in scope."""
    return not scopes or any(names(scope, unit) for scope in scopes)


def names(scope: Scope, unit: Unit) -> bool:
    """Return whether all that a row asks holds of the unit."""
    return (
        scope.asset in (None, unit.asset)
        and scope.site in (None, unit.site)
        and scope.model in (None, unit.model)
        and scope.category in (None, unit.category)
        and (scope.region is None or scope.region in unit.regions)
    )
