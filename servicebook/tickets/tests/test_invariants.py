"""The checks of the books see what is wrong, and name it."""

import pytest

from servicebook.core.models import NumberSeries
from servicebook.testing import make_asset, make_contract, make_ticket
from servicebook.tickets import actions, invariants
from servicebook.tickets.models import Charge, SlaClock, Spell, Ticket, TimeEntry

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


@pytest.fixture
def promised(manager, set_clock):
    """A ticket under a contract, with time beyond it."""
    set_clock("2026-10-14 09:00")
    asset = make_asset()
    make_contract(
        asset.customer,
        included=[{"code": "labour", "service": "labour", "limit": 60}],
        targets=[{"measure": "response", "minutes": 60}, {"measure": "recovery", "minutes": 480}],
        rates=[{"service": "labour", "price": 9000}],
    )
    ticket = make_ticket(asset=asset)
    actions.log_time(ticket.pk, minutes=90, service="labour", by=manager)
    return ticket


@pytest.mark.trust("I2")
def test_clocks_decisions_and_charges_are_sound_at_any_time(promised, manager, set_clock):
    def lines():
        return [
            *invariants.clocks_equal_their_events(),
            *invariants.decisions_are_those_of_their_tickets(),
            *invariants.time_is_billed_once(),
        ]

    assert lines() == []
    set_clock("2026-10-14 11:00")  # the response is missed, and the agenda has not come to it
    assert lines() == []
    actions.start(promised.pk, by=manager)
    assert lines() == []


def test_a_next_deadline_of_its_own_is_named(promised):
    Ticket.objects.update(next_deadline_at=None)

    assert "its next deadline is none of its clocks'" in "".join(invariants.clocks_equal_their_events())


def test_a_ticket_that_says_otherwise_than_its_decision_is_named(promised):
    Ticket.objects.update(coverage="covered")

    assert [*invariants.decisions_are_those_of_their_tickets()] == [
        f"{promised.number} is covered, its current decision says partly"
    ]


@pytest.mark.parametrize("lost", ["charge", "minutes"])
def test_time_that_is_billed_twice_or_not_at_all_is_named(promised, lost):
    if lost == "charge":
        Charge.objects.all().delete()
    else:
        TimeEntry.objects.update(billed_minutes=0)

    [line] = invariants.time_is_billed_once()

    assert "time entry" in line


@pytest.mark.trust("B24", "I2")
def test_a_clock_that_goes_back_lets_no_spell_begin_before_the_one_before_ended(manager, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    set_clock("2026-10-14 09:30")
    actions.start(ticket.pk, by=manager)
    set_clock("2026-10-14 08:30")
    actions.put_back(ticket.pk, by=manager)
    set_clock("2026-10-14 08:40")
    actions.start(ticket.pk, by=manager)

    assert not [*invariants.spells_without_gap(), *invariants.one_open_spell()]
    spell = Spell.objects.get(ticket=ticket, ended_at=None)
    assert spell.started_at == Ticket.objects.get(pk=ticket.pk).status_since
