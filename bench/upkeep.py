"""What maintenance costs: a year of it stored, its tickets, and plans that owe nothing today.

Units of the filled database come under plans of their own, and leave them at the end.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from typing import Any

from bench.figures import Figure

PART = "Maintenance"
TITLE = "bench maintenance"
UNITS, PER_PLAN = 10_000, 500
CALLED, AT_ONCE, WARM = 3_000, 500, 100
FEW, MANY = 10_000, 1_000_000  # plans that owe nothing today
ROUNDS = 60


def measure() -> list[Figure]:
    """Store, call, and sweep beside few and many plans. Leaves nothing behind."""
    from servicebook.agenda.worker import run_due

    run_due()
    with _cleaned_up():
        plans, stored = _stored()
        figures = [Figure(PART, "occurrences of a year stored per second", stored, "1/s", 10_000, True)]
        figures.append(Figure(PART, "the same again, all of it", _again(plans), "s", 0.5))
        for count in dict.fromkeys((1, _workers())):
            target = 10_000 if count == _workers() else None
            for name, stored in (("", _stored_of_single_units), (", just switched on", _switched_on)):
                figure = f"the same of a plan per unit{name}, {count} worker{'s' if count > 1 else ''}"
                figures.append(Figure(PART, figure, stored(count), "1/s", target, True))
        called, again = _called()
        figures.append(Figure(PART, "due ones made tickets per second", called, "1/s", 1_000, True))
        figures.append(Figure(PART, "the same again, which makes none", again, "s", 0.5))
        figures += _swept()
    return figures


def _stored() -> tuple[list[Any], float]:
    from django.db import transaction

    from servicebook.equipment.models import Asset
    from servicebook.maintenance.actions.enrolling import AT_A_TIME, enrol
    from servicebook.maintenance.models import Occurrence

    units = list(Asset.objects.select_related("customer", "site__customer").order_by("pk")[:UNITS])
    with transaction.atomic():
        enrol(_plan(UNITS), units[: AT_A_TIME * 5])
    _analyze()  # nobody begins with so many; PostgreSQL reads an empty table whole, and keeps to that
    plans = [_plan(number) for number in range(-(-len(units) // PER_PLAN))]
    began = time.perf_counter()
    for place, plan in enumerate(plans):
        mine = units[place * PER_PLAN : (place + 1) * PER_PLAN]
        for start in range(0, len(mine), AT_A_TIME):
            with transaction.atomic():
                enrol(plan, mine[start : start + AT_A_TIME])
    seconds = time.perf_counter() - began
    return plans, Occurrence.objects.filter(plan__in=plans).count() / seconds


def _workers() -> int:
    """As many as the machine has processors; SQLite has one writer."""
    from django.db import connection

    return os.cpu_count() or 1 if connection.vendor == "postgresql" else 1


def _done_by(workers: int) -> float:
    """Let so many workers do all that is due; return the seconds that it takes.

    Raises:
        RuntimeError: one of them ended before its time.
    """
    from django.db import connections

    from servicebook.agenda.worker import run_due

    connections.close_all()  # each has its own
    processes = [get_context("fork").Process(target=run_due) for _number in range(workers)]
    began = time.perf_counter()
    for one in processes:
        one.start()
    for one in processes:
        one.join()
    seconds = time.perf_counter() - began
    if any(one.exitcode for one in processes):
        raise RuntimeError("a worker ended before its time")
    return seconds


def _stored_of_single_units(workers: int) -> float:
    """The same year of the same units, each under a plan of its own, as workers store it."""
    from servicebook import agenda
    from servicebook.core import clock
    from servicebook.equipment.models import Asset
    from servicebook.maintenance.models import Enrolment, Occurrence, Plan

    units = list(Asset.objects.order_by("pk")[:UNITS])
    before, today = Occurrence.objects.count(), clock.now().date()
    plans = Plan.objects.bulk_create([_planned(number) for number in range(len(units))], batch_size=500)
    place = {"since": today, "plan_seen": 0}
    Enrolment.objects.bulk_create(
        [
            Enrolment(plan=plan, asset=unit, customer_id=unit.customer_id, site_id=unit.site_id, **place)
            for plan, unit in zip(plans, units, strict=True)
        ],
        batch_size=500,
    )
    Plan.objects.filter(pk__in=[one.pk for one in plans]).update(stored_on=today - timedelta(days=28))
    due = list(Plan.objects.filter(title=TITLE, stored_on__lt=today))
    agenda.refresh_many(due, new=True)
    seconds = _done_by(workers)
    return (Occurrence.objects.count() - before) / seconds


def _switched_on(workers: int) -> float:
    """The same year of plans that name a unit each and were just switched on: they enrol it, too."""
    from servicebook import agenda
    from servicebook.equipment.models import Asset
    from servicebook.maintenance.models import Occurrence, Plan, PlanScope
    from servicebook.maintenance.scoping import SERVED

    units = list(Asset.objects.filter(state__in=SERVED).order_by("pk")[:UNITS])
    plans = [_planned(number) for number in range(len(units))]
    for plan, unit in zip(plans, units, strict=True):
        plan.customer_id, plan.followed, plan.stored_on, plan.version = unit.customer_id, None, None, 1
    Plan.objects.bulk_create(plans, batch_size=500)
    named = [PlanScope(plan=plan, asset=unit) for plan, unit in zip(plans, units, strict=True)]
    PlanScope.objects.bulk_create(named, batch_size=500)
    agenda.refresh_many(plans, new=True)
    before = Occurrence.objects.count()
    seconds = _done_by(workers)
    return (Occurrence.objects.count() - before) / seconds


def _again(plans: Sequence[Any]) -> float:
    """Store all of it again: nothing is left to do, and it is seen quickly."""
    from servicebook.maintenance.actions.enrolling import extend_plans
    from servicebook.maintenance.models import Occurrence

    before = Occurrence.objects.count()
    began = time.perf_counter()
    for plan in plans:
        while extend_plans([plan.pk]):
            pass
    seconds = time.perf_counter() - began
    if Occurrence.objects.count() != before:
        raise RuntimeError("the second run stored something")
    return seconds


def _called() -> tuple[float, float]:
    from servicebook.maintenance.actions.calling import call
    from servicebook.maintenance.models import Occurrence

    due = Occurrence.objects.uncalled().filter(plan__title=TITLE).order_by("due_on", "pk")
    every = list(due.values_list("pk", flat=True)[: CALLED + WARM])
    call(every[:WARM])  # a worker has its addresses and texts at hand since its first tickets
    ids = every[WARM:]
    parts = [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
    began = time.perf_counter()
    made = sum(len(call(part)) for part in parts)
    seconds = time.perf_counter() - began
    if made != len(ids):
        raise RuntimeError(f"{made} tickets were made of {len(ids)}")
    began = time.perf_counter()
    if any(call(part) for part in parts):
        raise RuntimeError("the second run made a ticket")
    return made / seconds, time.perf_counter() - began


def _swept() -> Iterator[Figure]:
    """A sweep of the agenda with nothing due, beside few plans and beside many."""
    from servicebook.agenda.worker import run_due

    costs: list[float] = []
    there = 0
    for goal in (FEW, MANY):
        _owe_later(there, goal)
        there = goal
        run_due()
        # The quickest of many: whatever else the machine does makes a round slower, never quicker.
        costs.append(min(_sweep() for _round in range(ROUNDS)))
        yield Figure(PART, f"a sweep with nothing due, {goal:,} plans", costs[-1] * 1000, "ms")
    yield Figure(PART, f"a sweep with {MANY:,} plans over {FEW:,}", costs[1] / costs[0], "×", 1.2)


def _sweep() -> float:
    from servicebook.agenda.worker import run_due

    began = time.perf_counter()
    run_due()
    return time.perf_counter() - began


def _owe_later(start: int, goal: int) -> None:
    """Plans with what they owe in four weeks, as statements: a million of them by hand takes an hour."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    from servicebook.core import clock
    from servicebook.maintenance.models import Plan

    plan = Plan.objects.filter(title=TITLE).earliest("pk")
    names = [one.column for one in Plan._meta.concrete_fields if one.column not in ("id", "number")]
    columns = ", ".join(f'"{name}"' for name in names)
    kind = ContentType.objects.get_for_model(Plan).pk
    later = clock.now() + timedelta(days=28)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE n(i) AS (SELECT %s UNION ALL SELECT i + 1 FROM n WHERE i < %s) "  # noqa: S608
            f"INSERT INTO maintenance_plan (number, {columns}) "
            f"SELECT 'BP-' || i, {columns} FROM n, maintenance_plan WHERE id = %s",
            [start + 1, goal, plan.pk],
        )
        cursor.execute(
            "INSERT INTO agenda_obligation (kind, subject_type_id, subject_id, occurrence, stage, lane,"
            " due_at, ready_at, state, token, attempts, last_error, because) "
            "SELECT 'maintenance.extend', %s, id, 'bench', '', 2, %s, %s, 'armed', '', 0, '', '' "
            "FROM maintenance_plan WHERE number LIKE 'BP%%' AND NOT EXISTS ("
            "SELECT 1 FROM agenda_obligation o WHERE o.subject_type_id = %s AND o.subject_id ="
            " maintenance_plan.id AND o.occurrence = 'bench')",
            [kind, later, later, kind],
        )
    _analyze()


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for name in (
            "agenda_obligation",
            *("maintenance_" + one for one in ("enrolment", "occurrence", "plan")),
        ):
            cursor.execute(f"{'VACUUM ' if connection.vendor == 'postgresql' else ''}ANALYZE {name}")


