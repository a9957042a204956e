"""What people write to our bot: linking, answers that stop a ladder, tickets, and what is for nobody."""

import pytest
from django.conf import settings

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.customers.models import Contact
from servicebook.files.models import Document
from servicebook.files.store import storage
from servicebook.intake.messenger import fetching
from servicebook.intake.models import IncomingFile, ReceivedText
from servicebook.journal.models import Entry
from servicebook.messaging import chat_links, chats, sender
from servicebook.messaging.models import Delivery, Reach
from servicebook.messaging.tests.bot import CHAT, Bot, refused
from servicebook.reminders.models import Ask
from servicebook.testing import (
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_reason,
    make_ticket,
    make_user,
)
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db, tmp_path, monkeypatch):
    """A manager who owns what nobody else owns."""
    from servicebook.core import preferences

    monkeypatch.setattr(settings.CONFIG, "files_url", f"file://{tmp_path}/files")
    storage.cache_clear()
    make_reason("failure")
    manager = make_user(Role.MANAGER, name="Dana")
    preferences.choose(service_owner_id=manager.pk)
    yield manager
    storage.cache_clear()


@pytest.fixture
def aigul(house, set_clock, bot) -> Contact:
    """A contact who linked her chat."""
    set_clock("2026-10-14 09:00")
    contact = make_contact(make_customer(name="School 12"), name="Aigul", is_main=True)
    chats.link(str(CHAT), contact, label="Aigul")
    return contact


def aside() -> list[str]:
    return list(ReceivedText.objects.filter(state="put_aside").values_list("because", flat=True))


@pytest.mark.req("S0.38", "S0.43")
def test_a_contact_links_a_chat_by_the_link_and_ends_it(house, bot: Bot, work):
    contact = make_contact(make_customer(), name="Aigul")
    bot.write(f"/start {chat_links.token_of(contact)}")
    assert work() == 1
    assert chats.person_of(str(CHAT)) == contact
    assert chats.chats_of(contact)[0].label == "Aigul (@aigul_s)"
    assert "Aigul, this chat is linked to you now." in bot.texts()[0]
    assert "/stop" in bot.texts()[0]

    bot.write("/stop")
    work()
    assert chats.person_of(str(CHAT)) is None
    assert "We write nothing here any more" in bot.texts()[1]
    told = Entry.objects.filter(subject_id=contact.pk, subject_type__model="contact")
    assert {"chat.linked", "chat.ended"} <= set(told.values_list("verb", flat=True))
    assert not ReceivedText.objects.exclude(state="understood").exists()
    # Nobody of the house gets a token to see.
    assert [row.beginning for row in ReceivedText.objects.order_by("pk")] == ["/start", "/stop"]


@pytest.mark.parametrize("token", ["nonsense", "c1-1790000000-" + "a" * 32])
def test_a_wrong_or_stale_token_gets_a_kind_answer(house, bot: Bot, work, token):
    bot.write(f"/start {token}")
    bot.write(f"/start {token}")
    work()
    assert len(bot.texts()) == 1
    assert "a new one stands there" in bot.texts()[0]
    assert not Reach.objects.exists()


def test_the_answer_is_in_the_language_of_the_person(house, bot: Bot, work):
    contact = make_contact(make_customer(), language="ru")
    bot.write(f"/start {chat_links.token_of(contact)}")
    bot.write("/help", chat=5, **{"from": {"id": 5, "first_name": "X", "language_code": "tr-TR"}})
    work()
    rows = {row.to_address: row for row in Delivery.objects.all()}
    assert rows.keys() == {str(CHAT), "5"}


@pytest.mark.req("S0.44")
def test_what_a_linked_contact_writes_becomes_a_ticket(aigul, bot: Bot, work):
    bot.write("The server does not start\nRoom 12")
    work()
    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.contact, ticket.channel) == (aigul.customer, aigul, "messenger")
    assert (ticket.title, ticket.reason.code) == ("The server does not start", "failure")
    assert ticket.messages.get().text == "The server does not start\nRoom 12"
    assert f"Your request has the number {ticket.number}." in bot.texts()[0]
    assert ReceivedText.objects.get().message == ticket.messages.get()
    sent = Entry.objects.filter(verb="delivery.sent_by_telegram", subject_id=ticket.pk)
    assert sent.count() == 1


