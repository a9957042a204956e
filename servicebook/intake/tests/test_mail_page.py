"""What waits for a person on the page Incoming mail."""

import pytest

from servicebook.accounts.models import Role
from servicebook.customers.models import Contact
from servicebook.intake.mail import actions
from servicebook.intake.models import ReceivedMail
from servicebook.intake.tests.mails import plain
from servicebook.journal.models import Entry
from servicebook.testing import PASSWORD, make_asset, make_customer, make_reason, make_user
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _house(db):
    make_user(Role.MANAGER, name="Service owner", email="owner@house.example")
    make_reason("failure")


@pytest.fixture
def desk(client, dispatcher):
    client.login(email=dispatcher.email, password=PASSWORD)
    return client


def test_a_mail_that_was_put_aside_says_why_and_can_become_a_ticket(desk):
    mail = actions.receive(plain(sender="noreply@shop.example", subject="<script>alert(1)</script>"))

    text = desk.get("/mail/").content.decode()
    assert "A program wrote it" in text
    assert "<script>alert(1)" not in text

    assert desk.post(f"/mail/{mail.pk}/again", follow=True).status_code == 200
    assert Ticket.objects.count() == 0
    desk.post(f"/mail/{mail.pk}/again", {"anyway": "1"})
    desk.post(f"/mail/{mail.pk}/again", {"anyway": "1"})  # a second press changes nothing
    assert Ticket.objects.count() == 1
    assert Entry.objects.filter(verb="mail.understood").count() == 1


@pytest.mark.trust("B8")
def test_a_raw_mail_is_only_ever_downloaded(desk):
    mail = actions.receive(plain())

    answer = desk.get(f"/mail/{mail.pk}/raw")

    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content).startswith(b"From:")


def test_placing_a_sender_moves_all_their_tickets_and_the_next_mail_finds_the_way(desk):
    plant = make_customer(name="Astyk plant")
    unit = make_asset(plant, serial="7CX-20418")
    stranger = {"sender": "Bolat <bolat@private.example>"}
    actions.receive(plain("The 7CX-20418 leaks.", **stranger))
    actions.receive(plain("And the light is out.", **stranger))
    first, second = Ticket.objects.order_by("pk")
    assert first.number in desk.get("/mail/").content.decode()

    wrong = desk.post(f"/mail/place/{first.number}/", {"company": "Nobody"})
    assert wrong.status_code == 422
    desk.post(f"/mail/place/{first.number}/", {"company": "astyk"})
    actions.receive(plain("A third thing.", **stranger))

    tickets = list(Ticket.objects.order_by("pk"))
    assert {ticket.customer for ticket in tickets} == {plant}
    assert tickets[0].asset == unit
    contact = Contact.objects.reachable().get(email="bolat@private.example")
    assert {ticket.contact for ticket in tickets} == {contact}
    assert contact.customer == plant
    assert second.pk == tickets[1].pk


def test_a_placed_ticket_is_not_placed_twice(desk):
    plant = make_customer(name="Astyk plant")
    actions.receive(plain(sender="x@private.example"))
    number = Ticket.objects.get().number

    desk.post(f"/mail/place/{number}/", {"company": plant.name})
    assert desk.post(f"/mail/place/{number}/", {"company": plant.name}).status_code == 422


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.ACCOUNTANT, Role.STOREKEEPER])
def test_others_than_the_desk_do_not_read_incoming_mail(client, role):
    person = make_user(role)
    client.login(email=person.email, password=PASSWORD)

    for path in ("/mail/", "/mail/1/raw", "/mail/place/T-1/"):
        assert client.get(path).status_code == 403


@pytest.mark.parametrize("many", [1, 30])
def test_the_page_takes_a_fixed_number_of_queries(many, desk, django_assert_max_num_queries):
    for number in range(many):
        actions.receive(plain(f"Number {number}", sender=f"noreply-{number}@shop.example"))
    assert ReceivedMail.objects.count() == many
    desk.get("/mail/")

    with django_assert_max_num_queries(12):
        desk.get("/mail/")
