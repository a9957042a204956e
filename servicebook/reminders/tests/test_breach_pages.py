"""Nobody who waits is forgotten: what is wrong is listed in words, with the way to mend it (S0.40)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.customers.models import Promise
from servicebook.reminders import queries
from servicebook.reminders.models import Ask
from servicebook.testing import make_ticket, make_user
from servicebook.tickets import actions as tickets

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.40")]

BREACHES = "reminders:breaches"


@pytest.fixture
def manager(client: Client, set_clock: Any) -> Any:
    set_clock("2026-10-14 09:00")
    manager = make_user("manager", name="Aigul Kassenova")
    client.force_login(manager)
    return manager


def waiting(manager: Any) -> Ask:
    ticket = make_ticket()
    tickets.start(ticket.pk, by=manager)
    tickets.wait(ticket.pk, waiting_for="client", by=manager)
    run_due()
    return Ask.objects.open().get(about_id=ticket.pk)


def page_of(client: Client) -> str:
    return client.get(reverse(BREACHES)).content.decode()


def test_where_all_is_well_it_says_so(client: Client, manager: Any) -> None:
    waiting(manager)
    assert "Nobody is forgotten" in page_of(client)
    assert "may be forgotten" not in client.get(reverse("reminders:asks")).content.decode()


def test_a_question_of_somebody_who_left_is_handed_over(client: Client, manager: Any) -> None:
    ask = waiting(manager)
    Ask.objects.update(owner=make_user("engineer", name="Gone Person", is_active=False))

    listed = client.get(reverse("reminders:asks")).content.decode()
    assert "1 customer may be forgotten." in listed
    assert reverse(BREACHES) in listed
    page = page_of(client)
    assert "Its owner does not work here any more." in page
    assert "Gone Person" in page
    assert f"{ask.get_absolute_url()}#hand" in page

    assert 'id="hand"' in client.get(ask.get_absolute_url()).content.decode()
    answer = client.post(reverse("reminders:hand", args=[ask.pk]), {"to": manager.pk}, follow=True)
    assert "Aigul Kassenova looks after it now." in answer.content.decode()
    assert "Nobody is forgotten" in page_of(client)
    assert client.post(reverse("reminders:hand", args=[ask.pk]), {"to": ""}).status_code == 422


def test_a_question_at_which_nobody_looked_leads_to_the_decision(
    client: Client, manager: Any, set_clock: Any
) -> None:
    ask = waiting(manager)
    set_clock("2026-10-17 09:00")  # the worker sleeps

    page = page_of(client)

    assert "Somebody was to look at it on 16 Oct 2026, and nobody did." in page
    assert f"{ask.get_absolute_url()}#decide" in page


@pytest.mark.req("S0.40")
def test_a_silence_that_went_up_is_the_managers_on_every_page(
    client: Client, manager: Any, set_clock: Any
) -> None:
    ask = waiting(manager)
    owner = make_user("engineer", name="Timur Ospanov")
    Ask.objects.update(owner=owner)
    assert "Timur Ospanov" in client.get(reverse("reminders:asks")).content.decode()
    set_clock("2026-10-19 09:00")
    run_due()
    step = Promise.objects.open().get(source="reminders.silence")
    assert step.owner == manager

    clock.set_to(step.due_at + timedelta(hours=1))
    for url in (reverse("reminders:asks"), reverse("reminders:asks") + "?state=mine", reverse(BREACHES)):
        page = client.get(url).content.decode()
        assert ask.get_absolute_url() in page
        assert "Timur Ospanov" not in page
    assert f'value="{manager.pk}" selected' in client.get(ask.get_absolute_url()).content.decode()

    other = make_user("manager", name="Dana Omarova")
    client.post(reverse("reminders:hand", args=[ask.pk]), {"to": other.pk})
    step.refresh_from_db()
    assert step.owner == other
    assert "Dana Omarova" in page_of(client)


@pytest.mark.req("S0.40")
def test_nothing_is_decided_by_overlooking_a_field(client: Client, manager: Any) -> None:
    ask = waiting(manager)
    assert "Choose what was decided" in client.get(ask.get_absolute_url()).content.decode()
    page = client.post(reverse("reminders:decide", args=[ask.pk]), {"decision": "", "note": "As agreed"})
    assert page.status_code == 422
    assert "Choose what was decided." in page.content.decode()
    assert "As agreed" in page.content.decode()
    ask.refresh_from_db()
    assert ask.ended_at is None


def test_a_ticket_that_waits_unasked_is_mended_by_saying_it_again(client: Client, manager: Any) -> None:
    ask = waiting(manager)
    ticket = ask.about
    Ask.objects.update(ended_at=clock.now() - timedelta(days=10), ended_as="withdrawn", next_at=None)
    clock.set_to(clock.now() + timedelta(minutes=20))
    page = page_of(client)
    assert "no question to them is open" in page
    mend = reverse("tickets:act", args=[ticket.number, "wait"])
    assert mend in page

    assert client.post(mend, {"waiting_for": "client"}).status_code == 302
    run_due()

    assert list(queries.breaches()) == []


def test_it_costs_as_much_for_many_as_for_few(client: Client, manager: Any) -> None:
    gone = make_user("engineer", is_active=False)
    for _number in range(2):
        waiting(manager)
    Ask.objects.update(owner=gone)
    page_of(client)
    with CaptureQueriesContext(connection) as few:
        page_of(client)
    for _number in range(5):
        waiting(manager)
    Ask.objects.update(owner=gone)
    with CaptureQueriesContext(connection) as many:
        assert page_of(client).count("does not work here") == 7
    assert len(many) == len(few)


def test_only_leads_see_it(client: Client, manager: Any) -> None:
    ask = waiting(manager)
    client.force_login(make_user("dispatcher"))
    assert client.get(reverse(BREACHES)).status_code == 403
    page = client.get(ask.get_absolute_url())
    assert page.status_code == 200
    assert 'id="hand"' not in page.content.decode()
