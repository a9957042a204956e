"""Queueing: once per cause and receiver, to whoever answers today, in the receiver's language."""

import email
from datetime import timedelta
from email import policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from servicebook.customers.models import Contact
from servicebook.journal.models import Entry
from servicebook.messaging import deliveries, sender, threading
from servicebook.messaging.channels.mail import build
from servicebook.messaging.models import Delivery
from servicebook.testing import make_contact, make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_texts")]


def queue(contact: Contact, key: str = "visit-1", **how) -> Delivery | None:
    how.setdefault("facts", {"what": "Server won't start"})
    return deliveries.queue("test_visit", to=contact, about=contact.customer, key=key, **how)


def parsed(row: Delivery) -> email.message.EmailMessage:
    return email.message_from_bytes(build(row).as_bytes(), policy=policy.default)


def test_a_mail_is_queued_once_per_cause_and_receiver():
    contact = make_contact()
    first = queue(contact)
    assert first is not None
    assert first.pk
    assert queue(contact) is None
    assert queue(contact, key="visit-2") is not None
    assert Delivery.objects.count() == 2


def test_queueing_many_tells_the_new_ones_from_the_old():
    contact, other = make_contact(), make_contact()
    queue(contact)
    rows = [
        deliveries.compose("test_visit", to=one, about=contact.customer, key="visit-1")
        for one in (contact, other, other)
    ]
    assert [row.to_address for row in deliveries.keep(rows)] == [other.email]
    assert deliveries.keep([None]) == []


def test_queueing_takes_one_statement(django_assert_num_queries):
    contact = make_contact()
    queue(contact)
    with django_assert_num_queries(1):
        queue(contact, key="visit-2")


@pytest.mark.req("S0.3")
def test_a_successor_gets_what_waits_and_what_comes():
    old = make_contact(email="old@customer.example")
    waiting = queue(old)
    new = make_contact(old.customer, email="new@customer.example", name="Successor")
    Contact.objects.filter(pk=old.pk).update(replaced_by=new, active=False)
    old.refresh_from_db()

    later = queue(old, key="visit-2")
    assert later is not None
    assert later.to_address == "new@customer.example"

    sender.send_due()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.to_address, waiting.contact_id) == ("sent", "new@customer.example", new.pk)


def test_nobody_is_written_to_who_left_without_a_successor():
    contact = make_contact()
    row = queue(contact)
    Contact.objects.filter(pk=contact.pk).update(active=False)
    sender.send_due()
    row.refresh_from_db()
    assert row.state == "dead"
    assert "Nobody answers" in row.last_error
    assert queue(Contact.objects.get(pk=contact.pk), key="visit-2") is None


@pytest.mark.req("S0.43")
def test_what_was_sent_stands_in_the_history_of_what_it_was_about():
    contact = make_contact(name="Aigerim")
    queue(contact)
    assert sender.send_due() == 1
    assert sender.send_due() == 0
    entry = Entry.objects.get(verb="delivery.sent")
    assert entry.subject == contact.customer
    assert entry.facts["to"] == "Aigerim"


@pytest.mark.parametrize(
    "what",
    [
        "Сервер не включается",
        "Сервер қосылмайды, ғимарат Ә",
        "服务器无法启动",
        "Sunucu açılmıyor İıŞ",
        "O'Brien & Söhne <1>",
    ],
)
def test_every_script_arrives_as_it_was_written(what):
    contact = make_contact(name=f"{what} Ltd")
    row = queue(contact, facts={"what": what})
    raw = build(row).as_bytes()
    mail = email.message_from_bytes(raw, policy=policy.default)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) < 998
    assert mail["Subject"] == f"Visit: {what}"
    # Python's own parser of addresses leaves a space between two encoded words; readers do not.
    name, _address = parseaddr(email.message_from_bytes(raw)["To"])
    assert str(make_header(decode_header(name))) == f"{what} Ltd"
    assert mail.get_content().strip().endswith(f"About: {what}")
    assert mail.get_content_type() == "text/plain"


