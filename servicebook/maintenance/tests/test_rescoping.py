"""A plan follows where a site, a model, a region or a customer comes to stand (S0.24)."""

from typing import Any

import pytest

from servicebook import agenda
from servicebook.accounts.models import User
from servicebook.agenda.audit import everything
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.agenda.worker.steps import bulk
from servicebook.contracts.document import Scope, Terms
from servicebook.customers import actions as customers
from servicebook.customers.models import Customer, Region, Site
from servicebook.equipment import actions as equipment
from servicebook.equipment.models import Asset, AssetModel, Category
from servicebook.maintenance.actions import enrolling
from servicebook.maintenance.models import Enrolment, Occurrence, Plan, PlanScope
from servicebook.maintenance.tests.conftest import started
from servicebook.testing import (
    make_asset,
    make_customer,
    make_site,
    sign_contract,
)

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.24")]


@pytest.fixture
def customer() -> Customer:
    return make_customer()


def region(manager: User, name: str, parent: Region | None = None) -> Region:
    return customers.save_region(Region(name=name, parent=parent), by=manager)


def start(manager: User, customer: Customer | None, *scopes: PlanScope, **fields: Any) -> Plan:
    return started(manager, *scopes, customer=customer, **fields)


def move_site(site: Site, to: Region | None, manager: User, *, run: bool = True) -> None:
    site = Site.objects.get(pk=site.pk)
    site.region = to
    customers.save_site(site, by=manager)
    if run:
        run_due()


def enrolled(plan: Plan) -> set[Any]:
    return {one.asset or one.site for one in Enrolment.objects.filter(plan=plan, ended_at=None)}


def days(plan: Plan, **find: Any) -> list[str]:
    rows = Occurrence.objects.standing().filter(plan=plan, **find).order_by("due_on")
    return [row.due_on.isoformat() for row in rows]


def balanced() -> None:
    assert list(everything()) == []


@pytest.mark.parametrize("whose", ["own", "every customer", "contract"])
@pytest.mark.parametrize("per", ["unit", "site"])
def test_a_plan_follows_the_region_of_a_site(manager, customer, whose, per):
    north, south = region(manager, "North"), region(manager, "South")
    here, there = make_site(customer, region=north), make_site(customer, region=south)
    stays, moves = make_asset(customer, site=here), make_asset(customer, site=there)
    scopes, fields = [PlanScope(region=north)], {"per": per}
    if whose == "contract":
        scopes = []
        fields["contract"] = sign_contract(customer, terms=Terms(scopes=[Scope(region=north.pk)]))
    plan = start(manager, None if whose == "every customer" else customer, *scopes, **fields)
    one, other = (stays, moves) if per == "unit" else (here, there)
    assert enrolled(plan) == {one}

    move_site(there, north, manager)
    assert enrolled(plan) == {one, other}
    assert days(plan, site=there) == days(plan, site=here)
    balanced()

    move_site(there, south, manager)
    assert enrolled(plan) == {one}
    assert days(plan, site=there) == []
    balanced()

    move_site(there, north, manager)
    assert enrolled(plan) == {one, other}
    assert days(plan, site=there) == days(plan, site=here)
    balanced()


def test_the_days_at_a_site_follow_its_time_zone(manager, customer):
    west = customers.save_region(Region(name="West", time_zone="America/New_York"), by=manager)
    site = make_site(customer)
    make_asset(customer, site=site)
    plan = start(manager, customer)
    first = Occurrence.objects.filter(plan=plan).latest("due_on")
    calls = Obligation.objects.filter(kind="maintenance.call", subject_id=first.pk)
    before = calls.get().due_at
    move_site(site, west, manager)
    assert calls.get().due_at > before
    balanced()


def test_a_plan_follows_the_category_of_a_model(manager, customer):
    ups = equipment.save_category(Category(name="UPS"), by=manager)
    stays, moves = make_asset(customer), make_asset(customer)
    for asset, category in ((stays, ups), (moves, None)):
        asset.model.category = category
        equipment.save_model(asset.model, by=manager)
    plan = start(manager, customer, PlanScope(category=ups))
    assert enrolled(plan) == {stays}

    change_category(moves.model, ups, manager)
    assert enrolled(plan) == {stays, moves}
    change_category(moves.model, None, manager)
    assert enrolled(plan) == {stays}
    balanced()


def change_category(model: AssetModel, category: Category | None, manager: User) -> None:
    model = AssetModel.objects.get(pk=model.pk)
    model.category = category
    equipment.save_model(model, by=manager)
    run_due()


