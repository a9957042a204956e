"""A unit is retired, or moved, after its ticket was made: nobody waits in vain (S0.24)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from servicebook.accounts.models import User
from servicebook.agenda.audit import everything
from servicebook.agenda.worker import run_due
from servicebook.customers.models import Promise
from servicebook.equipment import actions as equipment
from servicebook.equipment.models import Asset
from servicebook.maintenance.actions import astray, uncovered, windows
from servicebook.maintenance.models import Occurrence, PlanScope
from servicebook.maintenance.tests.conftest import manager, started
from servicebook.messaging.models import Notice
from servicebook.reminders.models import Ask
from servicebook.testing import make_asset, make_contact, make_customer, make_region, make_site
from servicebook.tickets import actions as tickets

__all__ = ["manager"]  # the fixture
pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.24", "S0.33")]


@pytest.fixture
def unit() -> Asset:
    """Stands at a site in the north; another one of the customer stays there."""
    north, south = make_region(name="North"), make_region(name="South", time_zone="Europe/Istanbul")
    customer = make_customer(name="School 12")
    make_contact(customer, name="Aigul", is_main=True, email="aigul@school.example")
    old = make_site(customer, name="Old house", region=north)
    make_site(customer, name="New house", region=south)
    make_asset(site=old)
    return make_asset(site=old)


@pytest.fixture
def task(manager: User, unit: Asset, set_clock: Any) -> Occurrence:
    """Of 31 January there is a ticket, and the customer was asked for a window."""
    started(manager, customer=unit.customer, anchor_on=date(2026, 1, 31))
    at(set_clock, "2026-01-17 06:01", "2026-01-17 09:01")
    return Occurrence.objects.get(asset=unit, ticket__isnull=False)


def at(set_clock: Any, *moments: str) -> None:
    for moment in moments:
        set_clock(moment)
        run_due()


def move(unit: Asset, manager: User) -> None:
    new = unit.customer.sites.get(name="New house")
    equipment.move_asset(unit.pk, site=new, place=None, by=manager)
    run_due()


def put(unit: Asset, manager: User, state: str) -> None:
    equipment.change_state(unit.pk, state=state, by=manager)
    run_due()


def agree(task: Occurrence, manager: User) -> None:
    begins, ends = (datetime(2026, 1, 31, hour, tzinfo=UTC) for hour in (9, 12))
    windows.agree_window(task.pk, starts_at=begins, ends_at=ends, by_name="A.", channel="phone", by=manager)
    run_due()


def fresh(task: Occurrence) -> Occurrence:
    return Occurrence.objects.select_related("ticket__site", "ticket__contact", "site").get(pk=task.pk)


def steps() -> list[Promise]:
    return list(Promise.objects.open().filter(source=uncovered.UNIT))


def test_the_work_on_a_unit_that_is_retired_is_off(manager, unit, task, set_clock):
    put(unit, manager, Asset.State.RETIRED)
    now = fresh(task)
    assert now.skipped_at is not None
    assert now.ticket.withdrawn_because == "the unit is not in service any more"
    at(set_clock, "2026-01-24 09:01", "2026-01-30 09:01")
    assert Notice.objects.filter(text="maintenance_again").count() == 2  # of the unit that stayed
    assert not Ask.objects.open().filter(about_id=task.pk).exists()
    assert list(everything()) == []


def test_who_counts_on_the_visit_is_told_that_it_is_off(manager, unit, task):
    agree(task, manager)
    put(unit, manager, Asset.State.STORED)
    assert Notice.objects.filter(text="visit_cancelled", delivery__to_address="aigul@school.example").exists()
    assert list(everything()) == []


def test_a_unit_that_is_back_before_the_day_is_maintained_on_it(manager, unit, task):
    put(unit, manager, Asset.State.RETIRED)
    put(unit, manager, Asset.State.IN_SERVICE)
    now = fresh(task)
    assert now.skipped_at is None
    assert now.ticket.is_open
    assert list(everything()) == []


def test_what_was_begun_is_for_its_owner_to_decide(manager, unit, task):
    tickets.start(task.ticket_id, by=manager)
    put(unit, manager, Asset.State.RETIRED)
    assert fresh(task).ticket.is_open
    (step,) = steps()
    assert (step.about, step.why) == (task, "the unit is not in service any more")
    tickets.put_back(task.ticket_id, by=manager)
    tickets.withdraw(task.ticket_id, because="Scrapped", by=manager)
    run_due()
    assert steps() == []
    assert list(everything()) == []


def test_the_ticket_goes_along_with_a_unit_that_is_moved(manager, unit, task, set_clock):
    move(unit, manager)
    now = fresh(task)
    assert now.site.name == now.ticket.site.name == "New house"
    assert now.ticket.region.name == "South"
    assert now.ticket.due_at == datetime(2026, 1, 31, 20, 59, tzinfo=UTC)  # the end of the day there
    at(set_clock, "2026-01-24 09:01", "2026-01-24 14:01")
    body = (
        Notice.objects.filter(text="maintenance_again", url__isnull=False).order_by("pk").values_list("body")
    )
    assert any("New house" in text for (text,) in body)
    assert steps() == []
    assert list(everything()) == []


def test_what_was_agreed_for_the_old_site_falls_and_the_customer_is_told(manager, unit, task, set_clock):
    agree(task, manager)
    move(unit, manager)
    now = fresh(task)
    assert (now.window_agreed_at, now.window_from, now.access_agreed_at) == (None, None, None)
    at(set_clock, "2026-01-17 09:31")
    assert Notice.objects.filter(text="visit_moved", delivery__to_address="aigul@school.example").exists()
    assert list(everything()) == []


def test_where_its_plan_does_not_serve_it_the_owner_decides(manager, unit, set_clock):
    started(manager, PlanScope(region=unit.site.region), customer=unit.customer, anchor_on=date(2026, 1, 31))
    at(set_clock, "2026-01-17 06:01")
    task = Occurrence.objects.get(asset=unit, ticket__isnull=False)
    move(unit, manager)
    assert fresh(task).ticket.site.name == "New house"
    (step,) = steps()
    assert step.why == "its unit was moved to New house and is not under the plan any more"
    assert list(everything()) == []


def test_the_work_at_a_site_without_units_is_off(manager, unit, set_clock):
    started(manager, customer=unit.customer, anchor_on=date(2026, 1, 31), per="site")
    at(set_clock, "2026-01-17 06:01")
    task = Occurrence.objects.get(ticket__isnull=False)
    for one in Asset.objects.filter(site=unit.site):
        move(one, manager)
    assert fresh(task).ticket.withdrawn_because == "no unit of the plan is left at the site"
    assert list(everything()) == []


def test_without_a_look_at_tickets_they_stay_where_the_unit_was(manager, unit, task, monkeypatch):
    monkeypatch.setattr(astray, "follow", lambda _asset: None)
    move(unit, manager)
    assert fresh(task).ticket.site.name == "Old house"
