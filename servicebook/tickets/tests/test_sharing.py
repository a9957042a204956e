"""Work is drawn from what covers a ticket, and the rest is billed: never both, never neither."""

from datetime import date
from decimal import Decimal

import pytest

from servicebook.agenda.worker import run_due
from servicebook.contracts import actions as contracts
from servicebook.contracts.models import Balance, BalanceEntry, ExtraService
from servicebook.core import reference
from servicebook.core.errors import Refused
from servicebook.equipment.models import Warranty
from servicebook.sla.models import ServiceHours
from servicebook.testing import (
    make_asset,
    make_contract,
    make_ticket,
    make_user,
    make_why,
    sign_contract,
)
from servicebook.tickets import actions
from servicebook.tickets.models import Charge, Consent, CoverageDecision, TimeEntry
from servicebook.tickets.tests.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)

LABOUR = {"code": "labour", "service": "labour", "limit": 90, "period": "month"}
RATE = {"service": "labour", "price": 9000}


@pytest.fixture
def open_it(manager, set_clock):
    """Open a ticket under a contract with 90 minutes of labour a month, then 9 000 an hour."""

    def make(*, included=(LABOUR,), rates=(RATE,), asset=None, **contract):
        set_clock("2026-10-14 09:00")
        asset = asset or make_asset()
        contract.setdefault("type", "one_off")
        make_contract(asset.customer, included=list(included), rates=list(rates), **contract)
        return make_ticket(asset=asset)

    return make


def make_rate(service="labour", price=12000, **fields):
    line = ExtraService.objects.create(
        code=f"{service}-{price}", name=service, service=service, price=price, currency="KZT",
        is_standard=True, **fields,
    )  # fmt: skip
    reference.drop()
    return line


def work(ticket, minutes, by, **how):
    how.setdefault("service", "labour")
    return actions.log_time(ticket.pk, minutes=minutes, by=by, **how)


@pytest.mark.req("S2.7", "S0.17")
def test_hours_that_run_out_in_the_middle_of_a_job_are_split(open_it, manager):
    ticket = open_it()

    first = work(ticket, 60, manager)
    second = work(ticket, 60, manager)
    third = work(ticket, 30, manager)

    assert [(one.share.covered, one.share.billed, one.billed_minutes) for one in (first, second, third)] == [
        (60, 0, 0), (30, 30, 30), (0, 30, 30),
    ]  # fmt: skip
    assert [one.share.left for one in (first, second)] == [30, 0]
    assert [(one.quantity, one.amount, one.source) for one in Charge.objects.all()] == [
        (30, 4500, f"time-{second.pk}"), (30, 4500, f"time-{third.pk}"),
    ]  # fmt: skip
    assert Balance.objects.get().used == 90
    assert "no consent was recorded" in Charge.objects.first().because


@pytest.mark.req("S0.17")
def test_work_of_another_month_draws_the_balance_of_that_month(open_it, manager, set_clock):
    ticket = open_it()
    work(ticket, 90, manager)
    set_clock("2026-11-02 10:00")

    late = work(ticket, 60, manager, worked_on=date(2026, 10, 31))
    fresh = work(ticket, 60, manager)

    assert (late.billed_minutes, fresh.billed_minutes) == (60, 0)


@pytest.mark.req("S0.17", "S0.15")
@pytest.mark.parametrize(
    ("hour", "outside", "left"), [("10", None, 30), ("22", None, 0), ("10", True, 0), ("22", False, 30)]
)
def test_work_at_night_uses_the_balance_faster(hour, outside, left, open_it, manager, set_clock):
    hours = ServiceHours.objects.create(name="Days", week=[[[8 * 60, 20 * 60]]] * 7)
    ticket = open_it(included=[{**LABOUR, "outside_factor": "1.5"}], version={"hours": hours})
    set_clock(f"2026-10-14 {hour}:00")

    entry = work(ticket, 60, manager, outside=outside)

    assert (entry.share.billed, entry.share.left) == (0, left)


@pytest.mark.req("S2.4", "S0.17")
def test_a_ticket_stays_with_the_contract_that_covered_it_when_it_came(manager, set_clock):
    set_clock("2026-10-14 09:00")
    asset, rate = make_asset(), {"service": "labour", "price": "9000"}
    terms = {"included": [LABOUR], "rates": [rate], "targets": [{"measure": "recovery", "minutes": 480}]}
    contract = sign_contract(asset.customer, type="one_off", terms=terms)
    before = make_ticket(asset=asset)
    due = before.clocks.get().due_at

    set_clock("2026-10-14 10:00")
    contracts.hold(contract.pk, because="Not paid", by=manager)
    run_due()
    assert work(before, 30, manager).billed_minutes == 0
    assert make_ticket(asset=asset).coverage == "extra"
    contracts.cancel(contract.pk, because="Never paid", why=make_why(), by=manager)
    run_due()
    actions.decide_again(before.pk, by=manager)

    assert work(before, 30, manager).billed_minutes == 0
    before.refresh_from_db()
    assert (before.contract_id, before.clocks.get().due_at) == (contract.pk, due)
    assert CoverageDecision.objects.filter(ticket=before).count() == 1


