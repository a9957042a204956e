"""Skipped, moved, brought back: each for a reason, and never so that it looks done (S0.24)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from servicebook.accounts.models import Role
from servicebook.core import clock
from servicebook.core.errors import Changed, Refused
from servicebook.customers.queries import regions
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import access, moving, parts, windows
from servicebook.maintenance.models import Kit, Occurrence
from servicebook.maintenance.queries.conditions import is_overdue
from servicebook.maintenance.rules.risk import Code
from servicebook.maintenance.rules.standing import Standing
from servicebook.maintenance.rules.windows import Span
from servicebook.maintenance.states import RELATED, state_of, states_of
from servicebook.testing import (
    close_ticket,
    make_contract,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_user,
)
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Status

DAY = date(2026, 4, 30)
WINDOW = {
    "starts_at": datetime(2026, 4, 30, 5, tzinfo=UTC),  # 10:00 in Almaty
    "ends_at": datetime(2026, 4, 30, 7, tzinfo=UTC),
}


@pytest.fixture
def task(db, set_clock):
    """Due on 30 April, without a ticket."""
    make_user(Role.MANAGER)
    set_clock("2026-04-10 09:00")
    return make_occurrence(due_on=DAY)


@pytest.fixture
def called(task):
    """The same with its ticket."""
    return make_planned(task)


def fresh(task):
    task.refresh_from_db()
    return task


def stands(task) -> Standing:
    return state_of(fresh(task)).standing


def told(task) -> list[str]:
    """What the history of the occurrence says, and that of its ticket the same."""
    called = "occurrence.called"  # what it is told when the ticket is made stands there only
    entries = Entry.objects.filter(verb__startswith="occurrence.").exclude(verb=called).order_by("pk")
    mine = [
        one.verb for one in entries if (one.subject_type.model, one.subject_id) == ("occurrence", task.pk)
    ]
    if task.ticket_id:
        tickets = [one.verb for one in entries if one.subject_type.model == "ticket"]
        assert tickets == mine
    return [verb.removeprefix("occurrence.") for verb in mine]


# Skipping.


@pytest.mark.req("S0.24")
def test_what_is_skipped_says_why_and_is_not_done(task, dispatcher):
    with pytest.raises(Refused, match="Say why"):
        moving.skip(task.pk, because="", by=dispatcher)
    moving.skip(task.pk, because="the school is closed", by=dispatcher)

    assert stands(task) is Standing.SKIPPED
    assert task.because == "the school is closed"
    with pytest.raises(Refused, match="Bring it back first"):
        moving.skip(task.pk, because="again", by=dispatcher)
    assert told(task) == ["skipped"]


@pytest.mark.req("S0.27", "S0.31")
def test_it_is_not_overdue_before_its_night_is_over(called, dispatcher, set_clock):
    night = {
        "starts_at": datetime(2026, 4, 30, 17, tzinfo=UTC),
        "ends_at": datetime(2026, 5, 1, 1, tzinfo=UTC),
    }
    windows.agree_window(called.pk, **night, by_name="B.", channel="phone", by=dispatcher)
    late = Occurrence.objects.filter(pk=called.pk)
    for hour, expected in ((5, Standing.AGREED), (6, Standing.OVERDUE)):  # it ends at six in Almaty
        set_clock(f"2026-05-01 0{hour}:00")
        assert stands(called) is expected
        assert late.filter(is_overdue(clock.now())).exists() == (expected is Standing.OVERDUE)


def test_nothing_is_moved_to_the_end_of_time(task, dispatcher):
    with pytest.raises(Refused, match="more than a year away") as refused:
        moving.move(task.pk, to=date.max, because="some day", by=dispatcher)
    assert "to" in refused.value.fields


@pytest.mark.req("S0.24")
def test_skipping_withdraws_the_ticket_and_frees_what_was_kept_for_it(called, dispatcher):
    kit = Kit.objects.create(name="UPS kit")
    need = parts.add_part(called.pk, name="UPS kit", by=dispatcher)
    parts.reserve(need.pk, kit_id=kit.pk, by=dispatcher)
    windows.agree_window(called.pk, **WINDOW, by_name="B.", channel="phone", by=dispatcher)
    moving.skip(called.pk, because="the school is closed", by=dispatcher)

    ticket = fresh(called).ticket
    assert (ticket.status, ticket.withdrawn_because) == (Status.CLOSED, "the school is closed")
    assert (ticket.was_done, ticket.next_deadline_at) == (False, None)
    assert stands(called) is Standing.SKIPPED
    assert called.window_agreed_at is None
    need.refresh_from_db()
    assert (need.state, need.kit) == ("needed", None)
    assert told(called) == ["part_added", "part_reserved", "window_agreed", "part_given_back", "skipped"]


@pytest.mark.req("S0.24")
def test_what_was_skipped_comes_back_with_its_ticket_while_its_day_is_ahead(called, dispatcher, set_clock):
    moving.skip(called.pk, because="the school is closed", by=dispatcher)
    moving.bring_back(called.pk, by=dispatcher)

    ticket = fresh(called).ticket
    assert (called.skipped_at, called.because) == (None, "")
    assert (ticket.status, ticket.withdrawn_because) == (Status.QUEUED, "")
    assert ticket.next_deadline_at == ticket.due_at
    assert stands(called) is Standing.CALLED
    moving.bring_back(called.pk, by=dispatcher)  # changes nothing

    moving.skip(called.pk, because="the school is closed", by=dispatcher)
    set_clock("2026-05-01 00:00")
    with pytest.raises(Refused, match="30 Apr 2026, has passed"):
        moving.bring_back(called.pk, by=dispatcher)


def test_what_is_cancelled_does_not_come_back(task, dispatcher):
    type(task).objects.update(cancelled_at=datetime(2026, 4, 1, tzinfo=UTC), because="the plan has ended")
    for action in (
        lambda: moving.bring_back(task.pk, by=dispatcher),
        lambda: moving.skip(task.pk, because="x", by=dispatcher),
        lambda: moving.move(task.pk, to=DAY, because="x", by=dispatcher),
    ):
        with pytest.raises(Refused, match=r"is cancelled: the plan has ended\."):
            action()


def test_nothing_moves_what_is_done(called, manager):
    close_ticket(called.ticket, by=manager)
    assert stands(called) is Standing.DONE
    for action in (
        lambda: moving.skip(called.pk, because="x", by=manager),
        lambda: moving.move(called.pk, to=date(2026, 5, 4), because="x", by=manager),
        lambda: moving.bring_back(called.pk, by=manager),
        lambda: access.agree_access(called.pk, by_name="B.", channel="phone", by=manager),
    ):
        with pytest.raises(Refused, match="is closed"):
            action()

    tickets.reopen(called.ticket_id, by=manager, because="it was another unit")
    assert stands(called) is Standing.CALLED  # goes back by itself


# Moving.


@pytest.mark.req("S0.24")
def test_a_move_takes_the_deadline_of_the_ticket_along(called, dispatcher):
    before = called.ticket.due_at
    moving.move(called.pk, to=date(2026, 5, 4), because="a holiday", by=dispatcher)

    ticket = fresh(called).ticket
    assert (called.due_on, called.nominal_on, called.moved_because) == (date(2026, 5, 4), DAY, "a holiday")
    assert (ticket.due_at - before).days == 4
    assert ticket.next_deadline_at == ticket.due_at
    assert Entry.objects.get(verb="ticket.due_moved").facts["because"] == "a holiday"
    assert told(called) == ["moved"]
    moving.move(called.pk, to=date(2026, 5, 4), because="again", by=dispatcher)
    assert told(called) == ["moved"]


@pytest.mark.req("S0.27", "S0.28")
def test_what_was_agreed_for_a_day_falls_with_it(called, dispatcher):
    windows.agree_window(called.pk, **WINDOW, by_name="B.", channel="phone", by=dispatcher)
    access.agree_access(called.pk, by_name="B.", channel="phone", by=dispatcher)
    moving.move(called.pk, to=date(2026, 5, 4), because="a holiday", by=dispatcher)

    fresh(called)
    assert (called.window_agreed_at, called.access_agreed_at) == (None, None)
    assert called.windows.get().state == "declined"
    assert told(called)[-1] == "moved_and_reopened"


@pytest.mark.req("S0.28")
def test_access_is_agreed_for_a_day_and_falls_with_a_window_on_another(set_clock, dispatcher):
    set_clock("2026-04-24 09:00")
    make_user(Role.MANAGER)
    task = make_planned(make_occurrence(make_plan(access="Ask the guard"), due_on=DAY))
    access.agree_access(task.pk, by_name="B.", channel="phone", by=dispatcher)

    windows.agree_window(task.pk, **WINDOW, by_name="B.", channel="phone", by=dispatcher)
    assert fresh(task).access_agreed_by == "B."  # the day is the same

    windows.reopen_window(task.pk, because="rebuilding", by=dispatcher)
    assert [risk.code for risk in state_of(fresh(task)).risks] == [Code.WINDOW, Code.ACCESS]
    access.agree_access(task.pk, by_name="B.", channel="phone", by=dispatcher)
    later = {name: moment + timedelta(days=1) for name, moment in WINDOW.items()}
    windows.agree_window(task.pk, **later, by_name="B.", channel="phone", by=dispatcher)
    assert fresh(task).due_on == date(2026, 5, 1)
    assert [risk.code for risk in state_of(task).risks] == [Code.ACCESS]


@pytest.mark.req("S0.28")
def test_who_wishes_for_another_window_does_not_expect_us_at_the_old_one(called, dispatcher):
    windows.agree_window(called.pk, **WINDOW, by_name="B.", channel="phone", by=dispatcher)
    access.agree_access(called.pk, by_name="B.", channel="phone", by=dispatcher)
    wishes = [Span(*(moment + timedelta(days=days) for moment in WINDOW.values())) for days in (4, 5)]
    windows.wish_windows(called.pk, wishes, by_name="B.", channel="link")

    assert (fresh(called).access_agreed_at, called.access_agreed_by) == (None, "")


def test_a_night_window_keeps_its_task_alive_until_it_ends(called, dispatcher):
    night = {
        "starts_at": datetime(2026, 4, 30, 17, tzinfo=UTC),
        "ends_at": datetime(2026, 5, 1, 1, tzinfo=UTC),
    }
    windows.agree_window(called.pk, **night, by_name="B.", channel="phone", by=dispatcher)

    assert fresh(called).due_on == DAY
    assert called.ticket.due_at == night["ends_at"]
    windows.reopen_window(called.pk, because="rebuilding", by=dispatcher)
    assert fresh(called).ticket.due_at == datetime(2026, 4, 30, 18, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("to", "says"),
    [
        (date(2026, 4, 9), "has passed"),
        (date(2026, 7, 1), "go until 20 May 2026"),
        (date(2026, 5, 21), "go until 20 May 2026"),
    ],
)
def test_work_is_not_moved_to_where_it_cannot_be(to, says, db, set_clock, dispatcher):
    set_clock("2026-04-10 09:00")
    customer = make_customer()
    contract = make_contract(customer, ends_on=date(2026, 6, 30))
    task = make_occurrence(make_plan(customer, contract=contract, ends_on=date(2026, 5, 20)), due_on=DAY)
    with pytest.raises(Refused, match=says) as refused:
        moving.move(task.pk, to=to, because="x", by=dispatcher)

    assert "to" in refused.value.fields
    assert fresh(task).due_on == DAY


def test_who_saw_an_older_state_is_told(task, dispatcher):
    moving.move(task.pk, to=date(2026, 5, 4), because="a holiday", by=dispatcher, seen=0)
    for action in (
        lambda: moving.move(task.pk, to=date(2026, 5, 5), because="x", by=dispatcher, seen=0),
        lambda: moving.skip(task.pk, because="x", by=dispatcher, seen=0),
    ):
        with pytest.raises(Changed):
            action()


# Access.


@pytest.mark.req("S0.28")
def test_access_is_agreed_once_and_taken_back_for_a_reason(called, dispatcher):
    for name in ("B. Akhmetov", "Somebody else"):
        access.agree_access(called.pk, by_name=name, channel="link")
    assert fresh(called).access_agreed_by == "B. Akhmetov"

    with pytest.raises(Refused, match="Say why"):
        access.withdraw_access(called.pk, because="", by=dispatcher)
    for _time in range(2):
        access.withdraw_access(called.pk, because="no pass", by=dispatcher)
    assert fresh(called).access_agreed_at is None
    assert told(called) == ["access_agreed", "access_withdrawn"]


# The risks (S0.28).


@pytest.mark.req("S0.28")
def test_risks_are_there_seven_days_ahead_with_their_reasons_and_gone_when_solved(db, set_clock, dispatcher):
    set_clock("2026-04-10 09:00")
    make_user(Role.MANAGER)
    task = make_planned(
        make_occurrence(
            make_plan(access="Ask the guard", window_from=time(9), window_until=time(12)), due_on=DAY
        )
    )
    need = parts.add_part(task.pk, name="Filter", by=dispatcher)

    def codes() -> list[str]:
        return [one.code for one in state_of(fresh(task)).risks]

    set_clock("2026-04-22 23:59")
    assert codes() == []
    set_clock("2026-04-23 00:00")
    assert codes() == ["window", "access", "parts"]
    windows.agree_window(task.pk, **windows.usual_window(task)._asdict(), by_name="B.", channel="link")
    assert codes() == ["access", "parts"]
    access.agree_access(task.pk, by_name="B.", channel="link")
    assert codes() == ["parts"]
    parts.reserve(need.pk, by=dispatcher)
    assert codes() == []
    access.withdraw_access(task.pk, because="no pass", by=dispatcher)
    assert codes() == ["access"]
    moving.skip(task.pk, because="x", by=dispatcher)
    assert codes() == []


@pytest.mark.parametrize("count", [1, 5])
def test_how_many_stand_costs_three_statements(count, task, manager, django_assert_num_queries):
    made = [make_planned(make_occurrence(task.plan)) for _n in range(count)]
    close_ticket(made[0].ticket, by=manager)
    rows = list(type(task).objects.select_related(*RELATED).filter(pk__in=[one.pk for one in made]))
    regions()
    with django_assert_num_queries(3):
        assert len(states_of(rows)) == count
