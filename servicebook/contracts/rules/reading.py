"""The terms of a contract in plain words: sentences in the order in which people ask for them.

What is promised, what is included and what it costs beyond, what is extra work, what it covers, and
how the contract goes on. `contracts.wording` says them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from servicebook.contracts.rules.balances import in_order
from servicebook.contracts.rules.figures import ONE, plain
from servicebook.contracts.rules.prices import rate_of
from servicebook.contracts.rules.scope import EVERYTHING
from servicebook.contracts.rules.terms import (
    Included,
    Measure,
    PartsRule,
    Period,
    Prices,
    Said,
    Service,
    Target,
    Terms,
)

TIME = ("minutes", "priority", "region", "category")
UNIT, SITE, MODEL, KIND = range(4)  # ranks of scopes (`Scope.rank`)


@dataclass(frozen=True, slots=True)
class Course:
    """How a contract ends or goes on. `rise`: in percent; None where the price does not rise by itself."""

    ends_on: date
    renews_itself: bool = False
    months: int = 12  # for how many it is renewed
    notice_days: int = 0
    rise: Decimal | None = None
    rise_rule: str = ""
    rise_notice_days: int = 0


def read(terms: Terms, course: Course, prices: Prices) -> list[Said]:
    """Return what the terms say; `prices` is the house's rate card, for what is not included."""
    return [
        *_promises(terms),
        *_included(terms, prices),
        *_not_included(terms, prices),
        *_exclusions(terms),
        *_circumstances(terms),
        _scope(terms),
        *_course(course),
    ]


def _promises(terms: Terms) -> Iterator[Said]:
    """One sentence per measure and hours: the most exact time first."""
    for measure in Measure:
        by_hours: dict[int | None, list[Target]] = {}
        for target in terms.targets:
            if target.measure is measure:
                by_hours.setdefault(target.hours or terms.hours, []).append(target)
        for hours, targets in by_hours.items():
            targets.sort(key=_exactness)
            times = [
                {
                    "minutes": one.minutes,
                    "priority": one.priority,
                    "region": one.region,
                    "category": one.category,
                }
                for one in targets
            ]
            yield Said(f"reading.{measure.value}", {"times": times, "hours": hours})


def _exactness(target: Target) -> tuple[bool, int, bool, bool]:
    return target.priority is None, target.priority or 0, target.region is None, target.category is None


def _included(terms: Terms, prices: Prices) -> Iterator[Said]:
    for service in Service:
        for line in in_order(terms.included, service):
            yield _line(line, terms, prices)
            if line.outside_factor != ONE:
                yield _said("faster", line, factor=plain(line.outside_factor))
            if line.rollover:
                yield _said("rollover", line)


def _line(line: Included, terms: Terms, prices: Prices) -> Said:
    facts: dict[str, object] = {"currency": terms.currency, "price": None}
    if line.limit is not None:
        facts |= {"limit": plain(line.limit), "per": line.period.value}
        rate = rate_of(line.service, terms, prices)
        if rate is not None:
            facts |= {"price": plain(rate.price)}
    if line.period is Period.PACK and line.expires_on:
        return _said("pack", line, **facts, until=line.expires_on.isoformat())
    return _said("no_limit" if line.limit is None else "limit", line, **facts)


def _said(code: str, line: Included, **more: object) -> Said:
    consumables = line.service is Service.PARTS and line.parts is PartsRule.CONSUMABLES
    return Said(
        f"reading.{code}",
        {"service": line.service.value, "category": line.category, "consumables": consumables, **more},
    )


def _not_included(terms: Terms, prices: Prices) -> Iterator[Said]:
    included = {line.service for line in terms.included}
    costs = []
    for service in Service:
        if service not in included:
            rate = rate_of(service, terms, prices)
            costs.append({"service": service.value, "price": None if rate is None else plain(rate.price)})
    if costs:
        yield Said("reading.not_included", {"costs": costs, "currency": terms.currency})


def _exclusions(terms: Terms) -> Iterator[Said]:
    extra = [one.unless.value for one in terms.exclusions if one.factor is None]
    if extra:
        yield Said("reading.extra", {"what": extra})
    for one in terms.exclusions:
        if one.factor is not None:
            yield Said("reading.dearer", {"what": [one.unless.value], "factor": plain(one.factor)})


def _circumstances(terms: Terms) -> Iterator[Said]:
    if terms.channels:
        yield Said("reading.channels", {"agreed": sorted(terms.channels)})
    if terms.pauses and terms.targets:
        yield Said("reading.pauses", {"pauses": sorted(terms.pauses)})
    if terms.uptime_percent is not None:
        yield Said("reading.uptime", {"percent": plain(terms.uptime_percent)})


def _scope(terms: Terms) -> Said:
    """What is covered: how many units, sites and models are named, and which kinds in which regions."""
    scopes = terms.scopes
    if not scopes or EVERYTHING in scopes:
        return Said("reading.everything")
    ranks = Counter(one.rank for one in scopes)
    kinds = [{"category": one.category, "region": one.region} for one in scopes if one.rank >= KIND]
    return Said(
        "reading.scope",
        {"units": ranks[UNIT], "sites": ranks[SITE], "models": ranks[MODEL], "kinds": kinds},
    )


def _course(course: Course) -> Iterator[Said]:
    until = course.ends_on.isoformat()
    if course.renews_itself:
        facts = {"until": until, "months": course.months, "days": course.notice_days}
        yield Said("reading.renews_itself", facts)
    else:
        yield Said("reading.ends", {"until": until})
    if course.rise is not None or course.rise_rule:
        yield Said(
            "reading.rise",
            {
                "percent": None if course.rise is None else plain(course.rise),
                "rule": course.rise_rule,
                "days": course.rise_notice_days,
            },
        )
