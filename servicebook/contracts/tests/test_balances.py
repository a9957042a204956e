"""The ledger of what is included: used, given back, reserved, carried over, told."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from servicebook.agenda.worker import run_due
from servicebook.contracts import actions
from servicebook.contracts.actions import balances
from servicebook.contracts.document import Terms
from servicebook.contracts.invariants import books_add_up
from servicebook.contracts.models import Balance, BalanceEntry, Contract
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.messaging import text_actions
from servicebook.messaging.models import Delivery, Notice
from servicebook.messaging.notices import Told, tell
from servicebook.messaging.standard_texts import Words
from servicebook.testing import make_contact, make_ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.17")]
SPRING = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _spring(set_clock):
    set_clock("2026-03-02 10:00")
    yield
    assert list(books_add_up()) == []


@pytest.fixture
def ticket(school):
    return make_ticket(customer=school)


@pytest.fixture
def work(ticket, manager):
    """Use something of a contract for a ticket; say only what the test is about."""

    def use(contract, amount, *, key="time-1", service="labour", on=SPRING, do=balances.use, **how):
        version = how.pop("version", None) or contract.versions.latest("number")
        return do(
            contract.pk,
            service,
            Decimal(amount),
            version_id=version.pk,
            on=on,
            key=key,
            about=ticket,
            by=manager,
            **how,
        )

    return use


def included(**line):
    return {"included": [{"service": "labour", "limit": 60, "period": "month", **line}]}


def sums(**which):
    return [
        (row.starts_on.isoformat()[5:], row.granted, row.reserved, row.used)
        for row in Balance.objects.filter(**which).order_by("starts_on")
    ]


@pytest.mark.req("S2.3", "S2.7")
def test_use_counts_down_and_the_rest_of_the_job_is_billed(running, work):
    contract = running(terms=included())

    first = work(contract, 45, key="time-1")
    second = work(contract, 45, key="time-2")
    third = work(contract, 30, key="time-3")

    assert (first.covered, first.billed, first.code, first.left) == (45, 0, "labour", 15)
    assert (second.covered, second.billed, second.left) == (15, 30, 0)
    assert (third.covered, third.billed, third.code, third.left) == (0, 30, "", 0)
    assert sums() == [("03-01", 60, 0, 60)]


def test_a_new_period_begins_whole(running, work):
    contract = running(terms=included())
    work(contract, 60)

    assert work(contract, 60, key="time-2", on=date(2026, 4, 1)).billed == 0


def test_at_night_time_runs_faster(running, work):
    contract = running(terms=included(outside_factor="1.5"))

    used = work(contract, 60, outside=True)

    assert (used.covered, used.billed) == (40, 20)


def test_what_is_not_included_is_billed_and_what_has_no_limit_is_only_counted(running, work):
    contract = running(terms={"included": [{"service": "remote"}]})

    assert work(contract, 60).billed == 60
    used = work(contract, 6000, service="remote")

    assert (used.covered, used.billed, used.left) == (6000, 0, None)
    assert [(row.granted, row.used) for row in Balance.objects.all()] == [(None, 6000)]


def test_one_line_after_the_other_is_used_up(running, work):
    pack = {"service": "labour", "limit": 60, "period": "pack", "expires_on": "2026-11-30", "code": "pack"}
    contract = running(terms={"included": [*included()["included"], pack]})

    used = work(contract, 100)

    assert (used.covered, used.billed, used.code, used.left) == (100, 0, "labour", 15)  # 40 count as 45


def test_a_repeat_moves_nothing_and_answers_the_same(running, work):
    contract = running(terms=included())
    first = work(contract, 90)
    again = work(contract, 90)

    assert again == first
    assert BalanceEntry.objects.filter(kind="use").count() == 1


def test_also_that_nothing_was_left_is_remembered(running, work, ticket, manager):
    contract = running(terms=included())
    work(contract, 60)
    refused = work(contract, 30, key="time-2")
    balances.give_back("time-1", about=ticket, by=manager)

    assert work(contract, 30, key="time-2") == refused.__class__(
        covered=Decimal(0), billed=Decimal(30), code="", left=Decimal(60)
    )


def test_what_is_given_back_can_be_used_again_and_only_once(running, work, ticket, manager):
    contract = running(terms=included())
    work(contract, 60)

    balances.give_back("time-1", about=ticket, by=manager)
    balances.give_back("time-1", about=ticket, by=manager)

    assert sums() == [("03-01", 60, 0, 0)]
    assert work(contract, 60, key="time-2").billed == 0


def test_another_tickets_key_is_nobodys_business(running, work, ticket, manager, school):
    work(running(terms=included()), 60)

    balances.give_back("time-1", about=make_ticket(customer=school), by=manager)

    assert sums() == [("03-01", 60, 0, 60)]


def test_planned_work_is_set_aside_and_taken_when_it_is_done(running, work, ticket, manager):
    contract = running(terms=included())
    work(contract, 45, key="plan-1", do=balances.reserve)
    assert sums() == [("03-01", 60, 45, 0)]
    assert work(contract, 30, key="time-9").covered == 15  # the rest is spoken for

    done = work(contract, 45, key="time-1", reserved="plan-1")

    assert (done.covered, done.billed) == (45, 0)
    assert sums() == [("03-01", 60, 0, 60)]


def test_a_dropped_plan_releases_what_it_set_aside(running, work, ticket, manager):
    work(running(terms=included()), 45, key="plan-1", do=balances.reserve)

    balances.release("plan-1", about=ticket, by=manager)

    assert sums() == [("03-01", 60, 0, 0)]


def test_the_database_refuses_to_overdraw(running, work):
    work(running(terms=included()), 45)

    with pytest.raises(IntegrityError), transaction.atomic():
        Balance.objects.update(used=61)


@pytest.mark.parametrize("amount", [0, -5])
def test_work_is_above_zero(running, work, amount):
    with pytest.raises(ValueError, match="above zero"):
        work(running(terms=included()), amount)


# Periods -----------------------------------------------------------------------------------------


def test_what_is_left_expires_a_week_after_its_period(running, work, set_clock):
    contract = running(terms=included())
    work(contract, 45)
    set_clock("2026-04-07 23:59")
    run_due()
    assert work(contract, 10, key="late-1").covered == 10  # logged late, done in March

    set_clock("2026-04-08 00:00")
    run_due()
    run_due()

    assert sums()[0] == ("03-01", 60, 0, 60)
    assert work(contract, 10, key="late-2").billed == 10


def test_what_is_carried_over_goes_on_at_once_used_or_not(running, work, set_clock):
    contract = running(terms=included(rollover=True))
    run_due()

    set_clock("2026-04-01 00:00")
    run_due()

    assert [row[:2] for row in sums(closed_at=None)] == [("04-01", 120)]
    assert work(contract, 60, on=date(2026, 3, 31)).left == 60  # logged late: taken from where it went


@pytest.mark.req("S0.17")
def test_of_a_contract_entered_late_nothing_is_carried_from_before(running):
    """It runs since January; what was used until March is not known here."""
    contract = running(terms=included(rollover=True))
    run_due()
    assert [(one.starts_on.month, one.granted) for one in contract.balances.all()] == [(3, 60)]


def test_carried_over_is_also_what_is_given_back_late(running, work, ticket, manager, set_clock):
    contract = running(terms=included(rollover=True), starts_on=date(2026, 3, 1))
    work(contract, 60)
    set_clock("2026-04-01 00:00")
    run_due()

    balances.give_back("time-1", about=ticket, by=manager)

    assert sums() == [("03-01", 0, 0, 0), ("04-01", 120, 0, 0)]
    assert work(contract, 120, key="time-2", on=date(2026, 4, 2)).billed == 0


def test_the_contract_that_follows_gets_what_is_carried_over(running, work, set_clock):
    contract = running(terms=included(rollover=True), starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31))
    following = running(terms=included(rollover=True), starts_on=date(2026, 4, 1), ends_on=date(2026, 12, 31))
    Contract.objects.filter(pk=following.pk).update(predecessor=contract)
    work(contract, 15)

    set_clock("2026-04-01 00:00")
    run_due()

    assert sums(contract=following) == [("04-01", 105, 0, 0)]
    assert sums(contract=contract) == [("03-01", 15, 0, 15)]


def test_without_a_contract_that_follows_it_is_written_off(running, work, set_clock):
    contract = running(terms=included(rollover=True), starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31))
    work(contract, 15)

    set_clock("2026-04-01 00:00")
    run_due()

    assert sums() == [("03-01", 15, 0, 15)]


def amended(contract, manager, line, *, since=date(2026, 3, 10)):
    terms = Terms(**included(code="labour", **line))
    return actions.amend(contract.pk, terms, valid_from=since, what_changed="Other limit", by=manager)


@pytest.mark.parametrize(("limit", "granted"), [(90, 90), (50, 50), (30, 45)])
def test_an_amendment_grants_more_or_less_from_its_day(running, work, manager, set_clock, limit, granted):
    contract = running(terms=included())
    work(contract, 45)
    amended(contract, manager, {"limit": limit})
    run_due()
    assert sums() == [("03-01", 60, 0, 45)]

    set_clock("2026-03-10 00:00")
    run_due()

    assert sums() == [("03-01", granted, 0, 45)]


@pytest.mark.req("S0.17")
@pytest.mark.parametrize(("limit", "granted"), [(50, 50), (40, 45), (90, 90)])
def test_a_limit_that_was_lowered_below_the_use_is_raised_to_what_is_said_then(
    running, work, manager, set_clock, limit, granted
):
    contract = running(terms=included())
    work(contract, 45)
    amended(contract, manager, {"limit": 30})
    amended(contract, manager, {"limit": limit}, since=date(2026, 3, 12))
    for day in ("10", "12"):
        set_clock(f"2026-03-{day} 00:00")
        run_due()

    assert sums() == [("03-01", granted, 0, 45)]


def test_an_old_ticket_uses_the_terms_of_its_day(running, work, manager, set_clock):
    contract = running(terms=included())
    first = contract.versions.get()
    amended(contract, manager, {"limit": 90})
    set_clock("2026-03-11 00:00")
    run_due()

    used = work(contract, 90, version=first)

    assert (used.covered, sums()) == (90, [("03-01", 90, 0, 90)])


# Prepaid packs -----------------------------------------------------------------------------------


def pack(day="2026-03-20"):
    line = {"service": "labour", "limit": 60, "period": "pack", "expires_on": day, "code": "pack"}
    return {"included": [line]}


@pytest.mark.req("S2.3")
def test_a_pack_is_used_until_its_last_day_and_then_expires(running, work, set_clock):
    contract = running(terms=pack())
    assert work(contract, 30, on=date(2026, 3, 20)).covered == 30
    assert work(contract, 30, key="time-2", on=date(2026, 3, 21)).covered == 0

    set_clock("2026-03-28 00:00")
    run_due()

    assert sums() == [("01-01", 30, 0, 30)]


def test_more_is_bought_once_and_lasts_as_long_as_the_line(running, work, manager):
    contract = running(terms=pack())
    work(contract, 60)

    balances.buy_pack(contract.pk, "pack", Decimal(120), key="INV-7", by=manager)
    balances.buy_pack(contract.pk, "pack", Decimal(120), key="INV-7", by=manager)

    assert sums() == [("01-01", 180, 0, 60)]
    assert Entry.objects.get(verb="contract.pack_bought").facts["amount"] == "2 h"


@pytest.mark.parametrize(("code", "amount", "field"), [("other", 60, "code"), ("pack", 0, "amount")])
def test_what_cannot_be_bought_is_refused(running, manager, code, amount, field):
    contract = running(terms=pack())

    with pytest.raises(actions.NotValid) as refused:
        balances.buy_pack(contract.pk, code, Decimal(amount), key="INV-7", by=manager)

    assert refused.value.fields.keys() == {field}


def test_an_amendment_lets_a_pack_last_longer(running, work, manager, set_clock):
    contract = running(terms=pack())
    work(contract, 30)
    terms = Terms(**pack("2026-06-30"))
    actions.amend(contract.pk, terms, valid_from=date(2026, 3, 10), what_changed="Until June", by=manager)
    set_clock("2026-04-15 00:00")
    run_due()

    assert work(contract, 30, key="time-2", on=date(2026, 4, 15)).covered == 30


# Thresholds --------------------------------------------------------------------------------------


@pytest.fixture
def told(school):
    make_contact(school, name="Decides", is_decision_maker=True)
    make_contact(school, name="Main", is_main=True)
    return lambda: list(
        Notice.objects.filter(text="balance_low").values_list("delivery__to_name", "subject_line")
    )


@pytest.mark.req("S2.8")
def test_a_threshold_is_told_at_once_and_once(running, work, told, school):
    contract = running(terms={**included(limit=120), "thresholds": [50, 80, 100]})
    work(contract, 45)
    run_due()
    assert told() == []

    work(contract, 30, key="time-2")
    run_due()
    work(contract, 15, key="time-3")
    run_due()

    number = contract.number
    assert told() == [("Decides", f"{number} · Engineer hours on site: 50 % used")]
    step = Promise.objects.get(about_id=contract.pk)
    assert step.owner == contract.owner
    assert step.text == f"Offer more of Engineer hours on site: 50 % used in {number}"
    assert step.why == "45 min left until 31 Mar 2026; Decides got a notice"
    ours = Notice.objects.get(text="step")
    assert (ours.delivery.user, ours.subject_line) == (contract.owner, step.text)
    assert Entry.objects.filter(verb="customer.balance_low", subject_id=school.pk).count() == 1
    assert Entry.objects.filter(verb="contract.balance_low", subject_id=contract.pk).count() == 1


@pytest.mark.req("S2.8")
def test_of_several_reached_at_once_the_highest_is_told_and_a_new_period_tells_anew(running, work, told):
    contract = running(terms={**included(), "thresholds": [50, 80, 100]})
    work(contract, 60)
    run_due()
    work(contract, 60, key="time-2", on=date(2026, 4, 1))
    run_due()

    assert [line.rpartition(": ")[2] for _name, line in told()] == ["100 % used"] * 2


@pytest.mark.req("S2.8", "S0.41")
def test_the_notice_says_in_their_language_what_is_left_and_joins_what_they_are_told_that_day(
    running, work, school, set_clock
):
    decides = make_contact(school, name="Айгуль", is_decision_maker=True, language="ru")
    contract = running(terms={**included(limit=120), "thresholds": [50, 80]})
    tell(
        [
            Told(to=decides, text="reply_wanted", history=school, key="reply-1", zone="Asia/Almaty"),
        ]
    )
    work(contract, 75)
    run_due()

    (one,) = Notice.objects.filter(text="balance_low")
    assert "Из включённого в договор" in one.body
    assert "осталось: 45 мин." in one.body
    assert contract.owner.name in one.body
    row = one.delivery
    assert (row.notices.count(), row.optional, row.state) == (2, False, Delivery.State.WAITING)


@pytest.mark.req("S2.8", "S0.41")
def test_the_house_says_the_notice_in_its_own_words(running, work, told, manager):
    words = Words("{service}: {left}", "{percent} of {contract_number}", "{left}")
    text_actions.write("balance_low", "en", words, by=manager)
    work(running(terms={**included(), "thresholds": [50]}), 30)
    run_due()

    assert told() == [("Decides", "Engineer hours on site: 30 min")]


@pytest.mark.req("S2.8")
def test_whoever_cannot_be_reached_got_no_notice(running, work, school):
    make_contact(school, name="Decides", is_decision_maker=True, email="")
    work(running(terms={**included(), "thresholds": [50]}), 60)
    run_due()

    assert "there is nobody to write to" in Promise.objects.get().why


@pytest.mark.req("S2.8")
def test_what_is_given_back_before_it_is_told_is_not_told(running, work, told, ticket, manager):
    work(running(terms={**included(), "thresholds": [50]}), 60)
    balances.give_back("time-1", about=ticket, by=manager)

    run_due()

    assert told() == []


@pytest.mark.req("S2.8")
def test_without_anybody_to_write_to_the_owner_learns_it(running, work):
    work(running(terms={**included(), "thresholds": [50]}), 60)

    run_due()

    assert "there is nobody to write to" in Promise.objects.get().why
