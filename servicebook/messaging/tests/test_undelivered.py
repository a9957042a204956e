"""What cannot be delivered is told to an owner, once, whatever the reason."""

from datetime import timedelta

import pytest
from django.conf import settings

from servicebook.accounts.models import Role
from servicebook.core import clock, preferences
from servicebook.customers.models import Promise
from servicebook.messaging import actions, channels, chats, receivers, sender
from servicebook.messaging.models import Delivery, Notice
from servicebook.messaging.notices import tell
from servicebook.messaging.returned import came_back
from servicebook.messaging.tests.test_notices import told
from servicebook.testing import make_contact, make_customer, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.43")]


@pytest.fixture
def head(set_clock):
    set_clock("2026-03-05 08:00")
    head = make_user(Role.MANAGER, name="Head of service")
    preferences.choose(service_owner_id=head.pk)
    return head


def send_for_days(days: int) -> None:
    for _hour in range(days * 24):
        sender.send_due()
        clock.set_to(clock.now() + timedelta(hours=1))
    sender.send_due()


def heard() -> list[tuple[str, str]]:
    rows = Notice.objects.filter(text="undelivered", delivery__channel="in_app").order_by("pk")
    return list(rows.values_list("delivery__to_name", "subject_line"))


@pytest.mark.parametrize("does", ["554", "452", "cut-9"])
def test_a_mail_to_one_of_ours_that_never_arrives_is_seen_by_them_and_by_the_head(head, mail_server, does):
    person = make_user(Role.ENGINEER, name="Daniyar", email=f"{does}.d@house.example")
    tell([told(person, "s-1", text="step")])
    send_for_days(8)

    assert Delivery.objects.get(channel="mail").state == "dead"
    said = "A message to Daniyar did not arrive"
    assert heard() == [("Daniyar", said), ("Head of service", said)]
    assert {row.state for row in Delivery.objects.filter(channel="in_app")} == {"sent"}


def test_a_mail_that_arrives_at_last_tells_nobody(head, mail_server):
    tell([told(make_contact(email="450-2.a@school.example"), "c-1")])
    send_for_days(1)

    assert Delivery.objects.get().state == "sent"
    assert heard() == []


def test_a_customer_who_cannot_be_written_to_is_told_to_their_owner_once_a_day(head, mail_server):
    owner = make_user(Role.ACCOUNT_MANAGER, name="Owner")
    contact = make_contact(make_customer(owner=owner), name="Aigul", email="554.a@school.example")
    for number in range(3):
        tell([told(contact, f"c-{number}", urgent=True)])
    send_for_days(1)

    assert heard() == [("Owner", "A message to Aigul did not arrive")]
    notice = Notice.objects.get(text="undelivered")
    assert "we do not like this" in notice.body
    assert notice.url.endswith(contact.customer.get_absolute_url()) or notice.url.endswith("/")


def test_a_dead_address_is_a_next_step_and_nothing_more(head, mail_server):
    owner = make_user(Role.ACCOUNT_MANAGER, name="Owner")
    contact = make_contact(make_customer(owner=owner), name="Aigul", email="550.a@school.example")
    tell([told(contact, "c-1")])
    send_for_days(1)

    assert Promise.objects.get(source="messaging.address").owner == owner
    assert heard() == []


def test_a_dead_address_of_one_of_ours_has_no_step_and_is_told(head, mail_server):
    person = make_user(Role.ENGINEER, name="Daniyar", email="550.d@house.example")
    tell([told(person, "s-1", text="step")])
    send_for_days(1)

    assert [name for name, _said in heard()] == ["Daniyar", "Head of service"]


def test_a_mail_that_comes_back_for_another_reason_is_told(head):
    owner = make_user(Role.ACCOUNT_MANAGER, name="Owner")
    contact = make_contact(make_customer(owner=owner), name="Aigul", email="ok.a@school.example")
    tell([told(contact, "c-1")])
    row = Delivery.objects.get()
    Delivery.objects.update(state="sent", settled_at=row.queued_at)
    for _twice in range(2):
        came_back([row.message_id], because="552 5.2.2 mailbox full")

    assert heard() == [("Owner", "A message to Aigul did not arrive")]


