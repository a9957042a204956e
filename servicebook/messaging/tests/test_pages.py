"""The list of messages, one message, and sending again."""

import pytest

from servicebook import search
from servicebook.customers.models import Contact
from servicebook.journal.models import Entry
from servicebook.messaging import actions, deliveries, sender
from servicebook.messaging.models import Delivery
from servicebook.testing import make_contact, make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_mail_texts")]


@pytest.fixture
def dead(_mail_texts: None) -> Delivery:
    customer = make_customer(name="School 12")
    contact = make_contact(customer, email="nobody")
    row = deliveries.queue("test_visit", to=contact, about=customer, key="visit-1")
    search.index(customer, new=True)
    sender.send_due()
    assert row is not None
    row.refresh_from_db()
    return row


def test_a_dead_letter_is_seen_and_sent_again_to_the_mended_address(client, dispatcher, dead):
    client.force_login(dispatcher)
    found = client.get("/deliveries/", {"state": "dead"}).content.decode()
    assert "School 12" in found
    assert "is no address" in found
    one = client.get(dead.get_absolute_url()).content.decode()
    assert "Send again" in one
    Contact.objects.filter(pk=dead.contact_id).update(email="")
    one = client.get(dead.get_absolute_url()).content.decode()
    assert "it would not arrive. The card has no address to write to." in one
    assert f"/contacts/{dead.contact_id}/edit/" in one

    Contact.objects.filter(pk=dead.contact_id).update(email="anna@school.example")
    assert "anna@school.example." in client.get(dead.get_absolute_url()).content.decode()
    answer = client.post(f"/deliveries/{dead.pk}/send-again/", follow=True)
    assert "is sent again now" in answer.content.decode()
    sender.send_due()
    dead.refresh_from_db()
    assert (dead.state, dead.to_address) == ("sent", "anna@school.example")
    assert Entry.objects.get(verb="delivery.sent_again").actor == dispatcher


def test_what_was_sent_is_not_sent_again(client, dispatcher, dead):
    Delivery.objects.update(state="sent")
    with pytest.raises(actions.NotDead):
        actions.send_again(dead.pk, by=dispatcher)
    client.force_login(dispatcher)
    answer = client.post(f"/deliveries/{dead.pk}/send-again/", follow=True)
    assert "Only a message that could not be delivered" in answer.content.decode()


@pytest.mark.parametrize("text", ["school", "nobody"])
def test_a_message_is_found_by_its_address_and_by_what_it_is_about(client, dispatcher, dead, text):
    client.force_login(dispatcher)
    assert "School 12" in client.get("/deliveries/", {"state": "dead", "q": text}).content.decode()
    other = client.get("/deliveries/", {"state": "dead", "q": "clinic"}).content.decode()
    assert "School 12" not in other


def test_an_engineer_does_not_read_everybodys_mail(client, engineer, dead):
    client.force_login(engineer)
    assert client.get("/deliveries/").status_code == 403
    assert client.get(dead.get_absolute_url()).status_code == 403


@pytest.mark.parametrize("count", [1, 8])
def test_the_list_takes_a_fixed_number_of_statements(
    client, dispatcher, count, dead, django_assert_max_num_queries
):
    for number in range(count):
        customer = make_customer()
        deliveries.queue("test_visit", to=make_contact(customer), about=customer, key=f"more-{number}")
    client.force_login(dispatcher)
    client.get("/deliveries/")
    with django_assert_max_num_queries(16):
        client.get("/deliveries/")


def test_what_stands_in_a_message_is_text_on_the_page(client, dispatcher):
    customer = make_customer(name="<script>alert(1)</script>")
    row = deliveries.queue(
        "test_visit",
        to=make_contact(customer),
        about=customer,
        key="v",
        facts={"what": "<img src=x onerror=alert(1)>"},
    )
    client.force_login(dispatcher)
    page = client.get(row.get_absolute_url()).content.decode()
    assert "<img src=x" not in page
    assert "<script>alert(1)" not in page
