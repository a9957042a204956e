"""Ladders of contracts: each stage once, moved with its date, gone with its reason."""

from datetime import UTC, date, datetime, timedelta

import pytest

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.contracts import actions as contracts
from servicebook.contracts.actions.renewals import renew
from servicebook.contracts.models import Contract, Milestone
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.messaging.models import Delivery, Notice
from servicebook.reminders.actions import asks, deciding
from servicebook.reminders.models import Ask
from servicebook.testing import make_contact, make_customer, make_region, make_user, make_why, sign_contract

pytestmark = pytest.mark.django_db
ALL_FOUR = ["before-90", "before-60", "before-30", "before-7"]


@pytest.fixture
def school(db):
    customer = make_customer(name="School 12", currency="KZT")
    make_contact(customer, name="Main", email="main@school.example", is_main=True)
    make_contact(customer, name="Head", email="head@school.example", is_decision_maker=True)
    return customer


def notices() -> list[str]:
    rows = Notice.objects.filter(text="renewal_notice").select_related("delivery").order_by("pk")
    return [f"{row.delivery.to_name}: {row.subject_line}" for row in rows]


def stages(contract: Contract, state: str = "armed", kind: str = "reminders.renewal") -> list[str]:
    rows = Obligation.objects.filter(kind=kind, subject_id=contract.pk, state=state)
    return [row.stage for row in rows.order_by("due_at")]


@pytest.mark.req("S0.34", "S0.39", "S0.43", "S0.67", "S1.3", "S1.4", "S3.3")
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
    assert (promise.owner, promise.about, promise.source) == (contract.owner, contract, "reminders.renewal")
    assert promise.why == "it ends on 31 Dec 2026"
    step = Notice.objects.get()  # the owner gets the way to the evidence
    assert (step.text, step.delivery.to_address) == ("step", contract.owner.email)
    assert f"/contracts/{contract.number}/" in step.url
    assert notices() == []

    for told, day in enumerate(("2026-11-01", "2026-12-01", "2026-12-24"), start=1):
        set_clock(f"{day} 09:00")
        run_due()
        run_due()
        # The decision maker, not the main contact.
        assert notices() == [f"Head: {contract.number}: the contract ends on 31 December 2026"] * told
        assert Promise.objects.filter(source="reminders.renewal").count() == told + 1
        assert Promise.objects.filter(source="reminders.renewal").open().count() == 1  # the latest says it
    body = Notice.objects.filter(text="renewal_notice").latest("pk").body
    assert "ends in 7 days, on 31 December 2026" in body
    assert "please tell us whether you want to renew it" in body
    assert "/a/" in body
    assert stages(contract, "fired") == ALL_FOUR
    asked = Entry.objects.filter(verb="reminder.asked", subject_id=contract.pk)
    assert [one.facts["asked"] for one in asked] == ["Head"] * 3
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34")
def test_the_stages_follow_the_end_and_fire_again_for_another_one(school, set_clock):
    set_clock("2026-10-05 09:00")  # 87 days before the end
    contract = sign_contract(school)
    run_due()
    assert stages(contract, "fired") == ["before-90"]  # missed, and said at once

    Contract.objects.filter(pk=contract.pk).update(ends_on=date(2027, 12, 31))
    agenda.refresh(Contract.objects.get(pk=contract.pk))
    assert stages(contract, "cancelled") == ["before-60", "before-30", "before-7"]

    set_clock("2026-12-24 09:00")
    run_due()
    assert notices() == []  # the old date is nobody's business any more
    set_clock("2027-12-24 09:00")
    run_due()
    assert len(notices()) == 1  # the worker slept: what a later stage says is not said by an earlier one
    assert list(audit.everything()) == []


