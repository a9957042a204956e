"""An address that came back for good: nothing more goes there, its owner mends it, and then it works."""

import pytest

from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.customers.actions import save_contact
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.messaging import sender, suppressing
from servicebook.messaging.models import Delivery, Suppression
from servicebook.messaging.notices import Told, tell
from servicebook.messaging.returned import came_back
from servicebook.messaging.rules.refusals import means_the_address
from servicebook.testing import make_contact, make_customer, make_user


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("550 5.1.1 no such user", True),
        ("smtp; 550-5.1.1 The email account that you tried to reach does not exist", True),
        ("553 sorry, no mailbox here by that name", True),
        ("550 no such user", True),
        ("5.1.10 RESOLVER.ADR.RecipientNotFound", True),
        ("550 5.2.1 mailbox disabled", True),
        ("552 5.2.2 mailbox full", False),
        ("550 5.7.1 we do not like your network", False),
        ("554 5.7.1 spam", False),
        ("554 rejected", False),
        ("553 5.1.8 sender's domain does not exist", False),
        ("552 message too large", False),
        ("550 5.7.1 192.5.1.1 is listed", False),
        ("The other server sent it back.", False),
    ],
)
def test_a_refusal_means_the_address_or_what_we_sent(said, means):
    assert means_the_address(said) is means


@pytest.fixture
def owner(db):
    return make_user("account_manager")


def told(contact, key: str, **how) -> Delivery:
    tell([Told(contact, "renewal_notice", contact.customer, key, urgent=True, **how)])
    return Delivery.objects.latest("pk")


def test_a_server_that_knows_nobody_there_gets_nothing_more_until_the_card_is_mended(mail_server, owner):
    contact = make_contact(make_customer(owner=owner), email="550.anna@school.example")
    told(contact, "r-1")
    sender.send_due()
    assert told(contact, "r-2").state == "dead"
    assert sender.send_due() == 0
    step = Promise.objects.open().get()
    assert (step.owner, step.about) == (owner, contact)
    assert "550.anna@school.example" in step.why
    assert Entry.objects.filter(verb="contact.unreachable").get().subject == contact

    contact.email = "ok.anna@school.example"
    save_contact(contact, by=owner)
    assert told(contact, "r-3").state == "waiting"
    run_due()
    sender.send_due()
    assert mail_server.tries == {"550.anna@school.example": 1, "ok.anna@school.example": 1}
    step.refresh_from_db()
    assert step.dropped_because
    assert [str(one) for one in audit.everything()] == []


def test_a_policy_of_the_other_server_says_nothing_of_the_address(mail_server, owner):
    contact = make_contact(make_customer(owner=owner), email="554.anna@school.example")
    told(contact, "r-1")
    sender.send_due()
    assert Delivery.objects.get(contact=contact).state == "dead"
    assert not Suppression.objects.exists()


def test_two_messages_that_come_back_are_one_suppression_and_one_step(owner):
    contact = make_contact(make_customer(owner=owner))
    rows = [told(contact, "r-1"), told(contact, "r-2")]
    Delivery.objects.update(state="sent", settled_at=rows[0].queued_at)
    came_back([row.message_id for row in rows], because="550 5.1.1 no such user")
    came_back([row.message_id for row in rows], because="550 5.1.1 no such user")
    assert (Suppression.objects.count(), Promise.objects.open().count()) == (1, 1)
    assert [row.state for row in Delivery.objects.all()] == ["dead", "dead"]


def test_a_suppressed_address_that_is_lifted_works_at_once(mail_server, owner):
    contact = make_contact(make_customer(owner=owner), email="550-1.anna@school.example")
    first = told(contact, "r-1")
    sender.send_due()
    waits = told(contact, "r-2")
    assert waits.state == "dead"
    (one,) = suppressing.suppressed_of([contact])[contact.pk]
    suppressing.lift(one.pk, by=owner, contact=contact)
    assert told(contact, "r-3").state == "waiting"
    assert sender.send_due() == 1
    run_due()
    assert not Promise.objects.open().exists()
    with pytest.raises(suppressing.NotSuppressed):
        suppressing.lift(one.pk, by=owner, contact=contact)
    first.refresh_from_db()
    assert first.state == "dead"  # until somebody sends it again


def test_what_waits_for_an_address_that_comes_back_meanwhile_is_dead_too(owner):
    contact = make_contact(make_customer(owner=owner))
    row = told(contact, "r-1")
    suppressing.suppress(row, [contact.email], because="no such user")
    sender.send_due()
    row.refresh_from_db()
    assert (row.state, "no such user" in row.last_error) == ("dead", True)


def test_the_owner_of_the_service_mends_what_nobody_owns(owner):
    from servicebook.core import preferences

    preferences.choose(service_owner_id=owner.pk)
    contact = make_contact()
    suppressing.suppress(told(contact, "r-1"), [contact.email], because="no such user")
    assert Promise.objects.open().get().owner == owner


def test_without_suppression_the_other_server_is_asked_for_nobody_again_and_again(
    mail_server, owner, monkeypatch
):
    """The twin: what the list of suppressed addresses is for."""
    monkeypatch.setattr(suppressing, "suppress", lambda *_address, **_why: None)
    contact = make_contact(make_customer(owner=owner), email="550.anna@school.example")
    for key in ("r-1", "r-2"):
        assert told(contact, key).state == "waiting"
        sender.send_due()
    assert mail_server.tries == {"550.anna@school.example": 2}
    assert not Promise.objects.open().exists()  # and nobody mends it
