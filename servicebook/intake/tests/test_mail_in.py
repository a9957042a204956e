"""From the pipe to the ticket."""

import base64
import io
import sys
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError

from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.customers.models import Contact, Customer, Promise
from servicebook.files.models import Document
from servicebook.intake.mail import actions
from servicebook.intake.models import ReceivedMail
from servicebook.intake.tests.mails import HOUSE, bounce, plain
from servicebook.journal.models import Entry
from servicebook.messaging import threading
from servicebook.messaging.models import Delivery, Suppression
from servicebook.messaging.notices import Told, tell
from servicebook.testing import make_asset, make_contact, make_customer, make_reason, make_site, make_user
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Message, Ticket

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
pytestmark = pytest.mark.django_db
STATE = ReceivedMail.State


@pytest.fixture(autouse=True)
def _house(db):
    make_user("manager", name="Service owner", email="owner@house.example")
    make_reason("failure")


@pytest.fixture
def bolat():
    plant = make_customer(name="Plant", mail_domains=["plant.example"])
    return make_contact(plant, name="Bolat Akhmetov", email="bolat@plant.example")


def receive(raw: bytes) -> ReceivedMail:
    mail = actions.receive(raw)
    mail.refresh_from_db()
    return mail


def verbs(ticket: Ticket) -> set[str]:
    return set(Entry.objects.filter(subject_id=ticket.pk).values_list("verb", flat=True))


@pytest.mark.req("S0.44", "S4.2")
def test_a_mail_of_a_known_contact_becomes_a_ticket_on_the_unit_it_names(bolat):
    unit = make_asset(bolat.customer, serial="7CX-20418")
    make_asset(bolat.customer, serial="7CX-2")

    mail = receive(plain("The server 7cx-20418 does not start."))

    ticket = Ticket.objects.get()
    assert mail.state == STATE.UNDERSTOOD
    assert mail.message.ticket == ticket
    assert (ticket.customer, ticket.contact, ticket.asset, ticket.site) == (
        bolat.customer,
        bolat,
        unit,
        unit.site,
    )
    assert ticket.reason.code == "failure"
    assert ticket.owner is not None
    assert ticket.channel == "mail"
    assert Delivery.objects.filter(to_address=bolat.email, template="ticket_received").count() == 1


@pytest.mark.req("S0.44")
def test_a_colleague_of_a_known_mail_domain_is_remembered_as_a_contact(bolat):
    receive(plain(sender="Dana <dana@office.plant.example>"))

    dana = Contact.objects.get(email="dana@office.plant.example")
    assert dana.customer == bolat.customer
    assert Ticket.objects.get().contact == dana


@pytest.mark.req("S0.44")
def test_an_unknown_sender_gets_a_ticket_that_a_person_places_and_no_receipt():
    receive(plain(sender="Stranger <who@nowhere.example>"))
    receive(plain(sender="Stranger <who@nowhere.example>", subject="Another thing"))

    first, second = Ticket.objects.order_by("pk")
    assert first.customer == second.customer == Customer.objects.get(external_ref=actions.UNSORTED)
    assert first.contact == second.contact
    assert "ticket.needs_customer" in verbs(first)
    assert not Delivery.objects.filter(to_address="who@nowhere.example").exists()


@pytest.mark.parametrize("domain", ["gmail.com", "mail.ru"])
def test_a_public_mail_domain_says_nothing_about_the_customer(domain):
    make_customer(name="Careless", mail_domains=[domain])

    receive(plain(sender=f"x@{domain}"))

    assert Ticket.objects.get().customer.external_ref == actions.UNSORTED


@pytest.mark.trust("B6")
def test_the_same_mail_twice_is_one_message(bolat):
    raw = plain()

    first, second = receive(raw), receive(raw)

    assert first.pk == second.pk
    assert Message.objects.count() == 1


def test_a_copy_that_came_another_way_is_the_same_message(bolat):
    raw = plain()

    first = receive(b"Received: from a by b; Tue, 14 Oct 2026 09:12:01 +0500\r\n" + raw)
    second = receive(b"Received: from c by b; Tue, 14 Oct 2026 09:12:05 +0500\r\n" + raw)

    assert first.pk != second.pk
    assert first.message == second.message
    assert Message.objects.count() == 1


def test_another_mail_under_a_used_id_is_not_lost(bolat):
    receive(plain("One.", Message_ID="<same@plant.example>"))
    receive(plain("Two, under the id of another mail.", Message_ID="<same@plant.example>"))

    assert Ticket.objects.count() == 2


@pytest.fixture
def answered(bolat):
    """A ticket on which we wrote to Bolat; its mail."""
    receive(plain())
    ticket = Ticket.objects.get()
    tickets.reply(ticket.pk, text="Which pump?", by=make_user(name="Timur", email="timur@house.example"))
    return ticket, Delivery.objects.get(template="ticket_reply")


