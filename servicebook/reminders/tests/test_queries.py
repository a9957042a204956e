"""Nobody who was asked is forgotten, and the books of stages balance."""

from datetime import timedelta

import pytest

from servicebook.accounts.models import Role
from servicebook.agenda.models import Obligation
from servicebook.agenda.queries import balances
from servicebook.agenda.worker import run_due
from servicebook.core import clock
from servicebook.core.invariants import violations
from servicebook.core.listing import Count
from servicebook.reminders import queries
from servicebook.reminders.models import Ask
from servicebook.testing import make_contact, make_customer, make_ticket, make_user, sign_contract
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(set_clock, manager):
    set_clock("2026-10-14 09:00")
    ticket = make_ticket()
    tickets.start(ticket.pk, by=manager)
    tickets.wait(ticket.pk, waiting_for="client", by=manager)
    run_due()
    return Ask.objects.get()


def found() -> list[str]:
    return [one.what for one in queries.breaches()]


@pytest.mark.req("S0.40")
def test_every_breach_is_found(ask, manager, set_clock):
    assert found() == []
    assert [line for one, line in violations() if one.id == "I5"] == []

    leaver = make_user(Role.ACCOUNT_MANAGER, is_active=False)
    Ask.objects.update(owner=leaver)
    assert found() == ["owner"]
    assert any("in breach: owner" in line for _one, line in violations())
    assert queries.number_of_breaches() == Count(1)
    Ask.objects.update(owner=manager)

    set_clock("2026-10-17 09:00")
    assert found() == ["late"]  # the worker sleeps
    run_due()
    assert found() == []

    Ask.objects.update(ended_at=clock.now() - timedelta(days=10), ended_as="withdrawn", next_at=None)
    assert found() == ["unasked"]
    Ticket.objects.update(status="working", waiting_for="", resume_at=None)
    assert found() == []


@pytest.mark.req("S0.40")
def test_the_unanswered_are_seen_by_who_may_and_the_soonest_come_first(ask, manager):
    assert list(queries.asked(manager)) == [ask]
    assert list(queries.asked(make_user(Role.ENGINEER))) == []


@pytest.mark.req("S0.34")
@pytest.mark.trust("B23")
def test_after_three_days_of_outage_each_owed_stage_is_said_once_and_the_books_balance(set_clock, manager):
    set_clock("2026-06-01 09:00")
    for _number in range(5):
        make_contact(sign_contract(make_customer()).customer, is_main=True)
    for day in ("2026-10-05 09:00", "2026-11-04 09:00", "2026-12-04 09:00", "2026-12-27 09:00"):
        set_clock(day)  # three days late each time
        run_due()
        run_due()

    kept = next(one for one in balances() if one.kind == "reminders.renewal")
    assert (kept.fired, kept.cancelled, kept.armed, kept.failed) == (20, 0, 0, 0)
    assert list(queries.stages_without_a_mark()) == []
    set_clock("2026-12-27 08:00")  # an hour back repeats nothing
    run_due()
    assert Obligation.objects.filter(kind="reminders.renewal", state="fired").count() == 20


def test_a_stage_that_left_no_mark_is_found(ask, set_clock):
    set_clock("2026-10-16 09:00")
    run_due()
    Obligation.objects.create(
        kind="reminders.silence",
        subject_type_id=Obligation.objects.filter(kind="reminders.silence").first().subject_type_id,
        subject_id=ask.pk,
        occurrence="nowhere",
        stage="after-48h",
        state="fired",
        settled_at=clock.now(),
        due_at=clock.now(),
        ready_at=clock.now(),
    )

    assert list(queries.stages_without_a_mark()) == [
        "reminders.silence: 2 stages fired, 1 stand in a history"
    ]