def test_who_writes_in_short_messages_has_one_ticket(aigul, bot: Bot, work, set_clock):
    for text in ("Hello", "the printer is broken", "room 12"):
        bot.write(text)
    work()
    ticket = Ticket.objects.get()
    assert [one.text for one in ticket.messages.order_by("pk")] == [
        "Hello",
        "the printer is broken",
        "room 12",
    ]
    assert len(bot.texts()) == 1

    set_clock("2026-10-14 09:30")  # another matter
    bot.write("And the door does not close")
    work()
    assert Ticket.objects.count() == 2


def test_a_reply_to_the_bot_belongs_to_the_ticket_it_names(aigul, bot: Bot, work, set_clock):
    bot.write("The server does not start")
    work()
    receipt = bot.said[0]["message_id"]
    own = bot.numbers - 1
    first = Ticket.objects.get()
    set_clock("2026-10-14 12:00")
    bot.write("The door does not close")
    work()
    set_clock("2026-10-14 14:00")
    bot.write("It beeps, too", reply_to_message={"message_id": receipt})
    work()
    bot.write("Three times", reply_to_message={"message_id": own})
    work()
    assert [one.text for one in first.messages.order_by("pk")][1:] == ["It beeps, too", "Three times"]
    assert f"Added to your request {first.number}" in bot.texts()[-1]
    assert len(bot.texts()) == 3


@pytest.fixture
def waited_for(aigul, house) -> Ticket:
    """A ticket that waits for Aigul, who was asked."""
    ticket = make_ticket(customer=aigul.customer, contact=aigul, title="Which rack?")
    tickets.start(ticket.pk, by=house)
    tickets.wait(ticket.pk, waiting_for="client", by=house)
    run_due()
    return Ticket.objects.get(pk=ticket.pk)


@pytest.mark.req("S0.36", "S0.40", "S0.43")
def test_an_answer_in_the_chat_ends_the_question_and_stops_the_ladder(waited_for, bot: Bot, work, set_clock):
    set_clock("2026-10-16 09:00")  # silence for 48 hours: she is reminded, in her chat
    run_due()
    set_clock("2026-10-17 08:00")
    sender.send_due()
    reminder = next(one for one in bot.said if waited_for.number in one["text"])
    bot.write("The third one", reply_to_message={"message_id": reminder["message_id"]})
    work()

    ask = Ask.objects.get()
    assert (ask.ended_as, ask.answer, ask.channel, ask.answered_by) == (
        "answered",
        "written",
        "telegram",
        "Aigul",
    )
    message = waited_for.messages.latest("pk")
    assert (message.text, message.channel, message.contact) == ("The third one", "messenger", ask.contact)
    waited_for.refresh_from_db()
    assert waited_for.status == "working"
    assert f"It stands under {waited_for.number}" in bot.texts()[-1]
    assert Ticket.objects.count() == 1
    told = Entry.objects.filter(verb="ask.answered", subject_id=waited_for.pk).get()
    assert told.facts["how"] == "telegram"

    before = Delivery.objects.latest("pk").pk
    set_clock("2026-10-22 09:00")  # nobody is told of silence any more
    run_due()
    assert not Delivery.objects.filter(
        pk__gt=before, notices__text__in=["reply_wanted", "escalation"]
    ).exists()


@pytest.mark.req("S0.36")
def test_an_answer_need_not_refer_to_the_question(waited_for, bot: Bot, work):
    bot.write("The third one")
    work()
    assert Ask.objects.get().answer == "written"
    assert waited_for.messages.latest("pk").text == "The third one"
    assert Ticket.objects.count() == 1


@pytest.mark.req("S0.36")
def test_what_was_asked_about_no_ticket_is_answered_in_a_new_one(house, bot: Bot, work, set_clock):
    set_clock("2026-04-16 06:00")
    customer = make_customer(name="School 12")
    contact = make_contact(customer, name="Aigul", is_main=True)
    chats.link(str(CHAT), contact, label="Aigul")
    one = make_planned(make_occurrence(make_plan(customer, followed=0)))
    agenda.refresh(one)
    set_clock("2026-04-16 09:00")
    run_due()
    ask = Ask.objects.get()
    bot.write("Better on Monday morning")
    work()
    ask.refresh_from_db()
    assert (ask.ended_as, ask.answer, ask.note) == ("answered", "other", "Better on Monday morning")
    one.refresh_from_db()
    assert one.ticket.messages.latest("pk").text == "Better on Monday morning"


