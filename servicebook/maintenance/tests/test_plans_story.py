"""Plans live: units come and go, occurrences are stored, called once, and follow what changes."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from servicebook.agenda.audit import everything
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.contracts import actions as contracts
from servicebook.core import clock
from servicebook.equipment import actions as equipment
from servicebook.equipment.models import Asset, Meter
from servicebook.maintenance.actions import calling, plans
from servicebook.maintenance.models import Enrolment, Occurrence, Plan, PlanScope
from servicebook.testing import (
    make_asset,
    make_customer,
    make_model,
    make_reason,
    make_site,
    make_user,
    make_work_type,
    sign_contract,
)
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(set_clock: Any) -> Any:
    set_clock("2026-01-05 09:00")
    make_reason("maintenance", downtime_risk=1)
    return make_user("manager")


def start(manager: Any, customer: Any, scopes: list[PlanScope] | None = None, **fields: Any) -> Plan:
    """A plan as people make it: drafted, switched on, and followed."""
    given = {
        "title": "Quarterly check", "every": 3, "every_unit": "months", "anchor_on": date(2026, 1, 31),
        "shift": "keep", **fields,
    }  # fmt: skip
    plan = plans.save_plan(
        Plan(customer=customer, work_type=make_work_type(), **given), scopes or [], by=manager
    )
    plans.activate(plan.pk, by=manager)
    run_due()
    return Plan.objects.get(pk=plan.pk)


def days(plan: Plan, **find: Any) -> list[str]:
    rows = Occurrence.objects.standing().filter(plan=plan, **find).order_by("nominal_on", "pk")
    return [row.nominal_on.isoformat() for row in rows]


def armed(one: Occurrence, kind: str) -> list[str]:
    """For which days something of an occurrence stands on the agenda."""
    rows = Obligation.objects.armed().filter(kind=kind, subject_id=one.pk)
    return list(rows.values_list("occurrence", flat=True))


@pytest.mark.req("S0.24")
def test_a_year_is_stored_and_the_end_of_the_month_is_kept(manager: Any) -> None:
    customer = make_customer()
    make_asset(customer)

    plan = start(manager, customer, every=1)

    assert days(plan)[:4] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    assert len(days(plan)) == 12
    assert not list(everything())


@pytest.mark.req("S0.24")
def test_a_rule_that_is_rarer_than_a_year_has_its_next_day(manager: Any) -> None:
    customer = make_customer()
    make_asset(customer)
    plan = start(manager, customer, every=3, every_unit="years", anchor_on=date(2024, 6, 1))
    assert days(plan) == ["2027-06-01"]


@pytest.mark.req("S0.24", "S3.4")
def test_the_year_ahead_goes_on_though_nothing_is_closed(manager: Any, set_clock: Any) -> None:
    customer = make_customer()
    make_asset(customer)
    plan = start(manager, customer, every=1)

    for month in range(2, 13):
        set_clock(f"2026-{month:02d}-05 09:00")
        run_due()
    set_clock("2027-01-05 09:00")
    run_due()

    assert days(plan)[-1] == "2027-12-31"
    assert len(days(plan)) == len(set(days(plan))) == 24
    assert not list(everything())


@pytest.mark.req("S0.24")
def test_a_paused_plan_is_not_extended_until_it_runs_again(manager: Any, set_clock: Any) -> None:
    customer = make_customer()
    make_asset(customer)
    plan = start(manager, customer, every=1)
    plans.pause(plan.pk, because="Rebuilding", by=manager)
    run_due()

    set_clock("2026-06-05 09:00")
    run_due()
    assert days(plan)[-1] == "2026-12-31"
    plans.resume(plan.pk, by=manager)
    run_due()
    assert days(plan)[-1] == "2027-05-31"
    assert not list(everything())


@pytest.mark.req("S0.25", "S0.26")
def test_the_ticket_is_made_14_days_ahead_exactly_once(manager: Any, set_clock: Any) -> None:
    customer = make_customer()
    asset = make_asset(customer)
    plan = start(manager, customer, parts=[{"name": "Filter", "quantity": 2}], access="Ask the guard")

    set_clock("2026-01-16 12:00")
    run_due()
    assert not Ticket.objects.exists()
    set_clock("2026-01-17 12:00")
    run_due()
    run_due()

    ticket = Ticket.objects.get()
    assert (ticket.kind, ticket.asset, ticket.work_type) == ("planned", asset, plan.work_type)
    assert "Ask the guard" in ticket.messages.get().text
    occurrence = Occurrence.objects.get(ticket=ticket)
    assert [(one.name, one.quantity) for one in occurrence.parts.all()] == [("Filter", 2)]
    assert not list(everything())


@pytest.mark.req("S3.5")
def test_a_second_click_makes_no_ticket(manager: Any) -> None:
    customer = make_customer()
    make_asset(customer)
    plan = start(manager, customer)
    ids = [one.pk for one in Occurrence.objects.filter(plan=plan)[:2]]

    assert len(calling.call(ids, by=manager)) == 2
    assert calling.call(ids, by=manager) == []
    assert Ticket.objects.count() == 2


@pytest.mark.req("S0.32")
def test_servers_quarterly_and_workstations_half_yearly_per_site(manager: Any, set_clock: Any) -> None:
    schools = make_customer()
    server, station = make_model(), make_model()
    sites = [make_site(schools) for _school in range(3)]
    for site in sites:
        make_asset(schools, model=server, site=site)
        for _pc in range(4):
            make_asset(schools, model=station, site=site)
    quarterly = start(manager, schools, [PlanScope(model=server)], anchor_on=date(2026, 2, 2))
    half_yearly = start(
        manager, schools, [PlanScope(model=station)], every=6, per="site", anchor_on=date(2026, 2, 2)
    )

    assert (len(days(quarterly)), len(days(half_yearly))) == (12, 6)
    set_clock("2026-01-20 12:00")
    run_due()
    per_site = Ticket.objects.filter(occurrence__plan=half_yearly)
    assert {one.site for one in per_site} == set(sites)
    assert Ticket.objects.filter(occurrence__plan=quarterly).count() == 3


@pytest.mark.req("S0.24")
def test_a_plan_follows_units_that_are_added_moved_and_retired(manager: Any) -> None:
    customer = make_customer()
    asset = make_asset(customer)
    plan = start(manager, customer)
    fresh = Asset(customer=customer, model=asset.model, serial="NEW-1")
    equipment.save_asset(fresh, by=manager)
    run_due()
    assert Enrolment.objects.filter(plan=plan, ended_at=None).count() == 2

    site = make_site(customer)
    equipment.move_asset(fresh.pk, site=site, place=None, by=manager)
    run_due()
    assert {one.site for one in Occurrence.objects.filter(asset=fresh)} == {site}

    equipment.change_state(fresh.pk, state=Asset.State.RETIRED, by=manager)
    run_due()
    assert not Occurrence.objects.standing().filter(asset=fresh).exists()
    assert not list(everything())


@pytest.mark.req("S0.24")
def test_a_changed_rule_keeps_what_still_fits_and_cancels_the_rest(manager: Any) -> None:
    customer = make_customer()
    make_asset(customer)
    plan = start(manager, customer)  # 31 Jan, 30 Apr, 31 Jul, 31 Oct
    kept = Occurrence.objects.get(plan=plan, key="2026-07-31")

    plan.every = 6
    plans.save_plan(plan, [], by=manager, seen=plan.version)
    run_due()

    assert days(plan)[:2] == ["2026-01-31", "2026-07-31"]
    assert Occurrence.objects.standing().get(plan=plan, key="2026-07-31") == kept
    gone = Occurrence.objects.get(plan=plan, key="2026-04-30")
    assert (gone.cancelled_at is not None, gone.because) == (True, "the plan changed")
    assert not list(everything())


@pytest.mark.req("S0.24")
def test_a_pause_makes_no_tickets_and_what_fell_into_it_is_left_out(manager: Any, set_clock: Any) -> None:
    customer = make_customer()
    make_asset(customer)
    plan = start(manager, customer)
    plans.pause(plan.pk, because="The school is renovated", by=manager)
    run_due()
    set_clock("2026-03-01 12:00")
    run_due()
    assert not Ticket.objects.exists()

    plans.resume(plan.pk, by=manager)
    run_due()

    left_out = Occurrence.objects.get(plan=plan, key="2026-01-31")
    assert left_out.skipped_at
    set_clock("2026-04-17 12:00")
    run_due()
    assert Ticket.objects.count() == 1
    assert not list(everything())


@pytest.mark.req("S0.24", "S2.4")
def test_a_contract_on_hold_holds_its_plan(manager: Any, set_clock: Any) -> None:
    customer = make_customer()
    make_asset(customer)
    contract = sign_contract(customer)
    start(manager, customer, contract=contract)
    contracts.hold(contract.pk, because="Unpaid", by=manager)
    run_due()
    set_clock("2026-02-05 12:00")
    run_due()
    assert not Ticket.objects.exists()

    contracts.resume(contract.pk, by=manager)
    run_due()
    set_clock("2026-04-17 12:00")
    run_due()
    assert Ticket.objects.count() == 1
    assert not list(everything())


@pytest.mark.req("S0.24")
def test_nothing_is_owed_after_the_contract_and_its_plan_goes_on_under_the_next(
    manager: Any, set_clock: Any
) -> None:
    customer = make_customer()
    make_asset(customer)
    contract = sign_contract(customer, ends_on=date(2026, 6, 30))
    plan = start(manager, customer, contract=contract)
    assert days(plan) == ["2026-01-31", "2026-04-30"]

    successor = contracts.renew(contract.pk, by=manager)
    contracts.activate(successor.pk, by=manager)
    run_due()
    assert days(plan)[:3] == ["2026-01-31", "2026-04-30", "2026-07-31"]
    set_clock("2026-07-02 12:00")
    run_due()

    plan.refresh_from_db()
    assert plan.contract == successor
    assert len(days(plan)) == len(set(days(plan)))
    assert not list(everything())


@pytest.mark.req("S0.24", "S0.31")
def test_the_meter_pulls_the_day_forward_as_one_occurrence(manager: Any, set_clock: Any) -> None:
    customer = make_customer()
    asset = make_asset(customer)
    meter = Meter(asset=asset, name="Runtime", unit="h")
    equipment.save_meter(meter, by=manager)
    plan = start(
        manager, customer, rule="first", meter_name="Runtime", meter_step=Decimal(1000),
        anchor_on=date(2026, 6, 30), every=6,
    )  # fmt: skip
    first = Occurrence.objects.get(plan=plan, key="2026-06-30")
    assert (first.due_on, first.by_meter) == (date(2026, 6, 30), False)

    for week in range(6):  # 20 hours a day: 1 000 of them by the end of February
        moment = clock.now() + timedelta(days=7)
        set_clock(f"{moment:%Y-%m-%d %H:%M}")
        value = Decimal(140 * (week + 1))
        equipment.record_reading(meter.pk, value=value, read_at=clock.now(), by=manager)
        run_due()

    first.refresh_from_db()
    assert first.by_meter
    assert first.due_on < date(2026, 3, 15)
    assert Occurrence.objects.standing().filter(plan=plan, nominal_on__year=2026).count() == 2
    assert not list(everything())


@pytest.mark.req("S0.24", "S0.25")
def test_what_the_meter_pulled_forward_is_called_on_that_day_though_the_plan_changes(
    manager: Any, set_clock: Any
) -> None:
    customer = make_customer()
    meter = Meter(asset=make_asset(customer), name="Runtime", unit="h")
    equipment.save_meter(meter, by=manager)
    for week in range(4):  # 60 hours a week: 1 000 of them in the last days of April
        set_clock(f"2026-01-{5 + 7 * week:02d} 09:00")
        equipment.record_reading(meter.pk, value=Decimal(60 * week), read_at=clock.now(), by=manager)
    plan = start(
        manager, customer, rule="first", meter_name="Runtime", meter_step=Decimal(1000),
        anchor_on=date(2026, 6, 30), every=6,
    )  # fmt: skip
    first = Occurrence.objects.get(plan=plan, key="2026-06-30")
    assert first.by_meter
    assert armed(first, "maintenance.call") == [first.due_on.isoformat()]

    before, plan.instructions = first.due_on, "Take the long ladder."
    plans.save_plan(plan, [], by=manager)
    run_due()
    first.refresh_from_db()
    assert first.due_on == before
    assert armed(first, "maintenance.call") == [before.isoformat()]

    plan.refresh_from_db()
    plan.rule = "calendar"
    plans.save_plan(plan, [], by=manager)
    run_due()
    first.refresh_from_db()
    assert (first.due_on, first.by_meter, first.forecast_from) == (date(2026, 6, 30), False, None)
    assert armed(first, "maintenance.call") == ["2026-06-30"]
    assert not list(everything())


@pytest.mark.req("S0.24")
def test_a_plan_by_meter_waits_for_readings(manager: Any, set_clock: Any) -> None:
    customer = make_customer()
    asset = make_asset(customer)
    meter = Meter(asset=asset, name="Cycles", unit="cycles")
    equipment.save_meter(meter, by=manager)
    plan = start(
        manager, customer, rule="meter", meter_name="Cycles", meter_step=Decimal(500), anchor_on=None,
        every=None,
    )  # fmt: skip
    assert days(plan) == []
    for month, value in (("02", 100), ("03", 200), ("04", 300)):
        set_clock(f"2026-{month}-05 09:00")
        equipment.record_reading(meter.pk, value=Decimal(value), read_at=clock.now(), by=manager)
        run_due()
    (one,) = Occurrence.objects.filter(plan=plan)
    assert one.key == "m1"
    assert date(2026, 5, 20) < one.due_on < date(2026, 6, 20)
    assert not list(everything())


@pytest.mark.parametrize("missing", [{"every": None}, {"anchor_on": None}, {"rule": "meter"}])
def test_an_unfinished_rule_is_not_switched_on(manager: Any, missing: dict[str, Any]) -> None:
    customer = make_customer()
    make_asset(customer)
    with pytest.raises(plans.NotReady) as refused:
        start(manager, customer, **missing)
    assert refused.value.fields


def test_a_plan_without_units_is_not_switched_on(manager: Any) -> None:
    with pytest.raises(plans.NotReady) as refused:
        start(manager, make_customer())
    assert "scope" in refused.value.fields
