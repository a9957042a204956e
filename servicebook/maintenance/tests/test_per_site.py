"""A plan that counted units counts sites now, or the other way round: no visit is made twice, or lost."""

from datetime import date
from typing import Any

import pytest

from servicebook.accounts.models import User
from servicebook.agenda.audit import everything
from servicebook.agenda.worker import run_due
from servicebook.equipment.models import Asset
from servicebook.maintenance.actions import calling, known, moving, plans
from servicebook.maintenance.models import Occurrence, Plan
from servicebook.maintenance.tests.conftest import started
from servicebook.testing import close_ticket, make_asset, make_site
from servicebook.tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.24"), pytest.mark.trust("I5")]


@pytest.fixture
def units() -> list[Asset]:
    site = make_site()
    return [make_asset(site=site), make_asset(site=site)]


def begin(manager: User, units: list[Asset], set_clock: Any, **fields: Any) -> Plan:
    """Of 31 January the tickets are made."""
    plan = started(manager, customer=units[0].customer, **fields)
    set_clock("2026-01-18 09:00")
    run_due()
    return plan


def count(plan: Plan, manager: User, per: str, **fields: Any) -> None:
    plan = Plan.objects.get(pk=plan.pk)
    for name, value in {"per": per, **fields}.items():
        setattr(plan, name, value)
    plans.save_plan(plan, [], by=manager)
    run_due()


def coming(plan: Plan) -> list[str]:
    rows = Occurrence.objects.uncalled().filter(plan=plan).order_by("due_on", "pk")
    return [row.due_on.isoformat() for row in rows]


def test_the_tickets_of_the_units_stand_for_the_visit_of_their_site(manager, units, set_clock):
    plan = begin(manager, units, set_clock)
    count(plan, manager, "site")
    assert Ticket.objects.count() == 2
    assert coming(plan)[0] == "2026-04-30"
    count(plan, manager, "site", title="Another title")
    assert Ticket.objects.count() == 2
    assert list(everything()) == []


def test_the_ticket_of_a_site_stands_for_its_units(manager, units, set_clock):
    plan = begin(manager, units, set_clock, per="site")
    count(plan, manager, "unit")
    assert Ticket.objects.count() == 1
    assert coming(plan)[:2] == ["2026-04-30", "2026-04-30"]
    assert list(everything()) == []


def test_units_that_come_back_are_not_visited_once_more(manager, units, set_clock):
    plan = started(manager, customer=units[0].customer)
    count(plan, manager, "site")
    set_clock("2026-01-18 09:00")
    run_due()
    count(plan, manager, "unit")
    assert Ticket.objects.count() == 1
    assert coming(plan)[:2] == ["2026-04-30", "2026-04-30"]


@pytest.mark.parametrize("how", ["done", "left out"])
def test_what_was_done_or_left_out_before_its_day_is_not_made_again(manager, units, set_clock, how):
    plan = begin(manager, units, set_clock)
    for one in Occurrence.objects.filter(ticket__isnull=False):
        if how == "done":
            close_ticket(one.ticket, by=manager)
        else:
            moving.skip(one.pk, because="Exams", by=manager)
    run_due()
    count(plan, manager, "site")
    assert Ticket.objects.count() == 2
    assert coming(plan)[0] == "2026-04-30"


def test_a_site_is_visited_for_a_unit_that_has_no_ticket_yet(manager, units, set_clock):
    plan = started(manager, customer=units[0].customer)
    calling.call([Occurrence.objects.filter(asset=units[0]).earliest("due_on").pk])
    count(plan, manager, "site")
    assert coming(plan)[0] == "2026-01-31"


def test_another_calendar_begins_after_the_open_tickets(manager, units, set_clock):
    plan = begin(manager, units, set_clock)
    count(plan, manager, "site", anchor_on=date(2026, 1, 29))
    assert Ticket.objects.count() == 2
    assert coming(plan)[0] == "2026-04-29"


def test_a_rule_that_counts_on_goes_on_from_the_tickets_of_the_units(manager, units, set_clock):
    plan = begin(manager, units, set_clock, counts_from="done")
    count(plan, manager, "site")
    assert Ticket.objects.count() == 2
    assert coming(plan) == ["2026-04-30"]
    assert list(everything()) == []


def test_without_a_look_at_what_was_made_a_visit_is_made_twice(manager, units, set_clock, monkeypatch):
    plan = begin(manager, units, set_clock)
    monkeypatch.setattr(known, "made_otherwise", lambda *_plans, **_since: {})
    count(plan, manager, "site")
    assert Ticket.objects.count() == 3
