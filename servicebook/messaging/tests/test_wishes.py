"""How a contact is written to stands on the card, and an address that came back is used again."""

import pytest
from django.test import Client

from servicebook.accounts.models import Role
from servicebook.core import clock
from servicebook.journal.models import Entry
from servicebook.messaging import channels
from servicebook.messaging.models import Suppression, Wish
from servicebook.messaging.notices import Told, tell
from servicebook.testing import make_contact, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user(Role.DISPATCHER))
    return client


@pytest.mark.req("S0.38")
def test_a_contact_is_written_to_as_they_wish(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "is_set_up", lambda channel: channel != "telegram")
    contact = make_contact(phone="+77010000000")
    page = desk.get(contact.get_absolute_url()).content.decode()
    assert '<option value="sms"' in page
    assert '<option value="telegram"' not in page

    desk.post(f"/contacts/{contact.pk}/wish/", {"first": "sms", "unsubscribed": "on"})

    (notice,) = tell([Told(contact, "renewal_notice", contact.customer, "r-1")])
    assert notice.delivery.channel == "sms"
    assert tell([Told(contact, "warranty_ends", contact.customer, "w-1")]) == []
    shown = desk.get(contact.get_absolute_url()).content.decode()
    assert '<option value="sms" selected' in shown
    assert "first by SMS; nothing that no contract asks for" in shown
    desk.post(f"/contacts/{contact.pk}/wish/", {"first": "sms", "unsubscribed": "on"})
    assert Entry.objects.filter(verb="contact.wishes").count() == 1


@pytest.mark.parametrize("first", ["telegram", "push", "pigeon", "x" * 300])
def test_a_way_that_is_not_set_up_is_refused(desk: Client, first: str) -> None:
    contact = make_contact()
    answer = desk.post(f"/contacts/{contact.pk}/wish/", {"first": first}, follow=True)
    assert "not set up here" in answer.content.decode()
    assert not Wish.objects.exists()


def test_an_address_that_came_back_is_used_again(desk: Client) -> None:
    contact, other = make_contact(email="anna@school.example"), make_contact()
    facts = {"because": "550 5.1.1 no such user", "since": clock.now()}
    one = Suppression.objects.create(channel="mail", address=contact.email, **facts)
    assert "no such user" in desk.get(contact.get_absolute_url()).content.decode()
    desk.post(f"/contacts/{other.pk}/lift/", {"suppression": one.pk})
    one.refresh_from_db()
    assert one.lifted_at is None

    desk.post(f"/contacts/{contact.pk}/lift/", {"suppression": one.pk})

    one.refresh_from_db()
    assert one.lifted_at is not None
    assert one.lifted_by is not None
    (notice,) = tell([Told(contact, "renewal_notice", contact.customer, "r-1")])
    assert notice.delivery.state == "waiting"
    again = desk.post(f"/contacts/{contact.pk}/lift/", {"suppression": one.pk}, follow=True)
    assert "Nothing stands in the way" in again.content.decode()
