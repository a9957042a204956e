"""Coverage decided slowly and plainly, service by service, to compare the real decision with.

It shares nothing with `rules.coverage` but the value types.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import product

from servicebook.contracts.rules.terms import (
    Asked,
    ContractType,
    Facts,
    Measure,
    PartsRule,
    Scope,
    Service,
    Side,
    State,
    Unless,
    Verdict,
)

USUAL = {
    "failure": ["diagnostic", "visit", "labour", "parts"],
    "maintenance": ["visit", "labour"],
}
PLACES = [ContractType.SLA, ContractType.SUBSCRIPTION, ContractType.ONE_OFF]


@dataclass
class Found:
    """What became of one service."""

    verdict: Verdict
    covered: Decimal | None
    extra: Decimal | None
    by: str
    contract: int | None
    line: str
    unit_price: Decimal | None
    factor: Decimal | None


def worlds(facts: Facts, wanted) -> list[bool]:
    """Whether `wanted` holds in each way in which what nobody named may turn out.

    A unit that nobody named may be any one: of this model or another, at this site or another.
    """
    if facts.asset is not None:
        return [wanted(facts.asset, facts.model, facts.category, facts.site, facts.regions)]
    some = [1, 2, -1]
    return [
        wanted(asset, model, category, site, regions)
        for asset, model, category, site, regions in product(
            some,
            some if facts.model is None else [facts.model],
            some if facts.category is None else [facts.category],
            some if facts.site is None else [facts.site],
            [(one,) for one in some] if facts.site is None and not facts.regions else [facts.regions],
        )
    ]


def in_scope(scope: Scope, facts: Facts) -> bool | None:
    """True, False, or None where it depends on what nobody named."""

    def holds(asset, model, category, site, regions):
        return (
            (scope.asset is None or scope.asset == asset)
            and (scope.model is None or scope.model == model)
            and (scope.category is None or scope.category == category)
            and (scope.site is None or scope.site == site)
            and (scope.region is None or scope.region in regions)
        )

    found = worlds(facts, holds)
    return True if all(found) else None if any(found) else False


def rank_of(scope: Scope) -> int:
    if scope.asset:
        return 0
    if scope.site:
        return 1
    if scope.model:
        return 2
    if scope.category:
        return 3
    return 4 if scope.region else 5


def scope_of(standing, facts) -> tuple[bool | None, int]:
    """Whether the contract covers the unit, and the best rank of the scopes that say so."""
    scopes = standing.terms.scopes or [Scope()]
    for wanted in (True, None):
        ranks = [rank_of(scope) for scope in scopes if in_scope(scope, facts) is wanted]
        if ranks:
            return wanted, min(ranks)
    return False, 6


def tested_in(standings, facts):
    def key(standing):
        covers, rank = scope_of(standing, facts)
        certainty = {True: 0, None: 1, False: 2}[covers]
        long_ago = (standing.starts_on - standing.starts_on.min) // timedelta(days=1)
        return certainty, rank, PLACES.index(standing.terms.type), -long_ago, standing.terms.contract

    return sorted(standings, key=key)


def runs(standing, day) -> bool:
    return standing.state is State.ACTIVE and standing.starts_on <= day <= standing.ends_on


def outside(terms, facts) -> bool:
    return terms.hours is not None and terms.hours not in facts.open_hours


def present(exclusion, terms, facts) -> bool:
    if exclusion.unless is Unless.OUTSIDE_HOURS:
        return outside(terms, facts)
    if exclusion.unless is Unless.CHANNEL:
        customers = facts.channel not in ("", "internal", "program", "import")
        return bool(terms.channels) and customers and facts.channel not in terms.channels
    return exclusion.unless in facts.signs


def first_present_without_factor(terms, facts):
    return next((one for one in terms.exclusions if one.factor is None and present(one, terms, facts)), None)


def factor_of(terms, facts) -> Decimal:
    """The greatest factor; exclusions after one that refuses are not tested."""
    factor = Decimal(1)
    for one in terms.exclusions:
        if present(one, terms, facts):
            if one.factor is None:
                break
            factor = max(factor, one.factor)
    return factor


def warranty_holds(one, facts) -> bool | None:
    if not one.starts_on <= facts.day <= one.ends_on:
        return False
    if facts.reason in ("configuration", "maintenance", "consultation"):
        return False
    if facts.signs & {Unless.TAMPERING, Unless.MISUSE}:
        return False
    if not one.component:
        return True
    return None if not facts.component else one.component.lower() == facts.component.lower()


def decide_service(service, amount, facts, standings, warranties, balances, prices) -> Found:
    rest, by, contract, line_code, may_be = amount, "", None, "", False
    for one in sorted(warranties, key=lambda w: (bool(w.component), w.id)):
        carries = one.parts if service is Service.PARTS else one.labour
        holds = warranty_holds(one, facts)
        if one.side is not Side.OURS or not carries or holds is False:
            continue
        if holds:
            zero = None if amount is None else Decimal(0)
            return Found(Verdict.COVERED, amount, zero, "warranty", None, "", None, None)
        may_be = True

    settled = False
    for standing in tested_in(standings, facts):
        terms = standing.terms
        covers, _rank = scope_of(standing, facts)
        if settled or not runs(standing, facts.day) or covers is False:
            continue
        if first_present_without_factor(terms, facts):
            continue
        for line in sorted(terms.included, key=lambda one: one.category is None):
            if settled or line.service is not service:
                continue
            if line.expires_on and facts.day > line.expires_on:
                continue
            knows = covers
            if line.category is not None and line.category != facts.category:
                if facts.asset is not None or facts.category is not None:
                    continue
                knows = None
            if service is Service.PARTS and line.parts is PartsRule.CONSUMABLES:
                if facts.consumable is False:
                    continue
                knows = knows if facts.consumable else None
            factor = Decimal(1)
            if service in (Service.LABOUR, Service.REMOTE):
                factor = factor_of(terms, facts)
                if outside(terms, facts):
                    factor = max(factor, line.outside_factor)
            enough_for = None
            if line.limit is not None:
                left = balances.get((terms.contract, line.code), line.limit)
                enough_for = (left / factor).quantize(Decimal("0.01"), ROUND_DOWN)
                if enough_for <= 0:
                    continue
            if knows is None:
                may_be = True
                continue
            if not by:
                by, contract, line_code = "contract", terms.contract, line.code
            if amount is None or enough_for is None or enough_for >= rest:
                settled, rest = True, None if amount is None else Decimal(0)
            else:
                rest -= enough_for

    covered = None if amount is None else amount - rest
    if settled:
        return Found(Verdict.COVERED, covered, rest, by, contract, line_code, None, None)
    if may_be:
        return Found(Verdict.UNKNOWN, covered, None, by, contract, line_code, None, None)
    unit_price, factor = price_of(service, facts, standings, prices)
    verdict = Verdict.PARTLY if by else Verdict.EXTRA
    return Found(verdict, covered, rest, by, contract, line_code, unit_price, factor)


def price_of(service, facts, standings, prices):
    for standing in tested_in(standings, facts):
        if runs(standing, facts.day) and scope_of(standing, facts)[0]:
            rates = [one for one in standing.terms.rates if one.service is service]
            rates.sort(key=lambda one: one.extra is not None)
            if rates:
                once = Decimal(1)
                dearer = once if service is Service.PARTS else factor_of(standing.terms, facts)
                return rates[0].price, dearer
    house = [one.price for one in prices.rates if one.service is service]
    if house:
        return house[0], Decimal(1)
    return (Decimal(1), Decimal(1)) if service is Service.PARTS else (None, None)


def amounts_of(facts: Facts) -> dict[Service, Decimal | None]:
    asked = facts.asked or [Asked(Service(one)) for one in USUAL.get(facts.reason, ["remote"])]
    amounts = {}
    for one in asked:
        if one.service in amounts and None not in (amounts[one.service], one.amount):
            amounts[one.service] += one.amount
        else:
            amounts[one.service] = None if one.service in amounts else one.amount
    return amounts


def services(facts, standings, warranties, balances, prices) -> dict[Service, Found]:
    return {
        service: decide_service(service, amount, facts, standings, warranties, balances, prices)
        for service, amount in amounts_of(facts).items()
    }


def targets_of(terms, facts) -> dict[Measure, int]:
    """Measure → the id of the target that applies, found by trying the most exact wish first."""
    found = {}
    for measure in Measure:
        for priority, region, category in product(
            [facts.priority, None], [*facts.regions, None], [facts.category, None]
        ):
            fitting = [
                one.id
                for one in terms.targets
                if (one.measure, one.priority, one.region, one.category)
                == (measure, priority, region, category)
            ]
            if fitting:
                found[measure] = min(fitting)
                break
    return found


def under(facts, standings):
    """The contract whose terms the request runs under: the first that promises a time, else the first."""
    in_play = [
        one
        for one in tested_in(standings, facts)
        if runs(one, facts.day) and scope_of(one, facts)[0] is not False
    ]
    promising = [one for one in in_play if targets_of(one.terms, facts)]
    return next(iter([*promising, *in_play]), None)