def test_the_newest_of_several_questions_is_answered(aigul, house, bot: Bot, work, set_clock):
    asked = []
    for hour, title in ((9, "Which rack?"), (10, "Which room?")):
        set_clock(f"2026-10-14 {hour}:00" if hour > 9 else "2026-10-14 09:00")
        ticket = make_ticket(customer=aigul.customer, contact=aigul, title=title)
        tickets.start(ticket.pk, by=house)
        tickets.wait(ticket.pk, waiting_for="client", by=house)
        run_due()
        asked.append(ticket)
    bot.write("Room 7")
    bot.write("beside the stairs")  # goes on with the same, and answers no other question
    work()
    open_ones = Ask.objects.open()
    assert [row.about_id for row in open_ones] == [asked[0].pk]
    assert asked[1].messages.filter(channel="messenger").count() == 2


def test_nobody_answers_for_another_customer(aigul, house, bot: Bot, work, waited_for):
    sender.send_due()
    note = Delivery.objects.create(
        key="old", channel="telegram", template="x", to_address=str(CHAT), provider_id="77", subject_line="x",
        body="x", message_id="<x>", about=waited_for, state="sent", settled_at=waited_for.opened_at,
        queued_at=waited_for.opened_at, ready_at=waited_for.opened_at,
    )  # fmt: skip
    stranger = make_contact(make_customer(name="Hotel"), name="Marat")
    chats.link(str(CHAT), stranger, label="Marat")  # the phone was sold
    bot.write("Hello", reply_to_message={"message_id": int(note.provider_id)})
    work()
    assert Ask.objects.open().count() == 1
    assert Ticket.objects.latest("pk").customer == stranger.customer


@pytest.mark.req("S0.44")
def test_photos_and_documents_hang_on_the_ticket(aigul, bot: Bot, work):
    png = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
    bot.files = {"documents/P1": png, "documents/P2": png + b"2", "documents/D": b"%PDF-1.4 act"}
    bot.write("", caption="It looks so", photo=[{"file_id": "P1", "width": 9}], media_group_id="g")
    bot.write("", photo=[{"file_id": "P2", "width": 9}], media_group_id="g")
    bot.write("", document={"file_id": "D", "file_name": "act.pdf", "file_size": 12})
    work()
    ticket = Ticket.objects.get()
    assert ticket.messages.count() == 3
    assert fetching.fetch_due() == 3
    hung = Document.objects.filter(subject_id=ticket.pk, subject_type__model="ticket")
    assert sorted(one.name for one in hung)[0] == "act.pdf"
    assert hung.count() == 3
    assert set(IncomingFile.objects.values_list("state", flat=True)) == {"kept"}
    assert fetching.fetch_due() == 0


def left_out() -> list[str]:
    rows = Entry.objects.filter(verb="ticket.text_left_out").order_by("pk")
    return [row.facts["what"] for row in rows]


@pytest.mark.req("S0.43", "S0.44")
def test_what_is_not_taken_over_is_named_in_the_history(aigul, bot: Bot, work, monkeypatch):
    bot.files = {"documents/E": b"MZ\x90\x00 program"}
    bot.write("", voice={"file_id": "V"})
    bot.write("see", document={"file_id": "B", "file_name": "huge.zip", "file_size": 21 * 1024 * 1024})
    bot.write("and", document={"file_id": "E", "file_name": "x.exe", "file_size": 12})
    work()
    fetching.fetch_due()
    ticket = Ticket.objects.get()
    assert "voice" in ticket.messages.order_by("pk")[0].text
    said = left_out()
    assert said[0] == "voice"
    assert "huge.zip" in said[1]
    assert "20 MB" in said[1]
    assert "x.exe" in said[2]
    assert not Document.objects.filter(subject_type__model="ticket").exists()


