"""The result of work says when it is next, and who at the customer confirmed that day (S0.30)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import calling, moving, windows
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.queries.following import next_of
from servicebook.maintenance.tests.conftest import started
from servicebook.testing import close_ticket, make_asset, make_customer, make_user
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.30")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WINDOW = {"starts_at": datetime(2026, 4, 30, 5, tzinfo=UTC), "ends_at": datetime(2026, 4, 30, 7, tzinfo=UTC)}
SAID = "Next on 30 Apr 2026, confirmed by B. Akhmetov (Phone)."


@pytest.fixture
def plan(manager, set_clock):
    """Quarterly from 31 January on, its first task called."""
    make_asset(customer := make_customer())
    found = started(manager, customer=customer)
    set_clock("2026-01-31 09:00")
    run_due()
    return found


@pytest.fixture
def row(plan):
    """The first task of the plan, and the one after it."""
    return list(Occurrence.objects.filter(plan=plan).order_by("nominal_on")[:2])


def close(task, by):
    close_ticket(Ticket.objects.get(pk=task.ticket_id), by=by)
    run_due()


def agree(task, by):
    windows.agree_window(task.pk, **WINDOW, by_name="B. Akhmetov", channel="phone", by=by)


def said(thing) -> list[str]:
    entries = Entry.objects.filter(verb="occurrence.next_confirmed", subject_id=thing.pk)
    model = thing._meta.model_name
    return [one.sentence for one in entries.filter(subject_type__model=model)]


@pytest.mark.parametrize("first", ["done", "agreed"])
def test_who_agrees_to_the_next_window_confirms_the_date_in_the_history_of_the_result(first, row, manager):
    task, following = row
    for step in (close, agree) if first == "done" else (agree, close):
        step(task if step is close else following, manager)

    task.refresh_from_db()
    assert said(task) == said(task.ticket) == [SAID]
    assert said(following) == []
    assert list(audit.everything()) == []


def test_work_that_is_not_done_has_no_result_to_tell(row, manager):
    agree(row[1], manager)

    assert not Entry.objects.filter(verb="occurrence.next_confirmed").exists()


@pytest.mark.parametrize("place", ["occurrence", "ticket", "worksheet"])
def test_the_pages_of_the_result_show_the_next_date_and_who_confirmed_it(place, row, manager, client):
    task, following = row
    client.force_login(manager, backend=BACKEND)
    close(task, manager)
    task.refresh_from_db()
    pages = {
        "occurrence": task.get_absolute_url(),
        "ticket": task.ticket.get_absolute_url(),
        "worksheet": reverse("maintenance:worksheet", args=[task.ticket.number]),
    }

    def shown():
        answer = client.get(pages[place])
        assert answer.status_code == 200
        return answer.content.decode()

    before = shown()
    assert "Thu 30 Apr 2026" in before
    assert "not confirmed" in before
    assert reverse("maintenance:act", args=[following.pk, "agree"]) in before
    agree(following, manager)
    after = shown()
    assert "B. Akhmetov" in after
    assert "not confirmed" not in after
    moving.move(following.pk, to=date(2026, 5, 8), because="Exams", by=manager)
    assert "not confirmed" in shown()  # the day that was confirmed is another one


def test_who_does_not_see_the_next_reads_its_date_without_a_link(row, manager, client):
    task, following = row
    engineer = make_user(Role.ENGINEER)
    Ticket.objects.filter(pk=task.ticket_id).update(owner=engineer)
    close(task, manager)
    client.force_login(engineer, backend=BACKEND)

    shown = client.get(Ticket.objects.get(pk=task.ticket_id).get_absolute_url()).content.decode()
    assert "Thu 30 Apr 2026" in shown
    assert following.get_absolute_url() not in shown


def test_what_is_skipped_or_called_off_is_not_the_next(row, manager, plan):
    task, following = row
    later = Occurrence.objects.filter(plan=plan).order_by("nominal_on")[2]
    assert next_of([task.pk]) == {task.pk: following}
    moving.skip(following.pk, because="Rebuilt", by=manager)
    assert next_of([task.pk, following.pk]) == {task.pk: later, following.pk: later}


def test_what_was_called_off_in_between_is_passed_over(row, manager, plan):
    task, following = row
    later = Occurrence.objects.filter(plan=plan).order_by("nominal_on")[2]
    close(task, manager)
    calling.call([following.pk], by=manager)
    following.refresh_from_db()
    tickets.withdraw(following.ticket_id, because="Rebuilt", by=manager)
    starts = WINDOW["starts_at"] + timedelta(days=92)
    windows.agree_window(
        later.pk,
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        by_name="B.",
        channel="phone",
        by=manager,
    )

    assert next_of([task.pk]) == {task.pk: later}
    assert said(task) == ["Next on 31 Jul 2026, confirmed by B. (Phone)."]