@pytest.mark.trust("B5")
@pytest.mark.parametrize(
    "evil",
    ["x\r\nBcc: all@evil.example", "x\nBcc: all@evil.example", "x\u2028Bcc: a@b.example", "x\x00\x0bBcc: y"],
)
def test_no_text_can_add_a_header(evil):
    contact = make_contact(name=evil.replace("\x00", ""))
    row = queue(
        contact,
        facts={"what": evil},
        in_reply_to="<a@b>\r\nBcc: all@evil.example",
        references="<c@d>\nBcc: all@evil.example",
    )
    row.subject_line = evil
    mail = parsed(row)
    assert "Bcc" not in mail
    assert [address.addr_spec for address in mail["To"].addresses] == [contact.email]
    assert mail["References"] == "<c@d> <a@b>"


def test_automatic_mail_says_so_and_a_persons_answer_does_not():
    contact = make_contact()
    automatic = parsed(queue(contact))
    assert automatic["Auto-Submitted"] == "auto-generated"
    assert automatic["Precedence"] == "bulk"
    personal = parsed(queue(contact, key="answer-1", automatic=False))
    assert "Auto-Submitted" not in personal
    assert "Precedence" not in personal


@pytest.mark.parametrize(
    "address",
    ["two@a.example, three@b.example", "no-at-sign", "a b@c.example", "имя@c.example", "@c.example"],
)
def test_what_is_no_address_is_seen_by_a_person(address):
    contact = make_contact()
    row = queue(contact)
    Contact.objects.filter(pk=contact.pk).update(email=address)
    sender.send_due()
    row.refresh_from_db()
    assert row.state == "dead"
    assert address in row.last_error or "no address" in row.last_error


@pytest.mark.trust("B5")
def test_an_answer_comes_back_signed_for_its_thread_and_its_writer():
    contact = make_contact(email="Anna@Customer.example")
    row = queue(contact, thread="T-2026-000123")
    mail = parsed(row)
    answer_to = mail["Reply-To"].addresses[0].addr_spec
    assert len(answer_to.partition("@")[0]) <= 64

    def found(sender_address, **how):
        how.setdefault("sent_to", [])
        how.setdefault("refers_to", [])
        return threading.find(sender=sender_address, **how)

    right = threading.Thread("T-2026-000123", verified=True)
    guess = threading.Thread("T-2026-000123", verified=False)
    assert found("anna@customer.example", sent_to=[f"Service <{answer_to.upper()}>"]) == right
    assert found("anna@customer.example", refers_to=[row.message_id]) == right
    assert found("boss@house.example", sent_to=[answer_to]) == guess
    assert found("boss@house.example", refers_to=[f"<x@y> {row.message_id}"]) == guess
    assert found("anna@customer.example", sent_to=[answer_to.replace("000123", "000124")]) == (
        threading.Thread("T-2026-000124", verified=False)
    )
    assert found("anna@customer.example", refers_to=["<visit-1.contact-1.mail@service>"]) is None
    assert found("anna@customer.example", sent_to=["service@servicebook.example"]) is None


def test_message_ids_are_stable_and_cannot_be_guessed():
    row = queue(make_contact())
    assert parsed(row)["Message-ID"] == row.message_id == parsed(row)["Message-ID"]
    again = threading.message_id(row.key, row.to_address)
    assert again == row.message_id
    assert len(row.message_id.rpartition("@")[0].rpartition(".")[2]) == 26


def test_a_key_that_could_break_a_message_id_is_refused():
    with pytest.raises(ValueError, match="no key"):
        queue(make_contact(), key="visit 1>")


def test_mass_mail_waits_for_what_a_person_waits_for():
    customer = make_customer()
    first, second = make_contact(customer), make_contact(customer)
    mass = queue(first, key="newsletter", lane=2)
    Delivery.objects.update(ready_at=mass.queued_at - timedelta(hours=1))
    queue(second, key="answer", lane=0)
    sender.send_due()
    assert list(
        Entry.objects.filter(verb="delivery.sent").order_by("pk").values_list("facts__to", flat=True)
    ) == [
        second.name,
        first.name,
    ]
