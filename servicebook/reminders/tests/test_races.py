"""Two at once about one question: a customer, a person of the house, a stage (docs/trust.md, 2.4).

Whoever holds a question also wants what it is about, and the other way round. All take the thing first,
then the question, then the steps that were made of it: so nobody waits for who waits for them.
"""

from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
from django.db import OperationalError, transaction
from django.db.models import F

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.worker import run_due
from servicebook.core import clock, reference
from servicebook.core.errors import Refused
from servicebook.customers.models import Promise
from servicebook.equipment.actions import save_warranty
from servicebook.equipment.models import Warranty
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import calling, moving, plans
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.rules.windows import Span
from servicebook.messaging import wishes
from servicebook.messaging.models import Delivery
from servicebook.messaging.sender import Sender
from servicebook.reminders import firing, standard
from servicebook.reminders.actions import asks, deciding, reacting
from servicebook.reminders.actions.asks import AskOver
from servicebook.reminders.actions.reacting import Reaction
from servicebook.reminders.models import Ask, Ladder, Stage, What
from servicebook.simulator.post import Letterbox
from servicebook.testing import (
    make_asset,
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_reason,
    make_ticket,
    make_user,
)
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Status, Ticket
from servicebook.tickets.tests.test_races import one_inside_the_other, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.trust("2.4"), pytest.mark.slow]
ROUNDS = 3


@pytest.fixture
def boss(real_rows):
    standard.install(Ladder, Stage)
    Ladder.objects.update(followed=F("changed_at"))
    make_reason("maintenance")
    reference.drop()
    return make_user(Role.MANAGER)


@pytest.fixture
def asked(boss, set_clock):
    """Return who asks so many customers for the window of a visit on 30 April, and returns the questions."""
    return lambda number=ROUNDS: _asked(number, set_clock)


def _asked(number, set_clock):
    set_clock("2026-04-16 06:00")
    for _round in range(number):
        customer = make_customer()
        make_contact(customer, is_main=True)
        task = make_planned(make_occurrence(make_plan(customer, followed=0)))
        with transaction.atomic():
            agenda.refresh(task)
    set_clock("2026-04-16 09:00")
    run_due()
    return list(Ask.objects.order_by("pk"))


def usual() -> Span:
    """The working day of the visit, which is on offer where no window was."""
    return Span(datetime(2026, 4, 30, 4, tzinfo=UTC), datetime(2026, 4, 30, 13, tzinfo=UTC))


def react(ask: Ask):
    return reacting.react(ask.pk, Reaction(answer="agreed", window=usual()), contact=ask.contact)


def decide(ask: Ask, boss, decision: str = "cancel"):
    on = clock.now().date() + timedelta(days=12)
    return deciding.decide(ask.pk, decision=decision, note="No word", next_on=on, by=boss)


def out_of_step() -> list[str]:
    """What the audit finds once all that is due was done."""
    run_due()
    return [str(one) for one in audit.everything()]


@pytest.mark.req("S0.40")
@pytest.mark.parametrize("decision", ["cancel", "reschedule", "close"])
def test_an_answer_against_a_decision_one_holds_and_the_other_is_told(boss, asked, decision):
    for ask in asked():
        refused = together(lambda ask=ask: react(ask), lambda ask=ask: decide(ask, boss, decision))
        assert [type(error) for error in refused] == [AskOver]
        ask.refresh_from_db()
        one = Occurrence.objects.get(pk=ask.about_id)
        if ask.ended_as == Ask.End.ANSWERED:
            assert one.window_agreed_at
            assert not one.skipped_at
        else:
            assert not one.window_agreed_at
            assert bool(one.skipped_at) == (decision == "cancel")
        assert (
            Entry.objects.filter(verb__in=["ask.answered", "ask.decided"], subject_id=one.ticket_id).count()
            == 1
        )
        assert out_of_step() == []


@pytest.mark.req("S0.36")
def test_an_answer_against_the_next_stage_never_locks_up(boss, asked, set_clock):
    questions = asked()
    set_clock("2026-04-23 09:00")
    assert together(run_due, *[lambda ask=ask: react(ask) for ask in questions]) == []
    assert out_of_step() == []
    # Nobody who answered was asked again.
    assert set(Ask.objects.values_list("pk", "ended_as", "answer")) == {
        (ask.pk, Ask.End.ANSWERED, "agreed") for ask in questions
    }


@pytest.mark.postgres
@pytest.mark.parametrize("who", ["customer", "boss"])
def test_a_stage_and_who_ends_its_question_wait_in_one_order(boss, asked, set_clock, monkeypatch, who):
    """The stage holds the visit and wants the question, whose ending wants the visit."""
    (ask,) = asked(1)
    set_clock("2026-04-23 08:59")
    run_due()
    set_clock("2026-04-23 09:00")
    read, go, raised = Event(), Event(), []
    carry_out = firing.carry_out

    def held(acts, *, at):
        read.set()
        go.wait(timeout=0.5)  # soon enough for both to wait before the database looks who does
        carry_out(acts, at=at)

    monkeypatch.setattr(firing, "carry_out", held)
    monkeypatch.setattr("servicebook.agenda.worker.firing.PATIENCE_MS", 0)  # as for what is due alone

    def end() -> None:
        try:
            react(ask) if who == "customer" else decide(ask, boss)
        except OperationalError as error:
            raised.append(error)

    one_inside_the_other(run_due, end, read, go)

    assert raised == []
    ask.refresh_from_db()
    assert ask.ended_at
    assert out_of_step() == []


