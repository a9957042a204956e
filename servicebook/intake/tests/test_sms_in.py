"""SMS that people send us, passed on by a gateway that knows the key."""

import json

import pytest
from django.conf import settings
from django.test import Client

from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.customers.models import Contact, Promise
from servicebook.intake.mail.actions import UNSORTED
from servicebook.intake.mail.placing import place_sender
from servicebook.intake.messenger import views
from servicebook.intake.models import ReceivedText
from servicebook.journal.models import Entry
from servicebook.messaging import sender
from servicebook.messaging.models import Delivery, Wish
from servicebook.messaging.tests.test_sms import sms_gateway
from servicebook.reminders.models import Ask
from servicebook.testing import make_contact, make_customer, make_reason, make_ticket, make_user
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Ticket

__all__ = ["sms_gateway"]
pytestmark = pytest.mark.django_db
KEY = "k" * 20
PHONE = "+77015550112"


@pytest.fixture(autouse=True)
def _set_up(monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "sms_in_key", KEY)
    for one in (views.calls_of_an_address, views.wrong_keys_of_an_address):
        one.forget()
    yield
    for one in (views.calls_of_an_address, views.wrong_keys_of_an_address):
        one.forget()


@pytest.fixture
def house(db):
    from servicebook.core import preferences

    make_reason("failure")
    manager = make_user(Role.MANAGER, name="Dana")
    preferences.choose(service_owner_id=manager.pk)
    return manager


@pytest.fixture
def gateway():
    """A client that is checked for CSRF, as the world is."""
    client = Client(enforce_csrf_checks=True)

    def post(text: str, *, sender: str = PHONE, key: str = KEY, **more: str):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return client.post("/in/sms/", {"from": sender, "text": text, **more}, headers=headers)

    return post


@pytest.mark.trust("B5")
@pytest.mark.parametrize("key", ["", "x" * 20, KEY[:-1], KEY + "k", "ключ"])
def test_a_wrong_key_is_refused_and_nothing_is_written(house, key):
    client = Client(enforce_csrf_checks=True)
    before = Entry.objects.count()
    answer = client.post("/in/sms/", {"from": PHONE, "text": "x"}, query_params={"key": key})
    assert answer.status_code == 403
    assert (ReceivedText.objects.count(), Entry.objects.count()) == (0, before)


def test_who_tries_keys_is_stopped(house, gateway):
    codes = [gateway("x", key="wrong").status_code for _try in range(12)]
    assert codes[:10] == [403] * 10
    assert codes[10:] == [429] * 2
    assert gateway("x").status_code == 200  # who knows it is heard


def test_without_a_key_of_ours_there_is_no_such_page(house, gateway, monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "sms_in_key", "")
    assert gateway("x", key="").status_code == 404
    assert gateway("x").status_code == 404


@pytest.mark.parametrize("how", ["bearer", "header", "address"])
def test_the_key_stands_where_a_gateway_can_put_it(house, client, how):
    given = {"bearer": {"Authorization": f"Bearer {KEY}"}, "header": {"X-Api-Key": KEY}, "address": {}}[how]
    query = {"key": KEY} if how == "address" else {}
    body = {"from": PHONE, "text": "x", "id": how}
    answer = client.post("/in/sms/", body, content_type="application/json", headers=given, query_params=query)
    assert answer.json() == {"status": "ok", "kept": 1, "known": 0}
    assert client.get("/in/sms/", query_params={"key": KEY}).status_code == 405


def test_what_cannot_be_read_is_refused_with_what_would_work(house, gateway):
    answer = gateway("")
    assert answer.status_code == 400
    assert "SMS_IN_FIELDS" in answer.json()["why"]
    assert gateway("x", sender="").status_code == 400
    assert gateway("x" * 200_000).status_code == 413
    assert not ReceivedText.objects.exists()


def test_the_operator_may_name_the_fields(house, client, monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "sms_in_fields", "from=who text=what")
    answer = client.post("/in/sms/", {"who": PHONE, "what": "Hello"}, headers={"X-Api-Key": KEY})
    assert answer.status_code == 200
    assert ReceivedText.objects.get().beginning == "Hello"


@pytest.mark.trust("B6")
def test_the_same_sms_passed_on_again_is_one(house, gateway, set_clock):
    set_clock("2026-10-14 09:00")
    for _again in range(3):
        gateway("Yes", id="a-1")
    gateway("Yes", id="a-2")
    assert ReceivedText.objects.count() == 2
    for moment in ("09:01", "09:09", "09:10"):  # a gateway without ids repeats itself
        set_clock(f"2026-10-14 {moment}")
        gateway("No")
    assert ReceivedText.objects.count() == 3
    set_clock("2026-10-15 09:00")
    gateway("No")  # the next day it is another
    assert ReceivedText.objects.count() == 4


