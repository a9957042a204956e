"""Parts for a task: reserved, issued, used or given back; a kit is at one task at a time (S0.29)."""

from contextlib import nullcontext
from datetime import date, timedelta
from threading import Event

import pytest
from django.db import IntegrityError, transaction

from servicebook.accounts.models import Role
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import parts
from servicebook.maintenance.actions.checklists import Item, publish
from servicebook.maintenance.actions.parts import KitIsAway
from servicebook.maintenance.actions.results import Result, record_many
from servicebook.maintenance.models import Checklist, Kit, Occurrence, PartNeed
from servicebook.maintenance.rules import parts as rules
from servicebook.maintenance.rules.risk import Code
from servicebook.maintenance.states import state_of
from servicebook.testing import close_ticket, make_occurrence, make_plan, make_planned, make_user
from servicebook.tickets.models import Ticket
from servicebook.tickets.tests.test_races import one_inside_the_other, together

State = PartNeed.State


@pytest.fixture
def keeper(db):
    return make_user(Role.STOREKEEPER)


@pytest.fixture
def task(db, set_clock):
    set_clock("2026-04-10 09:00")
    return make_occurrence(due_on=date(2026, 4, 30))


def risks(task) -> list[str]:
    return [one.code for one in state_of(Occurrence.objects.get(pk=task.pk)).risks]


def states(task) -> list[str]:
    return list(task.parts.values_list("state", flat=True))


@pytest.mark.req("S0.29", "S0.26")
def test_a_part_is_reserved_issued_and_used_and_what_was_not_used_goes_back(task, keeper):
    need = parts.add_part(task.pk, name="Filter", quantity=3, by=keeper)
    parts.reserve(need.pk, by=keeper)
    parts.issue(need.pk, by=keeper)
    used = parts.use(need.pk, quantity=2, serial="F-17, F-18", by=keeper)

    assert (used.state, used.quantity, used.serial, used.by) == (State.USED, 2, "F-17, F-18", keeper)
    assert sorted((one.state, one.quantity) for one in task.parts.all()) == [("returned", 1), ("used", 2)]
    told = [entry.verb for entry in Entry.objects.filter(verb__startswith="occurrence.part").order_by("pk")]
    assert [verb.removeprefix("occurrence.part_") for verb in told] == [
        "added", "reserved", "issued", "used",
    ]  # fmt: skip


@pytest.mark.req("S0.29")
def test_a_kit_is_at_one_task_at_a_time_and_the_refusal_says_where(task, keeper):
    kit = Kit.objects.create(name="UPS kit 1")
    other = make_occurrence(due_on=date(2026, 5, 2))
    here, there = (parts.add_part(one.pk, name="UPS kit", by=keeper) for one in (task, other))
    parts.reserve(here.pk, kit_id=kit.pk, by=keeper)
    parts.issue(here.pk, by=keeper)

    with pytest.raises(KitIsAway) as refused:
        parts.reserve(there.pk, kit_id=kit.pk, by=keeper)
    assert str(refused.value).startswith(f"UPS kit 1 is at {task.plan}, {task.customer}, for 30 Apr 2026.")
    assert states(other) == [State.NEEDED]

    parts.give_back(here.pk, by=keeper)
    assert parts.reserve(there.pk, kit_id=kit.pk, by=keeper).kit == kit


def test_what_was_only_reserved_goes_back_to_the_shelf_and_frees_its_kit(task, keeper):
    kit = Kit.objects.create(name="UPS kit 1")
    need = parts.add_part(task.pk, name="UPS kit", by=keeper)
    parts.reserve(need.pk, kit_id=kit.pk, by=keeper)
    given = parts.give_back(need.pk, by=keeper)

    assert (given.state, given.kit) == (State.NEEDED, None)
    assert Entry.objects.latest("pk").facts["part"] == "1 × UPS kit (UPS kit 1)"


