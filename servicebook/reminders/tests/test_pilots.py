"""A rule that is switched on for one region counts there, for everything that it is about."""

from datetime import date, timedelta

import pytest

from servicebook import agenda
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.customers.actions import make_promise
from servicebook.customers.models import Promise
from servicebook.maintenance.models import Occurrence
from servicebook.reminders import queries
from servicebook.reminders.actions.ladders import save_ladder
from servicebook.reminders.models import Ask, Ladder, What
from servicebook.reminders.rehearsing import rehearse
from servicebook.testing import (
    make_asset,
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_region,
    sign_contract,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return make_region(name="Turkistan")


def piloted(what: str, *, by, **columns) -> None:
    ladder = Ladder.objects.get(what=what, contract=None)
    stages = list(ladder.stages.all())
    for name, value in columns.items():
        setattr(ladder, name, value)
    save_ladder(ladder, stages, by=by)
    run_due()


@pytest.mark.req("S0.4", "S0.33")
def test_a_promise_falls_under_a_rule_that_is_tried_where_its_customer_is(manager, set_clock, region):
    set_clock("2026-01-05 09:00")
    piloted(What.PROMISE, by=manager, region=region)
    promised = {
        where: make_promise(
            text="Call", why="asked", owner=manager, due_at=clock.now() + timedelta(hours=5),
            customer=customer, about=customer, by=manager,
        )
        for where, customer in (("here", make_customer(region=region)), ("elsewhere", make_customer()))
    }  # fmt: skip

    armed = Obligation.objects.filter(kind="reminders.promise").values_list("subject_id", flat=True)
    assert set(armed) == {promised["here"].pk}
    assert {one.customer for one in rehearse(what=What.PROMISE, region=region.pk).coming} == {
        promised["here"].customer
    }


def invited(manager, customer) -> Occurrence:
    """A visit to whose window its customer is invited, as its plan needs one."""
    make_contact(customer, name="Head", is_main=True, email="head@school.example")
    return make_planned(make_occurrence(make_plan(customer), due_on=date(2026, 1, 31)))


@pytest.mark.req("S0.40")
def test_who_was_not_asked_is_found_where_a_rule_is_tried(manager, set_clock, region):
    set_clock("2026-01-17 06:00")
    piloted(What.MAINTENANCE, by=manager, region=region)
    agenda.refresh(invited(manager, make_customer(region=region)))
    set_clock("2026-01-17 10:00")
    run_due()
    assert Ask.objects.count() == 1
    Ask.objects.all().delete()

    set_clock("2026-01-17 12:00")
    assert [one.what for one in queries.breaches()] == ["unasked"]


@pytest.mark.req("S0.40", "S0.34")
@pytest.mark.parametrize("own", ["asks", "asks nobody"])
def test_who_was_not_asked_is_found_by_the_rule_of_their_contract(manager, set_clock, own):
    set_clock("2026-01-17 06:00")
    contract = sign_contract(make_customer())
    house = Ladder.objects.get(what=What.MAINTENANCE, contract=None)
    first = house.stages.get(name="before-14")
    first.pk = None
    if own != "asks":
        first.asks, first.theirs, first.text = "", [], ""
    save_ladder(Ladder(what=What.MAINTENANCE, contract=contract, active=True), [first], by=manager)
    plan = make_plan(contract.customer, contract=contract)
    agenda.refresh(make_planned(make_occurrence(plan, due_on=date(2026, 1, 31))))
    set_clock("2026-01-17 10:00")
    run_due()
    assert Obligation.objects.filter(kind="reminders.maintenance", state="fired").exists()
    Ask.objects.all().delete()

    set_clock("2026-01-17 12:00")
    assert [one.what for one in queries.breaches()] == (["unasked"] if own == "asks" else [])


@pytest.mark.req("S0.42", "S0.33")
def test_the_parts_of_work_that_has_no_ticket_yet_are_rehearsed_and_then_asked_for(manager, set_clock):
    set_clock("2026-01-10 09:00")
    customer = make_customer()
    make_asset(customer)
    parts = [{"name": "Battery", "quantity": 2}]
    plan = make_plan(customer, anchor_on=date(2026, 1, 31), parts=parts, followed=None)
    agenda.refresh(plan)
    run_due()

    (foreseen,) = rehearse(what=What.PARTS).coming
    assert [one for one in rehearse(plan=plan).coming if one.what == What.PARTS] == [foreseen]
    set_clock("2026-01-19 09:00")
    run_due()
    set_clock("2026-01-28 10:00")
    run_due()
    (step,) = Promise.objects.filter(source="reminders.parts")
    assert foreseen.step == step.text
    assert "2 × Battery" in step.text


@pytest.mark.req("S0.27", "S0.33")
@pytest.mark.parametrize("needs_window", [True, False])
def test_nobody_is_to_agree_a_window_that_the_work_does_not_need(manager, set_clock, needs_window):
    set_clock("2026-01-17 06:00")
    plan = make_plan(make_customer(), needs_window=needs_window)
    agenda.refresh(make_planned(make_occurrence(plan, due_on=date(2026, 1, 31))))
    set_clock("2026-01-17 10:00")
    run_due()
    assert Promise.objects.filter(source="reminders.maintenance").exists() == needs_window
