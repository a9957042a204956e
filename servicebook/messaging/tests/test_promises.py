from datetime import timedelta

import pytest

from servicebook.agenda.worker import run_due
from servicebook.core import preferences
from servicebook.customers import actions
from servicebook.messaging import deliveries, sender
from servicebook.messaging.models import Delivery
from servicebook.testing import make_contact, make_customer, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.req("S0.4")
@pytest.mark.trust("B23")
def test_the_owner_of_an_overdue_promise_is_told_once_per_date(set_clock, dispatcher):
    at = set_clock("2026-10-14 09:00")
    promise = actions.make_promise(
        text="Call back about the offer",
        owner=dispatcher,
        due_at=at + timedelta(hours=1),
        customer=make_customer(name="Alpha"),
        by=None,
    )
    run_due()
    assert not Delivery.objects.exists()

    set_clock("2026-10-14 10:00")
    run_due()
    run_due()

    mail = Delivery.objects.get()
    assert (mail.to_address, mail.about) == (dispatcher.email, promise)
    assert mail.subject_line == "Overdue: Call back about the offer"
    assert promise.get_absolute_url() in mail.body

    actions.move_promise(promise.pk, due_at=at + timedelta(hours=5), by=dispatcher)
    set_clock("2026-10-14 15:00")
    run_due()
    assert Delivery.objects.count() == 2


def test_a_promise_that_was_kept_in_time_bothers_nobody(set_clock, dispatcher):
    at = set_clock("2026-10-14 09:00")
    due = at + timedelta(hours=1)
    promise = actions.make_promise(
        text="Call", owner=dispatcher, due_at=due, customer=make_customer(), by=None
    )
    actions.keep_promise(promise.pk, by=dispatcher)
    set_clock("2026-10-14 12:00")
    run_due()
    assert not Delivery.objects.exists()


def test_when_the_owner_left_whoever_owns_the_service_is_told(set_clock):
    at = set_clock("2026-10-14 09:00")
    left, head = make_user(), make_user()
    preferences.choose(service_owner_id=head.pk)
    due = at + timedelta(hours=1)
    actions.make_promise(text="Call", owner=left, due_at=due, customer=make_customer(), by=None)
    left.is_active = False
    left.save()
    set_clock("2026-10-14 12:00")
    run_due()
    assert Delivery.objects.get().to_address == head.email


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
