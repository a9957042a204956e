"""What a stage tells a customer, up to a mail server that does its worst (docs/trust.md, 2.6)."""

import socket
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.utils import make_msgid

import pytest
from django.conf import settings

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.customers.actions import save_contact
from servicebook.customers.models import Contact, Promise
from servicebook.journal.models import Entry
from servicebook.messaging import sender, settled, suppressing
from servicebook.messaging.channels import smtp
from servicebook.messaging.models import Delivery
from servicebook.messaging.tests.conftest import free_port, mail_server
from servicebook.reminders.models import Ask
from servicebook.testing import make_contact, make_customer, make_ticket, make_user
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Ticket

__all__ = ["mail_server"]
pytestmark = [pytest.mark.django_db, pytest.mark.trust("B23")]
Reminded = Callable[[str], Ticket]


@pytest.fixture
def reminded(set_clock) -> Reminded:
    """A ticket that waits for its customer, who was reminded after 48 hours; the mail is in the outbox."""

    def remind(local: str) -> Ticket:
        owner = make_user(Role.MANAGER, email="ok.owner@house.example")
        customer = make_customer(name="School", owner=owner)
        contact = make_contact(customer, name="Anna", email="ok.first@school.example", is_main=True)
        set_clock("2026-10-14 09:00")
        ticket = make_ticket(customer=customer, contact=contact)
        tickets.start(ticket.pk, by=owner)
        tickets.wait(ticket.pk, waiting_for="client", by=owner)
        run_due()
        send_for_days(1)  # what was told before the reminder
        Contact.objects.filter(pk=contact.pk).update(email=f"{local}@school.example")
        set_clock("2026-10-16 09:00")
        run_due()
        return ticket

    return remind


def mail() -> Delivery:
    """The latest that reminds the customer."""
    return Delivery.objects.filter(notices__text="reply_wanted").latest("pk")


def send_for_days(days: float) -> None:
    """Let a sender, and a worker, come each twenty minutes while something waits."""
    ends = clock.now() + timedelta(days=days)
    while clock.now() < ends and Delivery.objects.waiting().exists():
        clock.set_to(clock.now() + timedelta(minutes=20))
        sender.send_due()


def said(ticket: Ticket, verb: str) -> list[str]:
    """What the history of the ticket says of messages to the customer: the error, if there was one."""
    rows = Entry.objects.filter(verb=verb, subject_id=ticket.pk, facts__template="reply_wanted")
    return [one.facts["error"] for one in rows]


@pytest.mark.req("S0.36", "S0.38")
@pytest.mark.parametrize(
    ("does", "ends", "tries", "copies"),
    [
        pytest.param("ok", "sent", 1, 1, id="taken"),
        pytest.param("450-3", "sent", 4, 1, id="refused for now three times"),
        pytest.param("421-1", "sent", 2, 1, id="too many connections"),
        pytest.param("drop-1", "sent", 2, 1, id="cut before the data"),
        pytest.param("cut-1", "sent", 2, 2, id="cut after the final dot"),
        pytest.param("cut", "dead", 2, 2, id="cut after the final dot each time"),
        pytest.param("450", "dead", 10, 0, id="refused for now for days"),
        pytest.param("550", "dead", 1, 0, id="nobody there"),
        pytest.param("554", "dead", 1, 1, id="refused for good after the data"),
    ],
)
def test_a_reminder_ends_as_sent_or_as_a_failure_that_its_ticket_shows(
    reminded, mail_server, does, ends, tries, copies
):
    ticket = reminded(f"{does}.anna")
    row = mail()

    send_for_days(4)

    row.refresh_from_db()
    assert row.state == ends
    assert mail_server.tries[f"{does}.anna@school.example"] == tries
    assert mail_server.arrived[row.message_id] == copies  # the copy has the id of the first
    assert {one["Message-ID"] for one in mail_server.taken if f"{does}.anna@" in one["To"]} <= {
        row.message_id
    }
    assert said(ticket, "delivery.sent") == ([""] if ends == "sent" else [])
    assert [bool(error) for error in said(ticket, "delivery.dead")] == ([] if ends == "sent" else [True])
    mend = Promise.objects.filter(source="messaging.address")
    assert [(one.owner.email, one.about) for one in mend] == (
        [("ok.owner@house.example", Contact.objects.get(name="Anna"))] if does == "550" else []
    )
    assert Ask.objects.get().ended_at is None  # nobody answered, whatever became of the mail
    assert [str(one) for one in audit.everything()] == []


