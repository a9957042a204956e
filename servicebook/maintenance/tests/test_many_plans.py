"""Thousands of plans of one unit each are switched on together, and each as if it were alone (S0.24)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from servicebook import agenda
from servicebook.agenda.audit import everything
from servicebook.agenda.worker import run_due
from servicebook.agenda.worker.steps import bulk
from servicebook.contracts.document import Scope, Terms
from servicebook.core import clock
from servicebook.equipment.models import Asset
from servicebook.maintenance import scoping
from servicebook.maintenance.actions import enrolling, storing
from servicebook.maintenance.models import Enrolment, Occurrence, Plan, PlanScope
from servicebook.testing import make_asset, make_customer, make_plan, make_site, sign_contract

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.24"), pytest.mark.usefixtures("manager")]


def switched_on(*scopes: PlanScope, **fields: Any) -> Plan:
    """A plan that is switched on, whose units are still to be enrolled."""
    fields.setdefault("customer", scopes[0].asset.customer if scopes and scopes[0].asset else None)
    plan = make_plan(followed=None, version=1, **fields)
    for one in scopes:
        one.plan = plan
        one.save()
    agenda.refresh(plan)
    return plan


def of_one_unit_each(count: int) -> list[Plan]:
    return [switched_on(PlanScope(asset=make_asset(make_customer()))) for _one in range(count)]


def stored(plans: list[Plan]) -> list[int]:
    return [Occurrence.objects.filter(plan=plan).count() for plan in plans]


def all_followed(plans: list[Plan]) -> bool:
    rows = Plan.objects.filter(pk__in=[one.pk for one in plans])
    return {(one.followed, one.stored_on) for one in rows} == {(1, clock.now().date())}


def test_the_worker_follows_many_plans_at_the_price_of_one():
    prices = []
    for count in (2, 7):
        plans = of_one_unit_each(count)
        with CaptureQueriesContext(connection) as statements:
            assert bulk()(lambda: False) == count
        prices.append(len(statements))
        assert stored(plans) == [4] * count
        assert all_followed(plans)
        seen = Enrolment.objects.filter(plan__in=plans).values_list("plan_seen", "stored_until")
        assert set(seen) == {(1, storing.schedules.horizon())}
    assert prices[1] <= prices[0] + 1, prices
    assert list(everything()) == []


@pytest.mark.parametrize("limit", ["AT_A_TIME", "SEARCHED_AT_A_TIME", "NAMED_AT_A_TIME"])
def test_of_more_plans_than_are_followed_at_once_the_rest_waits_its_turn(monkeypatch, limit):
    monkeypatch.setattr(enrolling, limit, 2)
    together, alone = of_one_unit_each(5), []
    for _one in range(3):
        customer = make_customer()
        make_asset(customer)
        alone.append(switched_on(customer=customer))

    assert enrolling.follow_plans([plan.pk for plan in [*together, *alone]])
    run_due()

    assert stored(together) + stored(alone) == [4] * 8
    assert all_followed([*together, *alone])
    assert list(everything()) == []


def test_one_plan_that_cannot_be_followed_holds_up_nobody(monkeypatch):
    good, bad = of_one_unit_each(2)
    Plan.objects.filter(pk=bad.pk).update(hours=None, weekdays="no days")

    run_due()

    assert stored([good, bad]) == [4, 0]
    assert all_followed([good])


def test_a_plan_that_ends_beside_others_gives_its_units_back():
    ends, stays = of_one_unit_each(2)
    run_due()
    Plan.objects.filter(pk=ends.pk).update(state="ended", state_because="sold", version=2)
    Plan.objects.filter(pk=stays.pk).update(version=2, every=2)

    assert enrolling.follow_plans([ends.pk, stays.pk]) == set()

    assert Enrolment.objects.get(plan=ends).ended_because == "sold"
    assert Occurrence.objects.standing().filter(plan=ends).count() == 0
    assert Occurrence.objects.standing().filter(plan=stays).count() == 2
    assert not Plan.objects.exclude(followed=2).exists()


def test_plans_that_name_their_units_serve_what_a_search_would_find():
    """Those of the customer and its branches, in service, where the row and the contract say so."""
    group, stranger = make_customer(), make_customer()
    branch = make_customer(parent=group)
    site = make_site(group)
    here, elsewhere = make_asset(group, site=site), make_asset(group)
    below, theirs, gone = make_asset(branch), make_asset(stranger), make_asset(group, state="retired")
    every = [here, elsewhere, below, theirs, gone]
    contract = sign_contract(group, terms=Terms(scopes=[Scope(site=site.pk)]))

    def naming(**asked: Any) -> list[PlanScope]:
        return [PlanScope(asset=unit, **asked) for unit in every]

    plans = [
        switched_on(*naming(), customer=group),
        switched_on(*naming(site=site), customer=group),
        switched_on(*naming(), customer=group, contract=contract),
        switched_on(*naming(), customer=branch),
        switched_on(PlanScope(asset=gone), customer=group),
    ]
    campaign = switched_on(*naming(), customer=group)
    Plan.objects.filter(pk=campaign.pk).update(customer=None)
    plans = list(Plan.objects.filter(pk__in=[one.pk for one in [*plans, campaign]]).order_by("pk"))

    found: dict[int, list[Asset]] = {plan.pk: [] for plan in plans}
    for plan, unit in scoping.named_units(scoping.scopes_of_many(plans)):
        found[plan.pk].append(unit)

    assert all(map(scoping.names_its_units, plans))
    assert [found[plan.pk] for plan in plans] == [
        list(scoping.units_of(plan, scoping.scopes_of(plan))) for plan in plans
    ]
    assert [len(units) for units in found.values()] == [3, 1, 1, 1, 0, 4]
    run_due()
    asked = scoping.scopes_of_many(plans)
    assert list(scoping.named_units(asked)) == []
    Asset.objects.filter(pk=below.pk).update(customer=stranger)
    assert [one.pk for one in scoping.named_strays(asked)] == [
        pk for plan in plans for pk in scoping.strays(plan).order_by("pk").values_list("pk", flat=True)
    ]
    assert len(scoping.named_strays(asked)) == 2


def test_a_unit_that_comes_back_under_one_of_many_plans_goes_on_with_what_it_had():
    first, second = of_one_unit_each(2)
    run_due()
    unit = Asset.objects.get(enrolments__plan=first)
    enrolling.leave(list(Enrolment.objects.filter(plan=first)), because="for a while")
    Plan.objects.filter(pk__in=[first.pk, second.pk]).update(version=2)

    assert enrolling.follow_plans([first.pk, second.pk]) == set()

    assert Enrolment.objects.get(plan=first, asset=unit).ended_at is None
    assert Occurrence.objects.standing().filter(plan=first).count() == 4
    assert stored([first, second]) == [4, 4]
    assert list(everything()) == []
