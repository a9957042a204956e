from datetime import timedelta

import pytest

from servicebook.accounts import leaving
from servicebook.accounts.actions import deactivate_user
from servicebook.accounts.models import Role, Team
from servicebook.core import clock
from servicebook.customers.actions import make_promise
from servicebook.journal.models import Entry
from servicebook.messaging.models import Delivery
from servicebook.testing import close_ticket, make_reason, make_ticket, make_user
from servicebook.tickets import actions, invariants
from servicebook.tickets.models import QueueRule

pytestmark = pytest.mark.django_db


def promise(owner, ticket=None):
    customer = (ticket or make_ticket()).customer
    due = clock.now() + timedelta(days=1)
    return make_promise(text="Call back", owner=owner, due_at=due, customer=customer, about=ticket, by=owner)


@pytest.mark.req("S0.44")
def test_what_somebody_who_leaves_has_in_hand_goes_to_the_lead_of_the_team(administrator, manager):
    lead = make_user(Role.MANAGER)
    engineer = make_user(Role.ENGINEER, team=Team.objects.create(name="Field", lead=lead))
    open_one, done = make_ticket(), make_ticket()
    for one in (open_one, done):
        actions.assign(one.pk, to=engineer, by=manager)
    close_ticket(done, by=manager)
    about_it, other = promise(engineer, open_one), promise(engineer)

    deactivate_user(engineer.pk, by=administrator)

    for thing in (open_one, done, about_it, other):
        thing.refresh_from_db()
    assert (open_one.owner, about_it.owner, other.owner) == (lead, lead, lead)
    assert done.owner == engineer  # what is past stays as it was
    assert Delivery.objects.filter(to_address=lead.email, template="ticket_yours").count() == 1
    said = Entry.objects.get(verb="user.handed_over")
    assert (said.facts["tickets"], said.facts["promises"]) == (1, 2)


def test_without_a_lead_the_queues_rules_say_who_owns_it_next(administrator, manager):
    gone, expert = make_user(Role.ENGINEER), make_user(Role.ENGINEER)
    reason = make_reason("configuration")
    ticket, plain = make_ticket(reason=reason), make_ticket()
    QueueRule.objects.create(reason=reason, owner=expert)
    for one in (ticket, plain):
        actions.assign(one.pk, to=gone, by=manager)

    deactivate_user(gone.pk, by=administrator)

    for one in (ticket, plain):
        one.refresh_from_db()
    assert (ticket.owner, plain.owner) == (expert, manager)


def test_a_ticket_whose_owner_left_is_given_to_another_when_it_comes_back(administrator, manager):
    gone = make_user(Role.ENGINEER)
    by_hand, by_mail = make_ticket(), make_ticket()
    for one in (by_hand, by_mail):
        actions.assign(one.pk, to=gone, by=manager)
        close_ticket(one, by=manager)
    deactivate_user(gone.pk, by=administrator)

    actions.reopen(by_hand.pk, by=manager, because="It broke again")
    actions.receive_message(by_mail.pk, text="It is broken again", channel="mail")

    for one in (by_hand, by_mail):
        one.refresh_from_db()
        assert one.owner == manager
    assert not Delivery.objects.filter(to_address=gone.email, template="ticket_message").exists()
    assert not list(invariants.owners_are_here())


def test_what_is_split_off_a_closed_ticket_belongs_to_somebody_who_is_here(administrator, manager):
    gone = make_user(Role.ENGINEER)
    ticket = make_ticket()
    second = actions.receive_message(ticket.pk, text="And the printer is dead", channel="mail")
    actions.assign(ticket.pk, to=gone, by=manager)
    close_ticket(ticket, by=manager)
    deactivate_user(gone.pk, by=administrator)

    fresh = actions.split(ticket.pk, title="Printer", message_ids=[second.pk], by=manager)

    assert fresh.owner == manager


def test_without_the_handover_the_book_says_whose_tickets_lie(administrator, manager, monkeypatch):
    monkeypatch.setattr(leaving, "_handovers", [])
    gone = make_user(Role.ENGINEER)
    ticket = make_ticket()
    actions.assign(ticket.pk, to=gone, by=manager)

    deactivate_user(gone.pk, by=administrator)

    assert [ticket.number in said for said in invariants.owners_are_here()] == [True]
