"""What we answer goes back by the way that the customer wrote by (S0.38, S0.44)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.customers.actions import replace_contact
from servicebook.customers.models import Contact
from servicebook.files.store import storage
from servicebook.messaging import chats, sender, wishes
from servicebook.messaging.models import Delivery
from servicebook.messaging.rules.ways import answered_by
from servicebook.messaging.tests.bot import CHAT, Bot, refused
from servicebook.testing import make_contact, make_customer, make_reason, make_user
from servicebook.tickets import actions as tickets
from servicebook.tickets import answering
from servicebook.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, dispatcher: Any) -> Client:
    client.force_login(dispatcher)
    return client


@pytest.fixture
def ticket(bot: Bot, work: Callable[[], int], set_clock: Any, tmp_path: Any, monkeypatch: Any) -> Ticket:
    """What Aigul wrote into her linked chat. She has an address, too."""
    monkeypatch.setattr(settings.CONFIG, "files_url", f"file://{tmp_path}/files")
    storage.cache_clear()
    set_clock("2026-10-14 09:00")
    make_reason("failure")
    make_user(Role.MANAGER, name="Dana")
    contact = make_contact(make_customer(name="School 12"), name="Aigul", email="aigul@school.example")
    chats.link(str(CHAT), contact, label="Aigul")
    bot.write("The server does not start")
    work()
    return Ticket.objects.get()


def say(desk: Client, ticket: Ticket, text: str = "We come at ten.", **more: str) -> Any:
    return desk.post(reverse("tickets:say", args=[ticket.number]), {"text": text, "do": "reply", **more})


@pytest.mark.parametrize(
    ("wrote_by", "wish", "there", "channel"),
    [
        ("telegram", [], ["mail", "telegram"], "telegram"),
        ("telegram", ["telegram"], ["mail", "telegram"], "telegram"),
        ("telegram", ["mail"], ["mail", "telegram"], "mail"),
        ("telegram", ["sms"], ["mail", "telegram"], "mail"),
        ("telegram", [], ["mail"], "mail"),
        ("mail", ["telegram"], ["mail", "telegram"], "mail"),
        ("mail", [], ["telegram"], "telegram"),
        ("", ["telegram"], ["mail", "telegram"], "telegram"),
        ("", [], ["mail", "telegram"], "mail"),
    ],
)
def test_the_way_of_an_answer(wrote_by: str, wish: list[str], there: list[str], channel: str) -> None:
    assert answered_by(wrote_by, wish, there) == channel


@pytest.mark.req("S0.38", "S0.44")
def test_who_wrote_in_a_chat_is_answered_there_and_writes_on(
    ticket: Ticket, desk: Client, bot: Bot, work: Callable[[], int], set_clock: Any
) -> None:
    page = desk.get(ticket.get_absolute_url())
    assert "Aigul · Telegram</option>" in page.content.decode()
    assert "Aigul · aigul@school.example</option>" in page.content.decode()  # the other way
    contact = Contact.objects.get()

    assert say(desk, ticket, to=f"{contact.pk}:telegram").status_code == 302
    sender.send_due()

    assert "We come at ten." in bot.texts()[-1]
    assert bot.texts()[-1].startswith(ticket.number)
    said = Message.objects.get(direction="out")
    assert (said.channel, said.contact, said.delivery and said.delivery.channel) == (
        "messenger", contact, "telegram",
    )  # fmt: skip
    assert not Delivery.objects.filter(channel="mail", contact=contact).exists()
    page = desk.get(ticket.get_absolute_url()).content.decode()
    assert "Sent to Aigul (Telegram)" in page
    assert page.count("We come at ten.") == 1

    set_clock("2026-10-15 09:00")
    answer = Delivery.objects.get(pk=said.delivery_id)
    bot.write("Thank you, and the printer?", reply_to_message={"message_id": int(answer.provider_id)})
    work()
    assert ticket.messages.filter(direction="in").count() == 2


@pytest.mark.req("S0.38")
def test_nobody_says_by_which_way_and_it_is_the_one_that_they_wrote_by(ticket: Ticket, manager: Any) -> None:
    assert tickets.reply(ticket.pk, text="We come", by=manager).delivery.channel == "telegram"
    tickets.receive_message(ticket.pk, text="By mail now", channel="mail", contact=ticket.contact)
    assert tickets.reply(ticket.pk, text="We come", by=manager).delivery.channel == "mail"


@pytest.mark.req("S0.38")
def test_another_way_may_be_chosen_and_the_wish_on_the_card_counts(
    ticket: Ticket, desk: Client, manager: Any
) -> None:
    contact = Contact.objects.get()
    say(desk, ticket, to=f"{contact.pk}:mail")
    assert Message.objects.get(direction="out").delivery.to_address == "aigul@school.example"

    wishes.wish(contact.pk, first="mail", unsubscribed=False, by=manager)
    usual, others = answering.ways_of(Ticket.objects.get())
    assert (usual and usual.channel, [one.channel for one in others]) == ("mail", ["telegram"])


@pytest.mark.req("S0.38")
def test_a_chat_that_was_ended_is_no_way_any_more_and_no_word_is_lost(ticket: Ticket, desk: Client) -> None:
    contact = Contact.objects.get()
    chats.end(str(CHAT))

    refused = say(desk, ticket, "A long answer", to=f"{contact.pk}:telegram")
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "This way is not there any more" in page
    assert "A long answer</textarea>" in page
    assert say(desk, ticket).status_code == 302
    assert Message.objects.get(direction="out").channel == "mail"


@pytest.mark.req("S0.38")
def test_an_answer_that_its_chat_did_not_take_is_said_on_the_ticket(
    ticket: Ticket, desk: Client, bot: Bot
) -> None:
    say(desk, ticket)
    bot.fails = lambda method: refused(403, "Forbidden: bot was blocked") if method == "sendMessage" else None
    sender.send_due()

    page = desk.get(ticket.get_absolute_url()).content.decode()
    assert "did not reach Aigul (Telegram)." in page
    assert "Aigul · Telegram</option>" not in page  # it is no way any more


@pytest.mark.req("S0.3", "S0.38")
def test_the_successor_gets_the_answer_by_their_own_way(ticket: Ticket, manager: Any) -> None:
    new = make_contact(ticket.customer, name="Bolat", email="bolat@school.example")
    old = Contact.objects.get(name="Aigul")
    replace_contact(old.pk, by_contact=new, by=manager)
    Ticket.objects.filter(pk=ticket.pk).update(contact=old)  # as an old page has it

    mail = tickets.reply(ticket.pk, text="We come", by=manager).delivery
    assert (mail.channel, mail.to_address) == ("mail", "bolat@school.example")


@pytest.mark.req("S0.44")
def test_what_a_chat_does_not_take_is_refused_whole(ticket: Ticket, desk: Client) -> None:
    contact = Contact.objects.get()
    refused = say(desk, ticket, "x" * 4000, to=f"{contact.pk}:telegram")
    assert refused.status_code == 422
    assert "Send it by e-mail, or in two parts." in refused.content.decode()
    assert not Message.objects.filter(direction="out").exists()
    assert say(desk, ticket, "x" * 4000, to=f"{contact.pk}:mail").status_code == 302
