"""Planned work in the queue and on its page; and what was called off, which was not done."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from servicebook.core import clock
from servicebook.desk.queries.figures import closed_since, waiting_for
from servicebook.desk.queries.today import steps_of
from servicebook.insights.queries import trends
from servicebook.testing import (
    make_asset,
    make_contact,
    make_customer,
    make_reason,
    make_user,
    make_work_type,
    sign_contract,
)
from servicebook.tickets import actions, showing
from servicebook.tickets.actions import Planned
from servicebook.tickets.actions.opening import earlier_ticket
from servicebook.tickets.models import Kind, Status, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(set_clock: Any) -> Any:
    set_clock("2026-03-02 09:00")
    make_reason("maintenance", downtime_risk=1)
    return make_user("manager")


def plan(customer: Any = None, **fields: Any) -> Ticket:
    customer = customer or make_customer()
    given = {
        "title": "Quarterly check", "text": "Look at it", "due_at": clock.now() + timedelta(days=14),
        "work_type": make_work_type(), "asset": make_asset(customer), **fields,
    }  # fmt: skip
    (ticket,) = actions.open_many([Planned(customer=customer, **given)])
    return ticket


def shown(client: Client, user: Any, query: str) -> str:
    client.force_login(user)
    return client.get(f"/tickets/?{query}").content.decode()


@pytest.mark.req("S0.25")
def test_the_deadline_of_planned_work_is_its_day(manager: Any, set_clock: Any) -> None:
    ticket = plan()
    (bar,) = showing.bars(ticket, clock.now() + timedelta(days=7))
    assert (bar.used, bar.tone, bar.left) == (50, "live", "7 days left")

    moved = clock.now() + timedelta(days=20)
    actions.plan_for(ticket.pk, due_at=moved, because="the customer asked", by=manager)
    assert Ticket.objects.get().next_deadline_at == moved

    actions.start(ticket.pk, by=manager)
    assert Ticket.objects.get().next_deadline_at == moved
    (bar,) = showing.bars(Ticket.objects.get(), moved + timedelta(days=1))
    assert (bar.used, bar.tone, bar.left) == (100, "late", "late 1 day")


def test_the_queue_shows_planned_work_with_its_day_and_not_as_left_lying(
    manager: Any, client: Client, set_clock: Any
) -> None:
    ticket = plan()
    set_clock("2026-03-05 09:00")

    page = shown(client, manager, "kind=planned")

    assert ticket.number in page
    assert "Not started" not in page
    assert ticket.number not in shown(client, manager, "kind=request")
    assert ticket.number in client.get(ticket.get_absolute_url()).content.decode()


def test_planned_work_is_a_next_step_on_its_day_and_waits_for_nobody_before(manager: Any) -> None:
    ticket = plan(owner=manager)
    (line,) = steps_of(manager, clock.now()).lines
    assert line.due == ticket.due_at
    assert waiting_for(manager).number == 0


@pytest.mark.req("S0.24")
def test_what_was_called_off_is_closed_and_was_not_done(manager: Any, client: Client) -> None:
    ticket = plan(contact=make_contact())

    actions.withdraw(ticket.pk, because="the unit is sold", by=manager)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.next_deadline_at, ticket.was_done) == (Status.CLOSED, None, False)
    assert closed_since(manager, clock.now() - timedelta(days=1)).number == 0
    assert ticket.number not in shown(client, manager, "status=closed")
    page = shown(client, manager, "status=called_off")
    assert ticket.number in page
    assert "Called off" in page
    page = client.get(ticket.get_absolute_url()).content.decode()
    assert "Called off: the unit is sold" in page  # in its history
    (bar,) = showing.bars(ticket, clock.now())
    assert (bar.tone, bar.left) == ("wait", "called off")


def test_why_it_is_called_off_must_be_said_and_only_planned_work_can_be(manager: Any) -> None:
    with pytest.raises(actions.NotValid) as refused:
        actions.withdraw(plan().pk, because=" ", by=manager)
    assert "because" in refused.value.fields
    asked = actions.open_ticket(customer=make_customer(), title="x", text="", channel="phone", by=manager)
    with pytest.raises(actions.MoveRefused):
        actions.withdraw(asked.pk, because="off", by=manager)


def test_only_its_plan_takes_back_what_was_called_off(manager: Any) -> None:
    ticket = plan()
    actions.withdraw(ticket.pk, because="the plan was paused", by=manager)

    with pytest.raises(actions.MoveRefused, match="called off"):
        actions.reopen(ticket.pk, because="we do it", by=manager)
    message = actions.receive_message(ticket.pk, text="When do you come?", channel="mail")
    assert (message.ticket.kind, message.ticket.status) == (Kind.REQUEST, Status.QUEUED)
    assert message.ticket != ticket

    back = actions.take_back(ticket.pk, because="it is on after all", by=manager)
    assert (back.status, back.withdrawn_because) == (Status.QUEUED, "")
    assert back.next_deadline_at == back.due_at
    with pytest.raises(actions.MoveRefused):
        actions.take_back(ticket.pk, because="twice", by=manager)


def test_thanks_for_a_call_that_it_is_off_open_nothing(manager: Any) -> None:
    ticket = plan()
    actions.withdraw(ticket.pk, because="the plan was paused", by=manager)
    assert actions.receive_message(ticket.pk, text="Thank you", channel="mail").ticket == ticket
    assert Ticket.objects.count() == 1


def test_planned_work_is_not_merged_away_and_what_is_split_off_was_asked_for(manager: Any) -> None:
    ticket = plan()
    other = actions.open_ticket(
        customer=ticket.customer, title="x", text="", channel="phone", by=manager, asset=ticket.asset
    )
    with pytest.raises(actions.MoveRefused, match="its plan waits for it"):
        actions.merge(ticket.pk, into=other, by=manager)
    assert actions.merge(other.pk, into=ticket, by=manager).pk == ticket.pk

    said = actions.receive_message(ticket.pk, text="And the printer smokes", channel="mail")
    fresh = actions.split(ticket.pk, title="Printer smokes", message_ids=[said.pk], by=manager)
    assert (fresh.kind, fresh.due_at) == (Kind.REQUEST, None)


@pytest.mark.req("S0.65")
def test_planned_work_is_no_repeat_and_has_none(manager: Any) -> None:
    ticket = plan()
    again = plan(ticket.customer, asset=ticket.asset)
    asked = actions.open_ticket(
        customer=ticket.customer, title="x", text="", channel="phone", by=manager, asset=ticket.asset,
        reason=ticket.reason,
    )  # fmt: skip
    assert asked.repeat_of is None
    assert earlier_ticket(again.asset, again.reason, again.customer, than=again) is None


def test_planned_work_is_no_trouble_in_the_trends(manager: Any) -> None:
    customer = make_customer()
    sign_contract(customer)
    ticket = plan(customer)
    assert ticket.contract is not None
    assert sum(one.opened for one in trends.months(manager)) == 0
