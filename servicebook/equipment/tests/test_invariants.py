from datetime import timedelta
from decimal import Decimal

import pytest

from servicebook.core import clock
from servicebook.customers import actions as customer_actions
from servicebook.customers import invariants as customers
from servicebook.customers.models import Contact, Customer, Place, Promise, Site
from servicebook.equipment import actions
from servicebook.equipment import invariants as equipment
from servicebook.equipment.models import Asset, Meter, Reading
from servicebook.testing import make_asset, make_contact, make_customer, make_site, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(dispatcher, set_clock):
    """A little of everything, made by actions alone."""
    now = set_clock("2026-10-14 09:00")
    customer = customer_actions.save_customer(Customer(name="City"), by=dispatcher)
    customer_actions.save_customer(Customer(name="School", parent=customer), by=dispatcher)
    old, new = make_contact(customer), make_contact(customer)
    site = customer_actions.save_site(Site(customer=customer, name="S", responsible=old), by=dispatcher)
    rack = customer_actions.save_place(Place(site=site, name="Rack"), by=dispatcher)
    customer_actions.replace_contact(old.pk, by_contact=new, by=dispatcher)
    server, disk = make_asset(site=site), make_asset(site=site)
    disk.parent = server
    actions.save_asset(disk, by=dispatcher)
    actions.move_asset(server.pk, site=site, place=rack, by=dispatcher)
    actions.swap_asset(disk.pk, replacement=Asset(model=disk.model, serial="NEW"), by=dispatcher)
    meter = actions.save_meter(Meter(asset=server, name="Runtime"), by=dispatcher)
    for days, value in ((3, 10), (1, 5), (2, 20)):
        at = now - timedelta(days=days)
        actions.record_reading(meter.pk, value=Decimal(value), read_at=at, by=dispatcher)
    promise = customer_actions.make_promise(
        text="Call", owner=dispatcher, due_at=now + timedelta(days=1), customer=customer, by=dispatcher
    )
    customer_actions.keep_promise(promise.pk, by=dispatcher)
    return customer


CHECKS = [
    customers.together,
    customers.no_circles,
    customers.successors,
    customers.settled_promises,
    equipment.in_place,
    equipment.no_circles,
    equipment.resets,
]


def test_what_actions_did_breaks_no_invariant(book):
    assert [line for check in CHECKS for line in check()] == []


def _site_elsewhere():
    Asset.objects.update(site=make_site(), place=None, parent=None)


def _part_without_site():
    Asset.objects.filter(parent__isnull=False).update(site=None, place=None)


def _part_elsewhere():
    Asset.objects.filter(parent__isnull=False).update(place=None)


def _place_elsewhere():
    Asset.objects.update(place=Place.objects.create(site=make_site(), name="X"), parent=None)


def _unit_in_itself():
    part = Asset.objects.get(parent__isnull=False)
    Asset.objects.filter(pk=part.parent_id).update(parent=part)


def _customer_in_itself():
    child = Customer.objects.get(parent__isnull=False)
    Customer.objects.filter(pk=child.parent_id).update(parent=child)


def _reset_forgotten():
    Reading.objects.update(is_reset=False)


def _stranger_responsible():
    Site.objects.update(responsible=make_contact())


def _old_responsible():
    Site.objects.update(responsible=Contact.objects.get(replaced_by__isnull=False))


def _promise_owed_after_it_was_kept():
    due = clock.now() + timedelta(days=1)
    customer_actions.make_promise(
        text="Call", owner=make_user(), due_at=due, customer=make_customer(), by=None
    )
    Promise.objects.update(kept_at=clock.now())


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (_site_elsewhere, equipment.in_place),
        (_part_without_site, equipment.in_place),
        (_part_elsewhere, equipment.in_place),
        (_place_elsewhere, equipment.in_place),
        (_unit_in_itself, equipment.no_circles),
        (_customer_in_itself, customers.no_circles),
        (_reset_forgotten, equipment.resets),
        (_stranger_responsible, customers.together),
        (_old_responsible, customers.successors),
        (_promise_owed_after_it_was_kept, customers.settled_promises),
    ],
    ids=lambda one: one.__name__.strip("_"),
)
def test_each_invariant_sees_what_it_is_for(book, spoil, check):
    spoil()
    assert list(check()) != []
