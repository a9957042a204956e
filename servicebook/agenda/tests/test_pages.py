"""The agenda's pages: tabs, search, run again, balance, audit, and the alarm when nobody works."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from servicebook import agenda, search
from servicebook.agenda import Due, actions, audit, queries
from servicebook.agenda.models import Lane, Obligation, Pulse
from servicebook.agenda.registry import DUTIES, Registered
from servicebook.agenda.worker import run_due
from servicebook.agenda.worker.keeper import show
from servicebook.agenda.worker.loops import LOOPS, Running
from servicebook.core import clock, invariants
from servicebook.core.errors import Refused
from servicebook.customers.models import Customer
from servicebook.journal.models import Entry
from servicebook.testing import make_customer

NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


class Visit:
    """Owes one visit per customer; fails for those whose name says so."""

    at = NOW

    def owed(self, customer: Customer) -> Iterator[Due]:
        if "nothing" not in customer.name:
            yield Due(self.at, "visit", "-7d")

    def fire(self, customer: Customer, due: Due, *, at: datetime) -> None:
        if "broken" in customer.name:
            raise RuntimeError("the calendar is full")


@pytest.fixture(autouse=True)
def visit() -> Iterator[Visit]:
    duty = Visit()
    DUTIES["test.visit"] = Registered("test.visit", Customer, Lane.PROMISES, duty, title="Visit is near")
    clock.set_to(NOW)
    yield duty
    del DUTIES["test.visit"]


def customer(name: str) -> Customer:
    made = make_customer(name=name)
    agenda.refresh(made, new=True)
    search.index(made, new=True)
    return made


def page(client: Any, **query: str) -> str:
    answer = client.get("/agenda/", query)
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def test_the_page_shows_what_comes_and_what_came(client, manager):
    client.force_login(manager)
    clock.set_to(NOW - timedelta(days=1))
    customer("School 12")
    assert "School 12" in page(client)
    assert "Visit is near" in page(client)
    assert "School 12" not in page(client, state="due")
    clock.set_to(NOW)
    assert "School 12" in page(client, state="due")
    run_due()
    assert "School 12" in page(client, state="fired")
    assert "School 12" not in page(client)


@pytest.mark.parametrize("count", [2, 12])
def test_the_page_takes_as_many_statements_for_two_rows_as_for_twelve(
    client, manager, count, django_assert_max_num_queries
):
    client.force_login(manager)
    for number in range(count):
        customer(f"School {number}")
    page(client)
    with django_assert_max_num_queries(46):
        page(client)


def test_the_search_finds_by_what_it_is_about(client, manager):
    client.force_login(manager)
    customer("School 12")
    customer("Clinic")
    found = page(client, q="school")
    assert "School 12" in found
    assert "Clinic" not in found
    assert "Clinic" in page(client, kind="test.visit")


def test_what_failed_is_shown_with_its_reason_and_run_again_by_a_person(client, manager):
    client.force_login(manager)
    broken = customer("broken")
    run_due(until=NOW + timedelta(days=1))
    found = page(client, state="failed")
    assert "the calendar is full" in found

    row = Obligation.objects.get()
    answer = client.post("/agenda/run-again/", {"pick": row.pk, "because": "freed the calendar"}, follow=True)
    assert "1 is done again now" in answer.content.decode()
    Customer.objects.filter(pk=broken.pk).update(name="mended")
    assert run_due() == 1
    entry = Entry.objects.get(verb="obligation.run_again")
    assert entry.subject == broken
    assert entry.actor == manager
    assert entry.facts["because"] == "freed the calendar"


def test_running_again_needs_a_reason_and_something_that_failed(manager):
    customer("broken")
    run_due(until=NOW + timedelta(days=1))
    ids = list(Obligation.objects.values_list("pk", flat=True))
    with pytest.raises(Refused) as refused:
        actions.run_again(ids, because="  ", by=manager)
    assert refused.value.fields
    actions.run_again(ids, because="mended", by=manager)
    with pytest.raises(actions.NothingToRun):
        actions.run_again(ids, because="mended", by=manager)


def test_a_dispatcher_does_not_run_the_agenda(client, dispatcher):
    client.force_login(dispatcher)
    assert client.get("/agenda/").status_code == 403
    assert client.post("/agenda/run-again/", {"pick": 1, "because": "x"}).status_code == 403


def test_owed_equals_fired_cancelled_to_come_and_failed(client, manager):
    client.force_login(manager)
    a, _b, _c = customer("a"), customer("broken"), customer("c")
    a.name = "nothing"
    a.save()
    agenda.refresh(a)
    run_due(until=NOW + timedelta(days=1))
    one = next(one for one in queries.balances() if one.kind == "test.visit")
    assert (one.owed, one.fired, one.cancelled, one.armed, one.failed) == (3, 1, 1, 0, 1)
    answer = client.get("/agenda/balance/")
    assert "Visit is near" in answer.content.decode()


def test_the_audit_finds_what_a_refresh_forgot(client, manager, visit):
    client.force_login(manager)
    visit.at = NOW + timedelta(hours=1)
    kept = customer("kept")
    forgotten = make_customer(name="forgotten")
    surplus = customer("surplus")
    Customer.objects.filter(pk=surplus.pk).update(name="nothing")
    assert {(found.what, found.subject.pk) for found in audit.everything()} == {
        ("missing", forgotten.pk),
        ("surplus", surplus.pk),
    }
    visit.at = NOW + timedelta(days=1)
    assert ("moved", kept.pk) in {(found.what, found.subject.pk) for found in audit.everything()}
    answer = client.get("/agenda/balance/", {"audit": ""}).content.decode()
    assert "Owed, but not on the agenda" in answer
    assert "owed no longer" in answer
    broken = [line for one, line in invariants.violations() if one.id == "I5"]
    assert any(str(forgotten.pk) in line and "missing" in line for line in broken)


def test_the_audit_leaves_to_the_worker_what_is_due(visit):
    late = customer("late")
    Customer.objects.filter(pk=late.pk).update(name="nothing")  # as time alone can take a reason away
    assert list(audit.everything()) == []

    clock.set_to(NOW - timedelta(seconds=1))
    assert [found.what for found in audit.everything()] == ["surplus"]


def test_the_audit_goes_on_where_it_stopped():
    for number in range(7):
        make_customer(name=f"forgotten {number}")
    first = audit.look(most=3)
    assert (first.looked_at, len(first.findings)) == (3, 3)
    rest = audit.look(first.next, most=100)
    assert len(rest.findings) == 4
    assert rest.next == ""


@pytest.mark.trust("B23")
def test_silence_rings_when_work_is_due_and_nobody_was_seen(client, manager):
    client.force_login(manager)
    assert queries.silence() is None
    customer("School 12")
    clock.set_to(NOW + timedelta(minutes=3))
    silence = queries.silence()
    assert silence is not None
    assert silence.loops == ["agenda"]
    assert "Nothing happens by itself" in page(client)
    assert 'hx-get="/agenda/silence/"' in client.get("/").content.decode()  # so that every page rings
    assert "Nothing happens by itself" in client.get("/agenda/silence/").content.decode()

    show("host:1", clock.now(), [Running(loop) for loop in LOOPS.values()])
    assert queries.silence() is None
    pulse = Pulse.objects.get(loop="agenda")
    assert (pulse.backlog, pulse.waiting_since) == (1, NOW)
    found = page(client)
    assert "host:1" in found
    assert "Nothing happens by itself" not in found
    assert client.get("/agenda/silence/").content.decode().strip() == ""
    clock.set_to(clock.now() + timedelta(minutes=3))
    assert queries.silence() is not None