@pytest.mark.parametrize("urgent", [True, False])
def test_what_waits_for_a_channel_that_is_switched_off_goes_by_another_way(
    head, mail_server, monkeypatch, urgent
):
    monkeypatch.setattr(settings.CONFIG, "telegram_token", "4711:token")
    contact = make_contact(name="Aigul", email="ok.a@school.example")
    chats.link("9001", contact, label="Aigul")
    tell([told(contact, key, urgent=urgent) for key in ("c-1", "c-2")])
    assert set(Delivery.objects.values_list("channel", flat=True)) == {"telegram"}

    monkeypatch.setattr(settings.CONFIG, "telegram_token", "")
    clock.set_to(clock.now() + timedelta(minutes=3))
    while sender.send_due():
        pass

    assert set(Delivery.objects.values_list("channel", "to_address", "state")) == {
        ("mail", contact.email, "sent")
    }
    said = "".join(mail.get_payload(decode=True).decode() for mail in mail_server.taken)
    assert ["/a/c-1/" in said, "/a/c-2/" in said] == [True, True]  # a button has its link beside the text
    assert heard() == []


def test_what_was_written_for_a_chat_is_sent_again_by_the_way_that_is_there_today(
    head, mail_server, monkeypatch
):
    monkeypatch.setattr(settings.CONFIG, "telegram_token", "4711:token")
    contact = make_contact(name="Aigul", email="")
    chats.link("9001", contact, label="Aigul")
    tell([told(contact, "c-1")])
    monkeypatch.setattr(settings.CONFIG, "telegram_token", "")
    clock.set_to(clock.now() + timedelta(minutes=3))
    sender.send_due()
    dead = Delivery.objects.get(contact=contact)
    assert (dead.state, dead.last_error) == ("dead", channels.NOT_SET_UP)
    assert heard() == [("Head of service", "A message to Aigul did not arrive")]

    contact.email = "ok.a@school.example"
    contact.save()
    assert receivers.way_today(contact, "telegram").address == contact.email
    actions.send_again(dead.pk, by=head)
    while sender.send_due():
        pass

    dead.refresh_from_db()
    assert (dead.channel, dead.state) == ("mail", "sent")


def test_whose_channel_is_switched_off_and_who_has_no_other_way_is_told_once_a_day(head, monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "telegram_token", "4711:token")
    contact = make_contact(name="Aigul", email="")
    chats.link("9001", contact, label="Aigul")
    tell([told(contact, f"c-{number}", urgent=True) for number in range(3)])
    monkeypatch.setattr(settings.CONFIG, "telegram_token", "")
    while sender.send_due():
        pass

    assert Delivery.objects.filter(contact=contact, state="dead").count() == 3
    assert heard() == [("Head of service", "A message to Aigul did not arrive")]


def test_what_cannot_go_out_at_all_is_told_at_once(head):
    owner = make_user(Role.ACCOUNT_MANAGER, name="Owner")
    contact = make_contact(make_customer(owner=owner), name="Aigul", email="")
    tell([told(contact, "c-1"), told(contact, "c-2")])

    assert heard() == [("Owner", "A message to Aigul did not arrive")]
    assert "The card has no address to write to." in Notice.objects.get(text="undelivered").body


@pytest.mark.parametrize("count", [3, 300])
def test_many_that_reach_nobody_are_told_with_a_fixed_number_of_statements(
    head, count, django_assert_max_num_queries
):
    tell([told(make_contact(email=""), "first")])  # what is cached is read
    nobody = [make_contact(make_customer(), email="") for _one in range(count)]
    with django_assert_max_num_queries(40):
        tell([told(one, "c-1") for one in nobody])
    assert len(heard()) == count + 1