@pytest.mark.req("S0.44")
def test_an_answer_by_reference_joins_the_ticket_without_the_quote(answered):
    ticket, mail = answered

    receive(
        plain(
            "The red one.\n\nOn Tue, Service desk wrote:\n> Which pump?",
            subject="Something else",
            In_Reply_To=mail.message_id,
        )
    )

    assert Ticket.objects.get() == ticket
    assert Message.objects.latest("pk").text == "The red one."


def test_an_answer_to_the_signed_address_joins_the_ticket(answered):
    ticket, _mail = answered
    address = threading.reply_address(ticket.number, "bolat@plant.example")

    receive(plain("The red one.", to=address, subject="Hm"))

    assert Message.objects.latest("pk").ticket == ticket
    assert "ticket.sender_unknown" not in verbs(ticket)


def test_a_number_in_the_subject_counts_only_from_the_customer(answered):
    ticket, _mail = answered

    receive(plain("Is it yours?", subject=f"Re: {ticket.number}", sender="spy@elsewhere.example"))
    receive(plain("Our colleague again.", subject=f"Re: {ticket.number}", sender="dana@plant.example"))

    assert Ticket.objects.count() == 2
    assert Message.objects.filter(ticket=ticket, text="Our colleague again.").exists()


@pytest.mark.trust("B5")
def test_a_mail_in_the_name_of_staff_is_a_customers_message_and_flagged(answered):
    ticket, mail = answered

    receive(plain("Close it.", sender="Timur <timur@house.example>", In_Reply_To=mail.message_id))

    message = Message.objects.latest("pk")
    assert (message.ticket, message.direction, message.author) == (ticket, "in", None)
    assert "ticket.staff_not_proven" in verbs(ticket)


@pytest.mark.trust("B5")
def test_a_forged_token_proves_nothing(answered):
    ticket, _mail = answered
    good = threading.reply_address(ticket.number, "timur@house.example")
    forged = threading.reply_address(ticket.number, "bolat@plant.example")

    receive(plain("I am Timur.", sender="timur@house.example", to=forged))
    flagged = Message.objects.latest("pk")
    receive(plain("I really am.", sender="timur@house.example", to=good))
    proven = Message.objects.latest("pk")

    assert flagged.direction == "in"
    assert (proven.direction, proven.author.email) == ("note", "timur@house.example")


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-replied"},
        {"subject": "Automatic reply: away"},
        {"Auto_Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"sender": "noreply@shop.example"},
        {"sender": HOUSE},
        {"Return_Path": "<>", "subject": "Undelivered Mail Returned to Sender"},
    ],
)
@pytest.mark.trust("B4")
def test_an_automatic_mail_of_an_unknown_opens_no_ticket_and_gets_no_answer(fields):
    mail = receive(plain(**{"sender": "robot@unknown.example", **fields}))

    assert (mail.state, bool(mail.because)) == (STATE.PUT_ASIDE, True)
    assert Ticket.objects.count() == Delivery.objects.count() == 0


@pytest.mark.trust("B4")
def test_a_known_device_opens_a_ticket_but_gets_no_receipt(bolat):
    receive(plain(Auto_Submitted="auto-generated"))

    assert Ticket.objects.get().customer == bolat.customer
    assert not Delivery.objects.filter(template="ticket_received").exists()


@pytest.mark.trust("B4")
def test_an_out_of_office_note_is_kept_on_the_ticket_and_moves_nothing(answered):
    _ticket, mail = answered
    before = Delivery.objects.count()

    receive(plain("I am away.", Auto_Submitted="auto-replied", In_Reply_To=mail.message_id))

    assert Message.objects.latest("pk").automatic
    assert Delivery.objects.count() == before


@pytest.mark.trust("B4")
def test_two_machines_that_answer_each_other_stop_after_a_few_receipts(bolat):
    for number in range(30):
        receive(plain(f"Your request {number} was received.", subject=f"Request {number}"))

    assert Delivery.objects.filter(template="ticket_received").count() <= actions.MOST_RECEIPTS
    per_ticket = Delivery.objects.filter(template="ticket_received").values_list("about_id", flat=True)
    assert len(set(per_ticket)) == len(per_ticket)


@pytest.mark.trust("B4")
def test_a_storm_of_mails_is_put_aside(bolat, monkeypatch):
    monkeypatch.setattr(actions, "MOST_MAILS", 3)
    mails = [receive(plain(f"Number {number}.")) for number in range(6)]

    assert [mail.state for mail in mails].count(STATE.PUT_ASIDE) == 2
    clock.set_to(clock.now() + timedelta(hours=2))
    assert receive(plain("Later.")).state == STATE.UNDERSTOOD


