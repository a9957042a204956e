"""The nearest changes that would give another verdict (S0.23).

Each is found by deciding again with one thing changed, never by a second logic: what does not
change the verdict is not said.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from operator import attrgetter

from servicebook.contracts.rules.clauses import clauses
from servicebook.contracts.rules.coverage import decide, in_order
from servicebook.contracts.rules.figures import ONE, plain
from servicebook.contracts.rules.lines import Line
from servicebook.contracts.rules.periods import period_of
from servicebook.contracts.rules.scope import SOME, Fit
from servicebook.contracts.rules.terms import (
    COUNTED,
    Balances,
    Decision,
    Facts,
    Flip,
    Period,
    Prices,
    Said,
    Scope,
    Standing,
    State,
    Terms,
    Unless,
    Verdict,
    Warranty,
)
from servicebook.contracts.rules.warranties import NOT_DEFECTS

_OF_CONTRACTS = ("customer", "asset", "model", "category", "site", "regions")  # only they ask for these
_OTHER_FACTS = attrgetter(*(one.name for one in fields(Facts) if one.name not in _OF_CONTRACTS))
REGIONS = 4  # their place in what a contract names


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that a decision is made from."""

    facts: Facts
    standings: tuple[Standing, ...]
    warranties: tuple[Warranty, ...]
    balances: Balances
    prices: Prices

    def decided(self) -> Decision:
        return decide(self.facts, self.standings, self.warranties, self.balances, self.prices)

    def alike(self) -> Hashable:
        """What two cases share that are decided the same way, when what is left of balances is the same."""
        return self._alike_but_for_warranties(), self.warranties

    def change_alike(self) -> Hashable:
        """What two cases share whose `flips` are the same: warranties only where they are for such work."""
        is_for_defects = self.facts.reason not in NOT_DEFECTS
        return self._alike_but_for_warranties(), self.warranties if is_for_defects else ()

    def _alike_but_for_warranties(self) -> Hashable:
        """Units, sites, models, categories and regions that no contract names are as good as each other."""
        facts, named = self.facts, [_names(one.terms) for one in self.standings]
        place = [
            one if one is None or any(one in names[at] for names in named) else SOME
            for at, one in enumerate((facts.asset, facts.site, facts.model, facts.category))
        ]
        regions = [one for one in facts.regions if any(one in names[REGIONS] for names in named)]
        stand = tuple((one.terms.contract, one.terms.version, one.state) for one in self.standings)
        return *place, bool(facts.regions), *regions, _OTHER_FACTS(facts), stand, self.prices.currency

    def on(self, day: date) -> "Case":
        """The same case at the same time of another day."""
        moment = self.facts.moment + (day - self.facts.day)
        return replace(self, facts=replace(self.facts, day=day, moment=moment))


Changed = Iterator[tuple[Said, Case]]


def _names(terms: Terms) -> tuple[frozenset[int | None], ...]:
    """The units, sites, models, categories and regions that a contract names."""
    if "named" not in terms.memo:
        scopes, targets = terms.scopes, terms.targets
        categories = {one.category for rows in (scopes, targets, terms.included) for one in rows}
        terms.memo["named"] = (
            frozenset(one.asset for one in scopes),
            frozenset(one.site for one in scopes),
            frozenset(one.model for one in scopes),
            frozenset(categories),
            frozenset(one.region for rows in (scopes, targets) for one in rows),
        )
    found: tuple[frozenset[int | None], ...] = terms.memo["named"]
    return found


def flips(case: Case, decision: Decision) -> tuple[Flip, ...]:
    """Return the changes that give another verdict than `decision`.

    First what must be learnt, then what can be done, then what would have had to be otherwise.
    """
    found: dict[str, Flip] = {}
    for said, changed in changes(case, decision):
        key = f"{said.code} {said.facts}"
        if key in found:
            continue
        verdict = changed.decided().verdict
        if verdict is not decision.verdict:
            found[key] = Flip(said, verdict)
    return tuple(found.values())


def changes(case: Case, decision: Decision) -> Changed:
    tested = in_order(case.standings, case.facts)
    near = [(fit, one) for fit, one, _clauses in tested if fit is not Fit.OUT]
    standings = [one for _fit, one in near]
    yield from _another_unit(case, [one for fit, one in near if fit is Fit.OPEN], standings)
    yield from _other_parts(case)
    yield from _another_hour(case, standings)
    yield from _another_channel(case, near)
    yield from _other_signs(case, standings)
    for fit, one in near:
        yield from _more_left(case, fit, one, decision)
    for one in standings:
        yield from _another_state(case, one)


def _another_unit(case: Case, open_ones: list[Standing], standings: list[Standing]) -> Changed:
    """The unit is named: one that a scope names, or one of the kind that a line is for."""
    if case.facts.asset is not None:
        return
    for standing in open_ones:
        alike = {(one.model, one.category, one.site, one.region): one for one in standing.terms.scopes}
        for scope in alike.values():
            yield _said("unit", standing.terms, **_named(scope)), _with_unit(case, scope)
    for standing in standings:
        kinds = {line.category for line in standing.terms.included if line.category is not None}
        for category in sorted(kinds):
            scope = Scope(category=category)
            yield _said("unit", standing.terms, **_named(scope)), _with_unit(case, scope)


