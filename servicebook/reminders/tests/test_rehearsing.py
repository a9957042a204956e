"""A rehearsal shows what then really happens, and writes nothing."""

from datetime import date, datetime, timedelta

import pytest

from servicebook import agenda
from servicebook.accounts.models import Role
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core import clock, reference
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.messaging.models import Notice
from servicebook.reminders import ladders
from servicebook.reminders.kinds import KINDS
from servicebook.reminders.models import Ladder, Stage, What
from servicebook.reminders.rehearsing import rehearse
from servicebook.testing import (
    make_asset,
    make_contact,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_region,
    make_user,
    sign_contract,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(set_clock):
    """A contract that ends and a visit that is due within the month."""
    set_clock("2026-11-20 12:00")
    make_user(Role.MANAGER, name="Manager")
    customer = make_customer(name="School 12", region=make_region(time_zone="Asia/Almaty"))
    make_contact(customer, name="Head", is_main=True, is_decision_maker=True)
    contract = sign_contract(customer, title="Servers", review_on=date(2026, 12, 20))
    plan = make_plan(customer, followed=0, anchor_on=date(2026, 12, 10))
    visit = make_planned(make_occurrence(plan, due_on=date(2026, 12, 10)))
    agenda.refresh(visit)
    run_due()
    return contract


@pytest.mark.req("S0.33", "S0.34", "S1.3")
def test_a_rehearsal_is_what_then_happens(book):
    begin = clock.now()
    before = (Obligation.objects.count(), Entry.objects.count(), Promise.objects.count())
    kinds = [What.MAINTENANCE, What.RENEWAL, What.REVIEW]

    coming = [one for what in kinds for one in rehearse(what=what).coming]

    assert before == (Obligation.objects.count(), Entry.objects.count(), Promise.objects.count())
    # 14, 7 and 1 days before and the day after; 30 days before the end, for 60 was said; the review.
    assert [one.stage for one in coming] == [
        *("before-14", "before-7", "before-1", "after-1"),
        "before-30",
        "before-14",
    ]
    for day in range(31):
        clock.set_to(begin + timedelta(days=day))
        run_due()
    sources = [f"reminders.{what}" for what in kinds]
    steps = Promise.objects.filter(source__in=sources, made_at__gt=begin)
    assert sorted(one.step for one in coming) == sorted(steps.values_list("text", flat=True))
    told = {(row.delivery.to_name, row.subject_line) for row in Notice.objects.filter(told_at__gt=begin)}
    for one in coming:
        for message in one.messages:
            assert (message.to.name, message.subject_line) in told


@pytest.mark.req("S0.33")
def test_a_ladder_that_is_not_switched_on_is_tried_for_a_pilot_region(book):
    row = Ladder.objects.get(what=What.RENEWAL, contract=None)
    row.active = False
    row.save()
    reference.changed()
    assert rehearse(what=What.RENEWAL).coming == []

    stage = Stage(name="before-25", offset=25, step="Call about {number}", step_owner="owner", ours=["owner"])
    tried = ladders.standing(row, [stage])
    (one,) = rehearse(ladder=tried).coming
    assert one.step == f"Call about {book.number}"
    assert one.at.astimezone(clock.now().tzinfo) == datetime.fromisoformat("2026-12-06T04:00+00:00")
    assert [message.to for message in one.messages] == [book.owner]

    other = make_region()
    assert rehearse(ladder=tried, region=other.pk).coming == []
    assert len(rehearse(ladder=tried, region=book.customer.region_id).coming) == 1
    assert rehearse(what=What.RENEWAL).coming == []  # nothing is left of the trial


@pytest.mark.req("S0.25", "S0.33")
def test_a_plan_is_rehearsed_before_it_is_active(set_clock, manager):
    set_clock("2026-11-20 12:00")
    customer = make_customer(name="School 12")
    make_contact(customer, name="Head", is_main=True)
    make_asset(customer)
    plan = make_plan(customer, state="draft", anchor_on=date(2026, 12, 10), owner=manager)

    coming = rehearse(plan=plan).coming

    assert [(f"{one.at:%m-%d %H:%M}", one.stage) for one in coming] == [
        ("11-26 01:00", ""),  # the ticket
        ("11-26 04:00", "before-14"),
        ("12-03 04:00", "before-7"),
        ("12-09 04:00", "before-1"),
        ("12-11 04:00", "after-1"),
    ]
    assert {one.owner for one in coming} == {manager}
    invited = coming[1].messages[-1]
    assert (invited.to.name, "10 December 2026" in invited.body) == ("Head", True)
    assert not Obligation.objects.filter(kind__startswith="reminders.maintenance").exists()


@pytest.mark.req("S0.25", "S0.33")
def test_a_plan_that_rests_is_rehearsed_with_what_it_has_stored(set_clock, manager):
    set_clock("2026-11-20 12:00")
    plan = make_plan(make_customer(), anchor_on=date(2026, 12, 10), owner=manager)
    called = make_planned(make_occurrence(plan, due_on=date(2026, 12, 10)))
    make_occurrence(plan, due_on=date(2026, 12, 15))
    make_occurrence(plan, due_on=date(2026, 11, 10))  # left out when it goes on
    plan.state, plan.state_because = "paused", "The school moves"
    plan.save()

    coming = rehearse(plan=plan).coming

    tickets = [one for one in coming if not one.stage]
    assert [f"{one.at:%m-%d}" for one in tickets] == ["12-01"]
    assert any(
        called.ticket.number in message.body or "Dec. 10" in message.body
        for one in coming
        for message in one.messages
    )


@pytest.mark.req("S0.33")
def test_what_is_too_far_away_is_not_read_and_nothing_is_lost_by_it(set_clock):
    set_clock("2026-06-01 12:00")
    make_user(Role.MANAGER)
    starts = date(2026, 6, 1)
    over = sign_contract(starts_on=starts, ends_on=date(2026, 10, 1), title="Over")
    set_clock("2026-11-20 12:00")
    # Its first stage, 90 days before, falls on the last day of the rehearsal.
    just = sign_contract(starts_on=starts, ends_on=date(2027, 3, 20), title="Just")
    far = sign_contract(starts_on=starts, ends_on=date(2027, 5, 31), title="Far")
    run_due()
    kind = KINDS[What.RENEWAL]
    now = clock.now()
    near = set(kind.near(kind.candidates(), now=now, until=now + timedelta(days=30)))

    assert just in near
    assert not {over, far} & near
    assert [one.title for one in rehearse(what=What.RENEWAL).coming] == [f"{just.number} Just"]
