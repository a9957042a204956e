"""What a closed ticket means to its schedule: done, left in part, called off (S0.30, S0.31)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from servicebook.accounts.models import Role
from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.core.errors import Refused
from servicebook.equipment import actions as equipment
from servicebook.equipment.models import Asset, Meter, Reading
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import moving, parts, storing, windows
from servicebook.maintenance.actions.checklists import Item, publish
from servicebook.maintenance.actions.results import Result, record_many
from servicebook.maintenance.models import Checklist, Enrolment, Kit, Occurrence
from servicebook.maintenance.rules.standing import Standing
from servicebook.maintenance.states import state_of
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_contract,
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_user,
)
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Link, Ticket

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 4, 30)


@pytest.fixture(autouse=True)
def boss(set_clock):
    set_clock("2026-04-20 09:00")
    return make_user(Role.MANAGER)


@pytest.fixture
def checklist(boss):
    return publish(
        Checklist(name="UPS"), [Item("Clean"), Item("Measure"), Item("Wipe", required=False)], by=boss
    ).checklist


@pytest.fixture
def task(checklist):
    """Called, of a quarterly plan with a checklist of two required items."""
    return make_planned(make_occurrence(make_plan(checklist=checklist), due_on=DAY, key="2026-04-30"))


def record(task, boss, **outcomes: str) -> None:
    """Record lines by the names of their items."""
    lines = {line.item.text: line.pk for line in task.ticket.worksheet.lines.select_related("item")}
    results = [
        Result(line=lines[name.capitalize()], outcome=outcome, note="" if outcome in ("ok", "") else "why")
        for name, outcome in outcomes.items()
    ]
    record_many(task.ticket_id, results, by=boss)


def close(task, boss) -> Occurrence:
    close_ticket(Ticket.objects.get(pk=task.ticket_id), by=boss)
    run_due()
    return fresh(task)


def fresh(task) -> Occurrence:
    return Occurrence.objects.select_related("plan", "customer", "site", "ticket", "enrolment").get(
        pk=task.pk
    )


def balanced() -> None:
    """Owed is what stands: nothing is missing on the agenda, and nothing is too much."""
    assert list(audit.everything()) == []


@pytest.mark.req("S0.30", "S0.31")
def test_what_is_done_moves_the_schedule_on_and_the_history_says_when_it_is_next(task, boss, set_clock):
    set_clock("2026-04-29 15:00")
    record(task, boss, clean="ok", measure="ok")
    set_clock("2026-05-04 10:00")
    task = close(task, boss)

    assert state_of(task).standing is Standing.DONE
    assert task.enrolment.base_on == date(2026, 4, 29)  # the day of the work, not of the paper
    entry = Entry.objects.get(verb="occurrence.done", subject_type__model="occurrence")
    coming = Occurrence.objects.uncalled().filter(enrolment=task.enrolment).order_by("due_on").first()
    assert entry.facts["following"] == coming.due_on.isoformat()
    assert Entry.objects.filter(verb="occurrence.done", subject_id=task.ticket_id).exists()
    balanced()


@pytest.mark.req("S0.30")
def test_half_of_the_work_is_not_the_whole_and_the_rest_has_its_own_ticket(task, boss, set_clock):
    need = parts.add_part(task.pk, name="Filter", by=boss)
    parts.reserve(need.pk, kit_id=Kit.objects.create(name="UPS kit").pk, by=boss)
    set_clock("2026-04-29 15:00")
    record(task, boss, clean="ok", measure="not_done")
    task = close(task, boss)

    assert state_of(task).standing is Standing.PARTLY
    rest = fresh(task.rest)
    assert (rest.part, rest.key, rest.due_on) == (1, task.key, date(2026, 5, 6))
    assert state_of(rest).standing is Standing.CALLED
    sheet = rest.ticket.worksheet
    assert [line.item.text for line in sheet.lines.all()] == ["Measure"]
    assert sheet.version == task.ticket.worksheet.version
    assert rest.ticket.title.endswith(": the rest")
    assert Link.objects.get(source=rest.ticket).target == task.ticket
    assert list(rest.parts.values_list("name", "state", "kit__name")) == [("Filter", "reserved", "UPS kit")]

    record(rest, boss, measure="ok")
    close(rest, boss)
    assert not Occurrence.objects.filter(part=2).exists()
    assert not rest.parts.filter(state="reserved").exists()  # the kit is free again
    balanced()


def test_what_is_left_keeps_the_checklist_of_its_day(task, boss, checklist):
    publish(checklist, [Item("Dance")], by=boss)
    record(task, boss, clean="ok")
    task = close(task, boss)

    assert [line.item.text for line in task.rest.ticket.worksheet.lines.all()] == ["Measure"]


def test_nothing_is_left_of_items_that_need_not_be_done(task, boss):
    record(task, boss, clean="ok", measure="failed")
    task = close(task, boss)

    assert state_of(task).standing is Standing.DONE  # what failed has work of its own
    assert not hasattr(task, "rest")


@pytest.mark.req("S0.30")
def test_a_unit_that_left_its_plan_has_no_rest(task, boss):
    record(task, boss, measure="ok")
    equipment.change_state(task.asset_id, state=Asset.State.RETIRED, by=boss)

    task = close(task, boss)

    assert not hasattr(task, "rest")
    told = Entry.objects.filter(verb="occurrence.partly_done", subject_id=task.ticket_id)
    assert {tuple(entry.facts["left"]) for entry in told} == {("Clean",)}


@pytest.mark.req("S0.30")
def test_a_second_closing_makes_no_second_rest_and_what_was_done_after_all_needs_none(task, boss, set_clock):
    record(task, boss, clean="ok")
    rest = close(task, boss).rest
    set_clock("2026-04-20 10:00")
    tickets.reopen(task.ticket_id, because="looked again", by=boss)
    run_due()
    assert state_of(fresh(task)).standing is Standing.CALLED  # back by itself

    set_clock("2026-04-20 11:00")
    assert close(task, boss).rest == rest
    assert Occurrence.objects.filter(part=1).count() == 1

    set_clock("2026-04-20 12:00")
    tickets.reopen(task.ticket_id, because="looked again", by=boss)
    record(task, boss, measure="ok")
    set_clock("2026-04-20 13:00")
    task = close(task, boss)
    rest = fresh(rest)
    assert state_of(task).standing is Standing.DONE
    assert state_of(rest).standing is Standing.CANCELLED
    assert rest.because == f"done after all with {task.ticket.number}"
    assert not rest.ticket.is_open
    balanced()


def test_firing_twice_changes_nothing(task, boss):
    from servicebook.maintenance.actions.settling import closing_of, settle

    record(task, boss, clean="ok")
    task = close(task, boss)
    before = Occurrence.objects.count(), Entry.objects.count()
    settle(task.ticket_id, closing="another")
    assert (Occurrence.objects.count(), Entry.objects.count()) == before
    settle(task.ticket_id, closing=closing_of(task.ticket.closed_at))
    assert Occurrence.objects.count() == before[0]


@pytest.mark.req("S0.24")
def test_what_is_called_off_is_not_done_and_the_schedule_goes_on(task, boss):
    tickets.withdraw(task.ticket_id, because="the school is rebuilt", by=boss)
    run_due()
    task = fresh(task)

    assert state_of(task).standing is Standing.WITHDRAWN
    assert task.enrolment.base_on is None
    entry = Entry.objects.get(verb="occurrence.called_off", subject_type__model="occurrence")
    assert entry.facts["because"] == "the school is rebuilt"
    with pytest.raises(Refused, match=r"called off \(the school is rebuilt\)\. Bring it back first"):
        moving.move(task.pk, to=date(2026, 5, 4), because="x", by=boss)
    moving.bring_back(task.pk, by=boss)
    run_due()
    assert state_of(fresh(task)).standing is Standing.CALLED
    balanced()


def test_a_ticket_that_is_opened_again_has_what_its_occurrence_owes_looked_at(task, boss, set_clock):
    record(task, boss, clean="ok", measure="ok")
    close(task, boss)
    Obligation.objects.filter(kind="maintenance.risk").delete()
    set_clock("2026-04-20 10:00")
    tickets.reopen(task.ticket_id, because="another unit", by=boss)
    run_due()

    assert Obligation.objects.get(kind="maintenance.risk").state == "armed"
    balanced()


def test_a_ticket_of_a_customer_owes_the_schedule_nothing(boss, django_assert_num_queries):
    from servicebook.maintenance.duties.work import FollowTicket
    from servicebook.testing import make_ticket

    ticket = make_ticket()
    close_ticket(ticket, by=boss)
    ticket.refresh_from_db()
    with django_assert_num_queries(0):
        assert list(FollowTicket().owed(ticket)) == []
    assert not Obligation.objects.filter(kind="maintenance.follow_ticket").exists()


def test_a_contract_that_ends_leaves_no_rest_beyond_its_last_day(boss, checklist, set_clock):
    customer = make_customer()
    contract = make_contract(customer, ends_on=date(2026, 5, 2))
    plan = make_plan(customer, contract=contract, checklist=checklist)
    task = make_planned(make_occurrence(plan, due_on=DAY))
    set_clock("2026-04-29 15:00")
    assert close(task, boss).rest.due_on == date(2026, 5, 2)

    set_clock("2026-05-02 15:00")
    other = make_planned(make_occurrence(plan, due_on=date(2026, 5, 2)))
    assert not hasattr(close(other, boss), "rest")


# Rules that move.


@pytest.fixture
def moving_task(boss):
    """Called, of a rule that counts a month from the day of the work."""
    plan = make_plan(counts_from="done", every_unit="months")
    asset = make_asset(plan.customer)
    enrolment = Enrolment.objects.create(
        plan=plan, asset=asset, site=asset.site, customer=plan.customer, since=date(2026, 4, 30)
    )
    storing.store(plan, [enrolment])
    return make_planned(enrolment.occurrences.get())


def days(task) -> list[tuple[str, str]]:
    rows = Occurrence.objects.standing().filter(enrolment=task.enrolment_id).order_by("pk")
    return [(row.key, row.due_on.isoformat()) for row in rows]


@pytest.mark.req("S0.30")
def test_the_next_one_is_counted_from_the_day_of_the_work(moving_task, boss, set_clock):
    first = days(moving_task)
    set_clock("2026-05-05 12:00")
    close(moving_task, boss)
    assert days(moving_task) == [*first, ("m2", "2026-06-05")]

    set_clock("2026-05-06 12:00")
    tickets.reopen(moving_task.ticket_id, because="again", by=boss)
    set_clock("2026-05-12 12:00")
    close(moving_task, boss)
    assert days(moving_task) == [*first, ("m2", "2026-06-12")]


def test_what_is_left_out_is_passed_and_comes_back_without_the_one_that_followed(moving_task, boss):
    first = days(moving_task)
    moving.skip(moving_task.pk, because="closed", by=boss)
    (following,) = days(moving_task)
    assert following[0] == "m2"
    assert following[1] > first[0][1]

    moving.bring_back(moving_task.pk, by=boss)
    assert days(moving_task) == first
    run_due()
    assert days(moving_task) == first
    balanced()


@pytest.mark.req("S0.31", "S0.24")
def test_what_the_meter_showed_is_where_the_next_step_begins(boss, set_clock):
    plan = make_plan(rule="meter", meter_name="Runtime", meter_step=500)
    asset = make_asset(plan.customer)
    meter = Meter.objects.create(asset=asset, name="Runtime")
    for month, value in ((1, 100), (2, 250), (3, 400), (4, 560)):
        Reading.objects.create(meter=meter, read_at=datetime(2026, month, 15, tzinfo=UTC), value=value)
    task = make_planned(make_occurrence(plan, asset=asset, due_on=DAY, key="m1"))
    Enrolment.objects.filter(pk=task.enrolment_id).update(meter=meter)
    task = close(task, boss)

    assert task.enrolment.base_value == Decimal(560)
    (following,) = Occurrence.objects.uncalled().filter(enrolment=task.enrolment)
    assert (following.key, following.meter_at) == ("m2", Decimal(1060))


# The moment of the risk (S0.28).


@pytest.mark.req("S0.28")
def test_the_history_says_when_a_visit_came_to_be_at_risk_and_when_it_no_longer_was(task, boss, set_clock):
    need = parts.add_part(task.pk, name="Filter", by=boss)
    set_clock("2026-04-23 08:59")
    run_due()
    assert not Entry.objects.filter(verb="occurrence.at_risk").exists()
    set_clock("2026-04-23 09:00")
    run_due()
    run_due()
    told = Entry.objects.filter(verb="occurrence.at_risk")
    assert sorted(entry.subject_type.model for entry in told) == ["occurrence", "ticket"]
    assert told[0].facts["risks"] == ["parts", "window"]

    parts.reserve(need.pk, by=boss)
    assert not Entry.objects.filter(verb="occurrence.risk_solved").exists()
    usual = windows.usual_window(fresh(task))
    windows.agree_window(task.pk, **usual._asdict(), by_name="B.", channel="phone", by=boss)
    assert Entry.objects.filter(verb="occurrence.risk_solved").count() == 2
    windows.reopen_window(task.pk, because="rebuilding", by=boss)
    assert Entry.objects.filter(verb="occurrence.at_risk").count() == 4
    balanced()


def test_a_new_day_is_looked_at_anew_and_what_is_settled_is_no_risk(task, boss, set_clock):
    usual = windows.usual_window(task)
    windows.agree_window(task.pk, **usual._asdict(), by_name="B.", channel="phone", by=boss)
    set_clock("2026-04-24 09:00")
    run_due()
    assert not Entry.objects.filter(verb="occurrence.at_risk").exists()

    moving.move(task.pk, to=date(2026, 5, 8), because="a holiday", by=boss)
    armed = Obligation.objects.get(kind="maintenance.risk", state="armed")
    assert (armed.occurrence, armed.due_at) == ("2026-05-08", datetime(2026, 5, 1, 4, tzinfo=UTC))
    set_clock("2026-05-01 09:00")
    run_due()
    assert Entry.objects.filter(verb="occurrence.at_risk").count() == 2
    balanced()


def test_a_closed_ticket_is_at_no_risk(task, boss, set_clock):
    record(task, boss, clean="ok", measure="ok")
    close(task, boss)
    set_clock("2026-04-23 09:00")
    run_due()
    assert not Entry.objects.filter(verb="occurrence.at_risk").exists()
    balanced()


def test_no_line_counts_as_done_without_its_proof_but_the_ticket_may_be_closed(boss):
    checklist = publish(Checklist(name="Photos"), [Item("Clean", proof="photo")], by=boss).checklist
    task = make_planned(make_occurrence(make_plan(checklist=checklist), due_on=DAY))
    with pytest.raises(Refused, match="Clean: Attach the photo"):
        record(task, boss, clean="ok")
    assert state_of(close(task, boss)).standing is Standing.PARTLY