@pytest.mark.req("S0.36", "S0.40")
def test_an_address_that_is_gone_leaves_the_escalation_to_people_and_works_again_when_mended(
    reminded, mail_server, set_clock
):
    ticket = reminded("550.anna")
    send_for_days(1)
    (gone,) = said(ticket, "delivery.dead")
    assert "no such user" in gone

    set_clock("2026-10-17 09:00")  # 72 hours
    run_due()
    escalation = Delivery.objects.filter(notices__text="escalation")
    assert {one.to_address for one in escalation} == {"ok.owner@house.example"}

    contact = Contact.objects.get(name="Anna")
    contact.email = "ok.anna@school.example"
    save_contact(contact, by=ticket.customer.owner)
    tickets.resume(ticket.pk, by=ticket.customer.owner)
    tickets.wait(ticket.pk, waiting_for="client", by=ticket.customer.owner)
    run_due()
    clock.set_to(clock.now() + timedelta(hours=48))
    run_due()
    send_for_days(1)
    assert mail_server.tries["550.anna@school.example"] == 1
    assert mail_server.tries["ok.anna@school.example"] >= 1
    assert mail().state == "sent"


@pytest.mark.req("S0.36")
def test_a_server_that_refuses_connections_or_hangs_delays_a_reminder_and_loses_nothing(
    reminded, mail_server, monkeypatch
):
    here = settings.CONFIG.mail_url
    reminded("ok.anna")
    clock.set_to(clock.now() + timedelta(minutes=3))

    monkeypatch.setattr(settings.CONFIG, "mail_url", f"smtp://127.0.0.1:{free_port()}")
    sender.send_due()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(smtp, "STEP_SECONDS", 0.2)
        monkeypatch.setattr(settings.CONFIG, "mail_url", f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        sender.send_due()
    assert (mail().state, mail().attempts, mail().unknown) == ("waiting", 0, 0)

    monkeypatch.setattr(settings.CONFIG, "mail_url", here)
    send_for_days(1)
    assert mail().state == "sent"
    assert mail_server.arrived[mail().message_id] == 1


@pytest.mark.req("S0.36", "S0.38")
def test_a_stage_that_fires_again_adds_nothing_to_a_mail_that_may_have_arrived(
    reminded, mail_server, set_clock
):
    ticket = reminded("cut-1.anna")
    clock.set_to(clock.now() + timedelta(minutes=3))
    sender.send_due()
    assert mail().unknown == 1
    before = mail().body

    agenda.refresh(Ask.objects.get())
    run_due()
    send_for_days(1)

    assert mail().body == before
    assert mail_server.arrived[mail().message_id] == 2
    assert said(ticket, "delivery.sent") == [""]


# The twins: without its guard the same reminder is doubled under another name, or ends unseen.


def test_without_a_fixed_id_a_customer_is_reminded_twice(reminded, mail_server, monkeypatch):
    build = smtp.build

    def built_anew(row: Delivery) -> EmailMessage:
        one = build(row)
        one.replace_header("Message-ID", make_msgid())
        return one

    reminded("cut-1.anna")
    monkeypatch.setattr(smtp, "build", built_anew)
    send_for_days(4)
    assert mail_server.tries["cut-1.anna@school.example"] == 2
    assert mail_server.arrived[mail().message_id] == 0


def test_without_suppression_nobody_mends_an_address_that_is_gone(reminded, mail_server, monkeypatch):
    monkeypatch.setattr(suppressing, "suppress", lambda *_address, **_why: None)
    reminded("550.anna")
    send_for_days(4)
    assert mail().state == "dead"
    assert not Promise.objects.filter(source="messaging.address").exists()


def test_without_a_line_in_the_history_a_failure_is_seen_by_nobody(reminded, mail_server, monkeypatch):
    ticket = reminded("554.anna")
    monkeypatch.setattr(settled, "record", lambda _rows: None)
    send_for_days(4)
    assert mail().state == "dead"
    assert said(ticket, "delivery.dead") == []
