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
from dataclasses import dataclass, field
from decimal import Decimal

from servicebook.contracts.rules import warranties as promises
from servicebook.contracts.rules.clauses import Clauses, clauses
from servicebook.contracts.rules.gate import Gate
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
    Terms,
    Verdict,
    Warranty,
)

# What a request needs as a rule, by its reason, while nobody has said it.
USUAL: Mapping[str, tuple[Service, ...]] = {
    "failure": (Service.DIAGNOSTIC, Service.VISIT, Service.LABOUR, Service.PARTS),
    "maintenance": (Service.VISIT, Service.LABOUR),
    "configuration": (Service.REMOTE,),
    "consultation": (Service.REMOTE,),
}
VERDICTS = tuple(one.value for one in Verdict)
USUAL_ELSE = (Service.REMOTE,)


_ASKED = {reason: tuple(map(Asked, services)) for reason, services in USUAL.items()}
_ASKED_ELSE = tuple(map(Asked, USUAL_ELSE))


def usual(reason: str) -> tuple[Asked, ...]:
    """Return what a request with this reason needs as a rule."""
    return _ASKED.get(reason, _ASKED_ELSE)


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
    terms = play.under
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


def in_order(standings: Iterable[Standing], facts: Facts) -> list[tuple[Fit, Standing, Clauses]]:
    """Return contracts in the order in which they are tested, with whether they cover the unit."""
    keyed = []
    for at, standing in enumerate(standings):
        found = clauses(standing.terms)
        fit, rank = found.scopes.test(facts)
        start = -standing.starts_on.toordinal()
        keyed.append((fit, rank, found.place, start, found.contract, at, standing, found))
    keyed.sort()  # up to `at` no two are alike
    return [(one[0], one[6], one[7]) for one in keyed]


@dataclass(slots=True)
class _Play:
    """The contracts in play.

    Attributes:
        under: whose terms the request runs under: the first one that promises a time for it, or
            else the first one.
        opened: those that nothing refuses, in order.
        priced: those that surely cover the unit, in order, with how much dearer they make the work.
    """

    under: Terms | None = None
    targets: tuple[Promised, ...] = ()
    opened: list[Clauses] = field(default_factory=list)
    priced: list[tuple[Clauses, Decimal]] = field(default_factory=list)

    def enter(self, found: Clauses, fit: Fit, gate: Gate, facts: Facts) -> None:
        if fit is Fit.IN:
            self.priced.append((found, gate.factor))
        if not self.targets:
            self.targets = promised(found.terms, facts)
            if self.targets or self.under is None:
                self.under = found.terms

    def price(self, need: Need, prices: Prices) -> PriceLine | None:
        """Return what the rest of a need costs; None where nobody has named a price for it."""
        for found, factor in self.priced:
            rate = found.rates.get(need.service)
            if rate:
                return price(rate, found.terms.currency, need.rest, factor=factor)
        for rate in prices.rates:
            if rate.service is need.service:
                return price(rate, prices.currency, need.rest)
        if need.service is Service.PARTS:
            return price(AT_THEIR_PRICE, prices.currency, need.rest)
        return None


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
                need.cover(step.said, "warranty")
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
    play = _Play()
    waiting = {need.service: need for need in needs if not need.settled}
    for fit, standing, found in in_order(standings, facts):
        if play.targets and not waiting:
            break
        gate = found.gatekeeper.test(standing, fit, facts)
        steps += gate.steps
        if gate.in_play:
            play.enter(found, fit, gate, facts)
        if gate.refusal:
            for need in waiting.values():
                need.missed(*gate.refusal)
        else:
            play.opened.append(found)
            _test_lines(found, gate, facts, waiting, balances, steps)
    _say_what_is_not_included(play.opened, waiting.values(), steps)
    return play


def _test_lines(
    found: Clauses,
    gate: Gate,
    facts: Facts,
    waiting: dict[Service, Need],
    balances: Balances,
    steps: list[Step],
) -> None:
    """Cover what waits by the lines of a contract whose gate is open; what is settled waits no more."""
    for service, lines in found.lines.items():
        need = waiting.get(service)
        if need is None:
            continue
        for line in lines:
            steps.append(line.test(need, facts, balances, gate))
            if need.settled:
                del waiting[service]
                break


def _say_what_is_not_included(opened: Sequence[Clauses], needs: Iterable[Need], steps: list[Step]) -> None:
    """Add one step for all services for which no contract that is open to the request has a line."""
    without = [need for need in needs if need.nearness < Nearness.NO_LINE and not need.is_touched]
    if not (opened and without):
        return
    said = Said(
        "line.none",
        {
            "contracts": [one.terms.number for one in opened],
            "services": [need.service.value for need in without],
        },
    )
    steps.append(Step(said, False, f"contract:{opened[0].contract}"))
    for need in without:
        need.missed(said, Nearness.NO_LINE)


def _because(verdict: Verdict, services: Sequence[ServiceDecision]) -> Said:
    """One sentence: that of the service that tells most, or which are covered and which are not."""
    if {one.verdict for one in services} == {verdict}:
        limited = (one.because for one in services if "left" in one.because.facts)
        return next(limited, services[0].because)
    named: dict[str, list[str]] = {one: [] for one in VERDICTS}
    for one in services:
        named[one.verdict].append(one.service.value)
    why = next(one.because for one in services if one.verdict is not Verdict.COVERED)
    return Said("services.differ", {**named, "why": {"code": why.code, "facts": why.facts}})
