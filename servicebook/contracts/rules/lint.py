"""Where terms contradict themselves, said before they come into force.

An error is a promise that is never kept, because another clause or the calendar stands before it; a
warning is what a careful reader would ask about: a gap, or a clause that changes nothing. What can be
tried is tried: a target is unreachable if it wins in no case.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations, product

from servicebook.contracts.rules.figures import ONE
from servicebook.contracts.rules.prices import rate_of
from servicebook.contracts.rules.targets import best
from servicebook.contracts.rules.terms import (
    ContractType,
    Included,
    Measure,
    PartsRule,
    Prices,
    Said,
    Scope,
    Service,
    Target,
    Terms,
    Unless,
)

PRIORITIES = (1, 2, 3, 4)
# A later one of these takes at least as long as an earlier one.
IN_TIME = (Measure.RESPONSE, Measure.ARRIVAL, Measure.RECOVERY)
# What makes a visit useful, and is billed where no line includes it.
WORK_OF_A_VISIT = (Service.LABOUR, Service.DIAGNOSTIC)


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong. `where`: a clause by its position and its column, "included.2.limit"; or empty."""

    said: Said
    severity: Severity
    where: str = ""


def lint(
    terms: Terms, *, starts_on: date, ends_on: date, prices: Prices, never_open: frozenset[int] = frozenset()
) -> list[Finding]:
    """Return what contradicts itself in terms that hold from `starts_on` to `ends_on`, errors first.

    Args:
        prices: the house's rate card.
        never_open: service hours that do not open.
    """
    found = [
        *_hidden_lines(terms.included),
        *_packs(terms.included, starts_on, ends_on),
        *_targets(terms, never_open),
        *_exclusions(terms),
        *_hidden_scopes(terms.scopes),
        *_limits(terms, prices),
        *_left_out(terms),
    ]
    return sorted(found, key=lambda one: one.severity is not Severity.ERROR)


def _error(code: str, where: str = "", **facts: object) -> Finding:
    return Finding(Said(f"lint.{code}", facts), Severity.ERROR, where)


def _warning(code: str, where: str = "", **facts: object) -> Finding:
    return Finding(Said(f"lint.{code}", facts), Severity.WARNING, where)


def _hidden_lines(included: Sequence[Included]) -> Iterator[Finding]:
    """A line after one that has no end is never reached."""
    for position, line in enumerate(included):
        before = [other for other in included[:position] if other.category == line.category]
        if any(_takes_all(other, line) for other in before):
            yield _error("line_hidden", f"included.{position}.service", service=line.service.value)


def _takes_all(first: Included, second: Included) -> bool:
    same_parts = first.parts is PartsRule.ALL or first.parts is second.parts
    return first.service is second.service and first.limit is None and same_parts


def _packs(included: Sequence[Included], starts_on: date, ends_on: date) -> Iterator[Finding]:
    for position, line in enumerate(included):
        if line.expires_on is None:
            continue
        where, until = f"included.{position}.expires_on", line.expires_on.isoformat()
        if line.expires_on < starts_on:
            yield _error("pack_expired", where, until=until)
        elif line.expires_on > ends_on:
            yield _warning("pack_outlives", where, until=until)


def _targets(terms: Terms, never_open: frozenset[int]) -> Iterator[Finding]:
    if not terms.targets:
        if terms.type is ContractType.SLA:
            yield _warning("sla_without_target", "targets")
        return
    winners = list(_winners(terms.targets))
    for position, target in enumerate(terms.targets):
        where = f"targets.{position}"
        if not any(target in won.values() for _priority, won in winners):
            yield _error("target_hidden", f"{where}.minutes", measure=target.measure.value)
        if (target.hours or terms.hours) in never_open:
            yield _error("never_open", f"{where}.hours")
        if any(_too_soon(target, won, terms) for _priority, won in winners):
            yield _error("sooner_than_before", f"{where}.minutes", measure=target.measure.value)
    yield from _priorities_without(winners)


Won = dict[Measure, Target]


def _winners(targets: Sequence[Target]) -> Iterator[tuple[int, Won]]:
    """Every case that the targets tell apart: its priority, and which target wins for each measure."""
    regions = {target.region for target in targets} | {None}
    categories = {target.category for target in targets} | {None}
    for priority, region, category in product(PRIORITIES, regions, categories):
        path = () if region is None else (region,)
        yield priority, best(targets, priority=priority, regions=path, category=category)


def _too_soon(target: Target, won: Won, terms: Terms) -> bool:
    """Whether the target comes before one of an earlier measure in a case in which both hold."""
    if won.get(target.measure) is not target:
        return False
    earlier = [won[one] for one in IN_TIME[: IN_TIME.index(target.measure)] if one in won]
    hours = target.hours or terms.hours
    return any(one.minutes > target.minutes and (one.hours or terms.hours) == hours for one in earlier)


def _priorities_without(winners: Iterable[tuple[int, Won]]) -> Iterator[Finding]:
    """Priorities for which nothing is promised anywhere although something is for another one."""
    promised: dict[Measure, set[int]] = {}
    for priority, won in winners:
        for measure in won:
            promised.setdefault(measure, set()).add(priority)
    for measure, priorities in promised.items():
        without = [one for one in PRIORITIES if one not in priorities]
        if without:
            yield _warning("priority_without_target", "targets", measure=measure.value, priorities=without)


def _exclusions(terms: Terms) -> Iterator[Finding]:
    for position, one in enumerate(terms.exclusions):
        where = f"exclusions.{position}.unless"
        if one.unless is Unless.CHANNEL and not terms.channels:
            yield _warning("channel_not_limited", where)
        if one.unless is Unless.OUTSIDE_HOURS and terms.hours is None:
            yield _warning("always_open", where)
    for position, line in enumerate(terms.included):
        if line.outside_factor != ONE and terms.hours is None:
            yield _warning("always_open", f"included.{position}.outside_factor")


def _hidden_scopes(scopes: Sequence[Scope]) -> Iterator[Finding]:
    """A scope that a wider one holds changes only how exactly the contract names its units."""
    known = set(scopes)
    for position, scope in enumerate(scopes):
        if any(wider in known for wider in _wider(scope)):
            yield _warning("scope_hidden", f"scopes.{position}")


def _wider(scope: Scope) -> Iterator[Scope]:
    named = {name: value for name in NAMES if (value := getattr(scope, name)) is not None}
    for count in range(len(named)):
        for kept in combinations(named.items(), count):
            yield Scope(**dict(kept))


NAMES = ("asset", "site", "model", "category", "region")


def _limits(terms: Terms, prices: Prices) -> Iterator[Finding]:
    for position, line in enumerate(terms.included):
        if line.limit is None or line.service is Service.PARTS:
            continue  # parts have their own price
        if rate_of(line.service, terms, prices) is None:
            yield _warning("no_price_beyond", f"included.{position}.limit", service=line.service.value)


def _left_out(terms: Terms) -> Iterator[Finding]:
    """What a customer would take for included, and what nobody uses."""
    included = {line.service for line in terms.included}
    without = [one.value for one in WORK_OF_A_VISIT if one not in included]
    if Service.VISIT in included and without:
        yield _warning("visit_without_work", "included", services=without)
    if not included and not terms.rates and not terms.targets:
        yield _warning("nothing_said", "included")
    if terms.pauses and not terms.targets:
        yield _warning("pauses_nothing", "pauses")