@pytest.mark.req("S0.36")
def test_an_answer_by_phone_against_a_decision_about_a_ticket(boss, set_clock):
    for _round in range(ROUNDS):
        set_clock("2026-03-02 09:00")
        ticket = make_ticket()
        tickets.start(ticket.pk, by=boss)
        tickets.wait(ticket.pk, waiting_for="client", by=boss)
        run_due()
        ask = Ask.objects.open().get(customer=ticket.customer)
        refused = together(
            lambda ask=ask: asks.answer(ask.pk, answer="call", by_name="B.", channel="phone", by=boss),
            lambda ask=ask: deciding.decide(ask.pk, decision="close", note="No word", by=boss),
            lambda ticket=ticket: tickets.receive_message(
                ticket.pk, text="Here I am", channel="mail", contact=ticket.contact
            ),
        )
        assert all(isinstance(error, Refused) for error in refused)
        assert out_of_step() == []
        ask.refresh_from_db()
        assert ask.ended_at
        assert Ticket.objects.get(pk=ticket.pk).status == Status.WORKING


@pytest.mark.req("S0.25")
def test_a_pause_or_an_end_against_a_call_leaves_a_ticket_or_none(boss, set_clock):
    for move in (plans.pause, plans.end) * 2:
        set_clock("2026-04-16 06:00")
        plan = make_plan(followed=0)
        tasks = [make_occurrence(plan, asset=make_asset(plan.customer)) for _task in range(2)]
        refused = together(
            lambda plan=plan, move=move: move(plan.pk, because="closed", by=boss),
            lambda tasks=tasks: calling.call([one.pk for one in tasks], by=boss),
        )
        assert refused == []
        assert out_of_step() == []
        rows = Occurrence.objects.filter(pk__in=[one.pk for one in tasks]).select_related("ticket")
        called = [row for row in rows if row.ticket_id]
        assert len(called) in (0, 2)
        assert all(row.ticket.is_open and not row.cancelled_at for row in called)
        assert calling.call([one.pk for one in tasks], by=boss) == []


@pytest.mark.req("S3.5")
def test_two_who_make_the_same_tickets_in_another_order_make_each_once(boss, set_clock):
    set_clock("2026-04-16 06:00")
    for _round in range(ROUNDS):
        plan = make_plan(followed=0)
        ids = [make_occurrence(plan, asset=make_asset(plan.customer)).pk for _task in range(4)]
        before = Ticket.objects.count()
        assert (
            together(
                lambda ids=ids: calling.call(ids, by=boss), lambda ids=ids: calling.call(ids[::-1], by=boss)
            )
            == []
        )
        assert Ticket.objects.count() == before + 4


def test_two_moves_of_one_task_are_both_told(boss, set_clock):
    set_clock("2026-04-16 06:00")
    task = make_planned(make_occurrence(make_plan(followed=0)))
    seen = Occurrence.objects.get(pk=task.pk).version
    days = [task.due_on + timedelta(days=n) for n in (1, 2)]
    refused = together(
        *[lambda to=to: moving.move(task.pk, to=to, because="Exams", by=boss, seen=seen) for to in days]
    )
    assert [error.code for error in refused] == ["changed_meanwhile"]


@pytest.mark.req("S0.37")
def test_who_unsubscribes_while_it_is_announced_gets_nothing_and_owes_no_answer(boss, set_clock):
    warranty = Stage.objects.filter(ladder__what=What.WARRANTY)
    warranty.update(theirs=["main"], asks="reply", text="warranty_ends")
    reference.changed()
    set_clock("2026-06-01 09:00")
    contacts = []
    for _round in range(ROUNDS):
        asset = make_asset(make_customer(owner=boss))
        contacts.append(make_contact(asset.customer, is_main=True))
        ends = {"starts_on": date(2025, 1, 1), "ends_on": date(2026, 8, 31)}
        save_warranty(Warranty(asset=asset, **ends), by=boss)
    run_due()
    set_clock("2026-08-01 09:00")
    assert together(run_due, *[lambda one=one: wishes.unsubscribe(one.pk) for one in contacts]) == []
    set_clock("2026-08-02 12:00")  # what is told on a day goes out together
    post = Sender(open_way=Letterbox)
    while post.step():
        pass
    assert out_of_step() == []
    for contact in contacts:
        assert not Delivery.objects.filter(contact=contact).exclude(state="cancelled").exists()
        assert not Ask.objects.open().filter(contact=contact).exists()
        assert Promise.objects.open().filter(customer=contact.customer).count() == 1
