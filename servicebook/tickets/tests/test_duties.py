from datetime import date, timedelta

import pytest

from servicebook.accounts.models import Role, Team
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.customers.actions import make_promise
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.messaging.models import Delivery
from servicebook.testing import close_ticket, make_reason, make_ticket, make_user
from servicebook.tickets import actions

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_ticket_that_nobody_starts_comes_to_the_managers_attention_once(manager, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket(reason=make_reason("failure", downtime_risk=3))  # P2: two hours

    set_clock("2026-10-14 10:59")
    run_due()
    assert not Promise.objects.exists()

    set_clock("2026-10-14 11:00")
    run_due()
    run_due()
    step = Promise.objects.get()
    assert (step.owner, step.about, step.made_by) == (manager, ticket, None)
    assert Delivery.objects.filter(template="ticket_unstarted").count() == 1
    assert Entry.objects.filter(verb="ticket.left_unstarted").count() == 1


def test_a_ticket_that_was_started_is_left_alone(manager, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    actions.start(ticket.pk, by=manager)

    set_clock("2026-10-16 09:00")
    run_due()
    assert not Promise.objects.exists()
    assert Obligation.objects.get(kind="tickets.unstarted").state == "cancelled"


def test_the_lead_of_the_team_hears_first(manager, set_clock):
    set_clock("2026-10-14 09:00")
    lead, worker = make_user(Role.ENGINEER), make_user(Role.ENGINEER)
    worker.team = Team.objects.create(name="North", lead=lead)
    worker.save()
    ticket = make_ticket()
    actions.assign(ticket.pk, to=worker, by=manager)

    set_clock("2026-10-15 12:00")
    run_due()
    assert Promise.objects.get().owner == lead


def test_a_lead_is_not_told_on_themselves(manager, set_clock):
    set_clock("2026-10-14 09:00")
    lead = make_user(Role.ENGINEER)
    lead.team = Team.objects.create(name="North", lead=lead)
    lead.save()
    actions.assign(make_ticket().pk, to=lead, by=manager)

    set_clock("2026-10-15 12:00")
    run_due()
    assert Promise.objects.get().owner == manager


@pytest.mark.req("S0.50")
def test_a_part_that_did_not_come_is_the_owners_next_step_and_moves_with_its_date(manager, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    actions.wait(ticket.pk, waiting_for="part", expected_on=date(2026, 10, 16), by=manager)
    actions.wait(ticket.pk, waiting_for="part", expected_on=date(2026, 10, 20), by=manager)

    set_clock("2026-10-20 23:00")
    run_due()
    assert not Promise.objects.exists()

    set_clock("2026-10-21 09:00")
    run_due()
    assert Promise.objects.get().why == "expected on 20 Oct 2026"


def test_silence_of_the_client_ends_in_a_look_by_the_owner(manager, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    actions.wait(ticket.pk, waiting_for="client", by=manager)

    set_clock("2026-10-16 09:00")
    run_due()
    assert Promise.objects.get().about == ticket

    close_ticket(ticket, by=manager)
    assert Promise.objects.get().dropped_because == "The ticket was closed."


def test_an_answer_cancels_the_look(manager, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    actions.wait(ticket.pk, waiting_for="client", by=manager)
    actions.receive_message(ticket.pk, text="Go ahead", channel="mail")

    set_clock("2026-10-20 09:00")
    run_due()
    assert not Promise.objects.exists()


@pytest.mark.parametrize("seen_to", ["start", "assign", "wait"])
def test_who_sees_to_a_ticket_is_not_asked_any_longer(seen_to, manager, engineer, set_clock):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    set_clock("2026-10-18 09:00")
    run_due()
    own = make_promise(
        text="Call back", owner=manager, due_at=clock.now() + timedelta(days=1), customer=ticket.customer,
        about=ticket, by=manager,
    )  # fmt: skip
    assert Promise.objects.open().filter(made_by=None).exists()

    if seen_to == "start":
        actions.start(ticket.pk, by=manager)
    elif seen_to == "assign":
        actions.assign(ticket.pk, to=engineer, by=manager)
    else:
        actions.wait(ticket.pk, waiting_for="part", expected_on=date(2026, 10, 25), by=manager)

    assert list(Promise.objects.open()) == [own]
