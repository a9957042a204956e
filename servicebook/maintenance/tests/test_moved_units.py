"""A unit that goes to another customer: its plans follow, whoever comes first."""

from typing import Any

import pytest

from servicebook.accounts.models import User
from servicebook.equipment import actions as equipment
from servicebook.equipment.models import Asset
from servicebook.maintenance.actions import calling
from servicebook.maintenance.models import Occurrence, PlanScope
from servicebook.maintenance.tests.conftest import started
from servicebook.testing import make_asset, make_site
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


def test_without_a_look_at_the_unit_work_is_called_for_who_had_it(manager, unit, moved, monkeypatch):
    started(manager, customer=unit.customer)
    first = Occurrence.objects.earliest("due_on")
    moved()
    monkeypatch.setattr(tickets, "owners", lambda units: dict.fromkeys(units, first.customer_id))
    (ticket,) = calling.call([first.pk])
    assert list(one_tree()) == [f"{ticket.number}: its asset belongs to another customer"]
