"""Which promised times apply to a request: of several for one measure, the most exact one (S0.16, S0.19)."""

from servicebook.contracts.rules.terms import Facts, Measure, Promised, Target, Terms
from servicebook.contracts.rules.types import TYPES

MEASURES = tuple(Measure)


def promised(terms: Terms, facts: Facts) -> tuple[Promised, ...]:
    """Return the targets of one version that apply, one per measure at most."""
    if not terms.targets:
        return ()
    best: dict[Measure, Target] = {}
    for target in terms.targets:
        if not applies(target, facts):
            continue
        other = best.get(target.measure)
        if other is None or exactness(target, facts) < exactness(other, facts):
            best[target.measure] = target
    binding = TYPES[terms.type].binding
    return tuple(
        Promised(measure, one.minutes, one.hours or terms.hours, measure in binding, f"target:{one.id}")
        for measure in MEASURES
        if (one := best.get(measure))
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
