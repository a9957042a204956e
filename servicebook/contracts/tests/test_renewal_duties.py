"""What is due before a contract ends: each once, moved with its date, gone with its reason."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.contracts import actions as contracts
from servicebook.contracts.actions.prices import announce_price
from servicebook.contracts.actions.renewals import renew
from servicebook.contracts.models import Contract
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.messaging.models import Delivery
from servicebook.testing import make_contact, make_customer, make_region, make_user, make_why, sign_contract

pytestmark = pytest.mark.django_db


@pytest.fixture
def school(db):
    customer = make_customer(name="School 12", currency="KZT")
    make_contact(customer, name="Main", email="main@school.example", is_main=True)
    make_contact(customer, name="Head", email="head@school.example", is_decision_maker=True)
    return customer


def mails(template: str = "contract_renewal") -> list[str]:
    rows = Delivery.objects.filter(template=template).order_by("pk")
    return [f"{row.to_name}: {row.subject_line.partition('] ')[2]}" for row in rows]


def stages(contract: Contract, state: str = "armed") -> list[str]:
    rows = Obligation.objects.filter(kind="contracts.renewal", subject_id=contract.pk, state=state)
    return [row.stage for row in rows.order_by("due_at")]


@pytest.mark.req("S0.34", "S0.67", "S1.3", "S1.4")
def test_the_offer_is_prepared_at_90_days_and_the_renewal_announced_at_60_30_and_7(school, set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(school, title="Servers")

    set_clock("2026-10-02 08:59")
    run_due()
    assert not Promise.objects.exists()

    set_clock("2026-10-02 09:00")
    run_due()
    run_due()
    promise = Promise.objects.get()
    assert promise.text == f"Prepare the renewal offer of {contract.number} with the year in review"
    assert (promise.owner, promise.about, promise.why) == (
        contract.owner,
        contract,
        "it ends on 31 Dec 2026",
    )
    assert f"/contracts/{contract.number}/" in Delivery.objects.get(template="contract_prepare").body
    assert mails() == []

    for told, day in enumerate(("2026-11-01", "2026-12-01", "2026-12-24"), start=1):
        set_clock(f"{day} 09:00")
        run_due()
        run_due()
        # The decision maker, not the main contact.
        assert mails() == ["Head: Servers: the contract ends on 31 Dec 2026"] * told
        assert Promise.objects.count() == told + 1
    body = Delivery.objects.filter(template="contract_renewal").latest("pk").body
    assert "in 7 days, on 31 Dec 2026" in body
    assert "please tell us whether you want to renew it" in body
    assert stages(contract, "fired") == ["prepare", "notice_60", "notice_30", "notice_7"]
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34")
def test_the_stages_follow_the_end_and_fire_again_for_another_one(school, set_clock):
    set_clock("2026-10-05 09:00")  # 87 days before the end
    contract = sign_contract(school)
    run_due()
    assert stages(contract, "fired") == ["prepare"]  # missed, and said at once

    Contract.objects.filter(pk=contract.pk).update(ends_on=date(2027, 12, 31))
    agenda.refresh(Contract.objects.get(pk=contract.pk))
    assert stages(contract, "cancelled") == ["notice_60", "notice_30", "notice_7"]

    set_clock("2026-12-24 09:00")
    run_due()
    assert mails() == []  # the old date is nobody's business any more
    set_clock("2027-12-24 09:00")
    run_due()
    assert len(mails()) == 1  # the worker slept: what a later stage says is not said by an earlier one


@pytest.mark.req("S0.34")
@pytest.mark.parametrize(
    ("now", "said"), [("2026-11-20", "60 days"), ("2026-12-10", "30 days"), ("2026-12-30", "7 days")]
)
def test_a_contract_that_begins_inside_the_window_is_announced_once_at_once(school, set_clock, now, said):
    set_clock(f"{now} 12:00")
    contract = sign_contract(school)

    run_due()

    assert len(mails()) == 1
    assert len(stages(contract, "fired")) == 1
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34")
def test_what_was_renewed_or_cancelled_is_announced_to_nobody(school, manager, set_clock):
    set_clock("2026-10-14 09:00")
    renewed, cancelled = sign_contract(school), sign_contract(school)
    renew(renewed.pk, by=manager, in_force=True)
    contracts.cancel(cancelled.pk, because="They move", why=make_why(), by=manager)

    set_clock("2026-12-30 09:00")
    run_due()

    assert mails() == []
    assert stages(renewed, "cancelled") == ["prepare", "notice_60", "notice_30", "notice_7"]
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34")
def test_a_drafted_successor_does_not_end_the_reminders_but_its_activation_does(school, manager, set_clock):
    set_clock("2026-09-14 09:00")
    contract = sign_contract(school)
    all_four = ["prepare", "notice_60", "notice_30", "notice_7"]
    offer = renew(contract.pk, by=manager)
    assert stages(contract) == all_four

    contracts.activate(offer.pk, by=manager)
    assert stages(contract) == []
    assert list(audit.everything()) == []

    contracts.cancel(offer.pk, because="Signed by mistake", why=make_why(), by=manager)
    assert stages(contract) == all_four
    assert list(audit.everything()) == []


@pytest.mark.req("S1.4")
def test_where_nobody_can_be_written_to_the_owner_is_told(set_clock):
    set_clock("2026-10-14 09:00")
    sign_contract(make_customer())

    set_clock("2026-11-01 09:00")
    run_due()

    assert mails() == []
    why = Promise.objects.latest("pk").why
    assert why == "it ends on 31 Dec 2026; there is nobody to write to: name a decision maker or main contact"


@pytest.mark.req("S1.4")
def test_the_notice_says_until_when_a_contract_that_renews_itself_can_be_refused(school, set_clock):
    set_clock("2026-10-14 09:00")
    sign_contract(school, renews_itself=True, notice_days=45, renewal_months=12)

    set_clock("2026-11-01 09:00")
    run_due()

    body = Delivery.objects.get(template="contract_renewal").body
    assert "renews itself for 12 months unless one of us says otherwise by 16 Nov 2026" in body


@pytest.mark.req("S0.34")
def test_the_morning_is_that_of_the_customer(set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(make_customer(region=make_region(time_zone="Pacific/Kiritimati")))

    row = Obligation.objects.get(kind="contracts.renewal", subject_id=contract.pk, stage="notice_7")
    assert row.due_at == datetime(2026, 12, 23, 19, tzinfo=UTC)


@pytest.mark.req("S0.34")
def test_the_owner_is_looked_up_when_it_fires(school, set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(school)
    manager = make_user(Role.MANAGER)
    contract.owner.is_active = False
    contract.owner.save()

    set_clock("2026-10-02 09:00")
    run_due()

    assert Promise.objects.get().owner == manager


def test_a_one_off_contract_just_ends(school, set_clock):
    set_clock("2026-06-01 09:00")
    sign_contract(school, type="one_off")

    set_clock("2027-01-15 09:00")
    run_due()

    assert Contract.objects.get().state == "expired"
    assert not Promise.objects.exists()


@pytest.mark.req("S0.12")
def test_the_owner_decides_before_the_legal_notice_date(school, set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(school, renews_itself=True, notice_days=60)

    set_clock("2026-10-18 09:00")  # 14 days before 1 November
    run_due()

    promise = Promise.objects.get(text__startswith="Decide")
    assert promise.text == f"Decide whether {contract.number} goes on: it renews itself after 1 Nov 2026"
    assert f"{promise.due_at:%Y-%m-%d %H:%M}" == "2026-11-01 19:00"  # midnight of Almaty


@pytest.mark.req("S1.3")
def test_the_review_date_is_announced_and_moves(school, manager, set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(school, review_on=date(2026, 8, 1))
    row = Obligation.objects.get(kind="contracts.review")
    assert f"{row.due_at:%Y-%m-%d %H:%M}" == "2026-07-18 04:00"

    contracts.change(contract.pk, review_on=date(2026, 9, 1), by=manager)
    set_clock("2026-07-18 09:00")
    run_due()
    assert not Promise.objects.exists()

    set_clock("2026-08-18 09:00")
    run_due()
    run_due()
    promise = Promise.objects.get()
    assert promise.text == f"Review {contract.number}: renegotiate, or propose an upgrade"
    assert promise.why == "the review is due on 1 Sep 2026"
    assert list(audit.everything()) == []


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


def test_an_end_in_february_of_a_leap_year(school, set_clock):
    set_clock("2027-10-01 09:00")
    sign_contract(school, starts_on=date(2027, 3, 1), ends_on=date(2028, 2, 29))

    set_clock("2028-01-30 09:00")
    run_due()

    assert mails()[-1] == "Head: " + Contract.objects.get().title + ": the contract ends on 29 Feb 2028"


@pytest.mark.parametrize("count", [1, 4])
def test_many_contracts_are_armed_with_the_statements_of_one(set_clock, django_assert_num_queries, count):
    set_clock("2026-06-01 09:00")
    for _number in range(count):
        sign_contract(renews_itself=True, index_percent=8, review_on=date(2026, 9, 1))
    contracts_ = list(Contract.objects.all())
    Obligation.objects.all().delete()

    with django_assert_num_queries(5):  # customers, successors, versions, what stands, what is armed
        agenda.refresh_many(contracts_)

    assert Obligation.objects.filter(kind="contracts.renewal").count() == 4 * count
