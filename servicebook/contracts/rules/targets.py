"""Which promised times apply to a request: of several for one measure, the most exact one (S0.16, S0.19)."""

from collections.abc import Iterator

from servicebook.contracts.rules.terms import Facts, Measure, Promised, Target, Terms
from servicebook.contracts.rules.types import TYPES


def promised(terms: Terms, facts: Facts) -> tuple[Promised, ...]:
    """Return the targets of one version that apply, one per measure at most."""
    if not terms.targets:
        return ()
    binding = TYPES[terms.type].binding
    return tuple(
        Promised(
            measure=target.measure,
            minutes=target.minutes,
            hours=target.hours or terms.hours,
            binding=target.measure in binding,
            clause=f"target:{target.id}",
        )
        for target in _most_exact(terms, facts)
    )


def applies(target: Target, facts: Facts) -> bool:
    """Whether all that the target names holds of the request."""
    return (
        target.priority in (None, facts.priority)
        and (target.region is None or target.region in facts.regions)
        and target.category in (None, facts.category)
    )


def exactness(target: Target, facts: Facts) -> tuple[bool, int, bool, int]:
    """The least wins: one for the priority, then for the nearest region, then for the category."""
    distance = len(facts.regions) if target.region is None else facts.regions.index(target.region)
    return target.priority is None, distance, target.category is None, target.id


def _most_exact(terms: Terms, facts: Facts) -> Iterator[Target]:
    fitting = [target for target in terms.targets if applies(target, facts)]
    for measure in Measure:
        of_measure = [target for target in fitting if target.measure is measure]
        if of_measure:
            yield min(of_measure, key=lambda target: exactness(target, facts))
