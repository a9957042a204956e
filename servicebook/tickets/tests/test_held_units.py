"""A unit goes to another customer once nothing is open on it here; with the guards on and off (I7)."""

from threading import Event

import pytest
from django.urls import reverse

from servicebook.core.errors import Refused
from servicebook.equipment import actions as equipment
from servicebook.equipment import holding
from servicebook.equipment.actions import assets
from servicebook.equipment.invariants import in_place
from servicebook.equipment.models import Asset
from servicebook.journal.models import Entry
from servicebook.testing import Program, close_ticket, make_asset, make_customer, make_site, make_ticket
from servicebook.tickets import actions
from servicebook.tickets.actions import opening
from servicebook.tickets.invariants import one_tree
from servicebook.tickets.models import Ticket
from servicebook.tickets.tests.test_races import ROUNDS, one_inside_the_other, together

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.6"), pytest.mark.trust("I7")]


def move(unit, site):
    return equipment.move_asset(unit.pk, site=site, place=None, by=None)


@pytest.fixture
def ticket(manager):
    return make_ticket(asset=make_asset())


def test_a_unit_with_open_tickets_stays_until_they_are_settled(ticket, manager):
    unit, there = ticket.asset, make_site()
    other = make_ticket(asset=unit)
    with pytest.raises(holding.HeldHere, match=f"{ticket.number}, {other.number} are open on it") as refused:
        move(unit, there)
    assert refused.value.fields.keys() == {"site"}
    assert "put them on another unit" in str(refused.value)

    close_ticket(ticket, by=manager)
    with pytest.raises(Refused, match=f"{other.number} is open on it"):
        move(unit, there)
    actions.change(other.pk, asset=make_asset(ticket.customer), by=manager)
    assert move(unit, there).customer == there.customer
    assert list(one_tree()) == []


def test_within_its_customer_and_its_branches_a_unit_moves_freely(ticket):
    unit, customer = ticket.asset, ticket.customer
    assert move(unit, make_site(customer)).customer == customer
    branch = make_customer(parent=customer)
    assert move(unit, make_site(branch)).customer == branch
    assert move(unit, None).site is None
    assert list(one_tree()) == []


def test_what_is_open_on_a_part_holds_the_whole(ticket):
    part = ticket.asset
    whole = make_asset(site=part.site)
    Asset.objects.filter(pk=part.pk).update(parent=whole)
    with pytest.raises(holding.HeldHere, match=ticket.number):
        move(whole, make_site())


def test_an_edit_gives_a_unit_away_no_more_than_a_move(ticket):
    unit, there = ticket.asset, make_site()
    unit.customer, unit.site = there.customer, there
    with pytest.raises(holding.HeldHere, match=ticket.number) as refused:
        equipment.save_asset(unit, by=None)
    assert refused.value.fields.keys() == {"customer"}
    assert Asset.objects.get(pk=unit.pk).customer == ticket.customer


def test_parts_of_a_unit_that_stands_nowhere_go_along_to_its_new_customer():
    whole = make_asset(site=make_site(name="School 12"))
    part = make_asset(site=whole.site, parent=whole)
    move(whole, None)
    whole = Asset.objects.get(pk=whole.pk)
    whole.customer = make_customer()
    equipment.save_asset(whole, by=None)
    assert Asset.objects.get(pk=part.pk).customer == whole.customer
    assert list(in_place()) == []
    facts = Entry.objects.filter(verb="asset.moved", subject_id=part.pk).latest("pk").facts
    assert (facts["before"], facts["after"]) == (part.customer.name, whole.customer.name)

    part = Asset.objects.get(pk=part.pk)
    part.customer = make_customer()
    with pytest.raises(Refused, match="part of"):
        equipment.save_asset(part, by=None)