def test_a_file_waits_while_telegram_is_away_and_is_given_up_in_the_end(aigul, bot: Bot, work, set_clock):
    bot.fails = lambda method: refused(502, "Bad Gateway") if method == "getFile" else None
    bot.write("see", document={"file_id": "D", "file_name": "act.pdf"})
    work()
    assert fetching.fetch_due() == 1
    row = IncomingFile.objects.get()
    assert (row.state, row.attempts, left_out()) == ("waiting", 1, [])

    bot.fails = lambda method: None
    bot.files = {"documents/D": b"%PDF-1.4 act"}
    set_clock("2026-10-14 09:05")
    assert fetching.fetch_due() == 1
    row.refresh_from_db()
    assert row.state == "kept"

    bot.fails = lambda method: refused(502, "Bad Gateway") if method == "getFile" else None
    bot.write("and", document={"file_id": "D2", "file_name": "two.pdf"})
    work()
    for hour in (10, 11, 12, 14, 20, 21):
        set_clock(f"2026-10-14 {hour}:00")
        fetching.fetch_due()
    assert IncomingFile.objects.get(file_id="D2").state == "left_out"
    assert left_out() == [
        'two.pdf: Telegram: 502 {"ok": false, "error_code": 502, "description": "Bad Gateway"}'
    ]


@pytest.mark.trust("B6")
@pytest.mark.parametrize("path", ["../../etc/passwd", "http://evil/x", "a b", None, "/x"])
def test_a_path_that_telegram_would_never_name_is_not_asked_for(aigul, bot: Bot, work, path, monkeypatch):
    monkeypatch.setattr(Bot, "_getFile", lambda self, facts: {"file_path": path})
    asked = []
    bot.fails = lambda method: asked.append(method)
    bot.write("see", document={"file_id": "D", "file_name": "act.pdf"})
    work()
    fetching.fetch_due()
    assert IncomingFile.objects.get().state == "left_out"
    assert "file" not in asked


def test_who_works_here_is_told_to_use_the_program(house, bot: Bot, work):
    chats.link(str(CHAT), house, label="Dana")
    bot.write("Please look at T-1")
    bot.write("Hello?")
    work()
    assert len(bot.texts()) == 1
    assert settings.CONFIG.address in bot.texts()[0]
    assert not Ticket.objects.exists()
    assert len(aside()) == 2


@pytest.mark.trust("B5")
def test_a_stranger_gets_one_kind_answer_an_hour_and_opens_nothing(house, bot: Bot, work, set_clock):
    set_clock("2026-10-14 09:00")
    for _number in range(3):
        bot.write("Buy gold")
    work()
    assert len(bot.texts()) == 1
    assert "We do not know whose chat this is" in bot.texts()[0]
    set_clock("2026-10-14 10:01")
    bot.write("Hello?")
    work()
    assert len(bot.texts()) == 2
    assert (Ticket.objects.count(), Contact.objects.count()) == (0, 0)
    assert aside() == ["Nobody linked this chat."] * 4


def test_who_was_replaced_is_a_stranger(aigul, bot: Bot, work):
    Contact.objects.filter(pk=aigul.pk).update(active=False)
    bot.write("No power")
    work()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"chat": {"id": -5, "type": "group"}},
        {"from": {"id": 1, "is_bot": True}},
        {"sticker": {"file_id": "S"}, "text": None},
    ],
)
def test_groups_programs_and_stickers_are_put_aside_in_silence(aigul, bot: Bot, work, facts):
    message = {"message_id": 1, "chat": {"id": CHAT, "type": "private"}, "from": {"id": 1}, "text": "x"}
    bot.add({"message": {key: value for key, value in {**message, **facts}.items() if value is not None}})
    work()
    assert (bot.said, Ticket.objects.count(), len(aside())) == ([], 0, 1)


def test_a_correction_stands_beside_what_was_said(aigul, bot: Bot, work):
    number = bot.write("Room 12")
    work()
    edited = {"message_id": number, "chat": {"id": CHAT, "type": "private"}, "from": {"id": CHAT}}
    bot.add({"edited_message": {**edited, "text": "Room 21"}}, update=60_000)
    bot.add({"edited_message": {**edited, "text": "Room 21"}}, update=60_001)  # only a preview came
    bot.add({"edited_message": {**edited, "message_id": 3, "text": "Old"}}, update=60_002)
    work()
    ticket = Ticket.objects.get()
    assert [one.text for one in ticket.messages.order_by("pk")] == ["Room 12", "Corrected: Room 21"]
    assert len(aside()) == 2


def test_who_closes_the_chat_is_written_to_otherwise(aigul, bot: Bot, work):
    bot.add(
        {
            "my_chat_member": {
                "chat": {"id": CHAT, "type": "private"},
                "new_chat_member": {"status": "kicked"},
            }
        }
    )
    work()
    assert chats.chats_of(aigul) == []
    assert bot.said == []


