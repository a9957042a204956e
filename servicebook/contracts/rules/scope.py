"""Whether a contract covers the unit that a request is about, and how exactly it names it."""

from collections.abc import Iterable, Sequence
from enum import IntEnum

from servicebook.contracts.rules.terms import Facts, Scope

EVERYTHING = Scope()
NOWHERE = EVERYTHING.rank + 1  # the rank of a contract that does not cover the unit


class Fit(IntEnum):
    """The order is that in which contracts are tested."""

    IN = 0
    OPEN = 1  # it depends on a unit or a site that nobody has named yet
    OUT = 2


class Scopes:
    """The scopes of one version; those of single units are found by unit, however many there are."""

    def __init__(self, scopes: Sequence[Scope]) -> None:
        by_rank = sorted(scopes or [EVERYTHING], key=lambda scope: scope.rank)
        self._of_unit: dict[int, list[Scope]] = {}
        for scope in by_rank:
            if scope.asset is not None:
                self._of_unit.setdefault(scope.asset, []).append(scope)
        self._wider = [scope for scope in by_rank if scope.asset is None]
        # While no unit is named, units at the same site are alike.
        self._units_somewhere = [
            Scope(asset=0, site=site, region=region)
            for site, region in dict.fromkeys((s.site, s.region) for s in by_rank if s.asset is not None)
        ]

    def test(self, facts: Facts) -> tuple[Fit, int]:
        """Return whether the request is in scope, and the rank of the scope that says so (`Scope.rank`)."""
        found = (Fit.OUT, NOWHERE)
        for scope in self._in_question(facts):
            fit = fits(scope, facts)
            if fit is Fit.IN:
                return fit, scope.rank
            if fit is Fit.OPEN and found[0] is Fit.OUT:
                found = fit, scope.rank
        return found

    def _in_question(self, facts: Facts) -> Iterable[Scope]:
        named = self._units_somewhere if facts.asset is None else self._of_unit.get(facts.asset, ())
        return (*named, *self._wider) if named else self._wider


def fits(scope: Scope, facts: Facts) -> Fit:
    """Return whether all that the scope names holds of the request."""
    if scope == EVERYTHING:
        return Fit.IN
    unit_is_open = facts.asset is None
    site_is_open = unit_is_open and facts.site is None
    fit = Fit.IN
    for wanted, known, is_open in (
        (scope.asset, facts.asset, unit_is_open),
        (scope.model, facts.model, unit_is_open),
        (scope.category, facts.category, unit_is_open),
        (scope.site, facts.site, site_is_open),
    ):
        if wanted is None or wanted == known:
            continue
        if known is not None or not is_open:
            return Fit.OUT
        fit = Fit.OPEN
    if scope.region is None or scope.region in facts.regions:
        return fit
    return Fit.OPEN if site_is_open and not facts.regions else Fit.OUT
