"""A branch leaves the customer above it once no open ticket names things of both (I7)."""

from threading import Event

import pytest

from servicebook.core.errors import Refused
from servicebook.customers import actions as customers
from servicebook.customers.holding import HeldBranch
from servicebook.customers.models import Customer
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_contact,
    make_customer,
    make_reason,
    make_site,
    make_ticket,
)
from servicebook.tickets import actions
from servicebook.tickets.actions import _units, opening
from servicebook.tickets.actions._base import in_one_tree
from servicebook.tickets.invariants import one_tree
from servicebook.tickets.tests.test_races import ROUNDS, one_inside_the_other, together

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.6"), pytest.mark.trust("I7")]


def hang(branch, under):
    branch = Customer.objects.get(pk=branch.pk)
    branch.parent = under
    return customers.save_customer(branch, by=None)


@pytest.fixture
def office(manager):
    return make_customer(name="Ministry")


@pytest.fixture
def branch(office):
    return make_customer(name="City", parent=office)


@pytest.mark.parametrize("named", ["contact", "site", "asset"])
@pytest.mark.parametrize("upwards", [True, False])
def test_a_branch_stays_while_an_open_ticket_names_things_of_both(named, upwards, office, branch, manager):
    below = make_customer(name="School", parent=branch)
    whose, theirs = (below, office) if upwards else (office, below)
    make = {"contact": make_contact, "site": make_site, "asset": make_asset}[named]
    ticket = make_ticket(customer=whose, **{named: make(theirs)})

    for under in (None, make_customer()):
        with pytest.raises(HeldBranch, match=f"City cannot leave Ministry yet: .*{ticket.number}") as refused:
            hang(branch, under)
        assert refused.value.fields.keys() == {"parent"}
    close_ticket(ticket, by=manager)
    assert hang(branch, None).parent is None
    assert list(one_tree()) == []


def test_what_is_its_own_or_of_those_that_stay_above_holds_nothing(office, branch):
    make_ticket(asset=make_asset(branch))
    make_ticket(customer=branch, contact=make_contact(office))
    make_ticket(asset=make_asset(office))
    middle = make_customer(name="Region", parent=office)
    assert hang(branch, middle).parent == middle
    assert hang(office, make_customer(name="State")).parent.name == "State"
    assert list(one_tree()) == []


@pytest.mark.django_db(transaction=True)
def test_what_covers_a_ticket_on_a_unit_of_the_office_is_foreseen_from_a_page(office, branch):
    asked = {"customer": branch, "title": "", "text": "", "channel": "phone", "by": None}
    asked["reason"] = make_reason()
    assert actions.foresee(**asked, asset=make_asset(office)) is not None


def test_a_closed_ticket_of_before_is_not_opened_again_and_takes_nothing_along(office, branch, manager):
    contact, site = make_contact(office), make_site(office)
    ticket = make_ticket(customer=branch, contact=contact, site=site)
    close_ticket(ticket, by=manager)
    hang(branch, None)
    with pytest.raises(actions.MoveRefused, match="belongs to another customer now"):
        actions.reopen(ticket.pk, by=manager, because="the customer called")
    said = actions.add_note(ticket.pk, text="A second matter", by=manager)
    apart = actions.split(ticket.pk, title="A second matter", message_ids=[said.pk], by=manager)
    written = actions.receive_message(ticket.pk, text="It is broken again!", channel="mail", contact=contact)
    for fresh in (apart, written.ticket):
        assert (fresh.customer, fresh.site, fresh.contact) == (branch, None, None)
    assert list(one_tree()) == []


def test_without_those_who_hold_it_a_branch_leaves_its_ticket_behind(office, branch, monkeypatch):
    ticket = make_ticket(customer=branch, site=make_site(office))
    monkeypatch.setattr("servicebook.customers.holding._holding", [])
    hang(branch, None)
    assert list(one_tree()) == [f"{ticket.number}: its site belongs to another customer"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_leave_against_a_ticket_lets_one_of_them_through(office):
    site = make_site(office)
    for _round in range(ROUNDS):
        branch = make_customer(parent=office)
        failed = together(
            lambda branch=branch: hang(branch, None),
            lambda branch=branch: make_ticket(customer=Customer.objects.get(pk=branch.pk), site=site),
        )
        assert [isinstance(error, Refused) for error in failed] == [True], failed
        assert list(one_tree()) == []


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_ticket_names_the_office_that_its_branch_left(office, branch, monkeypatch):
    site = make_site(office)
    read, go = Event(), Event()
    ask = opening.earlier_ticket

    def ask_and_wait(*asked, **more):
        read.set()
        go.wait(timeout=20)
        return ask(*asked, **more)

    monkeypatch.setattr(_units, "stays_in_one_tree", in_one_tree)
    monkeypatch.setattr(opening, "earlier_ticket", ask_and_wait)
    one_inside_the_other(
        lambda: make_ticket(customer=branch, site=site), lambda: hang(branch, None), read, go
    )
    assert len(list(one_tree())) == 1
