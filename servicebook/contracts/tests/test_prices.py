"""A price rises once a year, announced in time, on its day (S0.13)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.contracts import actions as contracts
from servicebook.contracts import renewals
from servicebook.contracts.actions import NotValid, prices
from servicebook.contracts.actions.prices import PriceRefused, announce_price, apply_price, withdraw_price
from servicebook.contracts.actions.renewals import renew
from servicebook.contracts.models import Contract, PriceChange
from servicebook.core.errors import Refused
from servicebook.customers.models import Contact
from servicebook.journal.models import Entry
from servicebook.messaging import text_actions
from servicebook.messaging.models import Delivery, Notice
from servicebook.messaging.standard_texts import Words
from servicebook.testing import make_contact, make_customer, make_why, sign_contract

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _spring(set_clock):
    set_clock("2026-03-02 09:00")


@pytest.fixture
def contract(db):
    customer = make_customer(currency="KZT")
    make_contact(customer, name="Head", email="head@school.example", is_decision_maker=True)
    return sign_contract(
        customer, ends_on=date(2028, 12, 31), price=Decimal(1_000_000), index_percent=8, index_notice_days=30
    )


@pytest.mark.req("S0.13")
def test_a_rise_is_announced_to_the_customer_and_holds_from_its_day(contract, manager, set_clock):
    change = announce_price(contract.pk, applies_on=date(2026, 4, 1), by=manager)

    assert (change.before, change.after, change.percent) == (1_000_000, 1_080_000, 8)
    mail = Delivery.objects.get(template="price_announced")
    assert mail.to_name == "Head"
    said = mail.body.replace("\N{NO-BREAK SPACE}", " ")
    assert "from 1,000,000 ₸ to 1,080,000 ₸ on 1 April 2026" in said
    assert Contract.objects.get().price == 1_000_000

    set_clock("2026-03-31 23:59")
    run_due()
    assert Contract.objects.get().price == 1_000_000
    set_clock("2026-04-01 00:00")
    run_due()
    run_due()
    assert Contract.objects.get().price == 1_080_000
    assert Entry.objects.filter(verb="contract.price_applied").count() == 1
    apply_price(change.pk)
    assert Contract.objects.get().price == 1_080_000
    assert list(audit.everything()) == []


@pytest.mark.req("S0.13")
@pytest.mark.parametrize(
    ("applies_on", "code", "says"),
    [
        (date(2026, 3, 31), "rise_without_notice", "1 Apr 2026"),
        (date(2029, 1, 2), "rise_outside_the_term", "31 Dec 2028"),
        (date(2026, 1, 1), "rise_outside_the_term", "after the first day"),
    ],
)
def test_a_rise_that_is_not_as_agreed_is_refused_with_what_would_work(
    contract, manager, applies_on, code, says
):
    with pytest.raises(PriceRefused, match=says) as refused:
        announce_price(contract.pk, applies_on=applies_on, by=manager)

    assert (refused.value.code, list(refused.value.fields)) == (code, ["applies_on"])
    assert not PriceChange.objects.exists()


@pytest.mark.req("S0.13")
def test_a_second_rise_in_the_year_is_refused_and_a_cut_is_not(contract, manager):
    announce_price(contract.pk, applies_on=date(2026, 9, 1), by=manager)

    with pytest.raises(PriceRefused, match="1 Sep 2027"):
        announce_price(contract.pk, applies_on=date(2027, 2, 1), by=manager)  # another year's number
    with pytest.raises(PriceRefused, match="once a year only"):
        announce_price(contract.pk, applies_on=date(2026, 4, 1), by=manager)

    cut = announce_price(contract.pk, applies_on=date(2026, 10, 1), percent=Decimal(-5), by=manager)
    assert cut.after == 950_000


@pytest.mark.req("S0.13")
def test_the_database_refuses_a_second_rise_in_a_year_too(contract):
    def rise(**fields: object) -> PriceChange:
        usual = {"applies_on": date(2026, 9, 1), "year": 2026, "before": 1, "after": 2, "percent": 100}
        return PriceChange.objects.create(
            contract=contract, announced_at=contract.made_at, **{**usual, **fields}
        )

    rise(withdrawn_at=contract.made_at)
    rise()
    rise(after=0)
    with pytest.raises(IntegrityError, match=r"price_rises_once_a_year|UNIQUE"), transaction.atomic():
        rise()


@pytest.mark.req("S0.13", "S0.41")
def test_a_rise_is_announced_in_the_words_of_the_house_and_the_language_of_the_receiver(contract, manager):
    Contact.objects.filter(name="Head").update(language="ru")
    words = Words(
        "Цена {contract_number}", "{to_name}, новая цена {new_price} с {applies_on}.", "{new_price}"
    )
    text_actions.write("price_announced", "ru", words, by=manager)

    announce_price(contract.pk, applies_on=date(2026, 4, 1), by=manager)

    mail = Delivery.objects.get(template="price_announced")
    assert mail.subject_line == f"Цена {contract.number}"
    said = mail.body.replace("\N{NO-BREAK SPACE}", " ")
    assert said == "Head, новая цена 1 080 000 ₸ с 1 апреля 2026 г..\n"


@pytest.mark.req("S0.13")
def test_a_withdrawn_rise_is_told_and_makes_place_for_another(contract, manager, set_clock):
    change = announce_price(contract.pk, applies_on=date(2026, 9, 1), by=manager)
    with pytest.raises(NotValid):
        withdraw_price(change.pk, because=" ", by=manager)

    withdraw_price(change.pk, because="Agreed otherwise", by=manager)
    assert "The price stays as it is" in Notice.objects.get(text="price_withdrawn").body
    assert Delivery.objects.count() == 1  # beside the announcement of that day
    assert announce_price(contract.pk, applies_on=date(2026, 10, 1), by=manager).pk

    set_clock("2026-09-15 09:00")
    run_due()
    assert Contract.objects.get().price == 1_000_000
    assert list(audit.everything()) == []


def test_a_price_in_force_is_not_withdrawn(contract, manager, set_clock):
    change = announce_price(contract.pk, applies_on=date(2026, 4, 1), by=manager)
    set_clock("2026-04-01 09:00")
    run_due()

    with pytest.raises(PriceRefused, match="in force since 1 Apr 2026"):
        withdraw_price(change.pk, because="Late", by=manager)


@pytest.mark.parametrize(("percent", "index_percent"), [(None, None), (Decimal(0), 8), (Decimal(-101), 8)])
def test_a_price_that_makes_no_sense_is_refused(manager, percent, index_percent):
    contract = sign_contract(price=Decimal(100), index_percent=index_percent)

    with pytest.raises(NotValid) as refused:
        announce_price(contract.pk, applies_on=date(2026, 9, 1), percent=percent, by=manager)
    assert list(refused.value.fields) == ["percent"]


def test_only_what_runs_gets_another_price(manager):
    draft = sign_contract(draft=True, index_percent=8, price=Decimal(100))

    with pytest.raises(PriceRefused, match="does not run"):
        announce_price(draft.pk, applies_on=date(2026, 9, 1), by=manager)


@pytest.mark.req("S0.13")
def test_what_follows_with_its_own_price_gets_another_one_there(contract, manager):
    following = renew(contract.pk, by=manager, in_force=True)

    with pytest.raises(PriceRefused, match=f"From that day on {following.number} is in force"):
        announce_price(contract.pk, applies_on=date(2029, 1, 1), by=manager)

    assert announce_price(contract.pk, applies_on=date(2026, 4, 1), by=manager).after == 1_080_000


@pytest.mark.req("S0.13")
def test_what_was_announced_is_taken_back_when_the_contract_ends_before(contract, manager, set_clock):
    change = announce_price(contract.pk, applies_on=date(2026, 9, 1), by=manager)
    contracts.cancel(contract.pk, because="They move", why=make_why(), by=manager)

    set_clock("2026-09-01 00:00")
    run_due()

    change.refresh_from_db()
    assert change.withdrawn_at is not None
    assert Contract.objects.get().price == 1_000_000


@pytest.mark.req("S0.13")
def test_the_history_of_the_price_names_every_step(contract, manager, set_clock):
    announce_price(contract.pk, applies_on=date(2026, 4, 1), by=manager)
    set_clock("2026-05-01 09:00")
    run_due()
    announce_price(contract.pk, applies_on=date(2027, 4, 1), by=manager)

    history = renewals.price_history(Contract.objects.get())

    assert [(line["day"].isoformat(), line["price"], bool(line["pending"])) for line in history] == [
        ("2026-01-01", 1_000_000, False),
        ("2026-04-01", 1_080_000, False),
        ("2027-04-01", Decimal("1166400.00"), True),
    ]


@pytest.mark.req("S0.13")
def test_a_rise_of_the_original_price_does_not_add_up(manager, set_clock):
    contract = sign_contract(
        ends_on=date(2028, 12, 31), price=Decimal(1000), index_percent=10, index_base="original"
    )
    announce_price(contract.pk, applies_on=date(2026, 4, 1), by=manager)
    set_clock("2026-05-01 09:00")
    run_due()

    assert announce_price(contract.pk, applies_on=date(2027, 4, 1), by=manager).after == 1200


def together(*calls: Callable[[], object]) -> list[Exception]:
    """Run the calls in threads that start at once; return what they refused."""
    start, failed = Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            start.wait(timeout=20)
            call()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return failed


def race(manager) -> list[Exception]:
    contract = sign_contract(ends_on=date(2028, 12, 31), price=Decimal(1000), index_percent=8)
    days = (date(2026, 12, 1), date(2027, 2, 1))  # two years, so that only the rule refuses the second
    return together(
        *(lambda day=day: announce_price(contract.pk, applies_on=day, by=manager) for day in days)
    )


@pytest.mark.req("S0.13")
@pytest.mark.trust("2.4")
@pytest.mark.slow
def test_of_two_rises_at_once_one_is_refused(real_rows, manager):
    for _round in range(4):
        failed = race(manager)

        assert [type(error) for error in failed] == [PriceRefused]
        assert isinstance(failed[0], Refused)
    assert PriceChange.objects.count() == 4


@pytest.mark.trust("2.4")
@pytest.mark.slow
@pytest.mark.postgres
def test_the_race_is_lost_without_the_lock(real_rows, manager, monkeypatch):
    """The twin: without the lock both see no other rise, and both are announced."""

    def unlocked(contract_id: int, **_more: object) -> Contract:
        found = Contract.objects.select_related("customer__region", "owner").get(pk=contract_id)
        both.wait(timeout=20)
        return found

    monkeypatch.setattr(prices, "locked", unlocked)
    both = Barrier(2)

    assert race(manager) == []
    assert PriceChange.objects.count() == 2
