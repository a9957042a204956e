"""Silence counts in the hours and under the rule of where the thing is that was asked about."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from servicebook import agenda
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.customers import actions as customers
from servicebook.reminders.actions.ladders import save_ladder
from servicebook.reminders.models import Ask, Ladder, What
from servicebook.testing import (
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_region,
    make_site,
    make_ticket,
)
from servicebook.tickets import actions as tickets

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.36")]
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def berlin():
    return make_region(name="Berlin", time_zone="Europe/Berlin")


@pytest.fixture
def site(set_clock, berlin):
    """A site in Berlin of a customer in Almaty."""
    set_clock("2026-10-14 22:00")  # in Almaty; 19:00 there
    customer = make_customer(region=make_region(name="Almaty", time_zone="Asia/Almaty"))
    make_contact(customer, is_main=True)
    return make_site(customer, region=berlin)


def rule(*, by, **columns) -> None:
    ladder = Ladder.objects.get(what=What.SILENCE, contract=None)
    for name, value in columns.items():
        setattr(ladder, name, value)
    save_ladder(ladder, list(ladder.stages.all()), by=by)
    run_due()


def asked_about(kind: str, site, by) -> Ask:
    if kind == "visit":
        plan = make_plan(site.customer, followed=0)
        agenda.refresh(make_planned(make_occurrence(plan, site=site, due_on=date(2026, 10, 28))))
    else:
        ticket = make_ticket(customer=site.customer, site=site)
        tickets.start(ticket.pk, by=by)
        tickets.wait(ticket.pk, waiting_for="client", by=by)
    run_due()
    return Ask.objects.get()


def first_stage(ask: Ask) -> datetime:
    rows = Obligation.objects.filter(kind="reminders.silence", subject_id=ask.pk, state="armed")
    return rows.order_by("due_at")[0].due_at


@pytest.mark.parametrize("kind", ["visit", "ticket"])
def test_the_hours_of_rest_are_those_of_the_site(site, manager, kind):
    rule(by=manager, quiet_from=time(21), quiet_until=time(8))
    ask = asked_about(kind, site, manager)

    assert ask.site == site
    assert first_stage(ask) == ask.next_at
    assert first_stage(ask).astimezone(BERLIN).isoformat(" ", "minutes") == "2026-10-16 19:00+02:00"
    assert list(audit.everything()) == []


@pytest.mark.parametrize("kind", ["visit", "ticket"])
def test_a_rule_that_is_tried_where_the_site_is_counts(site, manager, berlin, kind):
    rule(by=manager, region=berlin)
    ask = asked_about(kind, site, manager)
    assert Obligation.objects.filter(kind="reminders.silence", subject_id=ask.pk, state="armed").count() == 3

    rule(by=manager, region=site.customer.region)
    clock.set_to(datetime(2026, 10, 14, 17, 1, tzinfo=UTC))
    run_due()
    assert not Obligation.objects.filter(kind="reminders.silence", state="armed").exists()
    assert list(audit.everything()) == []


def test_who_is_asked_follows_a_site_whose_zone_changes(site, manager):
    rule(by=manager, quiet_from=time(21), quiet_until=time(8))
    ask = asked_about("visit", site, manager)

    site.time_zone = "Asia/Almaty"
    customers.save_site(site, by=manager)
    clock.set_to(datetime(2026, 10, 14, 17, 1, tzinfo=UTC))
    run_due()

    assert first_stage(ask) == datetime(2026, 10, 17, 3, tzinfo=UTC)  # 22:00 waits until 08:00
    assert list(audit.everything()) == []
