"""What customers have not answered: the list, an answer by phone, and the decision."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from servicebook.agenda.worker import run_due
from servicebook.customers.models import Contact, Promise
from servicebook.maintenance.actions import windows
from servicebook.maintenance.rules.windows import Span
from servicebook.reminders import links
from servicebook.reminders.actions.asking import NewAsk, ask
from servicebook.reminders.models import Ask, Asks
from servicebook.testing import make_contact, make_planned, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client, set_clock: Any) -> Any:
    set_clock("2026-04-16 09:00")
    manager = make_user("manager")
    client.force_login(manager)
    return manager


@pytest.fixture
def asked(manager: Any) -> Ask:
    task = make_planned()
    contact = make_contact(task.customer, name="Aigul Serikova")
    new = NewAsk(
        what=Asks.WINDOW,
        about=task,
        occurrence="2026-04-30",
        customer=task.customer,
        owner=manager,
        contact=contact,
    )
    return ask(new)


@pytest.mark.req("S0.40")
def test_a_question_says_whom_to_call_and_about_what_and_that_it_is_late(
    client: Client, asked: Ask, set_clock: Any
) -> None:
    Contact.objects.filter(pk=asked.contact_id).update(phone="+77016789700")
    page = client.get(asked.get_absolute_url()).content.decode()
    head = page[: page.index("Facts")]
    assert 'href="tel:+77016789700"' in head
    assert asked.about.at_site in head
    assert '<option value="" selected>Choose what was answered</option>' in page
    nothing = client.post(reverse("reminders:heard", args=[asked.pk]), {"by_name": "A", "channel": "phone"})
    assert nothing.status_code == 422

    set_clock("2026-05-16 09:00")
    late = client.get(asked.get_absolute_url()).content.decode()
    assert re.search(r'class="st[^"]*late[^"]*"[^>]*>(<i></i>)?\s*No answer yet', late)


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_takes_the_same_statements_whatever_its_length(
    client: Client, manager: Any, count: int, django_assert_num_queries: Any
) -> None:
    for _one in range(count):
        task = make_planned()
        ask(NewAsk(what="window", about=task, occurrence="1", customer=task.customer, owner=manager))
    client.get(reverse("reminders:asks"))
    with django_assert_num_queries(11):
        assert client.get(reverse("reminders:asks")).status_code == 200


@pytest.mark.req("S0.40")
def test_the_list_names_who_owes_an_answer_and_who_looks_next(client: Client, asked: Ask) -> None:
    page = client.get(reverse("reminders:asks")).content.decode()
    assert "Aigul Serikova" in page
    assert asked.owner.name in page
    assert "Aigul" not in client.get(reverse("reminders:asks"), {"state": "over"}).content.decode()


@pytest.mark.req("S0.40")
def test_the_list_is_filtered_sorted_and_exported(client: Client, asked: Ask, set_clock: Any) -> None:
    address = reverse("reminders:asks")
    assert "Nothing fits this filter" in client.get(address, {"what": "payment"}).content.decode()
    assert "Aigul Serikova" in client.get(address, {"state": "mine", "what": "window"}).content.decode()
    part = client.get(address, {"sort": "-asked"}, headers={"HX-Request": "1", "HX-Target": "listing"})
    assert "Aigul Serikova" in part.content.decode()
    assert "<html" not in part.content.decode()
    lines = b"".join(client.get(address, {"export": "csv"})).decode()  # type: ignore[call-overload]
    assert "Confirm the date" in lines
    assert "Aigul Serikova" in lines
    assert "Aigul" not in client.get(address, {"state": "late"}).content.decode()
    set_clock("2026-05-16 09:00")
    assert "Overdue" in client.get(address, {"state": "late"}).content.decode()


def test_answers_and_decisions_are_offered_in_the_readers_language(client: Client, asked: Ask) -> None:
    asked.owner.language = "ru"
    asked.owner.save(update_fields=["language"])
    page = client.get(asked.get_absolute_url()).content.decode()
    assert ">Позвоните мне, пожалуйста</option>" in page
    assert ">Отменить</option>" in page
    assert "Please call me" not in page


@pytest.mark.req("S0.40")
def test_a_silence_of_five_days_is_decided_before_anything_else(
    client: Client, asked: Ask, set_clock: Any
) -> None:
    early = client.get(asked.get_absolute_url()).content.decode()
    assert early.index("The customer answered") < early.index("Record the decision")

    set_clock("2026-04-21 09:30")
    run_due()

    late = client.get(asked.get_absolute_url()).content.decode()
    assert late.index("This step is finished with a decision") < late.index("Record the decision")
    assert late.index("Record the decision") < late.index("The customer answered")
    step = Promise.objects.get(needs_decision=True)
    row = client.get(reverse("customers:promises")).content.decode()
    assert reverse("customers:keep_promise", args=[step.pk]) not in row
    assert f'href="{step.get_absolute_url()}">Decide</a>' in row


@pytest.mark.req("S0.27", "S0.37")
def test_whoever_asked_for_other_windows_sees_them_behind_the_link(asked: Ask, client: Client) -> None:
    begin = datetime(2026, 5, 4, 10, tzinfo=ZoneInfo("Asia/Almaty"))
    wishes = [Span(begin + timedelta(days=more), begin + timedelta(days=more, hours=2)) for more in (0, 1)]
    windows.wish_windows(asked.about_id, wishes, by_name="Aigul Serikova", channel="link")
    run_due()

    address = reverse("reminders:answer", args=[links.token_of(asked.pk, asked.contact_id or 0)])
    page = Client().get(address).content.decode()
    assert "4 May 2026 10:00 – 12:00" in page
    assert "5 May 2026 10:00 – 12:00" in page
