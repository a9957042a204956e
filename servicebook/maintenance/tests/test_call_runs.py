"""Many tickets by one press: made by the worker, in parts, once, for who pressed; and how far it is."""

from datetime import date

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from servicebook.accounts.models import Role, User
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import call_runs, calling, moving
from servicebook.maintenance.actions import plans as plan_actions
from servicebook.maintenance.models import CallRun, Occurrence, Plan
from servicebook.testing import make_customer, make_occurrence, make_plan, make_user
from servicebook.tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("S3.5")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def desk(client, set_clock, manager, monkeypatch):
    """A dispatcher, long before tickets are made by themselves; more than two are made in parts of two."""
    set_clock("2026-04-01 09:00")
    monkeypatch.setattr(call_runs, "MADE_AT_ONCE", 2)
    monkeypatch.setattr(call_runs, "A_PART", 2)
    user = make_user(Role.DISPATCHER)
    client.force_login(user, backend=BACKEND)
    return user


def owed(count: int = 5, **fields) -> list[Occurrence]:
    return [make_occurrence(due_on=date(2026, 4, 20 + number), **fields) for number in range(count)]


def press(client, *, query="horizon=30", **values):
    answer = client.post(reverse("maintenance:make"), {"do": "all", "query": query, **values}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def progress(client):
    return client.get(reverse("maintenance:making"), headers={"HX-Request": "true"}).content.decode()


def visible() -> object:
    return Occurrence.objects.all()


def test_a_long_list_is_made_by_the_worker_and_the_page_says_how_far_it_is(client, desk):
    tasks = owed()

    shown = press(client)

    assert "Making tickets" in shown
    assert "0 of 5" in shown
    assert 'hx-trigger="every 2s"' in shown
    assert not Ticket.objects.exists()
    run_due()
    assert Ticket.objects.count() == 5
    assert set(Ticket.objects.values_list("occurrence", flat=True)) == {one.pk for one in tasks}
    ended = progress(client)
    assert "5 tickets are made." in ended
    assert "hx-trigger" not in ended


def test_how_far_it_is_is_told_between_the_parts(client, desk):
    owed()
    press(client)

    assert not call_runs.step(CallRun.objects.get().pk)

    shown = progress(client)
    assert "2 of 5" in shown
    assert "hx-trigger" in shown
    assert Ticket.objects.count() == 2


def test_each_part_is_a_transaction_of_its_own_and_a_step_too_many_does_nothing(desk):
    owed()
    run = call_runs.ask(visible(), by=desk).run

    assert [call_runs.step(run.pk) for _n in range(4)] == [False, False, True, True]

    run.refresh_from_db()
    assert (run.made, run.left, run.failed, run.ids) == (5, 0, 0, [])
    assert Ticket.objects.count() == 5


def test_up_to_the_limit_the_person_waits_for_it(client, desk):
    owed(2)

    assert "2 tickets are made." in press(client)

    assert Ticket.objects.count() == 2
    assert not CallRun.objects.exists()


def test_a_second_press_makes_nothing_and_starts_nothing(client, desk):
    owed()
    press(client)

    assert "5 tickets were being made already." in press(client)
    call_runs.step(CallRun.objects.get().pk)
    assert "3 tickets were being made already." in press(client)
    run_due()
    assert "No ticket was made" in press(client)

    assert CallRun.objects.count() == 1
    assert Ticket.objects.count() == 5


def test_what_another_has_in_hand_is_left_to_them_and_only_the_rest_is_made(client, desk):
    owed(3)
    call_runs.ask(visible(), by=make_user(Role.DISPATCHER))
    owed(1, plan=make_plan(title="Another"))

    shown = press(client)

    assert "1 ticket is made. 3 tickets were being made already." in shown
    assert CallRun.objects.count() == 1


def test_ticked_lines_that_are_many_are_made_in_parts_too(client, desk):
    tasks = owed(3)
    calling.call([tasks[0].pk], by=desk)

    assert "0 of 3" in press(client, do="picked", pick=[one.pk for one in tasks])
    run_due()

    assert "2 tickets are made. 1 had one already, or rests." in progress(client)


def test_the_set_is_that_of_the_press_and_of_the_filter(client, desk):
    plan = make_plan(title="Chosen")
    chosen = owed(3, plan=plan)
    owed(3)
    press(client, query=f"horizon=30&plan={plan.number}")
    later = make_occurrence(plan, due_on=date(2026, 4, 25))

    run_due()

    assert set(Ticket.objects.values_list("occurrence", flat=True)) == {one.pk for one in chosen}
    later.refresh_from_db()
    assert later.ticket_id is None


def test_what_is_paused_or_left_out_meanwhile_gets_no_ticket(client, desk, manager):
    paused = make_plan(title="Paused")
    owed(2, plan=paused)
    tasks = owed(3)
    press(client)
    plan_actions.pause(paused.pk, because="rebuilt", by=manager)
    moving.skip(tasks[0].pk, because="rebuilt", by=manager)

    run_due()

    assert Ticket.objects.count() == 2
    assert "2 tickets are made. 3 had one already, or rest." in progress(client)


def test_the_tickets_are_those_of_who_pressed_with_the_rights_of_that_moment(client, desk):
    owed(3)
    press(client)
    User.objects.filter(pk=desk.pk).update(is_active=False)

    run_due()

    said = Entry.objects.filter(verb="occurrence.called")
    assert said.count() == 3
    assert {one.actor_id for one in said} == {desk.pk}
    opened = Entry.objects.filter(verb="ticket.opened")
    assert {one.actor_id for one in opened} == {desk.pk}


def test_nobody_has_made_what_they_do_not_see(client, desk):
    owed(3)
    manages = make_user(Role.ACCOUNT_MANAGER)
    owed(3, plan=make_plan(make_customer(owner=manages)))
    client.force_login(manages, backend=BACKEND)

    press(client)
    run_due()

    assert {one.customer.owner_id for one in Ticket.objects.select_related("customer")} == {manages.pk}


def test_others_see_nothing_of_it(client, desk):
    owed()
    press(client)
    client.force_login(make_user(Role.DISPATCHER), backend=BACKEND)

    assert "of 5" not in progress(client)
    assert "call-runs" not in client.get(reverse("maintenance:due")).content.decode()


def test_its_end_is_told_for_an_hour(client, desk, set_clock):
    owed()
    press(client)
    run_due()
    set_clock("2026-04-01 09:59")
    assert "5 tickets are made." in client.get(reverse("maintenance:due")).content.decode()

    set_clock("2026-04-01 10:01")

    assert "5 tickets are made." not in client.get(reverse("maintenance:due")).content.decode()


def test_of_ended_runs_only_the_last_is_told(client, desk, set_clock):
    for count, moment in ((3, "2026-04-01 09:10"), (4, "2026-04-01 09:20")):
        set_clock(moment)
        owed(count)
        press(client)
        run_due()

    shown = progress(client)

    assert "4 tickets are made." in shown
    assert "3 tickets are made." not in shown


def test_one_that_fails_holds_up_no_other_and_is_counted(client, desk):
    tasks = owed()
    Plan.objects.filter(pk=tasks[1].plan_id).update(parts=[{"quantity": 2}])  # of what nobody knows
    press(client)

    run_due()

    assert Ticket.objects.count() == 4
    assert "4 tickets are made. 1 could not be made because of an error" in progress(client)
    tasks[1].refresh_from_db()
    assert tasks[1].ticket_id is None


def locked(execute, sql, params, many, context):
    if "maintenance_occurrence" in sql and sql.startswith("UPDATE"):
        raise OperationalError("database is locked")
    return execute(sql, params, many, context)


def test_a_part_that_the_database_refuses_is_done_again_later(client, desk, set_clock):
    owed()
    press(client)
    with connection.execute_wrapper(locked):
        run_due()
    assert not Ticket.objects.exists()
    assert Obligation.objects.get(kind="maintenance.call_run").state == "armed"

    set_clock("2026-04-01 09:05")
    run_due()

    assert Ticket.objects.count() == 5
    assert CallRun.objects.get().failed == 0
