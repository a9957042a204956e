"""A contract is put on hold, or ends, while planned work of it has its ticket (S0.33)."""

from datetime import date
from typing import Any

import pytest
from django.db.models import Q

from servicebook.accounts.models import User
from servicebook.agenda.audit import everything
from servicebook.agenda.worker import run_due
from servicebook.contracts import actions as contracts
from servicebook.contracts.models import Contract
from servicebook.customers.models import Promise
from servicebook.maintenance import schedules
from servicebook.maintenance.actions import moving, uncovered
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.tests.conftest import manager, started
from servicebook.messaging.models import Notice
from servicebook.reminders.models import Ask
from servicebook.testing import make_asset, make_contact, make_customer, make_why, sign_contract

__all__ = ["manager"]  # the fixture
pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.33")]


@pytest.fixture
def contract(manager: User, set_clock: Any) -> Contract:
    """Work of 31 January has its ticket, and the customer was asked for a window."""
    customer = make_customer(name="School 12")
    make_contact(customer, name="Aigul", is_main=True, email="aigul@school.example")
    make_asset(customer)
    contract = sign_contract(customer)
    started(manager, customer=customer, contract=contract, anchor_on=date(2026, 1, 31))
    at(set_clock, "2026-01-17 06:01", "2026-01-17 09:01")
    assert told() == ["maintenance_invite"]
    return contract


def at(set_clock: Any, *moments: str) -> None:
    for moment in moments:
        set_clock(moment)
        run_due()


def told() -> list[str]:
    """What the customer was written, in order."""
    rows = Notice.objects.filter(delivery__to_address="aigul@school.example")
    return list(rows.order_by("pk").values_list("text", flat=True))


def steps() -> list[Promise]:
    return list(Promise.objects.open().filter(source=uncovered.SOURCE))


def cancel(contract: Contract, manager: User, **when: Any) -> None:
    contracts.cancel(contract.pk, because="Sold", why=make_why(), by=manager, **when)
    run_due()


@pytest.mark.parametrize("on", [None, date(2026, 1, 25)])
def test_who_cancelled_the_contract_is_asked_no_more_and_the_owner_decides(manager, contract, set_clock, on):
    cancel(contract, manager, on=on)
    at(set_clock, "2026-01-19 09:01", "2026-01-24 09:01", "2026-01-26 09:01", "2026-01-30 09:01")
    assert told() == ["maintenance_invite"]
    assert not Ask.objects.open().exists()
    task = Occurrence.objects.get(ticket__isnull=False)
    assert task.ticket.is_open
    first = Promise.objects.get(source=uncovered.SOURCE)  # though the contract came to its end since
    assert (first.owner, first.about, first.customer) == (task.ticket.owner, task, task.customer)
    assert first.text.startswith(f"Decide on {task.ticket.number}")
    assert first.why == f"its contract {'ends on 25' if on else 'was cancelled on 17'} Jan 2026"
    assert list(everything()) == []

    moving.skip(task.pk, because="The contract ended", by=manager)
    run_due()
    assert steps() == []
    assert list(everything()) == []


def test_on_hold_nobody_is_asked_and_after_it_the_ladder_goes_on(manager, contract, set_clock):
    contracts.hold(contract.pk, because="Unpaid", by=manager)
    run_due()
    at(set_clock, "2026-01-19 09:01", "2026-01-24 09:01")
    assert told() == ["maintenance_invite"]
    assert [one.why for one in steps()] == ["its contract is on hold since 17 Jan 2026"]
    assert list(everything()) == []

    set_clock("2026-01-29 09:01")
    contracts.resume(contract.pk, by=manager)
    run_due()
    assert steps() == []
    at(set_clock, "2026-01-30 09:01")
    assert told() == [
        "maintenance_invite",
        "maintenance_again",
        "maintenance_again",
    ]  # what was missed, at once
    assert list(everything()) == []


def test_what_was_decided_is_not_asked_again_when_the_plan_changes(manager, contract):
    cancel(contract, manager)
    (step,) = steps()
    Promise.objects.filter(pk=step.pk).update(kept_at=step.made_at)
    uncovered.follow_those(Q())
    assert steps() == []


def test_without_a_look_at_its_contract_the_customer_is_asked_on(manager, contract, set_clock, monkeypatch):
    monkeypatch.setattr(schedules, "covers", lambda _plan, _day: True)
    cancel(contract, manager)
    at(set_clock, "2026-01-19 09:01")
    assert told() == ["maintenance_invite", "reply_wanted"]
