"""Whether a contract covers the unit that a request is about, and how exactly it names it."""

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum

from servicebook.contracts.rules.terms import Facts, Scope

EVERYTHING = Scope()
SOME = 0  # the id of a unit that nobody has named
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
        self._of_unit: dict[int, tuple[tuple[Scope, int], ...]] = {}
        for scope in by_rank:
            if scope.asset is not None:
                self._of_unit[scope.asset] = (*self._of_unit.get(scope.asset, ()), (scope, 0))
        self._wider = tuple((scope, scope.rank) for scope in by_rank if scope.asset is None)
        # While no unit is named, those that differ in nothing else are alike.
        unnamed = dict.fromkeys(replace(one, asset=SOME) for one in by_rank if one.asset is not None)
        self._units_somewhere = tuple((scope, 0) for scope in unnamed)

    def test(self, facts: Facts) -> tuple[Fit, int]:
        """Return whether the request is in scope, and the rank of the scope that says so (`Scope.rank`)."""
        if facts.asset is None:
            in_question = self._units_somewhere + self._wider
        else:
            in_question = self._of_unit.get(facts.asset, ()) + self._wider
        found = (Fit.OUT, NOWHERE)
        for scope, rank in in_question:
            fit = fits(scope, facts)
            if fit is Fit.IN:
                return fit, rank
            if fit is Fit.OPEN and found[0] is Fit.OUT:
                found = fit, rank
        return found


def fits(scope: Scope, facts: Facts) -> Fit:
    """Return whether all that the scope names holds of the request."""
    fit = Fit.IN
    if scope.asset is not None and scope.asset != facts.asset:
        fit = _unless_known(facts.asset, facts)
    if scope.model is not None and scope.model != facts.model:
        fit = max(fit, _unless_known(facts.model, facts))
    if scope.category is not None and scope.category != facts.category:
        fit = max(fit, _unless_known(facts.category, facts))
    if scope.site is not None and scope.site != facts.site:
        fit = max(fit, _unless_known(facts.site, facts))
    if scope.region is not None and scope.region not in facts.regions:
        known = facts.site is not None or bool(facts.regions)
        fit = max(fit, _unless_known(known or None, facts))
    return fit


def _unless_known(known: object, facts: Facts) -> Fit:
    """What another value means: it is out, unless nobody has named the unit, and so the value."""
    return Fit.OPEN if known is None and facts.asset is None else Fit.OUT
