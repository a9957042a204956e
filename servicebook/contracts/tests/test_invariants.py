"""Each invariant of contracts finds the row that breaks it, and is silent otherwise."""

from datetime import date, timedelta

import pytest

from servicebook.contracts import actions, invariants
from servicebook.contracts.document import Included, Terms
from servicebook.contracts.models import Balance, BalanceEntry, Contract, ContractSpell, ContractVersion
from servicebook.testing import make_balance

pytestmark = [pytest.mark.django_db, pytest.mark.trust("I2"), pytest.mark.trust("I4")]
CHECKS = (
    invariants.books_add_up,
    invariants.nothing_overdrawn,
    invariants.numbers_without_gap,
    invariants.one_open_spell,
    invariants.spells_without_gap,
    invariants.versions_in_order,
)


@pytest.fixture
def contract(running, manager, set_clock):
    """In force, amended, held and resumed, with a balance."""
    set_clock("2026-03-02 10:00")
    contract = running(terms={"included": [{"service": "visit", "limit": 12, "period": "year"}]})
    terms = Terms(included=[Included(service="visit", code="visit", limit=24, period="year")])
    actions.amend(contract.pk, terms, valid_from=date(2026, 4, 1), what_changed="More", by=manager)
    actions.hold(contract.pk, because="Not paid", by=manager)
    set_clock("2026-03-03 10:00")
    actions.resume(contract.pk, by=manager)
    make_balance(contract)
    return contract


def told():
    return {check.__name__: len(list(check())) for check in CHECKS if list(check())}


def test_a_sound_contract_breaks_none(contract):
    assert told() == {}


@pytest.mark.parametrize(
    ("breaking", "found"),
    [
        (lambda: Balance.objects.update(granted=13), {"books_add_up": 1}),
        (lambda: BalanceEntry.objects.update(amount=5), {"books_add_up": 1}),
        (lambda: Contract.objects.update(state="expired"), {"one_open_spell": 1}),
        (lambda: Contract.objects.update(number="SC-1999-000001"), {"numbers_without_gap": 1}),
        (
            lambda: ContractVersion.objects.filter(number=2).update(valid_from=date(2025, 1, 1)),
            {"versions_in_order": 1},
        ),
        (
            lambda: ContractSpell.objects.filter(state="on_hold").update(
                started_at=ContractSpell.objects.get(state="on_hold").started_at - timedelta(days=1)
            ),
            {"spells_without_gap": 1},
        ),
    ],
)
def test_a_broken_row_is_named(contract, breaking, found):
    breaking()

    assert told() == found