def _named(scope: Scope) -> dict[str, int | None]:
    """What of a scope can be said of a unit that nobody has named."""
    return {"model": scope.model, "category": scope.category, "site": scope.site, "region": scope.region}


def _with_unit(case: Case, scope: Scope) -> Case:
    facts = case.facts
    regions = facts.regions if scope.region is None else (scope.region, *facts.regions)
    return replace(
        case,
        facts=replace(
            facts,
            asset=scope.asset or SOME,
            model=scope.model or facts.model,
            category=scope.category or facts.category,
            site=scope.site or facts.site,
            regions=regions,
        ),
    )


def _other_parts(case: Case) -> Changed:
    """It turns out which component failed, and whether the parts are consumables."""
    facts = case.facts
    for consumable in (True, False):
        if facts.consumable is None:
            said = Said("flip.consumables" if consumable else "flip.other_parts")
            yield said, replace(case, facts=replace(facts, consumable=consumable))
    for component in sorted({one.component for one in case.warranties if one.component}):
        if not facts.component:
            said = Said("flip.component", {"component": component})
            yield said, replace(case, facts=replace(facts, component=component))


def _another_hour(case: Case, standings: list[Standing]) -> Changed:
    hours = frozenset(one.terms.hours for one in standings if one.terms.hours is not None)
    if hours - case.facts.open_hours:
        yield Said("flip.inside_hours"), _with_hours(case, case.facts.open_hours | hours)
    if hours & case.facts.open_hours:
        yield Said("flip.outside_hours"), _with_hours(case, case.facts.open_hours - hours)


def _with_hours(case: Case, open_hours: frozenset[int]) -> Case:
    return replace(case, facts=replace(case.facts, open_hours=open_hours))


def _another_channel(case: Case, near: Sequence[tuple[Fit, Standing]]) -> Changed:
    for fit, standing in near:
        if not clauses(standing.terms).gatekeeper.test(standing, fit, case.facts).agreed_channel:
            agreed = sorted(standing.terms.channels)
            changed = replace(case, facts=replace(case.facts, channel=agreed[0]))
            yield _said("channel", standing.terms, agreed=agreed), changed


def _other_signs(case: Case, standings: list[Standing]) -> Changed:
    """What was found turns out not to be so; or what an exclusion names is found."""
    signs = case.facts.signs
    for one in sorted(signs):
        said = Said("flip.without_sign", {"unless": one.value})
        yield said, replace(case, facts=replace(case.facts, signs=signs - {one}))
    named = {one.unless for standing in standings for one in standing.terms.exclusions}
    for one in sorted(named - signs - {Unless.OUTSIDE_HOURS, Unless.CHANNEL}):
        said = Said("flip.with_sign", {"unless": one.value})
        yield said, replace(case, facts=replace(case.facts, signs=signs | {one}))


def _more_left(case: Case, fit: Fit, standing: Standing, decision: Decision) -> Changed:
    """More is left of a line: because it was used less, or because its next period begins."""
    found = clauses(standing.terms)
    gate = found.gatekeeper.test(standing, fit, case.facts)
    for service in decision.services:
        if service.verdict in (Verdict.COVERED, Verdict.UNKNOWN):
            continue
        for line in found.lines.get(service.service, ()):
            if line.included.limit is None:
                continue
            left = case.balances.get(line.balance, line.included.limit)
            more = (ONE if service.extra is None else service.extra) * line.factor(gate)
            is_known = service.extra is not None or service.service in COUNTED
            said = Said(
                "flip.more_left" if is_known else "flip.any_left", {**line.facts, "more": plain(more)}
            )
            yield said, replace(case, balances={**case.balances, line.balance: left + more})
            yield from _next_period(case, standing, line)


def _next_period(case: Case, standing: Standing, line: Line) -> Changed:
    if line.included.period in (Period.TERM, Period.PACK):
        return
    _first, last = period_of(
        line.included.period, case.facts.day, since=standing.starts_on, until=standing.ends_on
    )
    begins = last + timedelta(days=1)
    if begins > standing.ends_on:
        return
    anew = {
        one.balance: one.included.limit
        for one in clauses(standing.terms).lines[line.included.service]
        if one.included.period is line.included.period and one.included.limit is not None
    }
    said = Said("flip.next_period", {**line.facts, "begins": begins.isoformat()})
    yield said, replace(case.on(begins), balances={**case.balances, **anew})


def _another_state(case: Case, standing: Standing) -> Changed:
    """The contract ran: it was not held, it had been renewed, or it has begun."""
    day = case.facts.day
    if standing.state is State.ON_HOLD:
        yield _said("not_held", standing.terms), _with(case, standing, replace(standing, state=State.ACTIVE))
    if standing.state in (State.ACTIVE, State.EXPIRED) and standing.ends_on < day:
        until = standing.ends_on.isoformat()
        renewed = replace(standing, state=State.ACTIVE, ends_on=day)
        yield _said("renewed", standing.terms, until=until), _with(case, standing, renewed)
    if standing.state is State.ACTIVE and day < standing.starts_on:
        since = standing.starts_on.isoformat()
        yield _said("begun", standing.terms, since=since), case.on(standing.starts_on)


def _with(case: Case, old: Standing, new: Standing) -> Case:
    return replace(case, standings=tuple(new if one is old else one for one in case.standings))


def _said(code: str, terms: Terms, **facts: object) -> Said:
    return Said(f"flip.{code}", {"contract": terms.number, **facts})