@pytest.mark.req("S0.17")
def test_work_stays_where_it_was_drawn_when_another_unit_is_named(open_it, manager):
    asset = make_asset()
    ticket = open_it(asset=asset, scopes=[{"asset": asset}])
    work(ticket, 60, manager)
    other = make_asset(asset.customer)

    actions.change(ticket.pk, asset=other, by=manager)

    ticket.refresh_from_db()
    assert ticket.coverage == "extra"
    assert (Balance.objects.get().used, TimeEntry.objects.get().billed_minutes) == (60, 0)


@pytest.fixture
def nobody_knows(manager, set_clock):
    """An hour is logged at night on a ticket without its unit, of which two units could be meant."""
    set_clock("2026-10-14 09:00")
    hours = ServiceHours.objects.create(name="Days", week=[[[8 * 60, 20 * 60]]] * 7)
    asset = make_asset()
    line = {**LABOUR, "outside_factor": "1.5"}
    make_contract(asset.customer, scopes=[{"asset": asset}], included=[line], version={"hours": hours})
    ticket = make_ticket(customer=asset.customer)
    set_clock("2026-10-14 22:00")
    assert work(ticket, 60, manager).share is None
    set_clock("2026-10-15 10:00")
    return ticket, asset


@pytest.mark.req("S0.17", "S0.15")
def test_night_work_counts_as_such_when_it_is_split_later(nobody_knows, manager):
    ticket, asset = nobody_knows

    actions.change(ticket.pk, asset=asset, by=manager)

    assert (Balance.objects.get().used, TimeEntry.objects.get().billed_minutes) == (90, 0)


@pytest.mark.req("S0.17")
def test_time_that_nobody_could_split_is_split_where_its_ticket_goes_on(nobody_knows, manager):
    ticket, asset = nobody_knows
    known = make_ticket(asset=asset)

    actions.merge(ticket.pk, into=known, by=manager)

    assert (Balance.objects.get().used, TimeEntry.objects.get().billed_minutes) == (90, 0)