@pytest.mark.trust("B23")
def test_a_date_that_was_edited_a_second_before_firing_is_not_announced(school, set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(school)
    set_clock("2026-10-02 09:00")
    Contract.objects.filter(pk=contract.pk).update(ends_on=date(2027, 12, 31))  # and no refresh came yet

    run_due()

    assert not Promise.objects.exists()
    assert stages(contract, "cancelled")[0] == "before-90"


@pytest.mark.req("S0.34")
@pytest.mark.parametrize(
    ("now", "said"),
    [("2026-11-20", "in 41 days"), ("2026-12-10", "in 21 days"), ("2026-12-30", "in 1 day")],
)
def test_a_contract_that_begins_inside_the_window_is_announced_once_at_once(school, set_clock, now, said):
    set_clock(f"{now} 12:00")
    contract = sign_contract(school)

    run_due()

    assert len(notices()) == 1
    assert f"ends {said}, on 31 December 2026" in Notice.objects.get(text="renewal_notice").body
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

    assert notices() == []
    assert stages(renewed, "cancelled") == ALL_FOUR
    assert list(audit.everything()) == []


@pytest.mark.req("S0.36", "S0.43")
def test_a_renewal_that_is_decided_ends_the_question(school, manager, set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(school)
    set_clock("2026-11-01 09:00")
    run_due()
    ask = Ask.objects.get()
    assert (ask.contact.name, ask.owner, ask.next_at - ask.asked_at) == (
        "Head",
        contract.owner,
        timedelta(hours=48),
    )

    renew(contract.pk, by=manager, in_force=True)
    run_due()

    ask.refresh_from_db()
    assert (ask.ended_as, ask.next_at) == ("withdrawn", None)
    assert not Obligation.objects.armed().filter(kind="reminders.silence").exists()
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34")
def test_a_drafted_successor_does_not_end_the_reminders_but_its_activation_does(school, manager, set_clock):
    set_clock("2026-09-14 09:00")
    contract = sign_contract(school)
    offer = renew(contract.pk, by=manager)
    assert stages(contract) == ALL_FOUR

    contracts.activate(offer.pk, by=manager)
    assert stages(contract) == []
    assert list(audit.everything()) == []

    contracts.cancel(offer.pk, because="Signed by mistake", why=make_why(), by=manager)
    assert stages(contract) == ALL_FOUR
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34", "S0.40", "S1.4")
def test_a_renewal_that_is_decided_later_is_announced_at_30_and_7_days_all_the_same(
    school, manager, set_clock
):
    set_clock("2026-06-01 09:00")
    sign_contract(school)
    set_clock("2026-11-01 09:00")
    run_due()
    set_clock("2026-11-06 09:00")
    run_due()

    later = datetime(2026, 12, 10, 4, tzinfo=UTC)
    ask = Ask.objects.get()
    deciding.decide(ask.pk, decision="reschedule", note="In December", next_at=later, by=manager)
    told = {"2026-12-01": 2, "2026-12-10": 2, "2026-12-12": 2, "2026-12-24": 3}
    for day, count in told.items():
        set_clock(f"{day} 09:00")
        run_due()
        assert len(notices()) == count
        assert Ask.objects.open().get().asked_at == later  # silence counts from the day that was agreed
    answers = Notice.objects.filter(text="reply_wanted", told_at__gte=later)
    assert [f"{one.told_at:%Y-%m-%d}" for one in answers] == ["2026-12-12"]
    assert list(audit.everything()) == []


@pytest.mark.req("S0.34", "S0.40")
@pytest.mark.parametrize("how", ["answered", "decided"])
def test_a_renewal_that_was_answered_after_it_was_put_off_is_announced_no_more(
    school, manager, set_clock, how
):
    set_clock("2026-06-01 09:00")
    sign_contract(school)
    set_clock("2026-11-01 09:00")
    run_due()
    later = datetime(2026, 11, 20, 4, tzinfo=UTC)
    first = Ask.objects.get()
    deciding.decide(first.pk, decision="reschedule", note="In a while", next_at=later, by=manager)

    set_clock("2026-11-21 09:00")
    again = Ask.objects.open().get()
    if how == "answered":
        asks.answer(again.pk, answer="call", by_name="Head", channel="phone", by=manager)
    else:
        deciding.decide(again.pk, decision="close", note="They said it in the hall", by=manager)
    set_clock("2026-12-24 09:00")
    run_due()

    assert len(notices()) == 1
    assert not Ask.objects.open().exists()
    assert list(audit.everything()) == []


@pytest.mark.req("S1.4", "S0.43")
def test_where_nobody_can_be_written_to_the_owner_is_told(set_clock):
    set_clock("2026-10-14 09:00")
    contract = sign_contract(make_customer())

    set_clock("2026-11-01 09:00")
    run_due()

    assert notices() == []
    why = Promise.objects.filter(source="reminders.renewal").latest("pk").why
    assert why == "it ends on 31 Dec 2026; there is nobody to write to: name a contact who is asked"
    assert Entry.objects.filter(verb="reminder.nobody_to_ask", subject_id=contract.pk).count() == 1
    assert Ask.objects.get().contact is None  # and silence about it counts all the same


@pytest.mark.req("S1.4", "S0.12")
def test_the_notice_says_until_when_a_contract_that_renews_itself_can_be_refused(school, set_clock):
    set_clock("2026-10-14 09:00")
    sign_contract(school, renews_itself=True, notice_days=45, renewal_months=12)

    set_clock("2026-11-01 09:00")
    run_due()

    body = Notice.objects.get(text="renewal_notice").body
    assert "renews itself for 12 months unless one of us says otherwise by 16 November 2026" in body


@pytest.mark.req("S0.34")
def test_the_morning_is_that_of_the_customer(set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(make_customer(region=make_region(time_zone="Pacific/Kiritimati")))

    row = Obligation.objects.get(kind="reminders.renewal", subject_id=contract.pk, stage="before-7")
    assert row.due_at == datetime(2026, 12, 23, 19, tzinfo=UTC)


@pytest.mark.req("S0.34", "S0.39")
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


@pytest.mark.req("S1.3")
def test_the_review_date_is_announced_and_moves(school, manager, set_clock):
    set_clock("2026-06-01 09:00")
    contract = sign_contract(school, review_on=date(2026, 8, 1))
    row = Obligation.objects.get(kind="reminders.review")
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


def test_an_end_in_february_of_a_leap_year(school, set_clock):
    set_clock("2027-10-01 09:00")
    contract = sign_contract(school, starts_on=date(2027, 3, 1), ends_on=date(2028, 2, 29))

    set_clock("2028-01-30 09:00")
    run_due()

    assert notices()[-1] == f"Head: {contract.number}: the contract ends on 29 February 2028"


@pytest.mark.req("S0.42")
def test_milestones_are_invoiced_on_their_day_and_asked_for_three_days_after(school, set_clock):
    set_clock("2026-06-01 09:00")
    accountant = make_user(Role.ACCOUNTANT)
    contract = sign_contract(school)
    first, second = (
        Milestone.objects.create(contract=contract, on=date(2026, 7, 1), text=text, amount=amount)
        for text, amount in (("Delivery", 1000), ("Start", None))
    )
    agenda.refresh(Contract.objects.get(pk=contract.pk))

    set_clock("2026-07-01 09:00")
    run_due()
    steps = Promise.objects.filter(source__startswith="reminders.milestone").order_by("pk")
    assert [one.text for one in steps] == [
        f"Issue the invoice: {contract.number} Delivery · 1,000 ₸",
        f"Issue the invoice: {contract.number} Start",
    ]
    assert {one.owner for one in steps} == {accountant}

    first.settled_at = datetime(2026, 7, 2, tzinfo=UTC)
    first.save()
    agenda.refresh(Contract.objects.get(pk=contract.pk))
    set_clock("2026-07-04 09:00")
    run_due()
    assert [one.text for one in steps.open().order_by("pk")] == [
        f"Issue the invoice: {contract.number} Delivery · 1,000 ₸",  # whoever settles it keeps it
        f"Not invoiced yet: {contract.number} Start",
    ]
    assert second.on == date(2026, 7, 1)
    assert list(audit.everything()) == []


@pytest.mark.req("S0.38")
def test_bundled_mail_goes_to_one_person_once_a_day(school, set_clock):
    set_clock("2026-06-01 09:00")
    for _number in range(3):
        sign_contract(school)

    set_clock("2026-11-01 09:00")
    run_due()

    to_head = Delivery.objects.filter(to_address="head@school.example")
    assert to_head.get().notices.count() == 3


@pytest.mark.parametrize("count", [1, 4])
def test_many_contracts_are_armed_with_the_statements_of_one(set_clock, django_assert_num_queries, count):
    set_clock("2026-06-01 09:00")
    for _number in range(count):
        sign_contract(renews_itself=True, index_percent=8, review_on=date(2026, 9, 1))
    contracts_ = list(Contract.objects.all())
    Obligation.objects.all().delete()

    # customers, successors, versions, milestones, plans, questions, what stands, what is armed
    with django_assert_num_queries(8):
        agenda.refresh_many(contracts_)

    assert Obligation.objects.filter(kind="reminders.renewal").count() == 4 * count
