"""Asking Telegram for messages: nothing is lost, nothing comes twice, and no trouble becomes a loop."""

import pytest
from django.conf import settings
from django.urls import reverse

from servicebook.agenda.worker import loops
from servicebook.core import leases
from servicebook.core.tests.servers import Reply
from servicebook.intake.messenger import keeping
from servicebook.intake.messenger.polling import Poller, waiting
from servicebook.intake.models import ReceivedText, TelegramInbox
from servicebook.messaging.tests.bot import TOKEN, Bot, refused

pytestmark = pytest.mark.django_db


def kept() -> list[int | None]:
    return list(ReceivedText.objects.order_by("pk").values_list("update_id", flat=True))


def test_what_to_ask_for_follows_from_what_is_kept(bot: Bot, set_clock):
    set_clock("2026-10-14 09:00")
    poller = Poller(hold=0)
    bot.write("one", update=7)
    bot.write("two", update=8)
    assert poller.step() == 2
    assert poller.step() == 0
    assert bot.offsets == [None, 9]
    assert bot.updates == []  # confirmed, for they are kept

    # After a week of silence Telegram may count anew, from below: nothing may be confirmed unseen.
    set_clock("2026-10-22 09:00")
    bot.write("three", update=3)
    assert poller.step() == 1
    assert poller.step() == 0
    assert bot.offsets[2:] == [None, 4]
    assert kept() == [7, 8, 3]


@pytest.mark.trust("B6")
def test_what_comes_again_is_kept_once(bot: Bot, set_clock, monkeypatch):
    bot.write("one", update=7)
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "next_offset", lambda bot: None)
        assert [Poller(hold=0).step() for _again in range(3)] == [1, 0, 0]
    assert kept() == [7]


def test_a_twin_without_the_key_sees_it_twice(bot: Bot, monkeypatch):
    """So that the test before this one can fail."""
    import secrets

    bot.write("one", update=7)
    whole = keeping._of_update

    def without_key(update, name):
        row = whole(update, name)
        row.key = secrets.token_hex(8)
        return row

    monkeypatch.setattr(keeping, "_of_update", without_key)
    monkeypatch.setattr(keeping, "next_offset", lambda bot: None)
    assert [Poller(hold=0).step() for _again in range(2)] == [1, 1]


def test_another_bot_is_asked_from_its_own_beginning(bot: Bot, monkeypatch):
    bot.write("one", update=900)
    Poller(hold=0).step()
    monkeypatch.setattr(settings.CONFIG, "telegram_token", "815:other")
    assert keeping.next_offset("815") is None
    assert keeping.next_offset(TOKEN.partition(":")[0]) == 901


def test_one_worker_asks_at_a_time_and_one_that_died_is_not_missed_for_long(bot: Bot, set_clock):
    set_clock("2026-10-14 09:00")
    first, second = Poller(hold=0), Poller(hold=0)
    bot.write("one", update=7)
    assert first.step() == 1
    held = leases.claim(waiting(), limit=1)  # as while it waits for the answer
    assert len(held.rows) == 1
    bot.write("two", update=8)
    assert second.step() == 0
    assert len(bot.offsets) == 1

    set_clock("2026-10-14 09:02")  # it never came back
    assert second.step() == 1
    assert kept() == [7, 8]


@pytest.mark.parametrize(
    ("reply", "seconds", "said"),
    [
        (refused(401, "Unauthorized"), 60, "401"),
        (refused(404, "Not Found"), 60, "404"),
        (refused(409, "Conflict: terminated by other getUpdates request"), 60, "other getUpdates"),
        (refused(409, "Conflict: can't use getUpdates method while webhook is active"), 60, "webhook"),
        (refused(429, "Too Many Requests", retry_after=17), 17, "429"),
        (refused(502, "Bad Gateway"), 2, "502"),
        (Reply(cut=True), 2, "no answer"),
        (Reply(body=b"<html>"), 2, "html"),
        (Reply(body=b'{"ok": true, "result": 5}'), 2, "result"),
    ],
)
def test_trouble_is_paced_shown_and_passes(bot: Bot, set_clock, manager, client, reply, seconds, said):
    set_clock("2026-10-14 09:00")
    poller, asked = Poller(hold=0), []

    def fails(method: str) -> Reply:
        asked.append(method)
        return reply

    bot.fails = fails
    bot.write("one", update=7)
    assert [poller.step() for _again in range(5)] == [0] * 5
    assert len(asked) == 1
    inbox = TelegramInbox.objects.get()
    assert (inbox.ready_at - inbox.failing_since).total_seconds() == seconds
    assert said in inbox.last_error
    assert TOKEN not in inbox.last_error
    client.force_login(manager)
    page = client.get(reverse("intake:texts")).content.decode()
    assert "Nothing can be read from Telegram" in page

    bot.fails = lambda method: None
    set_clock("2026-10-14 09:01")
    assert poller.step() == 1
    inbox.refresh_from_db()
    assert (inbox.failing_since, inbox.last_error, inbox.attempts) == (None, "", 0)
    assert "Nothing can be read" not in client.get(reverse("intake:texts")).content.decode()


def test_the_token_is_not_in_what_is_said_of_an_unreachable_host(bot: Bot, monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "telegram_url", "http://127.0.0.1:9")
    assert Poller(hold=0).step() == 0
    said = TelegramInbox.objects.get().last_error
    assert "127.0.0.1 cannot be reached" in said
    assert TOKEN not in said


def test_a_hundred_long_messages_fit_into_an_answer(bot: Bot):
    for number in range(60):
        bot.write("ж" * 4096, update=number + 1)
    poller = Poller(hold=0)
    assert [poller.step() for _again in range(3)] == [50, 10, 0]


def test_what_has_no_number_is_kept_and_stops_nobody(bot: Bot):
    bot.updates.append({"update_id": -1, "message": "x"})
    bot.write("two", update=8)
    assert Poller(hold=0).step() == 2
    assert kept() == [None, 8]


def test_without_a_bot_nothing_is_asked(db):
    assert Poller(hold=0).step() == 0
    assert not TelegramInbox.objects.exists()
    assert not waiting().exists()
    assert loops.backlog(loops.LOOPS["telegram_in"]).due == 0


def test_the_queue_of_the_loop_is_our_own_bot(bot: Bot, set_clock):
    set_clock("2026-10-14 09:00")
    TelegramInbox.objects.create(bot="1", ready_at="2020-01-01T00:00:00Z")
    Poller(hold=0).step()
    assert [one.bot for one in waiting()] == [TOKEN.partition(":")[0]]