@pytest.mark.req("S0.23")
def test_our_warranty_covers_work_and_uses_up_no_balance(manager, open_it):
    asset = make_asset()
    Warranty.objects.create(asset=asset, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    ticket = open_it(asset=asset)

    entry = work(ticket, 600, manager)

    assert (entry.billed_minutes, entry.share.left) == (0, None)
    assert not BalanceEntry.objects.filter(kind="use").exists()


def test_work_without_a_contract_is_billed_by_the_rate_card(manager, set_clock):
    set_clock("2026-10-14 09:00")
    make_rate()
    ticket = make_ticket()

    entry = work(ticket, 20, manager)

    charge = Charge.objects.get()
    assert (entry.billed_minutes, charge.amount, charge.currency) == (20, 4000, "KZT")
    assert charge.extra.code == "labour-12000"


def test_what_no_price_is_known_for_is_settled_when_there_is_one(manager, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    entry = work(ticket, 20, manager)
    assert entry.billed_minutes is None
    make_rate()

    actions.decide_again(ticket.pk, by=manager)
    actions.decide_again(ticket.pk, by=manager)

    entry.refresh_from_db()
    assert entry.billed_minutes == 20
    assert Charge.objects.get().source == f"time-{entry.pk}"


def test_what_was_drawn_before_a_price_was_known_is_not_billed(open_it, manager):
    ticket = open_it(rates=[])
    entry = work(ticket, 120, manager)
    assert (entry.share.covered, entry.billed_minutes) == (90, None)
    make_rate()

    actions.decide_again(ticket.pk, by=manager)

    entry.refresh_from_db()
    assert (entry.billed_minutes, Charge.objects.get().quantity) == (30, 30)


@pytest.mark.req("S0.20")
def test_what_was_found_makes_it_extra_work_and_the_old_decision_stays(open_it, manager):
    ticket = open_it(exclusions=[{"unless": "tampering"}])
    assert ticket.coverage == "partly"

    actions.found(ticket.pk, signs=["tampering"], by=manager)
    actions.found(ticket.pk, signs=["tampering"], by=manager)
    entry = work(ticket, 30, manager)

    ticket.refresh_from_db()
    assert ticket.coverage == "extra"
    assert [(one.verdict, one.current) for one in CoverageDecision.objects.filter(ticket=ticket)] == [
        ("partly", False), ("extra", True),
    ]  # fmt: skip
    assert entry.billed_minutes == 30
    with pytest.raises(Refused) as refusal:
        actions.found(ticket.pk, signs=["outside_hours"], by=manager)
    assert "signs" in refusal.value.fields


def test_of_two_who_need_the_last_hour_one_gets_it_and_the_other_is_billed(real_rows, open_it, manager):
    asset = make_asset()
    ticket = open_it(asset=asset, included=[{**LABOUR, "limit": 60}])
    other = make_ticket(asset=asset)
    people = [make_user("engineer"), make_user("engineer")]

    failed = together(
        lambda: work(ticket, 60, people[0]),
        lambda: work(other, 60, people[1]),
    )

    assert not failed
    assert sorted(TimeEntry.objects.values_list("billed_minutes", flat=True)) == [0, 60]
    assert Charge.objects.get().quantity == 60
    assert Balance.objects.get().used == 60


@pytest.mark.req("S0.14", "S0.18")
@pytest.mark.parametrize(
    ("service", "amount", "covered", "billed", "price"),
    [
        ("visit", 1, 1, 0, None),
        ("parts", 40_000, 40_000, 0, None),
        ("parts", 60_000, 50_000, 10_000, 11_500),
        ("diagnostic", 1, 0, 1, 5_000),
    ],
)
def test_visits_and_parts_draw_what_is_included(service, amount, covered, billed, price, open_it, manager):
    ticket = open_it(
        included=[
            {"code": "visits", "service": "visit", "limit": 2},
            {"code": "parts", "service": "parts", "limit": 50_000},
        ],
        rates=[{"service": "parts", "price": "1.15"}, {"service": "diagnostic", "price": 5000}],
    )

    share = actions.use_contract(
        ticket.pk, service=service, amount=Decimal(amount), source="visit-1", by=manager
    )
    again = actions.use_contract(
        ticket.pk, service=service, amount=Decimal(amount), source="visit-1", by=manager
    )

    assert (share.covered, share.billed) == (covered, billed) == (again.covered, again.billed)
    assert [one.amount for one in Charge.objects.all()] == ([price] if price else [])


@pytest.mark.req("S0.18")
def test_while_something_must_be_known_nothing_is_drawn(open_it, manager):
    ticket = open_it(included=[{"code": "parts", "service": "parts", "parts": "consumables"}])

    with pytest.raises(Refused, match="what was found"):
        actions.use_contract(ticket.pk, service="parts", amount=Decimal(100), by=manager)

    actions.found(ticket.pk, consumable=True, by=manager)
    share = actions.use_contract(ticket.pk, service="parts", amount=Decimal(100), by=manager)
    assert share.billed == 0


@pytest.mark.parametrize(
    ("wrong", "field"), [({"service": "labour"}, "service"), ({"amount": Decimal(0)}, "amount")]
)
def test_what_cannot_be_drawn_is_refused_at_its_field(wrong, field, open_it, manager):
    ticket = open_it()
    with pytest.raises(Refused) as refusal:
        actions.use_contract(ticket.pk, **{"service": "visit", "amount": Decimal(1), **wrong}, by=manager)
    assert field in refusal.value.fields


@pytest.mark.req("S0.21")
def test_extra_work_needs_the_customers_word_or_somebody_who_answers_for_it(open_it, manager):
    line = make_rate("visit", 15000)
    ticket = open_it()

    with pytest.raises(Refused) as refusal:
        actions.add_extra(ticket.pk, extra=line, quantity=Decimal(2), by=manager)
    assert "without_consent" in refusal.value.fields
    answered = actions.add_extra(ticket.pk, extra=line, quantity=Decimal(1), without_consent=True, by=manager)
    actions.record_consent(
        ticket.pk, what="Two visits", amount=Decimal(30000), how="phone", who="B. Akhmetov", by=manager
    )
    agreed = actions.add_extra(ticket.pk, extra=line, quantity=Decimal(2), source="q-7", by=manager)
    twice = actions.add_extra(ticket.pk, extra=line, quantity=Decimal(2), source="q-7", by=manager)

    assert (answered.amount, agreed.amount, twice) == (15000, 30000, agreed)
    assert manager.name in answered.because
    assert Consent.objects.get().amount == 30000


@pytest.mark.req("S0.21")
def test_the_contracts_own_rate_for_a_line_goes_before_the_rate_card(open_it, manager):
    line = make_rate("visit", 15000)
    ticket = open_it(rates=[{"service": "visit", "price": 12000, "extra": line}])

    charge = actions.add_extra(ticket.pk, extra=line, quantity=Decimal(1), without_consent=True, by=manager)

    assert charge.amount == 12000


def test_a_charge_is_dropped_for_a_reason_and_stays_in_the_book(open_it, manager):
    ticket = open_it()
    work(ticket, 120, manager)
    charge = Charge.objects.get()

    with pytest.raises(Refused) as refusal:
        actions.drop_charge(charge.pk, because=" ", by=manager)
    assert "because" in refusal.value.fields
    actions.drop_charge(charge.pk, because="Our mistake", by=manager)
    actions.drop_charge(charge.pk, because="Twice", by=manager)

    charge.refresh_from_db()
    assert (charge.dropped_because, charge.dropped_at is None) == ("Our mistake", False)


def test_what_is_billed_goes_with_a_ticket_that_is_merged(open_it, manager):
    asset = make_asset()
    ticket = open_it(asset=asset)
    kept = make_ticket(asset=asset)
    work(ticket, 120, manager)
    actions.record_consent(ticket.pk, what="An hour more", how="phone", who="B. A.", by=manager)

    actions.merge(ticket.pk, into=kept, by=manager)

    assert Charge.objects.get().ticket == kept
    assert Consent.objects.get().ticket == kept
