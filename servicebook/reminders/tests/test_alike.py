"""One answer for the visits of one plan, site and day: what is asked seven times is answered once (S0.27)."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.customers.models import Contact
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import windows
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.rules.windows import Span
from servicebook.messaging import sender
from servicebook.messaging.models import Delivery
from servicebook.reminders import links
from servicebook.reminders.models import Ask
from servicebook.reminders.tests.test_links import local
from servicebook.reminders.views.answers import requests_of_an_address
from servicebook.testing import (
    make_asset,
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_site,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(set_clock: Any) -> list[Ask]:
    """A customer is asked for the windows of three units of one plan, at one site on one day."""
    requests_of_an_address.forget()
    set_clock("2026-04-16 06:00")
    make_user(Role.MANAGER)
    customer = make_customer(name="School 12")
    contact = make_contact(customer, name="Aigul", is_main=True)
    site = make_site(customer, name="Main building")
    plan = make_plan(customer, followed=0, title="Quarterly check")
    for serial in ("A-1", "A-2", "A-3"):
        unit = make_asset(customer, site=site, serial=serial)
        agenda.refresh(make_planned(make_occurrence(plan, site=site, asset=unit)))
    far = make_asset(customer, site=make_site(customer, name="Annex"), serial="B-1")
    agenda.refresh(make_planned(make_occurrence(plan, site=far.site, asset=far)))
    set_clock("2026-04-16 09:00")
    run_due()
    assert Ask.objects.filter(contact=contact).count() == 4
    return list(Ask.objects.order_by("pk"))


def page(ask: Ask, contact: Contact | None = None) -> str:
    return reverse("reminders:answer", args=[links.token_of(ask.pk, (contact or ask.contact).pk)])


def agree(client: Client, ask: Ask, **more: str) -> Any:
    shown = client.get(page(ask)).content.decode()
    window = re.search(r'name="window" value="([^"]+)"', shown)[1]
    return client.post(page(ask), {"answer": "agreed", "window": window, "on_site": "Marat", **more})


def agreed() -> dict[str, Any]:
    rows = Occurrence.objects.values_list("asset__serial", "window_from")
    return dict(rows)


@pytest.mark.req("S0.27", "S0.38")
def test_the_message_names_the_unit_of_each_line(asked: list[Ask]) -> None:
    mail = Delivery.objects.get(channel="mail", contact__name="Aigul")
    assert sender.send_due() >= 0
    mail.refresh_from_db()
    for ask in asked:
        (line,) = [
            one
            for one in mail.body.split("\n")
            if one.startswith("* ") and str(ask.about.asset.serial) in one
        ]
        assert "Quarterly check" in line


@pytest.mark.req("S0.27", "S0.37")
def test_one_tick_agrees_the_window_of_every_unit_of_that_day(asked: list[Ask], client: Client) -> None:
    shown = client.get(page(asked[0])).content.decode()
    assert "Also for the other 2 visits that day" in shown
    assert re.search(r'<input[^>]*name="also"[^>]*checked', shown)
    assert "A-2" in shown
    assert "B-1" not in shown  # another site is another door

    assert agree(client, asked[0], also="on").status_code == 302

    window = local("2026-04-30 09:00")
    assert agreed() == {"A-1": window, "A-2": window, "A-3": window, "B-1": None}
    assert Ask.objects.open().get().about.asset.serial == "B-1"
    for one in Occurrence.objects.exclude(window_from=None).select_related("ticket"):
        assert (one.window_agreed_by, one.window_channel) == ("Aigul", "link")
        assert one.ticket.on_site_contact == "Marat"
    run_due()
    assert not Delivery.objects.filter(template="visit_confirmed").exists()  # they know what they said
    assert list(audit.everything()) == []


@pytest.mark.req("S0.27")
def test_without_the_tick_one_window_is_agreed_and_the_others_are_a_click_away(
    asked: list[Ask], client: Client
) -> None:
    agree(client, asked[0])
    assert [serial for serial, window in agreed().items() if window] == ["A-1"]

    over = client.get(page(asked[0])).content.decode()
    assert "Still to be agreed for that day" in over
    assert page(asked[1]) in over
    assert page(asked[3]) not in over


@pytest.mark.req("S0.27")
def test_a_visit_that_cannot_take_the_window_keeps_its_question_and_says_why(
    asked: list[Ask], client: Client, manager: Any
) -> None:
    other = Span(local("2026-05-06 14:00"), local("2026-05-06 16:00"))
    windows.offer_windows(asked[1].about_id, [other], by=manager)

    assert agree(client, asked[0], also="on").status_code == 302

    assert {serial for serial, window in agreed().items() if window} == {"A-1", "A-3"}
    asked[1].refresh_from_db()
    assert asked[1].ended_at is None
    told = Entry.objects.get(verb="ask.not_alike")
    assert told.subject_id == asked[1].about.ticket_id
    assert "not on offer" in told.facts["why"]
    over = client.get(page(asked[0])).content.decode()
    assert page(asked[1]) in over
    assert page(asked[2]) not in over


@pytest.mark.trust("B17")
def test_nobody_answers_what_somebody_else_was_asked(asked: list[Ask], client: Client) -> None:
    colleague = make_contact(asked[0].customer, name="Bolat", email="bolat@school.example")
    Ask.objects.filter(pk=asked[1].pk).update(contact=colleague)

    assert "A-2" not in client.get(page(asked[0])).content.decode()
    agree(client, asked[0], also="on")
    assert {serial for serial, window in agreed().items() if window} == {"A-1", "A-3"}


def test_other_windows_or_a_call_are_wished_for_one_visit_alone(asked: list[Ask], client: Client) -> None:
    client.post(page(asked[0]), {"answer": "call", "also": "on"})
    assert Ask.objects.open().count() == 3