def test_a_flood_is_put_aside_with_one_answer(aigul, bot: Bot, work, monkeypatch):
    from servicebook.intake.messenger import actions

    monkeypatch.setattr(actions, "MOST_TEXTS", 3)
    for number in range(6):
        bot.write(f"line {number}")
    work()
    assert Ticket.objects.get().messages.count() == 3
    assert len(aside()) == 3
    assert sum("Please call us" in text or "call us" in text for text in bot.texts()) == 1


def test_a_message_that_breaks_the_program_is_put_aside_and_the_next_is_read(
    aigul, bot: Bot, work, monkeypatch
):
    from servicebook.intake.messenger import actions

    whole = actions.updates.read

    def read(raw):
        if "bomb" in str(raw):
            raise RuntimeError
        return whole(raw)

    bot.write("bomb")
    bot.write("No power")
    from servicebook.intake.messenger.polling import Poller

    assert Poller(hold=0).step() == 2
    monkeypatch.setattr(actions.updates, "read", read)
    run_due()
    assert aside() == ["The program could not read it (RuntimeError)."]
    assert Ticket.objects.get().title == "No power"


@pytest.mark.parametrize("linked", [True, False])
def test_an_answer_that_the_chat_does_not_take_harms_nothing(house, bot: Bot, work, linked):
    if linked:
        chats.link(str(CHAT), make_contact(make_customer(), name="Aigul"), label="Aigul")
    bot.fails = lambda method: refused(403, "Forbidden: bot was blocked") if method == "sendMessage" else None
    bot.write("No power")
    work()
    assert Delivery.objects.get(channel="telegram").state == "dead"
    assert Ticket.objects.count() == int(linked)
    assert chats.person_of(str(CHAT)) is None


@pytest.mark.req("S0.44")
def test_what_was_put_aside_is_taken_in_once_its_chat_is_linked(house, bot: Bot, work, client, dispatcher):
    contact = make_contact(make_customer(name="School 12"), name="Aigul")
    bot.write("No power")
    work()
    row = ReceivedText.objects.get()
    client.force_login(dispatcher)
    again = f"/texts/{row.pk}/again"
    assert again in client.get("/texts/?state=put_aside").content.decode()

    assert "Nobody linked this chat." in client.post(again, follow=True).content.decode()
    assert (Ticket.objects.count(), len(bot.texts())) == (0, 1)  # and nothing is answered twice

    chats.link(str(CHAT), contact, label="Aigul")
    client.post(again)
    client.post(again)  # a second press changes nothing
    sender.send_due()
    ticket = Ticket.objects.get()
    assert (ticket.contact, ticket.messages.get().text) == (contact, "No power")
    assert f"Your request has the number {ticket.number}." in bot.texts()[-1]
    assert Entry.objects.get(verb="text.understood").actor_id == dispatcher.pk
    client.force_login(make_user(Role.ENGINEER, name="Marat"))
    assert client.post(again).status_code == 403


def test_one_of_a_flood_is_taken_in_when_a_person_asks_for_it(aigul, bot: Bot, work, monkeypatch, dispatcher):
    from servicebook.intake.messenger import actions

    monkeypatch.setattr(actions, "MOST_TEXTS", 1)
    bot.write("line 1")
    bot.write("line 2")
    work()
    row = ReceivedText.objects.get(state="put_aside")
    assert actions.try_again(row.pk, by=dispatcher).state == "understood"
    assert [one.text for one in Ticket.objects.get().messages.order_by("pk")] == ["line 1", "line 2"]


def test_what_is_taken_in_late_answers_no_question_of_a_later_day(
    house, bot: Bot, work, set_clock, dispatcher
):
    from servicebook.intake.messenger import actions

    set_clock("2026-10-14 09:00")
    contact = make_contact(make_customer(name="School 12"), name="Aigul", is_main=True)
    bot.write("No power")
    work()
    chats.link(str(CHAT), contact, label="Aigul")
    set_clock("2026-10-15 09:00")
    asked = make_ticket(customer=contact.customer, contact=contact)
    question = Ask.objects.create(
        what="reply",
        about=asked,
        occurrence="1",
        customer=contact.customer,
        contact=contact,
        owner=dispatcher,
        asked_at=clock.now(),
        next_at=clock.now(),
    )
    actions.try_again(ReceivedText.objects.get().pk, by=dispatcher)
    question.refresh_from_db()
    assert question.ended_at is None
    assert Ticket.objects.exclude(pk=asked.pk).get().title == "No power"