@pytest.mark.req("S0.28", "S0.29", "S0.42")
def test_what_is_given_back_before_the_work_is_needed_still(task, keeper):
    make_user(Role.MANAGER)
    make_planned(task)
    need = parts.add_part(task.pk, name="Battery", by=keeper)
    clock.set_to(clock.now() + timedelta(days=14))
    for step in (parts.reserve, parts.issue):
        step(need.pk, by=keeper)
    assert Code.PARTS not in risks(task)

    assert parts.give_back(need.pk, by=keeper).state == State.NEEDED
    assert Code.PARTS in risks(task)
    parts.drop_part(need.pk, by=keeper)  # not needed after all
    assert Code.PARTS not in risks(task)


@pytest.mark.req("S0.29")
@pytest.mark.parametrize("closed", [False, True])
def test_what_is_given_back_after_the_work_is_returned(closed, db, set_clock, keeper):
    set_clock("2026-04-20 09:00")
    boss = make_user(Role.MANAGER)
    checklist = publish(Checklist(name="UPS"), [Item("Clean"), Item("Wipe", required=False)], by=boss)
    task = make_planned(make_occurrence(make_plan(checklist=checklist.checklist)))
    need = parts.add_part(task.pk, name="UPS kit", by=keeper)
    parts.reserve(need.pk, kit_id=Kit.objects.create(name="UPS kit 1").pk, by=keeper)
    parts.issue(need.pk, by=keeper)
    line = task.ticket.worksheet.lines.get(item__text="Clean")
    record_many(task.ticket_id, [Result(line=line.pk, outcome="ok")], by=boss)
    if closed:
        close_ticket(Ticket.objects.get(pk=task.ticket_id), by=boss)

    assert parts.give_back(need.pk, by=keeper).state == State.RETURNED


def test_a_kit_goes_back_as_a_whole(task, keeper):
    need = parts.add_part(task.pk, name="UPS kit", by=keeper)
    parts.reserve(need.pk, kit_id=Kit.objects.create(name="UPS kit 1").pk, by=keeper)
    parts.issue(need.pk, by=keeper)
    with pytest.raises(Refused, match="goes back as a whole"):
        parts.use(need.pk, by=keeper)


def test_another_kit_may_be_reserved_instead(task, keeper):
    first, second = (Kit.objects.create(name=f"UPS kit {n}") for n in (1, 2))
    need = parts.add_part(task.pk, name="UPS kit", by=keeper)
    parts.reserve(need.pk, kit_id=first.pk, by=keeper)
    assert parts.reserve(need.pk, kit_id=second.pk, by=keeper).kit == second
    assert not PartNeed.objects.filter(kit=first).exists()


def test_every_step_twice_is_one(task, keeper):
    need = parts.add_part(task.pk, name="Filter", by=keeper)
    for step in (parts.reserve, parts.issue, parts.give_back):
        for _time in range(2):
            step(need.pk, by=keeper)
    parts.reserve(need.pk, by=keeper)  # needed again
    parts.issue(need.pk, by=keeper)
    for _time in range(2):
        parts.use(need.pk, by=keeper)

    assert states(task) == [State.USED]
    assert Entry.objects.filter(verb__startswith="occurrence.part").count() == 7


@pytest.mark.parametrize("step", ["reserve", "issue", "use", "give_back"])
@pytest.mark.parametrize("state", [*State])
def test_only_lawful_steps_are_taken(state, step, task, keeper):
    need = PartNeed.objects.create(occurrence=task, name="Filter", state=state)
    to = {"reserve": "reserved", "issue": "issued", "use": "used", "give_back": "needed"}[step]
    if step == "give_back" and state == "returned":
        to = "returned"
    lawful = state == to or rules.may(state, to)
    with nullcontext() if lawful else pytest.raises(Refused, match="1 × Filter"):
        getattr(parts, step)(need.pk, by=keeper)
    need.refresh_from_db()
    assert need.state == (to if lawful else state)


