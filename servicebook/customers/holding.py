"""What keeps a branch with the customer above it: work that names things of both (I7).

Customers stand below the apps that know such work, so those apps register here what of it is under way.
"""

from collections.abc import Callable, Collection, Iterable

from servicebook.core.errors import Refused
from servicebook.customers.models import Customer

# Given a customer as it stands with all below it, and the ids of those above whom it is to have: for each
# thing that holds it here a sentence that names it and says what would work.
Holding = Callable[[Customer, Collection[int]], Iterable[str]]
_holding: list[Holding] = []


class HeldBranch(Refused):
    """A branch stays where it is while something goes on for both."""

    code = "branch_held"


def holds_branch(holding: Holding) -> Holding:
    """Register what says why a branch cannot leave yet."""
    _holding.append(holding)
    return holding


def what_holds(branch: Customer, *, to: int | None) -> str:
    """Return what keeps a branch, locked by the caller, from going under another; empty if nothing does.

    Args:
        branch: as it stands now.
        to: the id of the customer under which it is to hang; None takes it out.
    """
    if branch.parent_id is None or branch.parent_id == to:
        return ""  # who joins another leaves nobody
    above = [] if to is None else list(Customer.objects.with_those_above(to).values_list("pk", flat=True))
    return " ".join(sentence for holding in _holding for sentence in holding(branch, above))
