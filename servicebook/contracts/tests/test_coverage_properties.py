"""Coverage against a slow reference, and what must hold of every decision."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicebook.contracts.rules import snapshot
from servicebook.contracts.rules.coverage import overall
from servicebook.contracts.rules.flips import Case, changes, flips
from servicebook.contracts.rules.terms import TIMED, Facts, Prices, Service, Side, Verdict, Warranty
from servicebook.contracts.tests import reference_coverage as reference
from servicebook.contracts.tests.strategies import cases

MANY = settings(max_examples=80, deadline=None)
FEW = settings(max_examples=50, deadline=None)


@pytest.mark.req("S0.14", "S0.17", "S0.18", "S0.20", "S0.23", "S2.4")
@MANY
@given(cases())
def test_each_service_is_decided_as_the_reference_does(case):
    decision = case.decided()

    expected = reference.services(case.facts, case.standings, case.warranties, case.balances, case.prices)
    found = {
        one.service: reference.Found(
            one.verdict,
            one.covered,
            one.extra,
            one.by,
            one.contract,
            one.line,
            one.price.unit_price if one.price else None,
            one.price.factor if one.price else None,
        )
        for one in decision.services
    }
    assert found == expected


@pytest.mark.req("S0.16", "S0.19", "S0.11")
@MANY
@given(cases())
def test_the_promised_times_are_those_of_the_reference(case):
    decision = case.decided()

    under = reference.under(case.facts, case.standings)
    assert decision.contract == (under and under.terms.contract)
    expected = reference.targets_of(under.terms, case.facts) if under else {}
    assert {one.measure: one.clause for one in decision.targets} == {
        measure: f"target:{target}" for measure, target in expected.items()
    }


@MANY
@given(cases(), st.randoms(use_true_random=False))
def test_the_same_facts_give_the_same_decision_in_whatever_order_contracts_are_given(case, chance):
    shuffled = list(case.standings)
    chance.shuffle(shuffled)

    assert replace(case, standings=tuple(shuffled)).decided() == case.decided()


@MANY
@given(cases())
def test_nothing_is_lost_between_covered_and_extra(case):
    for one in case.decided().services:
        if one.verdict is Verdict.UNKNOWN or one.covered is None:
            assert one.extra is None
            continue
        asked = sum(asked.amount for asked in case.facts.asked if asked.service is one.service)
        assert one.covered + one.extra == asked
        assert (one.extra > 0) == (one.verdict in (Verdict.EXTRA, Verdict.PARTLY))
        if one.price:
            assert one.price.quantity == one.extra
            hours = Decimal(60) if one.service in TIMED else Decimal(1)
            exact = one.extra / hours * one.price.unit_price * one.price.factor
            assert abs(one.price.amount - exact) <= Decimal("0.005")


@MANY
@given(cases())
def test_the_trace_tests_what_refuses_once_and_in_order(case):
    decision = case.decided()

    order = [one.terms.contract for one in reference.tested_in(case.standings, case.facts)]
    tested = [int(step.clause[9:]) for step in decision.steps if step.said.code.startswith("contract.")]
    assert tested == order[: len(tested)]
    if len(tested) < len(order):  # the rest is not needed: everything is covered, and a time promised
        assert decision.verdict is Verdict.COVERED
        assert decision.targets


@MANY
@given(st.lists(st.sampled_from(Verdict), min_size=1, max_size=5))
def test_the_verdict_over_all_services(verdicts):
    """By meaning: unknown only while nobody can say whether anything is billed."""
    billed = {Verdict.EXTRA, Verdict.PARTLY}
    free = {Verdict.COVERED, Verdict.PARTLY}
    found = overall(verdicts)

    if found is Verdict.UNKNOWN:
        assert Verdict.UNKNOWN in verdicts
        assert not billed & set(verdicts)
    else:
        assert (found in billed) == bool(billed & set(verdicts))
        assert (found in free) == bool(free & set(verdicts))
    assert overall(reversed(verdicts)) is found


@FEW
@given(cases(most_contracts=2))
def test_every_flip_gives_another_verdict_and_none_is_left_out(case):
    decision = case.decided()

    tried = [(said, changed.decided().verdict) for said, changed in changes(case, decision)]
    other = {str(said): verdict for said, verdict in reversed(tried) if verdict is not decision.verdict}
    assert {str(one.said): one.verdict for one in flips(case, decision)} == other


ELSEWHERE = {
    "customer": st.integers(1, 2),
    "asset": st.integers(1, 4),
    "model": st.integers(1, 4),
    "category": st.none() | st.integers(1, 4),
    "site": st.none() | st.integers(1, 4),
    "regions": st.sampled_from([(), (1,), (4, 1), (2, 1), (5, 2, 1)]),
}


@pytest.mark.req("S0.25")
@MANY
@given(cases(most_contracts=2), st.fixed_dictionaries(ELSEWHERE), st.fixed_dictionaries(ELSEWHERE))
def test_cases_that_are_alike_are_decided_alike(case, one_place, other_place):
    one, other = (replace(case, facts=replace(case.facts, **place)) for place in (one_place, other_place))
    if one.alike() == other.alike():
        assert one.decided() == other.decided()
    without = replace(other, warranties=())
    if one.change_alike() == without.change_alike():
        assert flips(one, one.decided()) == flips(without, without.decided())


@pytest.mark.req("S0.25")
@pytest.mark.parametrize(("reason", "same"), [("maintenance", True), ("failure", False)])
def test_warranties_do_not_matter_to_what_would_change_planned_work(reason, same):
    ours = Warranty(1, Side.OURS, date(2026, 1, 1), date(2026, 6, 1))
    facts = Facts(datetime(2026, 6, 15, 9, tzinfo=UTC), date(2026, 6, 15), 1, asset=1, model=6, reason=reason)
    with_one = Case(facts, (), (ours,), {}, Prices("KZT"))
    another = replace(with_one, facts=replace(facts, customer=2, asset=2, model=7), warranties=())

    assert (with_one.change_alike() == another.change_alike()) is same
    assert with_one.alike() != another.alike()


@FEW
@given(cases())
def test_a_snapshot_is_read_back_as_it_was(case):
    decision = case.decided()
    decision = replace(decision, flips=flips(case, decision))

    facts, stored = snapshot.dump(case.facts, decision)

    assert snapshot.load(facts, stored) == (case.facts, decision)
    assert stored["verdict"] in list(Verdict)
    assert {one["service"] for one in stored["services"]} <= set(Service)
