"""Who owns a new ticket. The first rule that fits wins; somebody always does (S0.44)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the queue's rules. An empty condition fits everything."""

    owner: int
    team: int | None = None
    kind: str = ""
    reason: int | None = None
    region: int | None = None
    customer: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a ticket is about. `regions` and `customers` carry the ancestors: a rule for a region
    also holds in its districts, a rule for a customer also in its branches."""

    kind: str
    reason: int
    regions: frozenset[int] = frozenset()
    customers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Route:
    owner: int
    team: int | None = None


def fits(rule: Rule, asked: Asked) -> bool:
    return (
        rule.kind in ("", asked.kind)
        and rule.reason in (None, asked.reason)
        and (rule.region is None or rule.region in asked.regions)
        and (rule.customer is None or rule.customer in asked.customers)
    )


def route(
    rules: Sequence[Rule], asked: Asked, *, active: Iterable[int], fallbacks: Iterable[int | None]
) -> Route | None:
    """Return who owns the ticket.

    Args:
        rules: in their order. A rule whose owner has left is passed over.
        active: the people who may own tickets.
        fallbacks: tried in order when no rule fits: the service owner, then the managers.

    Returns:
        None when nobody is there at all.
    """
    present = frozenset(active)
    for rule in rules:
        if rule.owner in present and fits(rule, asked):
            return Route(rule.owner, rule.team)
    for person in fallbacks:
        if person in present:
            return Route(person)
    return None