def sent(mail: Delivery) -> Delivery:
    mail.state, mail.settled_at = Delivery.State.SENT, clock.now()
    mail.save()
    return mail


def test_a_bounce_marks_the_mail_dead_and_shows_the_reason(answered):
    ticket, mail = answered
    sent(mail)

    receive(bounce(mail.message_id, said="No such user here"))

    mail.refresh_from_db()
    assert mail.state == Delivery.State.DEAD
    assert "No such user here" in mail.last_error
    assert Message.objects.latest("pk").automatic
    assert "delivery.dead" in verbs(ticket)
    assert Ticket.objects.count() == 1


def test_a_bounce_of_what_is_of_no_ticket_is_understood_and_its_address_gets_nothing_more(bolat):
    Customer.objects.filter(pk=bolat.customer_id).update(owner=make_user("account_manager"))
    tell([Told(bolat, "renewal_notice", bolat.customer, "renewal-1", urgent=True)])
    mail = Delivery.objects.get()
    sent(mail)

    kept = receive(bounce(mail.message_id))

    mail.refresh_from_db()
    assert (kept.state, kept.message, mail.state) == (STATE.UNDERSTOOD, None, Delivery.State.DEAD)
    assert "delivery.dead" in Entry.objects.filter(subject_id=bolat.customer_id).values_list(
        "verb", flat=True
    )
    assert Suppression.objects.get().address == bolat.email
    assert Promise.objects.open().get().about == bolat


def test_a_report_of_a_delay_changes_nothing(answered):
    _ticket, mail = answered
    sent(mail)

    receive(bounce(mail.message_id, status="4.4.1", action="delayed"))

    mail.refresh_from_db()
    assert mail.state == Delivery.State.SENT


def test_attachments_come_along_and_what_cannot_is_named(bolat):
    receive(
        plain(
            html='<p>See <img src="cid:x"></p>',
            files=(
                ("../../photo of pump.png", "image/png", PNG),
                ("virus.exe", "application/octet-stream", b"MZ\x90\x00" + b"\x00" * 60),
                ("note.txt", "text/plain", "Насос".encode()),
            ),
        )
    )

    ticket = Ticket.objects.get()
    assert sorted(Document.objects.values_list("name", flat=True)) == ["note.txt", "photo of pump.png"]
    left_out = Entry.objects.get(verb="ticket.mail_left_out", subject_id=ticket.pk)
    assert "virus.exe" in left_out.facts["what"]
    assert "img" not in Message.objects.get().html


def test_poison_is_put_aside_and_can_be_tried_again(bolat, monkeypatch, dispatcher):
    def broken(*args, **kwargs):
        raise RuntimeError("unforeseen")

    with monkeypatch.context() as patch:
        patch.setattr("servicebook.intake.mail.rules.reading.read", broken)
        mail = receive(plain())
    assert (mail.state, "RuntimeError" in mail.because) == (STATE.PUT_ASIDE, True)

    actions.try_again(mail.pk, by=dispatcher)

    mail.refresh_from_db()
    assert mail.state == STATE.UNDERSTOOD
    assert Ticket.objects.count() == 1


def test_a_mail_that_a_program_wrote_can_be_made_a_ticket_by_a_person(dispatcher):
    mail = receive(plain(sender="noreply@shop.example"))

    actions.try_again(mail.pk, by=dispatcher, anyway=True)

    assert Ticket.objects.count() == 1


def test_what_was_kept_when_the_database_went_away_is_understood_by_the_worker(bolat, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr("servicebook.intake.mail.matching.sender_of", away)
        mail = receive(plain())
    assert mail.state == STATE.STORED

    run_due()
    run_due()

    mail.refresh_from_db()
    assert mail.state == STATE.UNDERSTOOD
    assert Message.objects.count() == 1


class Pipe:
    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


def test_the_command_tells_the_mail_server_what_became_of_it(bolat, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", Pipe(plain()))
    call_command("receive")
    assert capsys.readouterr().out.strip() == Ticket.objects.get().number

    monkeypatch.setattr(sys, "stdin", Pipe(b""))
    with pytest.raises(SystemExit) as ended:
        call_command("receive")
    assert ended.value.code == 65

    def away(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr(sys, "stdin", Pipe(plain()))
    monkeypatch.setattr(ReceivedMail.objects, "get_or_create", away)
    with pytest.raises(SystemExit) as ended:
        call_command("receive")
    assert ended.value.code == 75


def test_the_site_is_the_one_that_the_letter_names(bolat):
    make_site(bolat.customer, name="Boiler house")
    school = make_site(bolat.customer, name="School 12")

    receive(plain("In school 12 the lamp is out."))

    assert Ticket.objects.get().site == school
