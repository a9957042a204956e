"""A contract that contradicts itself says so before it comes into force."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings

from servicebook.contracts.rules.lint import lint
from servicebook.contracts.rules.terms import (
    ContractType,
    Exclusion,
    Included,
    Measure,
    PartsRule,
    Period,
    Prices,
    Rate,
    Scope,
    Service,
    Target,
    Terms,
    Unless,
)
from servicebook.contracts.tests.strategies import cases

START, END = date(2026, 1, 1), date(2026, 12, 31)
OFFICE, NEVER = 1, 2
CARD = Prices("KZT", tuple(Rate(service, Decimal(9_000)) for service in Service))
EVERY_SERVICE = tuple(Included(at, service.value, service) for at, service in enumerate(Service))
VISITS = Included(9, "visits", Service.VISIT, Decimal(12))
ANSWER = Target(1, Measure.RESPONSE, 60)
UNREACHABLE = {
    f"lint.{code}"
    for code in ("line_hidden", "target_hidden", "always_open", "channel_not_limited", "pack_expired")
}
RECOVERY = {"measure": Measure.RECOVERY, "minutes": 60}
EACH_PRIORITY = [{"priority": one} for one in (1, 2, 3, 4)]
SOUND = Terms(
    contract=1,
    version=1,
    number="SC-1",
    version_number=1,
    type=ContractType.SLA,
    currency="KZT",
    valid_from=START,
    customer=1,
    scopes=(),
    included=EVERY_SERVICE,
    targets=(ANSWER,),
    exclusions=(),
    rates=(),
    hours=OFFICE,
    channels=frozenset({"phone"}),
)


def found(prices=CARD, **terms):
    findings = lint(
        replace(SOUND, **terms), starts_on=START, ends_on=END, prices=prices, never_open=frozenset({NEVER})
    )
    return [(one.severity.value, one.said.code.removeprefix("lint."), one.where) for one in findings]


def test_sound_terms_have_nothing_against_them():
    exclusions = tuple(Exclusion(at, unless) for at, unless in enumerate(Unless))

    assert found(exclusions=exclusions, pauses=frozenset({"part"})) == []


@pytest.mark.req("S0.14", "S0.17", "S0.18")
@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        ({}, {}, True),
        ({}, {"limit": Decimal(3)}, True),
        ({"limit": Decimal(3)}, {}, False),  # what is beyond the limit
        ({}, {"service": Service.REMOTE}, False),
        ({}, {"category": 2}, False),  # those for one kind of unit go first
        ({"category": 2}, {}, False),
        ({"category": 2}, {"category": 2}, True),
        ({"category": 2}, {"category": 3}, False),
        ({"service": Service.PARTS}, {"service": Service.PARTS, "parts": PartsRule.CONSUMABLES}, True),
        ({"service": Service.PARTS, "parts": PartsRule.CONSUMABLES}, {"service": Service.PARTS}, False),
    ],
)
def test_a_line_after_one_without_limit_is_never_used(first, second, hidden):
    line = Included(1, "a", Service.LABOUR)
    lines = (*EVERY_SERVICE[:1], *EVERY_SERVICE[1:2], replace(line, **first), replace(line, **second))
    lines = tuple(one for one in lines if one.service is not Service.PARTS or one.code == "a")

    codes = [one for one in found(included=lines) if one[1] == "line_hidden"]

    assert codes == ([("error", "line_hidden", "included.3.service")] if hidden else [])


@pytest.mark.req("S0.16", "S0.19")
@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([], [("warning", "sla_without_target", "targets")]),
        ([{"priority": 1}, {"priority": 2}], [("warning", "priority_without_target", "targets")]),
        (EACH_PRIORITY, []),
        ([{}, *EACH_PRIORITY], [("error", "target_hidden", "targets.0.minutes")]),
        ([{}, *({**one, "region": 7} for one in EACH_PRIORITY)], []),
        (
            [{"region": 7}, *EACH_PRIORITY],
            [("error", "target_hidden", "targets.0.minutes")],
        ),
        ([{"hours": NEVER}], [("error", "never_open", "targets.0.hours")]),
        (
            [{"minutes": 240}, RECOVERY],
            [("error", "sooner_than_before", "targets.1.minutes")],
        ),
        # In hours of its own it may well come before.
        ([{"minutes": 240}, {**RECOVERY, "hours": 3}], []),
        # Only where both hold.
        (
            [{"minutes": 240}, {"minutes": 30, "priority": 1}, {**RECOVERY, "priority": 1}],
            [("warning", "priority_without_target", "targets")],
        ),
    ],
)  # fmt: skip
def test_targets(targets, expected):
    made = tuple(replace(ANSWER, id=at, **one) for at, one in enumerate(targets))

    assert found(targets=made) == expected


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"type": ContractType.SUBSCRIPTION, "targets": ()}, []),
        ({"pauses": frozenset({"part"}), "targets": (), "type": ContractType.ONE_OFF}, ["pauses_nothing"]),
        ({"exclusions": (Exclusion(1, Unless.CHANNEL),), "channels": frozenset()}, ["channel_not_limited"]),
        ({"exclusions": (Exclusion(1, Unless.OUTSIDE_HOURS),), "hours": None}, ["always_open"]),
        ({"included": (*EVERY_SERVICE[1:], VISITS)}, []),
        (
            {
                "included": (*EVERY_SERVICE[1:], replace(VISITS, period=Period.PACK, expires_on=START)),
                "scopes": (Scope(site=3, category=1), Scope(category=2)),
            },
            [],
        ),
        (
            {"included": (replace(EVERY_SERVICE[2], outside_factor=Decimal(2)),), "hours": None},
            ["always_open"],
        ),
        ({"included": (VISITS,)}, ["visit_without_work"]),
        ({"included": (VISITS, EVERY_SERVICE[1], EVERY_SERVICE[2])}, []),
        ({"scopes": (Scope(site=3), Scope(site=3, category=2))}, ["scope_hidden"]),
        ({"scopes": (Scope(asset=5), Scope())}, ["scope_hidden"]),
        ({"included": (), "targets": (), "type": ContractType.ONE_OFF}, ["nothing_said"]),
    ],
)
def test_clauses_that_do_nothing(terms, expected):
    assert [code for _severity, code, _where in found(**terms)] == expected


@pytest.mark.req("S0.17")
@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (START - timedelta(days=1), [("error", "pack_expired", "included.4.expires_on")]),
        (START, []),
        (END, []),
        (END + timedelta(days=1), [("warning", "pack_outlives", "included.4.expires_on")]),
    ],
)
def test_a_pack_expires_while_the_contract_runs(day, expected):
    pack = replace(VISITS, period=Period.PACK, expires_on=day)

    assert found(included=(*EVERY_SERVICE[1:], pack)) == expected


@pytest.mark.req("S0.17", "S0.21")
def test_a_limit_has_a_price_beyond_it():
    lines = (*EVERY_SERVICE[1:], VISITS)
    nothing = Prices("KZT")

    assert found(nothing, included=lines) == [("warning", "no_price_beyond", "included.4.limit")]
    assert found(nothing, included=lines, rates=(Rate(Service.VISIT, Decimal(1)),)) == []


@settings(max_examples=80, deadline=None)
@given(cases(most_contracts=2))
def test_what_is_called_unreachable_changes_no_decision_when_it_is_dropped(case):
    """The lint keeps its word: without the clause everything is decided as with it."""
    slim = []
    for standing in case.standings:
        terms = standing.terms
        findings = lint(terms, starts_on=standing.starts_on, ends_on=standing.ends_on, prices=case.prices)
        dropped = {
            one.where.rpartition(".")[0]
            for one in findings
            if one.said.code in UNREACHABLE and not one.where.endswith("outside_factor")
        }
        kept = {
            name: tuple(one for at, one in enumerate(getattr(terms, name)) if f"{name}.{at}" not in dropped)
            for name in ("included", "targets", "exclusions")
        }
        slim.append(replace(standing, terms=replace(terms, **kept)))

    before, after = case.decided(), replace(case, standings=tuple(slim)).decided()

    assert after.verdict is before.verdict
    assert [(one.covered, one.extra) for one in after.services] == [
        (one.covered, one.extra) for one in before.services
    ]
    assert after.targets == before.targets