@pytest.mark.req("S0.36", "S0.40", "S0.43")
@pytest.mark.parametrize("number", [PHONE, "77015550112", "8 (701) 555-01-12"])
def test_an_answer_by_sms_ends_the_question(house, gateway, set_clock, number):
    set_clock("2026-10-14 09:00")
    customer = make_customer(name="School 12")
    make_contact(customer, name="Shares the phone", phone=PHONE)
    contact = make_contact(customer, name="Aigul", phone="+77010000001", other_phone=PHONE)
    ticket = make_ticket(customer=customer, contact=contact, title="Which rack?")
    tickets.start(ticket.pk, by=house)
    tickets.wait(ticket.pk, waiting_for="client", by=house)
    run_due()
    gateway("The third one", sender=number)
    run_due()
    ask = Ask.objects.get()
    assert (ask.ended_as, ask.channel, ask.answered_by) == ("answered", "sms", "Aigul")
    message = ticket.messages.latest("pk")
    assert (message.text, message.channel, message.contact) == ("The third one", "messenger", contact)
    assert Entry.objects.get(verb="ask.answered").facts["how"] == "sms"


@pytest.fixture
def reminded_by_sms(house, set_clock, sms_gateway):
    """A ticket waits for Aigul, who was reminded by SMS after 48 hours."""
    set_clock("2026-10-14 09:00")
    contact = make_contact(make_customer(name="School 12"), name="Aigul", phone=PHONE)
    Wish.objects.create(contact=contact, channels=["sms"])
    ticket = make_ticket(customer=contact.customer, contact=contact, title="Which rack?")
    tickets.start(ticket.pk, by=house)
    tickets.wait(ticket.pk, waiting_for="client", by=house)
    run_due()
    set_clock("2026-10-16 09:00")
    run_due()
    set_clock("2026-10-16 15:00")
    sender.send_due()
    reminder = json.loads(sms_gateway.asked[-1].body)
    assert (reminder["to"], ticket.number in reminder["text"]) == (PHONE, True)
    return ticket


@pytest.mark.req("S0.36", "S0.38", "S0.40", "S0.43")
@pytest.mark.parametrize(
    ("key", "goes_on"),
    [pytest.param(KEY, False, id="the gateway"), pytest.param("x" * 20, True, id="anybody")],
)
def test_an_sms_that_answers_an_sms_stops_the_ladder(reminded_by_sms, gateway, set_clock, key, goes_on):
    for _again in range(2):
        gateway("The third one", sender="77015550112", key=key, id="a-1")
        run_due()
    before = Delivery.objects.latest("pk").pk
    for moment in ("2026-10-17 15:00", "2026-10-19 15:00", "2026-10-24 15:00"):
        set_clock(moment)
        run_due()
    later = Delivery.objects.filter(pk__gt=before, notices__text__in=["reply_wanted", "escalation"])
    assert later.exists() is goes_on
    assert Promise.objects.open().filter(source="reminders.silence").exists() is goes_on
    assert Ask.objects.open().exists() is goes_on
    heard = [one.text for one in reminded_by_sms.messages.filter(direction="in").order_by("pk")]
    assert heard.count("The third one") == (0 if goes_on else 1)
    assert list(audit.everything()) == []


@pytest.mark.req("S0.44")
def test_another_sms_becomes_a_ticket_and_is_answered_by_sms(house, gateway, monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "sms_url", "http://127.0.0.1:9/?to={to}&text={text}")
    contact = make_contact(make_customer(name="School 12"), name="Aigul", phone=PHONE)
    gateway("The server does not start", sender="77015550112")
    run_due()
    ticket = Ticket.objects.get()
    assert (ticket.contact, ticket.channel, ticket.reason.code) == (contact, "messenger", "failure")
    row = Delivery.objects.get(template="chat_received")
    assert (row.channel, row.to_address) == ("sms", PHONE)
    assert ticket.number in row.body


@pytest.mark.req("S0.44")
def test_an_unknown_number_waits_to_be_placed(house, gateway, monkeypatch):
    monkeypatch.setattr(settings.CONFIG, "sms_url", "http://127.0.0.1:9/?to={to}&text={text}")
    make_contact(make_customer(), email="", phone="+77019999999")
    gateway("No power")
    run_due()
    ticket = Ticket.objects.get()
    assert ticket.customer.external_ref == UNSORTED
    assert (ticket.contact.name, ticket.contact.phone) == (PHONE, PHONE)
    assert not Delivery.objects.filter(channel="sms").exists()

    customer = make_customer(name="Hotel")
    make_contact(customer, name="Without a mail address", email="", phone="+77018888888")
    place_sender(ticket.pk, customer=customer, by=house)
    ticket.refresh_from_db()
    assert (ticket.customer, ticket.contact.phone) == (customer, PHONE)
    gateway("And no water", id="n-2")
    run_due()
    assert Ticket.objects.latest("pk").customer == customer
    assert Contact.objects.filter(phone=PHONE, active=True).count() == 1


def test_a_number_of_a_customer_is_theirs(house, gateway):
    customer = make_customer(name="Hotel", phone=PHONE)
    gateway("No power")
    run_due()
    assert Ticket.objects.get().customer == customer


def test_an_advertisement_is_put_aside(house, gateway):
    gateway("Only today!", sender="KASPI")
    run_due()
    row = ReceivedText.objects.get()
    assert (row.state, Ticket.objects.count()) == ("put_aside", 0)
    assert "no phone number" in row.because
