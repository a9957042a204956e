"""What covers a request, and what does not: the decision with its whole trace.

It is pure: the same facts, terms, balances and prices give the same decision, whenever it is asked.
Clauses are tested in the documented order (docs/decisions/0012-how-coverage-is-decided.md):

1. our warranties of the unit: they cost the customer nothing and use up no balance;
2. contracts: the more exact scope first, then SLA, subscription, one-off, then the later start;
3. what is left is extra work, at the rate of the first contract in play that has one, else of the
   house's rate card.

A vendor's warranty never covers the customer; it says what can be claimed from the vendor.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from servicebook.contracts.rules import warranties as promises
from servicebook.contracts.rules.clauses import clauses, rates_by_service
from servicebook.contracts.rules.needs import Nearness, Need, needs_of
from servicebook.contracts.rules.prices import AT_THEIR_PRICE, price
from servicebook.contracts.rules.scope import Fit
from servicebook.contracts.rules.targets import promised
from servicebook.contracts.rules.terms import (
    Asked,
    Balances,
    Decision,
    Facts,
    PriceLine,
    Prices,
    Promised,
    Said,
    Service,
    ServiceDecision,
    Side,
    Standing,
    Step,
    Verdict,
    Warranty,
)
from servicebook.contracts.rules.trial import Trial

# What a request needs as a rule, by its reason, while nobody has said it.
USUAL: Mapping[str, tuple[Service, ...]] = {
    "failure": (Service.DIAGNOSTIC, Service.VISIT, Service.LABOUR, Service.PARTS),
    "maintenance": (Service.VISIT, Service.LABOUR),
    "configuration": (Service.REMOTE,),
    "consultation": (Service.REMOTE,),
}
USUAL_ELSE = (Service.REMOTE,)


def usual(reason: str) -> tuple[Asked, ...]:
    """Return what a request with this reason needs as a rule."""
    return tuple(Asked(service) for service in USUAL.get(reason, USUAL_ELSE))


def decide(
    facts: Facts,
    standings: Sequence[Standing],
    warranties: Sequence[Warranty],
    balances: Balances,
    prices: Prices,
) -> Decision:
    """Decide what covers a request. Its flips are left empty: `rules.flips` finds them.

    Args:
        facts: where `asked` is empty, its reason says what is needed (`USUAL`).
        standings: contracts in any state and order; one that does not cover is in the trace.
        warranties: of the unit, on both sides.
        balances: a limited line that has none is untouched.
    """
    steps: list[Step] = []
    needs = needs_of(facts.asked or usual(facts.reason))
    ours, vendors = _test_warranties(warranties, facts, needs, steps)
    play = _test_contracts(standings, facts, needs, balances, steps)
    services = tuple(need.decided(play.price(need, prices) if need.is_billed else None) for need in needs)
    verdict = overall([one.verdict for one in services])
    terms = play.under.clauses.terms if play.under else None
    return Decision(
        verdict=verdict,
        because=_because(verdict, services),
        services=services,
        steps=tuple(steps),
        targets=play.targets,
        flips=(),
        contract=terms.contract if terms else None,
        version=terms.version if terms else None,
        warranty=ours,
        vendor_warranty=vendors,
        pauses=terms.pauses if terms else frozenset(),
        warn_percent=terms.warn_percent if terms else 75,
    )


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Return one verdict over those of all services.

    | what is known                     | unknown besides | verdict |
    |-----------------------------------|-----------------|---------|
    | covered, all of it                | none            | covered |
    | covered, all of it; or nothing    | some            | unknown |
    | extra work, all of it             | none or some    | extra   |
    | some of both, or a service partly | none or some    | partly  |

    So it is unknown only while nobody can say whether anything is billed at all.
    """
    every = set(verdicts)
    known = every - {Verdict.UNKNOWN}
    if known <= {Verdict.COVERED}:
        return Verdict.UNKNOWN if Verdict.UNKNOWN in every else Verdict.COVERED
    return Verdict.EXTRA if known == {Verdict.EXTRA} else Verdict.PARTLY


def in_order(standings: Iterable[Standing], facts: Facts) -> list[tuple[Fit, Standing]]:
    """Return contracts in the order in which they are tested, with whether they cover the unit."""
    keyed = []
    for standing in standings:
        found = clauses(standing.terms)
        fit, rank = found.scopes.test(facts)
        start = -standing.starts_on.toordinal()
        keyed.append(((fit, rank, found.type.place, start, standing.terms.contract), fit, standing))
    keyed.sort(key=lambda one: one[0])
    return [(fit, standing) for _key, fit, standing in keyed]


@dataclass(slots=True)
class _Play:
    """The contracts in play, in order.

    Attributes:
        under: whose terms the request runs under: the first one that promises a time for it, or
            else the first one.
    """

    trials: list[Trial]
    under: Trial | None = None
    targets: tuple[Promised, ...] = ()

    def price(self, need: Need, prices: Prices) -> PriceLine | None:
        """Return what the rest of a need costs; None where nobody has named a price for it."""
        for trial in self.trials:
            rate = trial.clauses.rates.get(need.service)
            if rate and trial.fit is Fit.IN:
                return price(rate, trial.clauses.terms.currency, need.rest, factor=trial.factor)
        house = rates_by_service(prices.rates).get(need.service)
        if house is None and need.service is Service.PARTS:
            house = AT_THEIR_PRICE
        return price(house, prices.currency, need.rest) if house else None


def _test_warranties(
    warranties: Sequence[Warranty], facts: Facts, needs: Sequence[Need], steps: list[Step]
) -> tuple[int | None, int | None]:
    """Return the warranty of ours that covers something, and the vendor's that can be claimed."""
    ours = vendors = None
    for warranty in promises.in_order(warranties):
        step = promises.test(warranty, facts)
        steps.append(step)
        if warranty.side is Side.VENDOR:
            vendors = vendors or (warranty.id if step.passed else None)
            continue
        for need in needs:
            if need.settled or not promises.carries(warranty, need.service):
                continue
            if step.passed:
                need.cover(step.said, by="warranty")
                ours = ours or warranty.id
            elif step.passed is None:
                need.may_be_covered(step.said)
            else:
                need.missed(step.said, Nearness.WARRANTY)
    return ours, vendors


def _test_contracts(
    standings: Sequence[Standing],
    facts: Facts,
    needs: Sequence[Need],
    balances: Balances,
    steps: list[Step],
) -> _Play:
    """Test contracts until all is covered and a time is promised, or none is left."""
    play = _Play([])
    for fit, standing in in_order(standings, facts):
        if play.targets and all(need.settled for need in needs):
            break
        trial = Trial(standing, fit, facts, steps)
        trial.run(needs, balances)
        if not trial.in_play:
            continue
        play.trials.append(trial)
        if not play.targets:
            play.targets = promised(standing.terms, facts)
            if play.targets or play.under is None:
                play.under = trial
    return play


def _because(verdict: Verdict, services: Sequence[ServiceDecision]) -> Said:
    """One sentence: that of the service that tells most, or which are covered and which are not."""
    if any(one.verdict is not verdict for one in services):
        named = {
            kind.value: [one.service.value for one in services if one.verdict is kind] for kind in Verdict
        }
        why = next(one.because for one in services if one.verdict is not Verdict.COVERED)
        return Said("services.differ", {**named, "why": {"code": why.code, "facts": dict(why.facts)}})
    limited = (one.because for one in services if one.because.facts.get("left") is not None)
    return next(limited, services[0].because)
