"""What is due before a contract ends: each once, moved with its date, gone with its reason."""

from datetime import date
from decimal import Decimal

import pytest

from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.contracts.actions.prices import announce_price
from servicebook.contracts.models import Contract
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.testing import make_contact, make_customer, sign_contract

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(db):
    customer = make_customer(name="School 12", currency="KZT")
    make_contact(customer, name="Main", email="main@school.example", is_main=True)
    make_contact(customer, name="Head", email="head@school.example", is_decision_maker=True)
    return customer


@pytest.mark.req("S0.12")
def test_the_owner_decides_before_the_legal_notice_date(school, set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(school, renews_itself=True, notice_days=60)

    set_clock("2026-10-18 09:00")  # 14 days before 1 November
    run_due()

    promise = Promise.objects.get(text__startswith="Decide")
    assert promise.text == f"Decide whether {contract.number} goes on: it renews itself after 1 Nov 2026"
    assert f"{promise.due_at:%Y-%m-%d %H:%M}" == "2026-11-01 19:00"  # midnight of Almaty


@pytest.mark.req("S0.13")
def test_the_owner_is_told_while_a_rise_can_still_be_announced(school, set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(
        school, ends_on=date(2028, 12, 31), price=Decimal(1000), index_percent=8, index_notice_days=30
    )

    set_clock("2026-11-18 09:00")
    run_due()
    run_due()
    promise = Promise.objects.get()
    assert promise.text == f"Announce the new price of {contract.number}: 1,080 ₸ from 1 Jan 2027"
    assert promise.why == "the last day to announce it is 2 Dec 2026"

    announce_price(contract.pk, applies_on=date(2027, 1, 1), by=contract.owner)
    set_clock("2027-11-18 09:00")
    run_due()
    assert Promise.objects.latest("pk").text.endswith("1,166.40 ₸ from 1 Jan 2028")
    assert Contract.objects.get().price == 1080
    assert list(audit.everything()) == []


@pytest.mark.req("S0.13")
def test_nobody_is_told_of_a_rise_that_would_be_the_second_in_a_year(school, set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(school, ends_on=date(2028, 12, 31), price=Decimal(1000), index_percent=8)
    announce_price(contract.pk, applies_on=date(2026, 9, 1), by=contract.owner)

    set_clock("2026-11-30 09:00")
    run_due()

    assert not Promise.objects.exists()
    assert not Entry.objects.filter(verb="contract.price_window").exists()
