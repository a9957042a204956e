"""A region of which very many things count their days changes: they follow part by part."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from servicebook import agenda
from servicebook.accounts.models import User
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.tests.conftest import played, shared_database
from servicebook.agenda.worker import run_due
from servicebook.agenda.worker.steps import bulk
from servicebook.core import clock, reference
from servicebook.customers import actions as customers
from servicebook.customers.models import Region
from servicebook.equipment.actions import save_warranty
from servicebook.equipment.models import Warranty
from servicebook.reminders.actions import moving_places
from servicebook.reminders.actions.moving_places import follow
from servicebook.reminders.models import Ask, PlaceWalk
from servicebook.testing import (
    make_asset,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_region,
    make_ticket,
    sign_contract,
)
from servicebook.tickets import actions as tickets

__all__ = ["shared_database"]
CHANGE = "17"


@pytest.fixture
def region(db: None, set_clock: Callable[[str], datetime], manager: User) -> Region:
    """Two customers there with two of each thing that counts its days; they are in Almaty."""
    set_clock("2026-10-01 09:00")
    region = make_region(time_zone="Asia/Almaty")
    for _twice in range(2):
        customer = make_customer(region=region)
        sign_contract(customer)
        plan = make_plan(customer, followed=0)
        visits = [make_occurrence(plan, due_on=date(2026, 11, 20 + day), key=f"{day}") for day in range(2)]
        agenda.refresh_many([make_planned(visits[0]), visits[1]])
        ticket = make_ticket(customer=customer)
        tickets.start(ticket.pk, by=manager)
        tickets.wait(ticket.pk, waiting_for="client", by=manager)
        covered = Warranty(asset=make_asset(customer), starts_on=date(2026, 1, 1), ends_on=date(2027, 3, 1))
        save_warranty(covered, by=manager)
    run_due()
    assert Ask.objects.open().exists()
    return region


def move_to(zone: str, region: Region) -> None:
    """Its days begin elsewhere now, and nothing there has followed."""
    Region.objects.filter(pk=region.pk).update(time_zone=zone)
    region.refresh_from_db()
    reference.changed()


def standing() -> dict[tuple[Any, ...], tuple[Any, ...]]:
    rows = Obligation.objects.values_list(
        "kind", "subject_type", "subject_id", "occurrence", "stage", "due_at", "state"
    )
    return {row[:5]: row[5:] for row in rows}


@pytest.mark.req("S0.33", "S0.34", "S0.36")
@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_what_follows_part_by_part_stands_as_if_it_had_followed_at_once(region, monkeypatch, most):
    before = standing()
    move_to("America/New_York", region)
    with transaction.atomic():
        assert follow(region, change=CHANGE) is False
        at_once = standing()
        transaction.set_rollback(True)
    assert at_once != before

    monkeypatch.setattr(moving_places, "AT_A_TIME", most)
    parts = 1
    while follow(region, change=CHANGE):
        parts += 1
        assert PlaceWalk.objects.count() == 1
    subjects = sum(rows.count() for rows in moving_places._there(moving_places._customers(region)))
    assert parts == subjects // most + 1
    assert standing() == at_once
    assert not PlaceWalk.objects.exists()
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.req("S0.33", "S0.34")
def test_a_place_that_changes_again_is_followed_from_the_start(region, monkeypatch):
    monkeypatch.setattr(moving_places, "AT_A_TIME", 3)
    move_to("America/New_York", region)
    assert follow(region, change=CHANGE)

    move_to("Asia/Tokyo", region)
    while follow(region, change="18"):
        pass
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.req("S0.33", "S0.34")
@pytest.mark.trust("2.4")
def test_urgent_work_goes_on_between_the_parts(region, manager, monkeypatch):
    monkeypatch.setattr(moving_places, "AT_A_TIME", 3)
    region.time_zone = "America/New_York"
    customers.save_region(region, by=manager)
    clock.set_to(clock.now() + timedelta(seconds=20))
    one = Obligation.objects.get(kind="reminders.follow_region")

    step, steps = bulk(), 0
    while not Obligation.objects.filter(pk=one.pk, state="fired").exists():
        assert step(lambda: False) <= 1
        steps += 1
    assert steps > 4
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.fault
@pytest.mark.req("S0.33", "S0.34")
@pytest.mark.trust("B23")
def test_a_worker_killed_at_any_commit_leaves_no_part_behind(shared_database):
    found = played(shared_database, "place", app="reminders")

    assert {"before commit", "after commit"} <= set(found["points"])
    assert len(found["points"]) > 6
    for run in found["runs"]:
        assert run["killed"] == -9, run
        assert run["ended"] == [0, 0], run
        books = {name: run[name] for name in ("fired", "open", "hours", "walks")}
        assert books == {"fired": 1, "open": 0, "hours": [9], "walks": 0}, run
