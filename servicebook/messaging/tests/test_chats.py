"""Chats that people link: by a link of their own, one person each, ended when they wish."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from servicebook.core import clock
from servicebook.journal.models import Entry
from servicebook.messaging import bundling, chat_links, chats, sender
from servicebook.messaging.models import Delivery, Reach, Suppression, Wish
from servicebook.messaging.notices import Told, tell
from servicebook.messaging.tests.bot import NAME, Bot, refused, running
from servicebook.testing import make_contact, make_customer, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(monkeypatch):
    with running(settings.CONFIG, monkeypatch=monkeypatch) as (one, _service):
        yield one


def verbs(subject) -> list[str]:
    rows = Entry.objects.filter(subject_id=subject.pk, subject_type__model=subject._meta.model_name)
    return [verb for verb in rows.order_by("pk").values_list("verb", flat=True) if verb.startswith("chat.")]


@pytest.mark.req("S0.38")
def test_a_token_fits_what_telegram_passes_on_and_names_its_person():
    contact, user = make_contact(), make_user()
    far = type(contact)(pk=10**18 - 1)
    for person in (contact, user, far):
        token = chat_links.token_of(person)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", token)
    assert chat_links.find(chat_links.token_of(contact)) == contact
    assert chat_links.find(chat_links.token_of(user)) == user


@pytest.mark.trust("B5")
def test_a_token_that_was_not_made_here_opens_nothing(set_clock):
    set_clock("2026-10-14 09:00")
    contact, user = make_contact(), make_user()
    token = chat_links.token_of(contact)
    kind, until, signed = token[0], *token.split("-")[1:]
    assert (kind, chat_links.find(token)) == ("c", contact)
    wrong = [
        "", "c1", token[:-1], token + "a", token.upper(), f"u{user.pk}-{until}-{signed}",
        f"c{contact.pk + 1}-{until}-{signed}", f"c{contact.pk}-{int(until) + 1}-{signed}", "x" * 300,
    ]  # fmt: skip
    assert [chat_links.find(one) for one in wrong] == [None] * len(wrong)

    set_clock("2026-10-21 09:01")
    assert chat_links.find(token) is None  # seven days are over


def test_who_left_links_nothing():
    contact, user = make_contact(), make_user()
    tokens = [chat_links.token_of(contact), chat_links.token_of(user)]
    type(contact).objects.filter(pk=contact.pk).update(active=False)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert [chat_links.find(token) for token in tokens] == [None, None]


@pytest.mark.req("S0.38", "S0.43")
def test_a_chat_belongs_to_one_person_and_moves_with_history():
    first, second = make_contact(name="Aigul"), make_user(name="Dana")
    chats.link("9001", first, label="Aigul (@aigul_s)")
    chats.link("9002", first, label="Aigul’s tablet")
    chats.link("9001", first, label="Aigul (@aigul_s)")  # the same again changes nothing
    assert [one.address for one in chats.chats_of(first)] == ["9001", "9002"]

    chats.link("9001", second, label="Dana")
    assert chats.person_of("9001") == second
    assert [one.address for one in chats.chats_of(first)] == ["9002"]
    assert (verbs(first), verbs(second)) == (["chat.linked", "chat.linked", "chat.moved"], ["chat.linked"])

    assert chats.end("9001") == second
    assert chats.end("9001") is None
    assert chats.person_of("9001") is None
    assert verbs(second) == ["chat.linked", "chat.ended"]


def test_who_links_is_written_to_there_unless_they_said_otherwise():
    contact, other = make_contact(), make_contact()
    Wish.objects.create(contact=other, channels=["sms"])
    for number, person in enumerate((contact, other)):
        chats.link(str(number), person, label="x")
    assert Wish.objects.get(contact=contact).channels == ["telegram"]
    assert Wish.objects.get(contact=other).channels == ["sms"]


def told(contact, key: str = "access-1") -> Delivery:
    facts = {"site": "School 12", "window": "9:00–13:00"}
    tell([Told(contact, "access_tomorrow", contact, key, facts, "https://service.example/a/1/", urgent=True)])
    return Delivery.objects.latest("pk")


@pytest.mark.req("S0.38")
def test_what_goes_to_a_chat_keeps_the_number_it_has_there(bot: Bot):
    contact = make_contact(make_customer(), name="Aigul")
    chats.link("9001", contact, label="Aigul")
    row = told(contact)
    sender.send_due()
    row.refresh_from_db()
    assert (row.state, row.to_address) == ("sent", "9001")
    assert row.provider_id == str(bot.said[0]["message_id"])


@pytest.mark.req("S0.38", "S0.43")
@pytest.mark.parametrize(("count", "parts"), [(5, [5]), (7, [5, 2]), (12, [5, 5, 2])])
def test_every_question_reaches_a_chat_however_many_are_asked_in_one_day(bot: Bot, set_clock, count, parts):
    set_clock("2026-03-05 08:00")
    contact = make_contact(make_customer(), name="Aigul")
    chats.link("9001", contact, label="Aigul")
    links = [f"https://service.example/a/{number}/" for number in range(count)]
    facts = {"work": "Service", "site": "School 12"}
    tell([Told(contact, "maintenance_invite", contact, f"s-{n}", facts, url) for n, url in enumerate(links)])
    set_clock("2026-03-05 08:02")
    while sender.send_due():
        pass

    said = bot.texts("9001")
    assert [sum(link in text for link in links) for text in said] == parts
    assert all(any(link in text for text in said) for link in links)
    assert not any("+" in text for text in said)
    rows = Delivery.objects.order_by("pk")
    assert [(row.state, row.notices.count()) for row in rows] == [("sent", number) for number in parts]
    assert Entry.objects.filter(verb="delivery.sent_by_telegram", subject_id=contact.pk).count() == count


@pytest.mark.trust("B23")
def test_who_lost_the_message_meanwhile_puts_nothing_of_it_into_another(bot: Bot):
    contact = make_contact(make_customer(), name="Aigul")
    chats.link("9001", contact, label="Aigul")
    tell([Told(contact, "maintenance_invite", contact, f"s-{number}") for number in range(7)])
    Delivery.objects.update(token="another sender's")
    row = Delivery.objects.get()
    row.token = "an old one"

    assert bundling.compose_anew(row)

    assert Delivery.objects.get().notices.count() == 7


def test_linking_again_lifts_what_stood_in_the_way(bot: Bot):
    contact = make_contact(make_customer(), name="Aigul")
    chats.link("9001", contact, label="Aigul")
    bot.fails = lambda method: refused(403, "Forbidden: bot was blocked by the user")
    row = told(contact)
    sender.send_due()
    row.refresh_from_db()
    assert row.state == "dead"
    assert Suppression.objects.filter(lifted_at=None).count() == 1
    assert chats.person_of("9001") is None

    bot.fails = lambda method: None
    chats.link("9001", contact, label="Aigul")
    assert not Suppression.objects.filter(lifted_at=None).exists()
    again = told(contact, "access-2")
    sender.send_due()
    again.refresh_from_db()
    assert again.state == "sent"


@pytest.mark.req("S0.38")
def test_the_own_page_has_the_link_and_ends_a_chat(bot: Bot, dispatcher, client: Client):
    client.force_login(dispatcher)
    page = client.get(reverse("accounts:me")).content.decode()
    link = re.search(rf'href="https://t\.me/{NAME}\?start=([^"]+)"', page)
    assert link
    assert chat_links.find(link[1]) == dispatcher

    row = chats.link("9001", dispatcher, label="Dana (@dana)")
    assert "Dana (@dana)" in client.get(reverse("accounts:me")).content.decode()
    foreign = chats.link("9002", make_user(), label="Other")
    for pk in (row.pk, foreign.pk, "x", ""):
        assert client.post(reverse("messaging:end_own_chat"), {"chat": pk}).status_code == 302
    assert list(Reach.objects.filter(ended_at=None)) == [foreign]


def test_without_a_bot_nobody_is_offered_a_link(dispatcher, client: Client):
    client.force_login(dispatcher)
    assert "t.me" not in client.get(reverse("accounts:me")).content.decode()
    assert chat_links.url_of(make_contact()) == ""


@pytest.mark.trust("B17")
def test_the_house_sees_and_ends_the_chats_of_a_contact_but_gets_no_link(
    bot: Bot, dispatcher, client: Client
):
    contact = make_contact(make_customer(), name="Aigul")
    row = chats.link("9001", contact, label="Aigul (@aigul_s)")
    client.force_login(dispatcher)
    page = client.get(contact.get_absolute_url()).content.decode()
    assert "Aigul (@aigul_s)" in page
    assert "start=" not in page

    other = make_contact(make_customer())
    client.post(reverse("messaging:end_chat", args=[other.pk]), {"chat": row.pk})
    assert chats.person_of("9001") == contact
    client.post(reverse("messaging:end_chat", args=[contact.pk]), {"chat": row.pk})
    assert chats.person_of("9001") is None
    entry = Entry.objects.filter(verb="chat.ended").get()
    assert (entry.subject_id, entry.actor_id) == (contact.pk, dispatcher.pk)


def test_the_same_kind_answer_goes_out_once_an_hour(set_clock):
    set_clock("2026-10-14 09:00")
    contact = make_contact()

    def say(key: str) -> bool:
        row = chats.say(
            "chat_stale", channel="telegram", address="9001", about=contact, key=key, language="ru",
            once_in=timedelta(hours=1),
        )  # fmt: skip
        return row is not None

    assert [say("text-1"), say("text-2")] == [True, False]
    set_clock("2026-10-14 10:01")
    assert [say("text-1"), say("text-3")] == [False, True]  # the same cause never again
    assert clock.now() >= Delivery.objects.latest("pk").queued_at
