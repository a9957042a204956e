"""Planned tickets: made many at once, without clocks that nobody waits for."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from servicebook.agenda.models import Obligation
from servicebook.core import clock
from servicebook.messaging.models import Delivery
from servicebook.testing import make_asset, make_customer, make_reason, make_user, sign_contract
from servicebook.tickets import actions
from servicebook.tickets.actions import Planned
from servicebook.tickets.models import Kind, SlaClock, Ticket, WorkType

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Any:
    make_reason("maintenance", downtime_risk=1)
    return make_user("manager")


def planned(count: int, **how: Any) -> list[Planned]:
    customer = make_customer()
    kind, _made = WorkType.objects.get_or_create(code="service", defaults={"name": "Service"})
    due = clock.now() + timedelta(days=14)
    return [
        Planned(
            customer=customer, title=f"Quarterly {at}", text="Look at it", due_at=due, work_type=kind,
            asset=make_asset(customer), **how,
        )
        for at in range(count)
    ]  # fmt: skip


@pytest.mark.req("S0.25", "S0.26")
def test_many_are_opened_in_order_with_all_that_a_ticket_has(house: Any) -> None:
    wanted = planned(3)

    opened = actions.open_many(wanted)

    assert [one.title for one in opened] == [one.title for one in wanted]
    assert [one.number for one in opened] == sorted(one.number for one in opened)
    for one in Ticket.objects.all():
        assert one.kind == Kind.PLANNED
        assert one.owner == house
        assert one.next_deadline_at == one.due_at
        assert one.messages.count() == one.spells.count() == one.decisions.count() == 1
    assert not Delivery.objects.exists()


@pytest.mark.req("S0.25")
def test_nobody_is_promised_an_answer_to_planned_work(house: Any) -> None:
    wanted = planned(1)
    sign_contract(wanted[0].customer)

    (ticket,) = actions.open_many(wanted)

    assert not SlaClock.objects.filter(ticket=ticket).exists()
    assert not Obligation.objects.filter(kind="tickets.unstarted").exists()


def test_many_cost_a_fixed_number_of_statements(house: Any) -> None:
    actions.open_many(planned(1))  # what is read once per process
    counted = []
    for count in (2, 6):
        wanted = planned(count)
        with CaptureQueriesContext(connection) as seen:
            actions.open_many(wanted)
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 18


def test_planned_work_is_not_asked_for_by_hand(house: Any) -> None:
    with pytest.raises(actions.NotValid) as refused:
        actions.open_ticket(
            customer=make_customer(), title="x", text="", channel="phone", by=house, kind=Kind.PLANNED
        )
    assert "kind" in refused.value.fields


def test_no_other_ticket_becomes_planned_work(house: Any) -> None:
    ticket = actions.open_ticket(customer=make_customer(), title="x", text="", channel="phone", by=house)
    with pytest.raises(actions.NotValid):
        actions.change(ticket.pk, by=house, kind=Kind.PLANNED)
