import pytest

from servicebook.customers import actions
from servicebook.messaging import deliveries, sender
from servicebook.messaging.models import Delivery
from servicebook.testing import make_contact, make_customer

pytestmark = pytest.mark.django_db


@pytest.mark.req("S0.3")
@pytest.mark.usefixtures("_texts")
def test_after_a_replacement_nothing_goes_to_the_old_address(dispatcher):
    customer = make_customer()
    old = make_contact(customer, email="old@customer.example")
    new = make_contact(customer, email="new@customer.example")
    newest = make_contact(customer, email="newest@customer.example")

    def queue(key):
        deliveries.queue("test_visit", to=old, about=customer, key=key, facts={"what": "Server"})

    queue("before")
    actions.replace_contact(old.pk, by_contact=new, by=dispatcher)
    old.refresh_from_db()
    queue("between")
    actions.replace_contact(new.pk, by_contact=newest, by=dispatcher)
    old.refresh_from_db()
    queue("after")
    sender.send_due()

    sent = Delivery.objects.filter(state="sent").values_list("to_address", flat=True)
    assert list(sent) == ["newest@customer.example"] * 3
