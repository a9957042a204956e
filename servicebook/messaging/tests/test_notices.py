"""What one person is told: once, in one message a day and channel, over a way that reaches."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from servicebook.accounts.models import Role
from servicebook.core import clock
from servicebook.customers.models import Contact, Customer
from servicebook.journal.models import Entry
from servicebook.messaging import channels, sender
from servicebook.messaging.models import Delivery, Notice, Reach, Suppression, Wish
from servicebook.messaging.notices import Told, tell
from servicebook.testing import make_contact, make_customer, make_user

pytestmark = pytest.mark.django_db


def told(
    to, key: str = "reminder-1", *, about: Customer | None = None, text: str = "renewal_notice", **how
) -> Told:
    how.setdefault("facts", {"contract_number": key, "days": 30})
    how.setdefault("url", f"https://service.example/a/{key}/")
    about = about or (to.customer if isinstance(to, Contact) else make_customer())
    return Told(to=to, text=text, history=about, key=key, **how)


@pytest.fixture
def all_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "is_set_up", lambda channel: True)


def waiting() -> list[Delivery]:
    return list(Delivery.objects.waiting().order_by("pk"))


@pytest.mark.req("S0.38", "S0.43")
def test_what_is_told_in_the_same_minutes_is_one_message_and_stands_in_each_history(set_clock, mail_server):
    set_clock("2026-03-05 08:00")
    contact = make_contact(email="ok.anna@school.example")
    other = make_customer()
    tell([told(contact, "c-1"), told(contact, "c-2", about=other)])
    set_clock("2026-03-05 08:01")
    tell([told(contact, "c-3")])
    assert sender.send_due() == 0  # two minutes are left for what else is due

    set_clock("2026-03-05 08:02")
    assert sender.send_due() == 1
    (mail,) = mail_server.taken
    row = Delivery.objects.get()
    assert mail["Message-ID"] == row.message_id
    assert row.subject_line.endswith("(+2)")
    text = mail.get_payload(decode=True).decode()
    assert text.count("Dear ") == 1
    assert [text.count(f"/a/c-{number}/") for number in (1, 2, 3)] == [1, 1, 1]
    lines = Entry.objects.filter(verb="delivery.sent")
    assert [line.subject for line in lines.order_by("pk")] == [contact.customer, other, contact.customer]
    assert list(Delivery.objects.about(other)) == [row]


@pytest.mark.req("S0.43")
def test_an_answer_belongs_to_the_ticket_of_a_message_unless_that_tells_of_several(set_clock, mail_server):
    set_clock("2026-03-05 08:00")
    one, both = (make_contact(email=f"ok.{name}@school.example") for name in ("one", "both"))
    tell([told(one, "t-1", thread="T-2026-000001"), told(both, "t-1", thread="T-2026-000001")])
    tell([told(both, "t-2", about=make_customer(), thread="T-2026-000002")])
    set_clock("2026-03-05 08:02")
    sender.send_due()

    assert [(row.contact, row.thread) for row in Delivery.objects.order_by("pk")] == [
        (one, "T-2026-000001"),
        (both, ""),
    ]
    assert [mail["Reply-To"] is not None for mail in mail_server.taken] == [True, False]


@pytest.mark.req("S0.38")
def test_a_bundle_waits_for_the_hours_of_rest_of_whatever_joins_it(set_clock, mail_server):
    set_clock("2026-03-05 21:00")
    contact = make_contact(email="ok.anna@school.example")
    tell([told(contact, "c-1")])
    rests = clock.now() + timedelta(hours=11)
    tell([told(contact, "c-2", not_before=rests), told(contact, "c-3", not_before=rests, urgent=True)])
    tell([told(contact, "c-4", not_before=clock.now() + timedelta(hours=1))])

    set_clock("2026-03-05 23:00")
    assert sender.send_due() == 0
    assert {row.ready_at for row in waiting()} == {rests}
    set_clock("2026-03-06 08:00")
    assert sender.send_due() == 2
    bundle = Delivery.objects.exclude(bundle="").get()
    assert bundle.notices.count() == 3


@pytest.mark.trust("B23")
def test_whatever_is_fired_again_is_told_once():
    contact = make_contact()
    first = tell([told(contact), told(contact)])
    assert [notice.key for notice in first] == [f"reminder-1:contact-{contact.pk}:mail"]
    assert tell([told(contact)]) == []
    sender.send_due()
    assert tell([told(contact)]) == []
    assert (Notice.objects.count(), Delivery.objects.count()) == (1, 1)


def test_what_comes_after_the_days_message_goes_with_that_of_the_next_day(set_clock):
    set_clock("2026-03-05 08:00")  # 13:00 in Almaty
    contact = make_contact()
    tell([told(contact, "c-1", zone="Asia/Almaty")])
    set_clock("2026-03-05 08:05")
    sender.send_due()
    tell([told(contact, "c-2", zone="Asia/Almaty")])
    tell([told(contact, "c-3", zone="Asia/Almaty")])
    (tomorrow,) = waiting()
    assert tomorrow.ready_at == datetime(2026, 3, 6, 4, tzinfo=UTC)  # 09:00 there
    assert tomorrow.notices.count() == 2
    set_clock("2026-03-05 21:00")  # there it is the 6th: the same message
    tell([told(contact, "c-4", zone="Asia/Almaty")])
    assert [(row.pk, row.notices.count()) for row in waiting()] == [(tomorrow.pk, 3)]


def test_what_is_urgent_goes_alone_and_at_once(set_clock):
    now = set_clock("2026-03-05 08:00")
    contact = make_contact()
    tell([told(contact, "c-1"), told(contact, "c-2", urgent=True)])
    ready = {row.subject_line.partition(":")[0]: row.ready_at - now for row in waiting()}
    assert ready == {"c-1": timedelta(minutes=2), "c-2": timedelta(0)}


def test_a_bundle_in_the_hands_of_a_sender_takes_nothing_more():
    contact = make_contact()
    tell([told(contact, "c-1")])
    Delivery.objects.update(token="a sender's")
    tell([told(contact, "c-2")])
    assert [row.notices.count() for row in waiting()] == [1, 1]
    Delivery.objects.update(token="", unknown=1)  # the line was cut: a copy must say the same
    tell([told(contact, "c-3")])
    assert [row.notices.count() for row in waiting()] == [1, 1, 1]
    Delivery.objects.update(unknown=1)
    tell([told(contact, "c-4")])  # no day has room: it goes alone
    assert [row.bundle for row in waiting()][3] == ""


@pytest.mark.req("S0.3")
def test_the_successor_is_told_when_queued_and_when_sent():
    old = make_contact(email="old@school.example")
    new = make_contact(old.customer, email="new@school.example")
    tell([told(old, "c-1")])
    Contact.objects.filter(pk=old.pk).update(replaced_by=new, active=False)
    tell([told(Contact.objects.get(pk=old.pk), "c-2")])
    clock.set_to(clock.now() + timedelta(minutes=3))
    sender.send_due()
    assert set(Delivery.objects.values_list("to_address", "contact", "state")) == {
        ("new@school.example", new.pk, "sent")
    }
    Contact.objects.filter(pk=new.pk).update(active=False)
    assert tell([told(Contact.objects.get(pk=old.pk), "c-3")]) == []  # nobody is left


@pytest.mark.usefixtures("all_channels")
def test_the_persons_wish_goes_before_the_order_of_the_stage():
    contact = make_contact(phone="+77010000000")
    tell([told(contact, "c-1", channels=("sms", "mail"))])
    Reach.objects.create(contact=contact, channel="telegram", address="4711", linked_at=clock.now())
    Wish.objects.create(contact=contact, channels=["telegram"])
    tell([told(contact, "c-2", channels=("sms", "mail"))])
    assert [(row.channel, row.to_address) for row in waiting()] == [
        ("sms", "+77010000000"),
        ("telegram", "4711"),
    ]
    assert waiting()[1].url.endswith("/a/c-2/")


def test_who_unsubscribed_still_gets_what_the_contract_asks_for():
    contact = make_contact()
    Wish.objects.create(contact=contact, unsubscribed_at=clock.now())
    tell([told(contact, "w-1", text="warranty_ends"), told(contact, "c-1")])
    assert list(Notice.objects.values_list("text", flat=True)) == ["renewal_notice"]
    assert [row.optional for row in waiting()] == [False]
    tell([told(make_contact(), "w-1", text="warranty_ends")])
    assert [row.optional for row in waiting()] == [False, True]


def test_what_reaches_nobody_is_dead_at_once_with_the_reason():
    contact, other = make_contact(email=""), make_contact(email="gone@school.example")
    Suppression.objects.create(
        channel="mail", address="gone@school.example", because="no such user", since=clock.now()
    )
    tell([told(contact), told(other)])
    rows = Delivery.objects.order_by("pk")
    assert [row.state for row in rows] == ["dead", "dead"]
    assert ["no address" in row.last_error or "no such user" in row.last_error for row in rows] == [
        True,
        True,
    ]
    assert Entry.objects.filter(verb="delivery.dead").count() == 2


def test_in_servicebook_it_arrives_at_once_each_thing_for_itself():
    user = make_user(Role.DISPATCHER)
    tell([told(user, key, text="step", channels=("in_app", "mail")) for key in ("s-1", "s-2")])
    assert (
        list(Delivery.objects.values_list("channel", "state", "user", "read_at"))
        == [("in_app", "sent", user.pk, None)] * 2
    )
    assert Entry.objects.filter(verb="delivery.shown").count() == 2


@pytest.mark.usefixtures("all_channels")
def test_a_browser_that_was_switched_on_rings_beside_the_message():
    user = make_user(Role.DISPATCHER)
    Reach.objects.create(
        user=user, channel="push", address="https://push.example/1", label="Firefox", linked_at=clock.now()
    )
    tell([told(user, text="step")])
    assert [(row.channel, row.to_address) for row in waiting()] == [("mail", user.email), ("push", "Firefox")]


@pytest.mark.parametrize("count", [3, 300])
def test_many_are_told_with_a_fixed_number_of_statements(count, django_assert_max_num_queries):
    customer = make_customer()
    contacts: Sequence[Contact] = Contact.objects.bulk_create(
        [Contact(customer=customer, name=f"C {n}", email=f"c{n}@school.example") for n in range(count)]
    )
    tell([told(make_contact())])  # what is cached is read
    with django_assert_max_num_queries(9):
        assert len(tell([told(one) for one in contacts])) == count
    with django_assert_max_num_queries(10):
        assert len(tell([told(one, "reminder-2") for one in contacts])) == count
    assert Delivery.objects.count() == count + 1


def test_a_mail_with_a_ticket_in_it_can_be_answered(mail_server):
    contact = make_contact(email="ok.anna@school.example")
    tell([told(contact, thread="T-2026-000001", urgent=True)])
    sender.send_due()
    assert "t-2026-000001." in mail_server.taken[0]["Reply-To"]


def test_a_key_that_could_break_an_id_is_refused():
    with pytest.raises(ValueError, match="no key"):
        told(make_contact(), "Reminder 1>")
