"""The checks of the books see what is wrong, and name it."""

import pytest

from servicebook.core.models import NumberSeries
from servicebook.testing import make_ticket
from servicebook.tickets import invariants
from servicebook.tickets.models import Spell, Ticket

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


def test_a_ticket_without_its_spell_is_named(manager):
    ticket = make_ticket()
    Spell.objects.all().delete()

    assert [*invariants.one_open_spell()] == [f"{ticket.number} has no open spell of its status"]
