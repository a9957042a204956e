"""Whose turn it is: what was left out comes back only where the schedule has a place for it (S0.24)."""

from datetime import date

import pytest

from servicebook.accounts.models import Role, User
from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.core.errors import Refused
from servicebook.maintenance.actions import enrolling, moving, storing
from servicebook.maintenance.invariants import moving_rules_have_one_turn
from servicebook.maintenance.models import Enrolment, Occurrence
from servicebook.testing import close_ticket, make_asset, make_occurrence, make_plan, make_planned, make_user
from servicebook.tickets import actions as tickets

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.24")]


@pytest.fixture(autouse=True)
def boss(db, set_clock) -> User:
    set_clock("2026-04-20 09:00")
    return make_user(Role.MANAGER)


@pytest.fixture
def task(boss) -> Occurrence:
    """Called, of a plan that goes by the calendar."""
    return make_planned(make_occurrence(make_plan(followed=0)))


@pytest.fixture
def moving_task(boss) -> Occurrence:
    """Called, of a rule that counts a month from the day of the work."""
    plan = make_plan(counts_from="done", every_unit="months", followed=0)
    asset = make_asset(plan.customer)
    enrolment = Enrolment.objects.create(
        plan=plan, asset=asset, site=asset.site, customer=plan.customer, since=date(2026, 4, 30), plan_seen=0
    )
    storing.store(plan, [enrolment])
    return make_planned(enrolment.occurrences.get())


def days(task) -> list[tuple[str, str]]:
    rows = Occurrence.objects.standing().filter(enrolment=task.enrolment_id).order_by("pk")
    return [(row.key, row.due_on.isoformat()) for row in rows]


def fresh(task) -> Occurrence:
    return Occurrence.objects.select_related("plan", "enrolment").get(pk=task.pk)


@pytest.fixture
def two_turns(moving_task, boss):
    """The first was left out, and the one after it was called."""
    moving.skip(moving_task.pk, because="closed", by=boss)
    second = Occurrence.objects.uncalled().get(enrolment=moving_task.enrolment_id)
    return fresh(moving_task), make_planned(second)


def one_turn() -> None:
    assert list(moving_rules_have_one_turn()) == []
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.req("S0.25")
def test_what_is_left_out_stays_so_beside_the_one_that_was_called_in_its_place(two_turns, boss):
    first, second = two_turns
    with pytest.raises(Refused, match=r"1 Jul 2026 stands in its place, and this plan has one at a time"):
        moving.bring_back(first.pk, by=boss)
    run_due()
    assert [key for key, _day in days(first)] == ["m2"]
    one_turn()

    before = (first.key, first.due_on.isoformat())
    moving.skip(second.pk, because="closed, too", by=boss)
    moving.bring_back(first.pk, by=boss)
    run_due()
    assert days(first) == [before]
    storing.store(first.plan, [Enrolment.objects.get(pk=first.enrolment_id)])
    assert days(first) == [before]
    one_turn()

    with pytest.raises(Refused, match="stands in its place"):
        moving.bring_back(second.pk, by=boss)
    one_turn()


def test_what_was_called_off_stays_so_beside_the_one_that_was_called_in_its_place(moving_task, boss):
    tickets.withdraw(moving_task.ticket_id, because="closed", by=boss)
    run_due()
    second = Occurrence.objects.uncalled().get(enrolment=moving_task.enrolment_id)
    make_planned(second)
    with pytest.raises(Refused, match="stands in its place"):
        moving.bring_back(moving_task.pk, by=boss)
    one_turn()


def test_what_is_left_out_stays_so_when_the_next_one_was_done(two_turns, boss):
    first, second = two_turns
    close_ticket(second.ticket, by=boss)
    run_due()
    with pytest.raises(Refused, match=r"was done in its place\. Open a ticket"):
        moving.bring_back(first.pk, by=boss)
    one_turn()


def test_days_of_a_calendar_come_back_beside_each_other(task, boss):
    later = make_planned(make_occurrence(task.plan, asset=task.asset, due_on=date(2026, 5, 30)))
    moving.skip(task.pk, because="closed", by=boss)
    moving.bring_back(task.pk, by=boss)
    run_due()
    assert {f"{task.due_on}", f"{later.due_on}"} <= {day for _key, day in days(task)}
    assert [str(one) for one in audit.everything()] == []


def test_what_left_its_plan_is_not_brought_back(task, boss):
    moving.skip(task.pk, because="closed", by=boss)
    enrolling.leave([Enrolment.objects.get(pk=task.enrolment_id)], because="sold")
    with pytest.raises(Refused, match=r"not under the plan any more: sold\. Open a ticket"):
        moving.bring_back(task.pk, by=boss)
