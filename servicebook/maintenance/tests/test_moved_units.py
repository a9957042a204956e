"""A unit that goes to another customer: its plans follow, whoever comes first."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from servicebook import agenda
from servicebook.accounts.models import User
from servicebook.agenda.audit import everything
from servicebook.agenda.worker import run_due
from servicebook.equipment import actions as equipment
from servicebook.equipment.models import Asset
from servicebook.maintenance import scoping
from servicebook.maintenance.actions import calling, moving
from servicebook.maintenance.models import Enrolment, Occurrence, Plan, PlanScope
from servicebook.maintenance.tests.conftest import started
from servicebook.testing import make_asset, make_customer, make_region, make_site
from servicebook.tickets import actions as tickets
from servicebook.tickets.invariants import one_tree

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.24"), pytest.mark.trust("I7")]


@pytest.fixture
def unit() -> Asset:
    return make_asset()


@pytest.fixture
def moved(manager: User, unit: Asset) -> Any:
    """Move the unit to another customer; nobody has followed it yet."""
    there = make_site()
    return lambda: equipment.move_asset(unit.pk, site=there, place=None, by=manager)


def test_work_that_is_called_before_the_unit_is_followed_is_nobodys(manager, unit, moved):
    started(manager, customer=unit.customer)
    first = Occurrence.objects.earliest("due_on")
    moved()
    assert calling.call([first.pk]) == []
    first.refresh_from_db()
    assert first.cancelled_at is not None
    assert list(one_tree()) == []


def test_a_plan_for_everybody_calls_its_work_for_who_has_the_unit_now(manager, unit, moved):
    started(manager, PlanScope(model=unit.model))
    first = Occurrence.objects.earliest("due_on")
    now = moved()
    (ticket,) = calling.call([first.pk])
    assert (ticket.customer, ticket.site, ticket.asset) == (now.customer, now.site, unit)
    assert list(one_tree()) == []


def test_work_of_a_unit_that_goes_while_it_is_called_is_left_to_who_follows_it(
    manager, unit, moved, monkeypatch
):
    started(manager, customer=unit.customer)
    first = Occurrence.objects.earliest("due_on")
    moved()
    monkeypatch.setattr(calling, "_lock_what_comes_before", lambda ids: None)  # it stood there still
    assert calling.call([first.pk]) == []
    run_due()
    first.refresh_from_db()
    assert first.cancelled_at is not None


def test_without_a_look_at_the_unit_work_is_called_for_who_had_it(manager, unit, moved, monkeypatch):
    started(manager, customer=unit.customer)
    first = Occurrence.objects.earliest("due_on")
    moved()
    monkeypatch.setattr(calling, "_lock_what_comes_before", lambda ids: None)
    monkeypatch.setattr(tickets, "owners", lambda units: dict.fromkeys(units, first.customer_id))
    (ticket,) = calling.call([first.pk])
    assert list(one_tree()) == [f"{ticket.number}: its asset belongs to another customer"]


# A unit that leaves a plan and comes back, elsewhere or with another: so does all that it is owed.


def test_a_unit_that_comes_back_at_another_site_is_visited_there(manager):
    inside, outside = make_region(name="North"), make_region(name="South")
    first = make_site(region=inside)
    away, back = (make_site(first.customer, region=one) for one in (outside, inside))
    unit = make_asset(site=first)
    make_asset(site=first)
    started(manager, PlanScope(region=inside), customer=first.customer)
    for site in (away, back):
        equipment.move_asset(unit.pk, site=site, place=None, by=manager)
        run_due()
    rows = Occurrence.objects.standing().filter(asset=unit)
    assert {row.site for row in rows} == {back}
    (ticket,) = calling.call([rows.earliest("due_on").pk])
    assert (ticket.site, ticket.asset) == (back, unit)
    assert list(everything()) == []


def test_a_unit_that_comes_back_with_another_customer_is_maintained_for_that_one(manager, unit, set_clock):
    plan = started(manager, PlanScope(model=unit.model))
    equipment.change_state(unit.pk, state=Asset.State.RETIRED, by=manager)
    run_due()
    there = make_site()
    equipment.move_asset(unit.pk, site=there, place=None, by=manager)
    equipment.change_state(unit.pk, state=Asset.State.IN_SERVICE, by=manager)
    run_due()
    set_clock("2026-01-18 09:00")
    run_due()
    ticket = Occurrence.objects.get(plan=plan, ticket__isnull=False).ticket
    assert (ticket.customer, ticket.site, ticket.asset) == (there.customer, there, unit)
    assert list(everything()) == []


def test_what_stands_with_the_customer_before_is_called_for_the_one_who_has_the_unit(manager, unit):
    """As rows stand that were written before units took along what they are owed."""
    started(manager, PlanScope(model=unit.model))
    first = Occurrence.objects.earliest("due_on")
    Occurrence.objects.update(customer=make_customer())
    (ticket,) = calling.call([first.pk])
    assert ticket.customer == unit.customer


def test_what_was_left_out_is_brought_back_where_the_unit_is_now(manager, unit):
    started(manager, customer=unit.customer)
    first = Occurrence.objects.earliest("due_on")
    moving.skip(first.pk, because="Exams", by=manager)
    now = make_site(unit.customer)
    equipment.move_asset(unit.pk, site=now, place=None, by=manager)
    run_due()
    assert moving.bring_back(first.pk, by=manager).site == now
    assert list(everything()) == []


# The site that it left: when it was the last unit of a plan there, the plan leaves it, too.


def sites_under(plan: Plan) -> set[Any]:
    return {one.site for one in Enrolment.objects.filter(plan=plan, ended_at=None)}


def follow(manager: User, unit: Asset, moves: Any) -> Plan:
    """A plan for each site, and another unit somewhere else; the moves are done, then followed."""
    stays = make_asset(unit.customer, site=make_site(unit.customer))
    plan = started(manager, customer=unit.customer, per="site")
    assert sites_under(plan) == {unit.site, stays.site}
    moves()
    run_due()
    return plan


def test_a_site_leaves_the_plan_with_its_last_unit_wherever_that_goes(manager, unit, moved):
    left = unit.site
    plan = follow(manager, unit, moved)
    assert left not in sites_under(plan)
    assert not Occurrence.objects.standing().filter(site=left).exists()
    assert list(everything()) == []


def test_a_site_that_was_left_on_the_way_to_another_customer_leaves_the_plan_too(manager, unit, moved):
    left, between = unit.site, make_site(unit.customer)

    def twice():
        equipment.move_asset(unit.pk, site=between, place=None, by=manager)
        moved()

    plan = follow(manager, unit, twice)
    assert sites_under(plan).isdisjoint({left, between})
    assert list(everything()) == []


def test_a_unit_that_is_given_away_by_an_edit_leaves_with_its_parts(manager, unit):
    left, there = unit.site, make_site()
    make_asset(site=left, parent=unit)

    def edit():
        one = Asset.objects.get(pk=unit.pk)
        one.customer, one.site = there.customer, there
        equipment.save_asset(one, by=manager)

    plan = follow(manager, unit, edit)
    assert left not in sites_under(plan)
    assert list(everything()) == []


def test_a_site_with_another_unit_of_the_plan_stays_under_it(manager, unit, moved):
    make_asset(site=unit.site)
    plan = follow(manager, unit, moved)
    assert unit.site in sites_under(plan)
    assert list(everything()) == []


def test_many_units_that_left_many_sites_are_looked_at_at_one_price(manager):
    prices = []
    for count in (2, 7):
        units = [make_asset() for _each in range(count)]
        for one in units:
            started(manager, customer=one.customer, per="site")
        there = make_site()
        for one in units:
            equipment.move_asset(one.pk, site=there, place=None, by=manager)
        units = list(Asset.objects.filter(pk__in=[one.pk for one in units]))
        with CaptureQueriesContext(connection) as statements:
            agenda.refresh_many(units)
        prices.append(len(statements))
        run_due()
    assert prices[0] == prices[1], prices
    assert not Enrolment.objects.filter(ended_at=None).exists()
    assert list(everything()) == []


def test_without_a_look_at_what_it_left_a_site_without_units_stays_under_its_plan(
    manager, unit, moved, monkeypatch
):
    monkeypatch.setattr(scoping, "plans_left", lambda _assets: {})
    plan = follow(manager, unit, moved)
    assert unit.site in sites_under(plan)