def test_what_cannot_be_is_refused_where_it_stands(task, keeper):
    need = parts.add_part(task.pk, name="Filter", quantity=2, by=keeper)
    gone = Kit.objects.create(name="Old kit", active=False)
    for call, field in (
        (lambda: parts.add_part(task.pk, name=" ", by=keeper), "name"),
        (lambda: parts.add_part(task.pk, name="x" * 121, by=keeper), "name"),
        (lambda: parts.add_part(task.pk, name="Filter", quantity=0, by=keeper), "quantity"),
        (lambda: parts.reserve(need.pk, kit_id=gone.pk, by=keeper), "kit"),
        (lambda: parts.reserve(need.pk, kit_id=987654, by=keeper), "kit"),
    ):
        with pytest.raises(Refused) as refused:
            call()
        assert field in refused.value.fields
    parts.reserve(need.pk, by=keeper)
    parts.issue(need.pk, by=keeper)
    for quantity in (0, 3):
        with pytest.raises(Refused) as refused:
            parts.use(need.pk, quantity=quantity, by=keeper)
        assert "quantity" in refused.value.fields


def test_only_what_nobody_reserved_is_dropped(task, keeper):
    need = parts.add_part(task.pk, name="Filter", by=keeper)
    parts.reserve(need.pk, by=keeper)
    with pytest.raises(Refused, match="on its way"):
        parts.drop_part(need.pk, by=keeper)
    parts.give_back(need.pk, by=keeper)
    parts.drop_part(need.pk, by=keeper)
    assert not task.parts.exists()


def test_what_is_reserved_is_freed_at_once_for_many_tasks(task, keeper):
    tasks = [task, *(make_occurrence(task.plan) for _n in range(3))]
    for one in tasks:
        parts.reserve(parts.add_part(one.pk, name="Filter", by=keeper).pk, by=keeper)
    issued = parts.add_part(task.pk, name="Fan", by=keeper)
    parts.reserve(issued.pk, by=keeper)
    parts.issue(issued.pk, by=keeper)

    parts.free([one.pk for one in tasks], by=keeper)

    assert {state for one in tasks[1:] for state in states(one)} == {State.NEEDED}
    assert sorted(states(task)) == [State.ISSUED, State.NEEDED]  # somebody has it in hand
    assert Entry.objects.filter(verb="occurrence.part_given_back").count() == 4


# Two at once.


@pytest.mark.slow
@pytest.mark.trust("2.4")
@pytest.mark.req("S0.29")
@pytest.mark.django_db(transaction=True)
def test_of_two_who_want_a_kit_at_once_one_gets_it_and_the_other_is_told_where_it_is(real_rows):
    keeper = make_user(Role.STOREKEEPER)
    for round_ in range(6):
        kit = Kit.objects.create(name=f"UPS kit {round_}")
        needs = [parts.add_part(make_occurrence().pk, name="UPS kit", by=keeper) for _n in range(2)]
        refused = together(
            *[lambda need=need, kit=kit: parts.reserve(need.pk, kit_id=kit.pk, by=keeper) for need in needs]
        )
        assert [type(error) for error in refused] == [KitIsAway]
        assert "Choose another kit" in str(refused[0])
        assert PartNeed.objects.filter(kit=kit, state=State.RESERVED).count() == 1


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_without_lock_and_look_the_table_still_holds_the_kit_at_one_task(monkeypatch):
    keeper, kit = make_user(Role.STOREKEEPER), Kit.objects.create(name="UPS kit")
    first, second = (parts.add_part(make_occurrence().pk, name="UPS kit", by=keeper) for _n in range(2))
    read, go = Event(), Event()

    def blind(kit_id, need):
        if need.pk == first.pk:
            read.set()
            go.wait(timeout=20)
        return kit

    monkeypatch.setattr(parts, "_free_kit", blind)
    one_inside_the_other(
        lambda: parts.reserve(first.pk, kit_id=kit.pk, by=keeper),
        lambda: parts.reserve(second.pk, kit_id=kit.pk, by=keeper),
        read,
        go,
    )
    assert list(PartNeed.objects.filter(kit=kit).values_list("pk", flat=True)) == [second.pk]


def test_the_constraint_alone_refuses_a_kit_at_two_tasks(task):
    kit = Kit.objects.create(name="UPS kit")
    PartNeed.objects.create(occurrence=task, name="UPS kit", kit=kit, state=State.ISSUED)
    with pytest.raises(IntegrityError), transaction.atomic():
        PartNeed.objects.create(occurrence=make_occurrence(), name="x", kit=kit, state=State.RESERVED)
    PartNeed.objects.create(occurrence=make_occurrence(), name="x", kit=kit, state=State.RETURNED)
