"""A field that an administrator added is asked for wherever a ticket is opened, and is kept (S0.8)."""

import pytest
from django.urls import reverse

from servicebook.core import fields, reference
from servicebook.core.models import FieldRule
from servicebook.testing import make_contact, make_customer, make_reason, make_ticket
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor():
    rule = FieldRule.objects.create(
        entity="tickets.ticket", name="floor", label="Floor", kind="number", mandatory=True
    )
    reference.drop()
    return rule


@pytest.mark.req("S0.8")
def test_opening_a_ticket_asks_for_it_at_its_place(client, manager, floor):
    reason, contact = make_reason(), make_contact(make_customer())
    client.force_login(manager)
    address = f"{reverse('tickets:new')}?contact={contact.pk}"
    fields = {
        "title": "Server stands",
        "reason": reason.pk,
        "kind": "request",
        "channel": "phone",
        "contact": contact.pk,
    }

    without = client.post(address, fields)
    wrong = client.post(address, fields | {"custom_floor": "second"})
    assert not Ticket.objects.exists()
    client.post(address, fields | {"custom_floor": "2"})

    assert "This field is required" in without.content.decode()
    assert "Floor needs a number" in wrong.content.decode()
    assert 'value="second"' in wrong.content.decode()
    assert Ticket.objects.get().custom == {"floor": "2"}


@pytest.mark.req("S0.8")
def test_a_ticket_is_changed_only_with_it(client, manager, floor):
    floor.mandatory = False
    floor.save()
    reference.drop()
    ticket = make_ticket()
    client.force_login(manager)
    address = reverse("tickets:act", args=[ticket.number, "change"])
    page = client.get(address).content.decode()
    fields = {
        "title": "Other words",
        "reason": ticket.reason_id,
        "kind": ticket.kind,
        "downtime": ticket.downtime,
        "contact": ticket.contact_id or "",
    }

    client.post(address, fields | {"custom_floor": "3"})

    ticket.refresh_from_db()
    assert "Floor" in page
    assert (ticket.title, ticket.custom) == ("Other words", {"floor": "3"})


@pytest.mark.req("S0.8")
@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1/0", "twelve"])
def test_a_number_is_a_finite_number(text):
    rule = FieldRule(name="power", label="Power", kind=FieldRule.Kind.NUMBER)
    with pytest.raises(ValueError, match="Power needs a number"):
        fields.clean(rule, text)
    assert fields.clean(rule, "12,50") == "12.50"
