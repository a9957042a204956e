"""What keeps a unit with its customer: work that goes on for one names units of that one (I7).

Units stand below the apps that know such work, so those apps register here what of it is under way.
"""

from collections.abc import Callable, Iterable, Sequence

from servicebook.core.errors import Refused
from servicebook.customers.models import Customer
from servicebook.equipment.models import Asset

# Given units, which nobody else moves meanwhile, and the customer to whom they are to go: for each thing
# that holds them here a sentence that names it and says what would work.
Holding = Callable[[Sequence[Asset], Customer], Iterable[str]]
_holding: list[Holding] = []


class HeldHere(Refused):
    """A unit stays with its customer while something goes on there."""

    code = "unit_held"


def holds(holding: Holding) -> Holding:
    """Register what says why units cannot go to another customer yet."""
    _holding.append(holding)
    return holding


def refuse_while_held(units: Sequence[Asset], *, to: Customer, field: str) -> None:
    """Refuse to give units, locked by the caller, to another customer while something holds them.

    Raises:
        HeldHere: with `field` in `fields`.
    """
    why = " ".join(sentence for holding in _holding for sentence in holding(units, to))
    if why:
        raise HeldHere(why, fields={field: why})
