"""The link to Telegram, where people find it: on the own page, and behind a customer's link, at 390 px."""

import re

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from servicebook.accounts.models import Role
from servicebook.agenda.worker import run_due
from servicebook.messaging import chat_links, chats
from servicebook.messaging.tests.bot import NAME, TOKEN
from servicebook.reminders import links
from servicebook.reminders.models import Ask
from servicebook.reminders.views.answers import requests_of_an_address
from servicebook.testing import make_contact, make_customer, make_ticket, make_user
from servicebook.tickets import actions as tickets
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.looks import faults

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LINK = re.compile(rf"^https://t\.me/{NAME}\?start=([A-Za-z0-9_-]{{1,64}})$")


@pytest.fixture(autouse=True)
def _bot(monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "telegram_token", TOKEN)
    monkeypatch.setattr(settings.CONFIG, "telegram_bot", NAME)
    requests_of_an_address.forget()


@pytest.mark.req("S0.38")
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_person_of_the_house_links_and_ends_a_chat_on_the_own_page(open_browser, dispatcher, size, theme):
    page = open_browser(dispatcher, size=size, theme=theme)
    page.goto("/settings/me/")
    card = page.locator("#telegram")
    address = card.get_by_role("link", name="Link Telegram").get_attribute("href")
    match = LINK.match(address)
    assert match
    assert chat_links.find(match[1]) == dispatcher
    assert faults(page) == []

    chats.link("9001", dispatcher, label="Dana Omarova (@dana)")
    page.reload()
    expect(card).to_contain_text("Dana Omarova (@dana)")
    assert faults(page) == []
    card.get_by_role("button", name="End").click()
    expect(page.get_by_text("Nothing is sent to this chat any more.")).to_be_visible()
    assert chats.chats_of(dispatcher) == []


@pytest.mark.req("S0.38")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_customer_finds_the_link_at_the_end_of_the_page_to_answer(open_browser, theme):
    manager = make_user(Role.MANAGER)
    contact = make_contact(make_customer(name="School 12"), name="Aigul", is_main=True)
    ticket = make_ticket(customer=contact.customer, contact=contact, title="Which rack?")
    tickets.start(ticket.pk, by=manager)
    tickets.wait(ticket.pk, waiting_for="client", by=manager)
    run_due()
    ask = Ask.objects.get()
    page = open_browser(size=PHONE, theme=theme, script=False)
    page.goto(reverse("reminders:answer", args=[links.token_of(ask.pk, contact.pk)]))
    address = page.get_by_role("link", name="Get these messages in Telegram").get_attribute("href")
    match = LINK.match(address)
    assert match
    assert chat_links.find(match[1]) == contact
    expect(page.get_by_role("button", name="Send")).to_be_visible()

    chats.link("9001", contact, label="Aigul")
    page.reload()
    expect(page.get_by_role("link", name="Get these messages in Telegram")).to_have_count(0)
