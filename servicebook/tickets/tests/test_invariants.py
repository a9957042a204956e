"""The checks of the books see what is wrong, and name it."""

import pytest

from servicebook.core.models import NumberSeries
from servicebook.testing import make_asset, make_contract, make_ticket
from servicebook.tickets import invariants
from servicebook.tickets.models import SlaClock, Spell, Ticket

pytestmark = pytest.mark.django_db


def test_sound_books_are_left_alone(manager):
    make_ticket()

    assert not [*invariants.numbers_without_gap(), *invariants.one_open_spell()]
    assert not [*invariants.spells_without_gap(), *invariants.opening_and_closing_recorded()]


@pytest.mark.trust("B22")
def test_a_gap_in_the_numbers_is_named(manager):
    make_ticket()
    NumberSeries.objects.update(last=7)

    [line] = invariants.numbers_without_gap()

    assert "1 tickets" in line


def test_a_number_of_another_kind_is_named(manager):
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(number="B-17")

    assert "B-17 is no number of ours" in [*invariants.numbers_without_gap()]


@pytest.mark.trust("I2")
def test_a_clock_that_does_not_show_what_its_events_say_is_named(manager, set_clock):
    set_clock("2026-10-14 09:00")
    asset = make_asset()
    make_contract(asset.customer, targets=[{"measure": "recovery", "minutes": 480}])
    tickets = [make_ticket(asset=asset) for _ in range(3)]
    assert not [*invariants.clocks_equal_their_events()]
    SlaClock.objects.filter(ticket=tickets[1]).update(counted=7)

    assert [*invariants.clocks_equal_their_events()] == [
        f"{tickets[1].number}: its clocks do not show what its events say"
    ]


def test_a_ticket_without_its_spell_is_named(manager):
    ticket = make_ticket()
    Spell.objects.all().delete()

    assert [*invariants.one_open_spell()] == [f"{ticket.number} has no open spell of its status"]