def _plan(number: int) -> Any:
    plan = _planned(number)
    plan.save()
    return plan


def _planned(number: int) -> Any:
    from servicebook.core import clock
    from servicebook.maintenance.models import Plan
    from servicebook.tickets.models import WorkType

    today = clock.now().date()
    return Plan(
        number=f"B{time.monotonic_ns() % 10**12}-{number}",
        title=TITLE,
        state=Plan.State.ACTIVE,
        every=1,
        every_unit=Plan.Unit.MONTHS,
        anchor_on=today + timedelta(days=20),
        work_type=WorkType.objects.earliest("pk"),
        followed=0,
        stored_on=today,
    )


@contextmanager
def _cleaned_up() -> Iterator[None]:
    try:
        yield
    finally:
        _remove()


def _remove() -> None:
    from django.contrib.contenttypes.models import ContentType

    from servicebook.agenda.models import Obligation
    from servicebook.maintenance.models import Enrolment, Occurrence, Plan, PlanScope, Worksheet
    from servicebook.search.models import Indexed
    from servicebook.tickets.models import CoverageDecision, Message, Spell, Ticket

    plans = Plan.objects.filter(title=TITLE)
    rows = Occurrence.objects.filter(plan__in=plans)
    tickets = list(rows.exclude(ticket=None).values_list("ticket", flat=True))
    for model, ids in ((Occurrence, rows.values("pk")), (Plan, plans.values("pk")), (Ticket, tickets)):
        kind = ContentType.objects.get_for_model(model)
        Obligation.objects.filter(subject_type=kind, subject_id__in=ids)._raw_delete("default")
    Worksheet.objects.filter(ticket__in=tickets)._raw_delete("default")
    rows._raw_delete("default")
    Enrolment.objects.filter(plan__in=plans)._raw_delete("default")
    for model in (Message, Spell, CoverageDecision):
        model.objects.filter(ticket__in=tickets)._raw_delete("default")
    kind = ContentType.objects.get_for_model(Ticket)
    Indexed.objects.filter(subject_type=kind, subject_id__in=tickets)._raw_delete("default")
    Ticket.objects.filter(pk__in=tickets)._raw_delete("default")
    PlanScope.objects.filter(plan__in=plans)._raw_delete("default")
    plans._raw_delete("default")