def test_the_page_says_what_holds_a_unit_and_keeps_what_was_typed(client, dispatcher, ticket):
    client.force_login(dispatcher)
    there = make_site()
    typed = {"site": f"{there} #{there.pk}", "why": "Sold on"}
    answer = client.post(reverse("equipment:move_asset", args=[ticket.asset.pk]), typed)
    assert answer.status_code == 422
    shown = answer.content.decode()
    for text in (ticket.number, "put it on another unit", "Sold on", typed["site"]):
        assert text in shown


def test_the_api_says_what_holds_a_unit(manager, ticket):
    there = make_site()
    body = {"site": there.pk, "why": "Sold on"}
    answer = Program(manager).call("POST", f"/assets/{ticket.asset.pk}/move", body)
    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, "unit_held")
    assert ticket.number in str(said)


def test_a_closed_ticket_lets_its_unit_go_and_stays_with_who_had_it(ticket, manager):
    close_ticket(ticket, by=manager)
    move(ticket.asset, make_site())
    assert list(one_tree()) == []
    with pytest.raises(actions.MoveRefused, match="belongs to another customer now"):
        actions.reopen(ticket.pk, by=manager, because="the customer called")
    split = actions.add_note(ticket.pk, text="A second matter", by=manager)
    apart = actions.split(ticket.pk, title="A second matter", message_ids=[split.pk], by=manager)
    written = actions.receive_message(ticket.pk, text="It is broken again!", channel="mail")
    for fresh in (apart, written.ticket):
        assert (fresh.customer, fresh.asset) == (ticket.customer, None)
    assert Ticket.objects.get(pk=ticket.pk).asset == ticket.asset
    assert list(one_tree()) == []


def test_the_troubles_of_who_had_it_before_are_no_repeat(ticket, manager):
    close_ticket(ticket, by=manager)
    unit = move(ticket.asset, make_site())
    assert make_ticket(asset=unit, reason=ticket.reason).repeat_of is None


# At the same moment, and the twins.


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("doing", ["open", "change"])
def test_a_move_against_a_ticket_lets_one_of_them_through(doing, manager):
    for _round in range(ROUNDS):
        unit, there = make_asset(), make_site()
        named = make_ticket(customer=unit.customer) if doing == "change" else None

        def name(unit=unit, named=named):
            if named is None:
                return make_ticket(asset=unit)
            return actions.change(named.pk, asset=unit, by=manager)

        failed = together(lambda unit=unit, there=there: move(unit, there), name)
        assert [isinstance(error, Refused) for error in failed] == [True], failed
        assert list(one_tree()) == []


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_ticket_is_opened_on_a_unit_that_has_gone(manager, monkeypatch):
    unit, there = make_asset(), make_site()
    read, go = Event(), Event()
    ask = opening.earlier_ticket

    def ask_and_wait(*asked, **more):
        found = ask(*asked, **more)
        read.set()
        go.wait(timeout=20)
        return found

    monkeypatch.setattr(opening, "_HELD", {})
    monkeypatch.setattr(opening, "earlier_ticket", ask_and_wait)
    one_inside_the_other(lambda: make_ticket(asset=unit), lambda: move(unit, there), read, go)
    assert len(list(one_tree())) == 1


def test_without_those_who_hold_it_a_unit_leaves_its_ticket_behind(ticket, monkeypatch):
    monkeypatch.setattr(assets, "refuse_while_held", lambda *_units, **_to: None)
    move(ticket.asset, make_site())
    assert list(one_tree()) == [f"{ticket.number}: its asset belongs to another customer"]


def test_without_a_look_at_the_unit_a_reopened_ticket_names_a_stranger(ticket, manager, monkeypatch):
    close_ticket(ticket, by=manager)
    move(ticket.asset, make_site())
    monkeypatch.setattr("servicebook.tickets.actions.talking._lost", lambda _ticket: None)
    actions.reopen(ticket.pk, by=manager, because="the customer called")
    assert list(one_tree()) == [f"{ticket.number}: its asset belongs to another customer"]