def test_a_plan_follows_what_a_region_is_part_of(manager, customer):
    country = region(manager, "Country")
    town = region(manager, "Town", country)
    other = region(manager, "Village")
    stays = make_asset(customer, site=make_site(customer, region=town))
    joins = make_asset(customer, site=make_site(customer, region=other))
    plan = start(manager, customer, PlanScope(region=country))
    assert enrolled(plan) == {stays}
    other.parent = country
    customers.save_region(other, by=manager)
    run_due()
    assert enrolled(plan) == {stays, joins}
    balanced()


def test_a_plan_follows_a_branch_that_comes_and_goes(manager, customer):
    stays = make_asset(customer)
    branch = make_customer()
    joins = make_asset(branch)
    plan = start(manager, customer)
    for parent, expected in ((customer, {stays, joins}), (None, {stays})):
        branch = Customer.objects.get(pk=branch.pk)
        branch.parent = parent
        customers.save_customer(branch, by=manager)
        run_due()
        assert enrolled(plan) == expected
        balanced()


@pytest.mark.parametrize("change", ["another name", "a region of no plan"])
def test_a_plan_is_not_walked_again_for_what_changes_nothing_of_it(manager, customer, change):
    north, south, far = (region(manager, name) for name in ("North", "South", "Far"))
    site = make_site(customer, region=south)
    make_asset(customer, site=make_site(customer, region=north))
    make_asset(customer, site=site)
    plan = start(manager, customer, PlanScope(region=north))
    if change == "another name":
        site.name = "Another name"
        customers.save_site(site, by=manager)
        run_due()
    else:
        move_site(site, far, manager)
    assert Plan.objects.get(pk=plan.pk).version == plan.version
    assert Obligation.objects.filter(kind="maintenance.follow_site").count() == (change != "another name")
    balanced()


def test_a_swap_of_regions_leaves_what_people_agreed(manager, customer):
    north, south = region(manager, "North"), region(manager, "South")
    site = make_site(customer, region=north)
    asset: Asset = make_asset(customer, site=site)
    plan = start(manager, customer, PlanScope(region=north), PlanScope(region=south))
    before = days(plan)
    move_site(site, south, manager)
    assert days(plan, asset=asset) == before
    assert Plan.objects.get(pk=plan.pk).version == plan.version
    balanced()


def half_walked(
    manager: User, customer: Customer, monkeypatch: Any, *scopes: PlanScope, **fields: Any
) -> Plan:
    """A plan that was switched on; two units were enrolled, and the others wait for their turn."""
    monkeypatch.setattr(enrolling, "AT_A_TIME", 2)
    plan = start(manager, customer, *scopes, run=False, **fields)
    walk = bulk()
    walk(lambda: False)
    assert Enrolment.objects.filter(plan=plan).count() == 2
    return plan


@pytest.mark.parametrize("walk", ["the first", "a later one"])
@pytest.mark.parametrize("per", ["unit", "site"])
def test_what_changes_while_a_plan_is_walked_is_followed(manager, customer, monkeypatch, per, walk):
    """Those that leave had their turn before, and the one that joins would have had it before."""
    north, south = region(manager, "North"), region(manager, "South")
    sites = [make_site(customer, region=south), *(make_site(customer, region=north) for _ in range(4))]
    units = [make_asset(customer, site=site) for site in sites]
    plan = half_walked(manager, customer, monkeypatch, PlanScope(region=north), per=per)
    if walk == "a later one":
        run_due()
        Plan.objects.filter(pk=plan.pk).update(version=plan.version + 1)
        agenda.refresh(Plan.objects.get(pk=plan.pk))
        bulk()(lambda: False)
    assert Plan.objects.get(pk=plan.pk).followed != Plan.objects.get(pk=plan.pk).version

    move_site(sites[0], north, manager, run=False)
    move_site(sites[1], south, manager)

    expected = [0, 2, 3, 4]
    assert enrolled(plan) == {(units if per == "unit" else sites)[place] for place in expected}
    assert days(plan, site=sites[1]) == []
    balanced()


def test_a_unit_that_moves_while_its_plan_is_walked_first_is_followed(manager, customer, monkeypatch):
    units = [make_asset(customer, site=make_site(customer)) for _ in range(4)]
    plan = half_walked(manager, customer, monkeypatch)
    moved, sold = (Asset.objects.get(pk=one.pk) for one in units[:2])
    other, stranger = make_site(customer), make_customer()
    equipment.move_asset(moved.pk, site=other, place=None, by=manager)
    equipment.move_asset(sold.pk, site=make_site(stranger), place=None, by=manager)
    run_due()

    assert enrolled(plan) == {units[0], units[2], units[3]}
    assert Enrolment.objects.get(plan=plan, asset=moved).site == other
    balanced()
