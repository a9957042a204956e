"""Which promised times apply to a request: of several for one measure, the most exact one (S0.16, S0.19)."""

from collections.abc import Iterable, Sequence

from servicebook.contracts.rules.terms import Facts, Measure, Promised, Target, Terms
from servicebook.contracts.rules.types import TYPES

MEASURES = tuple(Measure)


def promised(terms: Terms, facts: Facts) -> tuple[Promised, ...]:
    """Return the targets of one version that apply, one per measure at most."""
    if not terms.targets:
        return ()
    won = best(terms.targets, priority=facts.priority, regions=facts.regions, category=facts.category)
    binding = TYPES[terms.type].binding
    return tuple(
        Promised(measure, one.minutes, one.hours or terms.hours, measure in binding, f"target:{one.id}")
        for measure in MEASURES
        if (one := won.get(measure))
    )


def best(
    targets: Iterable[Target], *, priority: int, regions: Sequence[int], category: int | None
) -> dict[Measure, Target]:
    """Return the target that wins for each measure: by priority, then nearest region, then category.

    Args:
        regions: of the site, nearest first.
    """
    won: dict[Measure, tuple[tuple[bool, int, bool, int], Target]] = {}
    for target in targets:
        if (
            target.priority not in (None, priority)
            or target.category not in (None, category)
            or not (target.region is None or target.region in regions)
        ):
            continue
        distance = len(regions) if target.region is None else regions.index(target.region)
        exactness = target.priority is None, distance, target.category is None, target.id
        other = won.get(target.measure)
        if other is None or exactness < other[0]:
            won[target.measure] = exactness, target
    return {measure: target for measure, (_exactness, target) in won.items()}
