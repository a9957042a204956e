"""Two at once on one occurrence, on both engines; and the same without the guards (docs/trust.md, 2.4)."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
from django.db import connection, transaction

from servicebook.accounts.models import Role
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.equipment.models import Asset
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import _base, call_runs, calling, enrolling, moving, windows
from servicebook.maintenance.actions.windows import AlreadyAgreed
from servicebook.maintenance.models import CallRun, Enrolment, Occurrence, Window
from servicebook.maintenance.rules.windows import Span
from servicebook.maintenance.states import RELATED, state_of
from servicebook.testing import (
    make_customer,
    make_occurrence,
    make_plan,
    make_planned,
    make_reason,
    make_user,
)
from servicebook.tickets.models import Ticket
from servicebook.tickets.tests.test_races import one_inside_the_other, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.trust("2.4"), pytest.mark.slow]
ROUNDS = 4


def day(ahead: int) -> date:
    return (clock.now() + timedelta(days=ahead)).date()


def spans() -> list[Span]:
    at = datetime.combine(day(20), datetime.min.time(), UTC) + timedelta(hours=6)
    return [Span(at + timedelta(hours=3 * n), at + timedelta(hours=3 * n + 2)) for n in range(2)]


@pytest.fixture
def boss(real_rows):
    make_reason("maintenance")
    return make_user(Role.MANAGER)


def fresh(task) -> Occurrence:
    return Occurrence.objects.select_related(*RELATED).get(pk=task.pk)


@pytest.mark.req("S0.27")
def test_of_two_windows_agreed_at_once_one_holds_and_the_other_is_told(boss):
    for _round in range(ROUNDS):
        task = make_planned(make_occurrence(due_on=day(20)))
        offered = windows.offer_windows(task.pk, spans(), by=boss)
        refused = together(
            *[
                lambda task=task, one=one: windows.agree_window(
                    task.pk, window_id=one.pk, by_name="B.", channel="link"
                )
                for one in offered
            ]
        )
        assert [type(error) for error in refused] == [AlreadyAgreed]
        states = Counter(Window.objects.filter(occurrence=task).values_list("state", flat=True))
        assert states == {"accepted": 1, "declined": 1}
        accepted = Window.objects.get(occurrence=task, state="accepted")
        assert fresh(task).window_from == accepted.starts_at
        assert (
            Entry.objects.filter(verb__startswith="occurrence.window_agreed", subject_id=task.pk).count() >= 1
        )


@pytest.mark.req("S0.25")
def test_skip_against_call_leaves_no_open_ticket_of_skipped_work(boss):
    for _round in range(ROUNDS):
        task = make_occurrence(due_on=day(20))
        refused = together(
            lambda task=task: moving.skip(task.pk, because="closed", by=boss),
            lambda task=task: calling.call([task.pk], by=boss),
        )
        assert not refused
        row = fresh(task)
        assert row.skipped_at
        assert row.ticket is None or not row.ticket.is_open
        assert Ticket.objects.filter(occurrence=task).count() <= 1
        assert state_of(row).standing == "skipped"


@pytest.mark.req("S3.5")
def test_two_who_call_at_once_make_one_ticket(boss):
    for _round in range(ROUNDS):
        task = make_occurrence(due_on=day(20))
        before = Ticket.objects.count()
        assert together(*[lambda task=task: calling.call([task.pk], by=boss)] * 2) == []
        assert Ticket.objects.count() == before + 1


@pytest.mark.req("S3.5")
def test_two_presses_at_once_start_one_run(boss, monkeypatch):
    monkeypatch.setattr(call_runs, "MADE_AT_ONCE", 1)
    for _round in range(ROUNDS):
        tasks = [make_occurrence(due_on=day(20)).pk for _n in range(3)]
        rows, before = Occurrence.objects.uncalled().filter(pk__in=tasks), CallRun.objects.count()
        assert together(*[lambda rows=rows: call_runs.ask(rows.all(), by=boss)] * 2) == []
        assert CallRun.objects.count() == before + 1


@pytest.mark.req("S3.5")
def test_two_workers_at_one_run_make_each_ticket_once(boss, monkeypatch):
    monkeypatch.setattr(call_runs, "MADE_AT_ONCE", 1)
    monkeypatch.setattr(call_runs, "A_PART", 2)
    for _round in range(ROUNDS):
        tasks = [make_occurrence(due_on=day(20)).pk for _n in range(4)]
        run = call_runs.ask(Occurrence.objects.filter(pk__in=tasks), by=boss).run
        assert together(*[lambda run=run: call_runs.step(run.pk)] * 2) == []
        run.refresh_from_db()
        assert (run.made, run.left, run.finished_at is not None) == (4, 0, True)
        assert Ticket.objects.filter(occurrence__in=tasks).count() == 4


def test_move_against_agree_leaves_no_window_of_another_day(boss):
    for _round in range(ROUNDS):
        task = make_planned(make_occurrence(due_on=day(20)))
        (window, _other) = windows.offer_windows(task.pk, spans(), by=boss)
        refused = together(
            lambda task=task: moving.move(task.pk, to=day(25), because="a holiday", by=boss),
            lambda task=task, window=window: windows.agree_window(
                task.pk, window_id=window.pk, by_name="B.", channel="phone", by=boss
            ),
        )
        assert all(isinstance(error, Refused) for error in refused)
        row = fresh(task)
        if row.window_from:
            assert row.due_on == windows.day_of(row, row.window_from)
        else:
            assert row.due_on == day(25)
        assert row.ticket.due_at == _base.due_moment(row)


@pytest.mark.postgres
def test_without_lock_and_version_two_windows_would_hold(boss, monkeypatch):
    task = make_occurrence(due_on=day(20))
    first, second = windows.offer_windows(task.pk, spans(), by=boss)
    read, go = Event(), Event()

    def unlocked(pk, *, seen=None):
        row = fresh(task)
        if not read.is_set():
            read.set()
            go.wait(timeout=20)
        return row

    def write(row, **changes):
        Occurrence.objects.filter(pk=row.pk).update(**changes)
        for name, value in changes.items():
            setattr(row, name, value)

    monkeypatch.setattr(windows, "locked", unlocked)
    monkeypatch.setattr(windows, "write", write)
    agree = [
        lambda one=one: windows.agree_window(
            task.pk, window_id=one.pk, by_name="B.", channel="phone", by=boss
        )
        for one in (first, second)
    ]
    one_inside_the_other(*agree, read, go)

    assert Entry.objects.filter(verb__startswith="occurrence.window_agreed").count() == 2


@pytest.mark.postgres
@pytest.mark.req("S0.24")
def test_what_is_stored_does_not_wait_for_who_follows_its_plan(boss):
    """Each would hold what the other waits for: the plan, and the enrolment."""
    task = make_occurrence(due_on=day(20))
    read, go, held = Event(), Event(), []

    def follow() -> None:
        with transaction.atomic():
            enrolling.locked(task.plan_id)
            read.set()
            held.append(go.wait(timeout=5))

    one_inside_the_other(
        follow, lambda: make_occurrence(task.plan, asset=task.asset, due_on=day(40)), read, go
    )
    assert held == [True]


def until_somebody_waits() -> None:
    with connection.cursor() as cursor:
        for _try in range(200):
            cursor.execute("SELECT EXISTS(SELECT FROM pg_locks WHERE NOT granted), pg_sleep(0.05)")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")


@pytest.mark.postgres
@pytest.mark.req("S0.25")
@pytest.mark.parametrize("per", ["unit", "site"])
def test_who_calls_and_who_takes_out_of_the_plan_wait_for_each_other_in_one_order(boss, per):
    """The unit went to another customer, or was the last one at its site: both take it out."""
    task = make_occurrence(make_plan(per=per), due_on=day(20))
    unit, enrolments = Asset.objects.filter(pk=task.asset_id), Enrolment.objects.filter(pk=task.enrolment_id)
    if per == "unit":
        unit.update(customer=make_customer(), site=None)
    else:
        unit.update(state=Asset.State.RETIRED)
        enrolments.update(asset=None)
        Occurrence.objects.filter(pk=task.pk).update(asset=None)
    read, left = Event(), []

    def leave() -> None:
        with transaction.atomic():
            held = list(enrolments.select_for_update())
            read.set()
            until_somebody_waits()
            enrolling.leave(held, because=enrolling.LEFT)
        left.append(True)

    one_inside_the_other(leave, lambda: calling.call([task.pk], by=boss), read, Event())
    assert left == [True]
    row = fresh(task)
    assert row.ticket is None
    assert row.cancelled_at
