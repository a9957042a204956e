"""What follows when a rule, a plan or a unit changes: nothing is lost, doubled, or owed for the past."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from servicebook import agenda
from servicebook.accounts.models import User
from servicebook.agenda.audit import everything
from servicebook.agenda.worker import run_due
from servicebook.agenda.worker.steps import bulk
from servicebook.contracts import actions as contracts
from servicebook.contracts.document import Scope, Terms
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.equipment import actions as equipment
from servicebook.equipment.models import Asset, Meter
from servicebook.journal.models import Entry
from servicebook.maintenance import schedules
from servicebook.maintenance.actions import enrolling, following, moving, plans, windows
from servicebook.maintenance.models import Enrolment, Occurrence, Plan
from servicebook.maintenance.tests.conftest import started
from servicebook.sla import actions as sla
from servicebook.sla.models import ServiceHours
from servicebook.sla.rules.typed import TypedDay
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_customer,
    make_plan,
    make_site,
    make_why,
    sign_contract,
)
from servicebook.tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.24")]


@pytest.fixture
def asset() -> Asset:
    return make_asset(make_customer())


def start(manager: User, asset: Asset, **fields: Any) -> Plan:
    return started(manager, customer=asset.customer, **fields)


def change(plan: Plan, manager: User, **fields: Any) -> None:
    plan = Plan.objects.get(pk=plan.pk)
    for name, value in fields.items():
        setattr(plan, name, value)
    plans.save_plan(plan, [], by=manager)
    run_due()


def standing(plan: Plan, **find: Any) -> list[str]:
    """The days of what stands, by when it is due."""
    rows = Occurrence.objects.standing().filter(plan=plan, **find).order_by("due_on", "pk")
    return [row.due_on.isoformat() for row in rows]


def balanced() -> None:
    assert list(everything()) == []


@pytest.fixture
def runtime(manager: User, asset: Asset) -> Meter:
    meter = Meter(asset=asset, name="Runtime", unit="h")
    equipment.save_meter(meter, by=manager)
    return meter


def run_a_week(meter: Meter, manager: User, set_clock: Any, value: int) -> None:
    set_clock(f"{clock.now() + timedelta(days=7):%Y-%m-%d %H:%M}")
    equipment.record_reading(meter.pk, value=Decimal(value), read_at=clock.now(), by=manager)
    run_due()


@pytest.mark.req("S0.31")
def test_the_meter_asks_for_one_ticket_however_often_it_is_read(manager, asset, runtime, set_clock):
    plan = start(
        manager, asset, rule="first", every=6, anchor_on=date(2026, 6, 30), meter_name="Runtime",
        meter_step=Decimal(1000),
    )  # fmt: skip
    for week in range(1, 9):  # 20 hours a day: 1 000 of them at the end of February
        run_a_week(runtime, manager, set_clock, 140 * week)

    assert Ticket.objects.count() == 1
    later = Occurrence.objects.uncalled().get(plan=plan, key="2026-12-30")
    assert (later.due_on, later.by_meter) == (date(2026, 12, 30), False)  # until the first is done
    close_ticket(Ticket.objects.get(), by=manager)
    run_due()
    later.refresh_from_db()
    assert later.by_meter
    assert later.due_on < date(2026, 5, 15)
    balanced()


def test_a_reading_that_changes_nothing_is_not_told(manager, asset, runtime, set_clock):
    plan = start(
        manager, asset, rule="meter", every=None, anchor_on=None, meter_name="Runtime",
        meter_step=Decimal(9000),
    )  # fmt: skip
    for week in range(1, 6):
        run_a_week(runtime, manager, set_clock, 140 * week)
    told = Entry.objects.filter(verb="occurrence.forecast").count()
    change(plan, manager, title="Another title")
    assert Entry.objects.filter(verb="occurrence.forecast").count() == told


def test_a_rule_that_is_changed_back_owes_what_it_owed_before(manager, asset):
    plan = start(manager, asset)
    before = standing(plan)
    change(plan, manager, every=6)
    change(plan, manager, every=3)
    assert standing(plan) == before == ["2026-01-31", "2026-04-30", "2026-07-31", "2026-10-31"]
    balanced()


def test_a_unit_that_comes_back_owes_what_the_rule_gives_now(manager, asset):
    make_asset(asset.customer)
    plan = start(manager, asset)
    change(plan, manager, every=6)
    equipment.change_state(asset.pk, state=Asset.State.RETIRED, by=manager)
    run_due()
    equipment.change_state(asset.pk, state=Asset.State.IN_SERVICE, by=manager)
    run_due()
    assert standing(plan, asset=asset) == ["2026-01-31", "2026-07-31"]
    balanced()


def test_a_unit_that_was_away_for_years_owes_nothing_for_them(manager, asset, set_clock):
    make_asset(asset.customer)
    plan = start(manager, asset)
    equipment.change_state(asset.pk, state=Asset.State.RETIRED, by=manager)
    run_due()
    set_clock("2028-09-10 09:00")
    equipment.change_state(asset.pk, state=Asset.State.IN_SERVICE, by=manager)
    run_due()
    assert standing(plan, asset=asset)[0] == "2028-10-31"
    assert not Ticket.objects.filter(asset=asset).exists()
    balanced()


def test_a_new_rule_owes_nothing_for_the_past(manager, asset, set_clock):
    plan = start(manager, asset)
    set_clock("2026-09-10 09:00")
    run_due()
    change(plan, manager, every=1)
    assert standing(plan, ticket=None)[:2] == ["2026-09-30", "2026-10-31"]
    assert not Occurrence.objects.filter(skipped_at__isnull=False).exists()
    balanced()


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({}, {"anchor_on": date(2026, 1, 29)}),
        ({}, {"counts_from": "done"}),
        ({"counts_from": "done"}, {"counts_from": "anchor"}),
    ],
)
def test_a_rule_that_changes_under_an_open_ticket_makes_no_second_one(manager, asset, set_clock, first, then):
    plan = start(manager, asset, **first)
    set_clock("2026-01-18 09:00")
    run_due()
    assert Ticket.objects.count() == 1
    change(plan, manager, **then)
    set_clock("2026-02-01 09:00")
    run_due()
    assert Ticket.objects.count() == 1
    close_ticket(Ticket.objects.get(), by=manager)
    run_due()
    assert Occurrence.objects.uncalled().filter(plan=plan).exists()
    balanced()


@pytest.mark.parametrize("until", ["2026-03-10 09:00", "2026-09-10 09:00"])
def test_a_moving_rule_goes_on_after_a_pause(manager, asset, set_clock, until):
    plan = start(manager, asset, counts_from="done")
    plans.pause(plan.pk, because="The school is renovated", by=manager)
    run_due()
    set_clock(until)
    plans.resume(plan.pk, by=manager)
    run_due()
    coming = Occurrence.objects.standing().get(plan=plan)
    assert coming.due_on >= clock.now().date()
    balanced()


def test_what_is_overdue_is_not_left_out_because_a_plan_is_edited(manager, asset, set_clock):
    plan = start(manager, asset, lead_days=0)
    set_clock("2026-02-03 09:00")  # nothing ran for days
    Occurrence.objects.filter(key="2026-01-31").update(due_on=date(2026, 1, 30))
    plan = Plan.objects.get(pk=plan.pk)
    plan.title = "Another title"
    plans.save_plan(plan, [], by=manager)
    run_due()
    assert not Occurrence.objects.filter(skipped_at__isnull=False).exists()


def test_a_day_that_the_customer_agreed_is_not_moved_by_a_rule(manager, asset):
    plan = start(manager, asset, every=1)
    one = Occurrence.objects.get(plan=plan, key="2026-05-31")  # a Sunday
    windows.agree_window(
        one.pk, by_name="Aigerim", channel="phone", by=manager,
        starts_at=datetime(2026, 5, 31, 9, tzinfo=UTC), ends_at=datetime(2026, 5, 31, 12, tzinfo=UTC),
    )  # fmt: skip
    change(plan, manager, shift="next")
    one.refresh_from_db()
    assert one.due_on == date(2026, 5, 31)
    balanced()


def test_work_that_was_moved_beyond_the_new_end_goes_back_to_its_day(manager, asset):
    plan = start(manager, asset)
    one = Occurrence.objects.get(plan=plan, key="2026-04-30")
    moving.move(one.pk, to=date(2026, 5, 20), because="Exams", by=manager)
    change(plan, manager, ends_on=date(2026, 5, 1))
    assert standing(plan) == ["2026-01-31", "2026-04-30"]
    balanced()


def test_a_moving_rule_owes_nothing_after_a_new_end(manager, asset):
    plan = start(manager, asset, counts_from="done", anchor_on=date(2026, 3, 1))
    change(plan, manager, ends_on=date(2026, 2, 20))
    assert standing(plan) == []
    change(plan, manager, ends_on=None)
    assert standing(plan) == ["2026-03-01"]
    balanced()


def test_no_day_of_a_moving_rule_is_shifted_out_of_the_plan(manager, asset):
    saturday = date(2026, 2, 28)
    plan = start(manager, asset, counts_from="done", anchor_on=saturday, ends_on=saturday, shift="next")
    assert standing(plan) == ["2026-02-27"]


@pytest.mark.req("S0.31")
def test_a_rule_that_is_rarer_than_a_year_goes_on_by_itself(manager, asset, set_clock):
    plan = start(manager, asset, every=3, every_unit="years", anchor_on=date(2027, 6, 1))
    for year in (2027, 2030, 2033):
        set_clock(f"{year}-06-02 09:00")
        run_due()
        close_ticket(Ticket.objects.get(status__in=["queued", "in_progress"]), by=manager)
        run_due()
    assert standing(plan) == ["2027-06-01", "2030-06-01", "2033-06-01", "2036-06-01"]
    balanced()


def test_a_plan_follows_the_units_that_new_terms_of_its_contract_cover(manager, asset, set_clock):
    site = make_site(asset.customer)
    fresh = make_asset(asset.customer, site=site)
    contract = sign_contract(asset.customer, terms=Terms(scopes=[Scope(asset=asset.pk)]))
    plan = start(manager, asset, contract=contract)
    assert {row.asset for row in Occurrence.objects.filter(plan=plan)} == {asset}

    terms = Terms.of(contract.versions.get()).model_copy(
        update={"scopes": [Scope(asset=asset.pk), Scope(site=site.pk)]}
    )
    contracts.amend(contract.pk, terms, valid_from=date(2026, 3, 1), what_changed="More", by=manager)
    run_due()
    balanced()
    set_clock("2026-02-28 12:00")
    run_due()
    assert not Occurrence.objects.filter(asset=fresh).exists()

    set_clock("2026-03-01 12:00")
    run_due()
    assert standing(plan, asset=fresh)[0] == "2026-04-30"
    balanced()


@pytest.mark.trust("I5")
def test_new_terms_that_were_agreed_before_the_plan_are_followed_on_their_day(manager, asset, set_clock):
    """A contract owes them to each plan that comes under it, and to none that left it."""
    fresh = make_asset(asset.customer)
    before, after = (
        sign_contract(asset.customer, terms=Terms(scopes=[Scope(asset=asset.pk)])) for _n in "12"
    )
    for one in (before, after):
        terms = Terms.of(one.versions.get()).model_copy(update={"scopes": [Scope()]})
        contracts.amend(one.pk, terms, valid_from=date(2026, 3, 1), what_changed="All", by=manager)
    plan = start(manager, asset, contract=before)
    balanced()
    change(plan, manager, contract=after)
    balanced()

    set_clock("2026-03-01 12:00")
    run_due()
    assert standing(plan, asset=fresh)[0] == "2026-04-30"
    plans.end(plan.pk, because="Sold", by=manager)
    run_due()
    balanced()


@pytest.mark.trust("I5")
def test_a_contract_that_is_cancelled_owes_its_plans_no_terms_any_more(manager, asset):
    contract = sign_contract(asset.customer, terms=Terms(scopes=[Scope(asset=asset.pk)]))
    terms = Terms.of(contract.versions.get()).model_copy(update={"scopes": [Scope()]})
    start(manager, asset, contract=contract)
    contracts.amend(contract.pk, terms, valid_from=date(2026, 3, 1), what_changed="All", by=manager)
    contracts.cancel(contract.pk, because="Sold", why=make_why(), by=manager)
    run_due()
    balanced()


def test_a_holiday_that_is_entered_later_moves_what_is_planned_for_it(manager, asset):
    hours = sla.save(ServiceHours(name="Office", week=[((540, 1080),)] * 5 + [(), ()]), {}, by=manager)
    plan = start(manager, asset, hours=hours, shift="next", anchor_on=date(2026, 1, 29))
    assert standing(plan)[:2] == ["2026-01-29", "2026-04-29"]
    moving.move(
        Occurrence.objects.get(key="2026-04-29").pk, to=date(2026, 4, 28), because="Asked for", by=manager
    )
    days = [date(2026, 1, 29), date(2026, 4, 28), date(2026, 7, 29)]
    sla.save(hours, {day: TypedDay(name="Holiday") for day in days}, by=manager)
    run_due(clock.now() + timedelta(minutes=1))
    # What a person moved stays.
    assert standing(plan)[:3] == ["2026-01-30", "2026-04-28", "2026-07-30"]
    balanced()


def test_a_plan_under_another_contract_follows_that_one(manager, asset):
    before, after = sign_contract(asset.customer), sign_contract(asset.customer)
    plan = start(manager, asset, contract=before)
    change(plan, manager, contract=after)
    balanced()
    contracts.hold(after.pk, because="Unpaid", by=manager)
    run_due()
    assert not schedules.runs(Plan.objects.get(pk=plan.pk))
    balanced()


@pytest.mark.parametrize("retires", [True, False])
def test_a_site_leaves_the_plan_with_its_last_unit(manager, asset, retires):
    left, other = make_site(asset.customer), asset.site
    last = make_asset(asset.customer, site=left)
    plan = start(manager, asset, per="site")
    assert {one.site for one in Enrolment.objects.filter(plan=plan, ended_at=None)} == {left, other}
    if retires:
        equipment.change_state(last.pk, state=Asset.State.RETIRED, by=manager)
    else:
        equipment.move_asset(last.pk, site=other, place=None, by=manager)
    run_due()
    assert {one.site for one in Enrolment.objects.filter(plan=plan, ended_at=None)} == {other}
    assert not Occurrence.objects.standing().filter(site=left).exists()
    balanced()


@pytest.mark.parametrize("sites", [2, 6])
def test_a_unit_is_followed_at_one_price_however_many_sites_a_plan_has(
    manager, asset, sites, django_assert_max_num_queries
):
    for _site in range(sites - 1):
        make_asset(asset.customer, site=make_site(asset.customer))
    start(manager, asset, per="site")
    with django_assert_max_num_queries(16):
        following.follow_asset(asset.pk)
    assert Enrolment.objects.filter(ended_at=None).count() == sites


@pytest.mark.parametrize("name", ["anchor_on", "starts_on"])
def test_no_plan_begins_at_the_end_of_time(manager, asset, name):
    with pytest.raises(Refused) as refused:
        start(manager, asset, **{name: date.max})
    assert name in refused.value.fields


def test_a_plan_that_has_ended_is_not_written_again(manager, asset):
    plan = start(manager, asset)
    plans.end(plan.pk, because="The house is sold", by=manager)
    plan = Plan.objects.get(pk=plan.pk)
    plan.title = "Another title"
    with pytest.raises(plans.PlanMoveRefused):
        plans.save_plan(plan, [], by=manager)


def test_a_schedule_goes_on_though_nobody_closes_its_tickets(manager, asset, set_clock):
    plan = start(manager, asset)
    for year, month in product((2026, 2027, 2028), (1, 4, 7, 10)):
        set_clock(f"{year}-{month:02d}-20 09:00")
        run_due()
    assert Ticket.objects.count() == 12
    assert standing(plan)[-1] > "2029-01-31"
    balanced()


def due_for_more(asset: Asset, count: int) -> list[Plan]:
    """Plans of one unit each, of which the last weeks are to be stored."""
    plan_ids = []
    for _one in range(count):
        plan = make_plan(asset.customer, stored_on=clock.now().date() - schedules.EXTENDED_EVERY)
        whose = {"customer": asset.customer, "site": asset.site, "since": plan.stored_on, "plan_seen": 0}
        Enrolment.objects.create(plan=plan, asset=asset, **whose)
        agenda.refresh(plan)
        plan_ids.append(plan.pk)
    return list(Plan.objects.filter(pk__in=plan_ids).order_by("pk"))


@pytest.mark.req("S0.24")
def test_the_worker_stores_many_plans_at_the_price_of_one(manager, asset):
    prices = []
    for count in (2, 7):
        many = due_for_more(asset, count)
        with CaptureQueriesContext(connection) as statements:
            assert bulk()(lambda: False) == count
        prices.append(len(statements))
        assert [Occurrence.objects.filter(plan=plan).count() for plan in many] == [4] * count
        assert {one.stored_on for one in Plan.objects.filter(pk__in=[plan.pk for plan in many])} == {
            clock.now().date()
        }
    assert prices[1] <= prices[0] + 1, prices
    balanced()


@pytest.mark.req("S0.24")
def test_of_more_plans_than_are_stored_at_once_the_rest_waits_its_turn(manager, asset, monkeypatch):
    monkeypatch.setattr(enrolling, "AT_A_TIME", 2)
    many = due_for_more(asset, 5)

    assert enrolling.extend_plans([plan.pk for plan in many]) == {plan.pk for plan in many[1:]}
    run_due()

    assert [Occurrence.objects.filter(plan=plan).count() for plan in many] == [4] * 5
    assert enrolling.extend_plans([plan.pk for plan in many]) == set()
    balanced()
