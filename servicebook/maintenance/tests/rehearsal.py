"""A program of its own: a worker is killed at each commit while plans are stored, called and settled.

`python -m servicebook.maintenance.tests.rehearsal PLAY` with DATABASE_URL and DATA_DIR of a migrated
database. Each run has a customer of its own, for nobody empties the journal.
"""

import json
import os
import sys
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")
ALMATY = ZoneInfo("Asia/Almaty")
UNITS = 2


def at(text: str) -> None:
    from servicebook.core import clock

    clock.set_to(datetime.fromisoformat(text).replace(tzinfo=ALMATY))


def boss() -> Any:
    from servicebook.accounts.models import Role
    from servicebook.core import reference
    from servicebook.testing import make_reason, make_user

    make_reason("maintenance")
    user = make_user(Role.MANAGER)
    reference.drop()
    return user


def drafted(by: Any, **fields: Any) -> Any:
    """A plan of a customer with a few units: a checklist of two items, a part to bring."""
    from servicebook.maintenance.actions import plans
    from servicebook.maintenance.actions.checklists import Item, publish
    from servicebook.maintenance.models import Checklist, Plan
    from servicebook.testing import make_asset, make_customer, make_work_type

    customer = make_customer()
    for _unit in range(UNITS):
        make_asset(customer)
    checklist = Checklist(name=f"UPS of {customer.name}")
    publish(checklist, [Item("Clean"), Item("Measure")], by=by)
    given = {"title": "Check", "every": 1, "every_unit": "months", "anchor_on": date(2026, 4, 30), **fields}
    plan = Plan(
        customer=customer,
        work_type=make_work_type(),
        checklist=checklist,
        parts=[{"name": "Filter", "quantity": 2}],
        shift="keep",
        **given,
    )
    return plans.save_plan(plan, [], by=by)


# What is due when a worker comes.


def store() -> Any:
    """A plan was switched on: its units are to be enrolled, and a year is to be stored, in several steps."""
    from servicebook.maintenance.actions import enrolling, plans

    enrolling.AT_A_TIME = 1
    at("2026-04-01 09:00")
    by = boss()
    plan = drafted(by)
    plans.activate(plan.pk, by=by)
    return plan


def change() -> Any:
    """A plan that runs comes every quarter now: what is not called is made anew."""
    from servicebook.agenda.tests.killing import finish
    from servicebook.maintenance.actions import enrolling, plans
    from servicebook.maintenance.models import Plan

    plan = store()
    enrolling.AT_A_TIME = 200
    finish()
    enrolling.AT_A_TIME = 1
    plan = Plan.objects.get(pk=plan.pk)
    plan.every = 3
    plans.save_plan(plan, [], by=plan.made_by)
    return plan


def call() -> Any:
    """Fourteen days before 30 April: each unit's task becomes a ticket with its worksheet."""
    from servicebook.agenda.tests.killing import finish

    plan = store()
    finish()
    at("2026-04-16 06:00")
    return plan


def press() -> Any:
    """Somebody wants the tickets of April at once, long before they are due: more than one request makes."""
    from servicebook.agenda.tests.killing import finish
    from servicebook.maintenance.actions import call_runs
    from servicebook.maintenance.models import Occurrence

    call_runs.MADE_AT_ONCE, call_runs.A_PART = 1, 1
    plan = store()
    finish()
    rows = Occurrence.objects.filter(plan=plan, due_on=date(2026, 4, 30))
    call_runs.ask(rows, by=plan.made_by)
    return plan


def settle() -> Any:
    """Of one task half was done, and its ticket was closed: the rest becomes the next ticket."""
    from servicebook.agenda.tests.killing import finish
    from servicebook.maintenance.actions.results import Result, record_many
    from servicebook.maintenance.models import Occurrence, WorksheetLine
    from servicebook.testing import close_ticket

    plan = call()
    finish()
    task = Occurrence.objects.filter(plan=plan, ticket__isnull=False).order_by("pk")[0]
    at("2026-04-30 15:00")
    finish()  # what else is due by then
    clean, measure = WorksheetLine.objects.filter(worksheet__ticket=task.ticket).order_by("item__position")
    results = [
        Result(line=clean.pk, outcome="ok"),
        Result(line=measure.pk, outcome="not_done", note="no key"),
    ]
    record_many(task.ticket_id, results, by=plan.made_by)
    close_ticket(task.ticket, by=plan.made_by)
    return plan


def outcome(plan: Any) -> dict[str, Any]:
    """What became of a plan: how often each thing stands in each book."""
    from servicebook.agenda.models import Obligation
    from servicebook.journal.models import Entry
    from servicebook.maintenance.models import CallRun, Enrolment, Occurrence, PartNeed, Plan, WorksheetLine
    from servicebook.tickets.models import Ticket

    plan = Plan.objects.get(pk=plan.pk)
    rows = Occurrence.objects.filter(plan=plan)
    tickets = Ticket.objects.filter(customer=plan.customer)
    calls = Obligation.objects.filter(kind="maintenance.call", subject_id__in=rows.values("pk"))
    runs = CallRun.objects.filter(by=plan.made_by)
    others = Obligation.objects.filter(subject_id__in=[*rows.values_list("pk", flat=True), plan.pk])
    return {
        "followed": plan.followed == plan.version,
        "enrolled": Enrolment.objects.filter(plan=plan, ended_at=None).count(),
        "standing": rows.standing().count(),
        "cancelled": rows.filter(cancelled_at__isnull=False).count(),
        "rests": rows.filter(part=1).count(),
        "tickets": tickets.count(),
        "called": rows.filter(ticket__isnull=False).count(),
        "worksheets": tickets.filter(worksheet__isnull=False).count(),
        "lines": WorksheetLine.objects.filter(worksheet__ticket__in=tickets).count(),
        "parts": PartNeed.objects.filter(occurrence__in=rows).count(),
        "said": Entry.objects.filter(verb="occurrence.called", subject_id__in=rows.values("pk")).count(),
        "calls": calls.filter(state="fired").count(),
        "to_call": calls.filter(state="armed").count(),
        "runs": [[one.total, one.taken, one.made] for one in runs],
        "failed": others.filter(state="failed").count(),
    }


PLAYS = {"store": store, "change": change, "call": call, "press": press, "settle": settle}

if __name__ == "__main__":
    django.setup()
    from servicebook.agenda import audit
    from servicebook.agenda.tests.killing import LATER_MINUTES, begin_apart, kill_at_every_point, later

    begin_apart()
    played = kill_at_every_point(PLAYS[sys.argv[1]], outcome)
    later(max(LATER_MINUTES))
    print(json.dumps({**played, "audit": [str(one) for one in audit.everything()]}))  # noqa: T201
