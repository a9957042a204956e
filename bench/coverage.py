"""Coverage decisions in memory: how many a second on one core, with ten contracts and thirty clauses."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median

from bench.figures import Figure
from servicebook.contracts.rules.flips import Case, flips
from servicebook.contracts.rules.terms import (
    Asked,
    ContractType,
    Exclusion,
    Facts,
    Included,
    Measure,
    Prices,
    Rate,
    Scope,
    Service,
    Side,
    Standing,
    State,
    Target,
    Terms,
    Unless,
    Warranty,
)

CONTRACTS, REQUESTS, ROUNDS = 10, 500, 7
LIMITS = (
    (Service.DIAGNOSTIC, Decimal(4)),
    (Service.VISIT, Decimal(12)),
    (Service.LABOUR, Decimal(600)),
    (Service.PARTS, Decimal(150_000)),
)
# A failure as it is known after the diagnosis: the whole of it is more than one contract covers.
ASKED = (
    Asked(Service.DIAGNOSTIC, Decimal(1)),
    Asked(Service.VISIT, Decimal(2)),
    Asked(Service.LABOUR, Decimal(240)),
    Asked(Service.PARTS, Decimal(300_000)),
)


def measure() -> list[Figure]:
    """Rates over many requests: one that no contract covers whole, and the same in usual circumstances."""
    scarce = list(_cases(random.Random(3)))
    usual = [replace(case, facts=replace(case.facts, asked=()), balances={}) for case in scarce]
    part = "Coverage, 10 contracts with 30 clauses"
    return [
        Figure(
            part, "decisions where all contracts are tested", _rate(scarce, Case.decided), "1/s", 20_000, True
        ),
        Figure(part, "decisions of new requests", _rate(usual, Case.decided), "1/s", 20_000, True),
        Figure(part, "decisions with what would flip them", _rate(usual[:100], _with_flips), "1/s"),
    ]


def _with_flips(case: Case) -> None:
    flips(case, case.decided())


def _rate(cases: list[Case], decide: Callable[[Case], object]) -> float:
    """The median of several rounds, in seconds of the processor: others may use it, too."""
    rates = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for case in cases:
            decide(case)
        rates.append(len(cases) / (time.process_time() - start))
    return median(rates)


def _cases(chance: random.Random) -> "list[Case]":
    standings = tuple(_standing(number) for number in range(CONTRACTS))
    prices = Prices("KZT", tuple(Rate(service, Decimal(9_000)) for service, _limit in LIMITS[:3]))
    warranty = Warranty(1, Side.VENDOR, date(2024, 1, 1), date(2025, 12, 31))
    cases = []
    for number in range(REQUESTS):
        balances = {
            (one.terms.contract, line.code): chance.choice([Decimal(0), Decimal(0), Decimal(1), Decimal(60)])
            for one in standings
            for line in one.terms.included
        }
        facts = Facts(
            moment=datetime(2026, 10, 14, 4, tzinfo=UTC),
            day=date(2026, 10, 14),
            customer=1,
            asset=number,
            model=1,
            category=2,
            site=3,
            regions=(7, 1),
            channel="phone",
            reason="failure",
            priority=chance.randint(1, 4),
            asked=ASKED,
            consumable=False,
            open_hours=frozenset({1} if chance.random() < 0.7 else ()),
        )
        cases.append(Case(facts, standings, (warranty,), balances, prices))
    return cases


def _standing(number: int) -> Standing:
    """A contract with three clauses: an included service, a promised time, and an exclusion."""
    service, limit = LIMITS[number % len(LIMITS)]
    starts_on = date(2026, 1, 1) + timedelta(days=number)
    terms = Terms(
        contract=number,
        version=number,
        number=f"SC-{number}",
        version_number=1,
        type=ContractType.SLA,
        currency="KZT",
        valid_from=starts_on,
        customer=1,
        scopes=(Scope(category=2),),
        included=(Included(number, "line", service, limit),),
        targets=(Target(number, Measure.RESPONSE, 60),),
        exclusions=(Exclusion(number, Unless.OUTSIDE_HOURS, Decimal("1.5")),),
        rates=(),
        hours=1,
    )
    return Standing(terms, State.ACTIVE, starts_on, date(2026, 12, 31))
