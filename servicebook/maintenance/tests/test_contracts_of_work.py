"""Every service is reachable under the contract under which it was made, renewed since or not (S3.6)."""

from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.http import QueryDict

from servicebook.accounts.models import User
from servicebook.agenda.audit import everything
from servicebook.agenda.worker import run_due
from servicebook.contracts import actions as contracts
from servicebook.contracts.models import Contract
from servicebook.maintenance import schedules
from servicebook.maintenance.cards import of_contract
from servicebook.maintenance.lists import EveryFilter
from servicebook.maintenance.models import Occurrence, Plan
from servicebook.maintenance.tests.conftest import started
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_contract,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    sign_contract,
)
from servicebook.tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("S3.6")]


def play(set_clock: Any, *moments: str) -> None:
    for moment in moments:
        set_clock(moment)
        run_due()


def done(plan: Plan, by: User) -> Occurrence:
    """The next of a plan that has an open ticket, closed and settled."""
    one = Occurrence.objects.filter(plan=plan, ticket__isnull=False).exclude(ticket__status="closed").get()
    close_ticket(Ticket.objects.get(pk=one.ticket_id), by=by)
    run_due()
    return one


def made_under(contract: Contract, by: User) -> list[int]:
    """What its page shows, and the list that is filtered by it the same."""
    shown = of_contract(contract, by)["made"].rows
    form = EveryFilter(QueryDict(f"contract={contract.number}&came=done"), user=by)
    assert form.is_valid()
    listed = form.apply(Occurrence.objects.order_by("-ticket__closed_at"))
    assert [one.pk for one in shown] == [one.pk for one in listed]
    return [one.pk for one in shown]


def test_what_was_made_stays_with_its_contract_when_that_is_renewed(client, manager, set_clock):
    customer = make_asset(make_customer()).customer
    contract = sign_contract(customer, ends_on=date(2026, 6, 30))
    plan = started(manager, customer=customer, contract=contract, anchor_on=date(2026, 1, 15))
    set_clock("2026-01-14 09:00")
    first = done(plan, manager)
    play(set_clock, "2026-04-02 09:00", "2026-04-14 09:00")
    second = done(plan, manager)

    set_clock("2026-06-20 09:00")
    following = contracts.renew(contract.pk, by=manager, in_force=True)
    play(set_clock, "2026-07-02 09:00", "2026-07-14 09:00")
    third = done(plan, manager)

    plan.refresh_from_db()
    assert plan.contract == following
    assert made_under(contract, manager) == [second.pk, first.pk]
    assert made_under(following, manager) == [third.pk]
    client.force_login(manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = client.get(first.get_absolute_url()).content.decode()
    assert (contract.number in shown, following.number in shown) == (True, False)
    assert list(everything()) == []


def test_what_is_called_in_one_term_and_due_in_the_next_is_made_under_the_next(manager, set_clock):
    customer = make_asset(make_customer()).customer
    contract = sign_contract(customer, ends_on=date(2026, 7, 10))
    plan = started(manager, customer=customer, contract=contract, anchor_on=date(2026, 7, 15))
    set_clock("2026-07-01 05:00")
    following = contracts.renew(contract.pk, by=manager, in_force=True)
    play(set_clock, "2026-07-02 09:00")

    one = Occurrence.objects.get(plan=plan, ticket__isnull=False)
    assert one.contract == following
    assert Plan.objects.get(pk=plan.pk).contract == contract


def test_what_is_done_late_is_made_under_the_contract_of_that_day(manager, set_clock):
    customer = make_asset(make_customer()).customer
    contract = sign_contract(customer, ends_on=date(2026, 6, 30))
    plan = started(manager, customer=customer, contract=contract, anchor_on=date(2026, 6, 25))
    play(set_clock, "2026-06-12 09:00")
    following = contracts.renew(contract.pk, by=manager, in_force=True)
    assert Occurrence.objects.get(plan=plan, ticket__isnull=False).contract == contract

    play(set_clock, "2026-07-03 09:00")
    assert made_under(following, manager) == []
    one = done(plan, manager)
    assert made_under(following, manager) == [one.pk]
    assert made_under(contract, manager) == []


def test_what_lies_ahead_is_listed_under_the_contract_of_its_plan(manager):
    contract = make_contract()
    ahead = make_occurrence(make_plan(contract.customer, contract=contract))
    make_occurrence()

    form = EveryFilter(QueryDict(f"contract={contract.number}"), user=manager)
    assert form.is_valid()
    assert list(form.apply(Occurrence.objects.all())) == [ahead]


@pytest.mark.parametrize(
    ("day", "of"),
    [("2025-06-01", 0), ("2025-12-31", 0), ("2026-01-05", 0), ("2026-01-10", 1), ("2027-06-01", 1)],
)
def test_a_day_has_its_contract_among_those_that_follow_each_other(day, of, db):
    first = make_contract(state="renewed", starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    second = make_contract(first.customer, predecessor=first, starts_on=date(2026, 1, 10))
    make_contract(
        first.customer, predecessor=second, state="draft", starts_on=date(2027, 1, 1),
        ends_on=date(2027, 12, 31),
    )  # fmt: skip
    for one in (first, second):
        found = schedules.contract_on(Contract.objects.get(pk=one.pk), date.fromisoformat(day))
        assert found == (first, second)[of]


def test_an_upgrade_finds_the_contract_of_what_was_made_before(manager):
    first = make_contract(state="renewed", starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))
    second = make_contract(
        first.customer, predecessor=first, state="renewed", starts_on=date(2025, 1, 1),
        ends_on=date(2025, 12, 31),
    )  # fmt: skip
    third = make_contract(first.customer, predecessor=second)
    plan = make_plan(first.customer, contract=third)
    tasks = [
        make_planned(make_occurrence(plan, due_on=date(year, 5, 4))) for year in (2023, 2024, 2025, 2026)
    ]
    other, ahead = make_planned(), make_occurrence(plan, due_on=date(2026, 9, 1))
    Occurrence.objects.update(contract=None)

    import_module("servicebook.maintenance.migrations.0007_contract_of_what_was_called").name_their_contracts(
        apps, None
    )

    found = dict(Occurrence.objects.values_list("pk", "contract"))
    assert [found[one.pk] for one in tasks] == [first.pk, first.pk, second.pk, third.pk]
    assert (found[other.pk], found[ahead.pk]) == (None, None)
