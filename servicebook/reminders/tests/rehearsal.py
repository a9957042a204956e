"""A program of its own: workers are killed at each point, race, and are overtaken by an edit.

`python -m servicebook.reminders.tests.rehearsal PLAY` with DATABASE_URL and DATA_DIR of a migrated
database. Each run has a contract or a ticket of its own, for nobody empties the journal.
"""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import django
from django.db import transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")
ALMATY = ZoneInfo("Asia/Almaty")


def at(text: str) -> None:
    from servicebook.core import clock

    clock.set_to(datetime.fromisoformat(text).replace(tzinfo=ALMATY))


def stage() -> tuple[str, int]:
    """A contract that is to be announced: the customer is asked, the owner has a step."""
    from servicebook.agenda.tests.killing import finish
    from servicebook.testing import make_contact, make_customer, sign_contract

    at("2026-06-01 09:00")
    customer = make_customer()
    make_contact(customer, is_main=True)
    contract = sign_contract(customer)
    finish()
    at("2026-11-01 09:00")
    return "reminders.renewal", contract.pk


def escalation() -> tuple[str, int]:
    """A ticket that waits for an answer, on the fifth day."""
    from servicebook.accounts.models import Role
    from servicebook.agenda.tests.killing import finish
    from servicebook.reminders.models import Ask
    from servicebook.testing import make_ticket, make_user
    from servicebook.tickets import actions as tickets

    at("2026-03-02 09:00")
    manager = make_user(Role.MANAGER)
    ticket = make_ticket()
    tickets.start(ticket.pk, by=manager)
    tickets.wait(ticket.pk, waiting_for="client", by=manager)
    finish()
    at("2026-03-07 09:00")
    return "reminders.silence", Ask.objects.open().get(customer=ticket.customer).pk


def outcome(made: tuple[str, int]) -> dict[str, Any]:
    """What became of the stage: how often it stands in each book."""
    from servicebook.agenda.models import Obligation
    from servicebook.customers.models import Promise
    from servicebook.journal.models import Entry
    from servicebook.messaging.models import Notice
    from servicebook.reminders.models import Ask
    from servicebook.reminders.queries import FIRED

    kind, pk = made
    rows = Obligation.objects.filter(kind=kind, subject_id=pk)
    stage = rows.filter(state="fired").order_by("-due_at").values_list("stage", flat=True).first()
    what = kind.partition(".")[2]
    history = pk if what == "renewal" else Ask.objects.get(pk=pk).about_id
    said = Entry.objects.filter(
        verb__in=FIRED, subject_id=history, facts__what=what, facts__stage=stage or ""
    )
    return {
        "stage": stage,
        "fired": rows.filter(state="fired", stage=stage).count(),
        "failed": rows.filter(state="failed").count(),
        "steps": Promise.objects.open().filter(source=kind, about_id=pk).count(),
        "told": sorted(
            Notice.objects.filter(key__contains=f"reminder-{what}-{pk}-", key__endswith="mail")
            .filter(key__contains=f"-{stage}:")
            .values_list("text", flat=True)
        ),
        "said": said.count(),
    }


def killed(make: Callable[[], tuple[str, int]]) -> dict[str, Any]:
    from servicebook.agenda.tests.killing import kill_at_every_point

    return kill_at_every_point(make, outcome)


# What is due at once to two workers, or in the hands of one while somebody edits it.

COUNT = 6


def due_now() -> dict[str, list[int]]:
    """Contracts to announce, tasks to make tickets of, and a visit in a week."""
    from servicebook.accounts.models import Role
    from servicebook.agenda import refresh_many
    from servicebook.agenda.tests.killing import finish
    from servicebook.core import reference
    from servicebook.testing import (
        make_contact,
        make_customer,
        make_occurrence,
        make_plan,
        make_planned,
        make_reason,
        make_user,
        sign_contract,
    )

    at("2026-06-01 09:00")
    make_reason("maintenance")
    boss = make_user(Role.MANAGER)
    reference.drop()
    customer = make_customer()
    make_contact(customer, is_main=True)
    contracts = [sign_contract(customer, owner=boss, title=f"Contract {number}") for number in range(COUNT)]
    plan = make_plan(customer, followed=0)
    tasks = [make_occurrence(plan, due_on=date(2026, 11, 15), key=f"{number}") for number in range(COUNT)]
    with transaction.atomic():
        refresh_many(tasks)
    visit = make_planned(make_occurrence(plan, due_on=date(2026, 11, 8), key="visit"))
    with transaction.atomic():
        refresh_many([visit])
    finish()
    at("2026-11-01 09:00")
    return {
        "contracts": [one.pk for one in contracts],
        "tasks": [one.pk for one in tasks],
        "visit": [visit.pk],
    }


def books(things: dict[str, list[int]]) -> dict[str, Any]:
    """How often each stage was said, what became of each task, and what is still open."""
    from servicebook.agenda.models import Obligation
    from servicebook.contracts.models import Contract
    from servicebook.core import clock
    from servicebook.customers.models import Promise
    from servicebook.journal.models import Entry
    from servicebook.messaging.models import Notice
    from servicebook.reminders.queries import FIRED
    from servicebook.tickets.models import Ticket

    contracts, tasks, visit = things["contracts"], things["tasks"], things["visit"]
    customer = Contract.objects.get(pk=contracts[0]).customer
    tickets = Ticket.objects.filter(kind="planned")
    others = tickets.filter(asset__enrolments__occurrences__in=tasks)
    said = Entry.objects.filter(verb__in=FIRED)
    announced = said.filter(facts__what="renewal", facts__stage="before-60")
    said_of = Counter(announced.values_list("subject_id", flat=True))
    due = Obligation.objects.filter(due_at__lte=clock.now(), state__in=["armed", "failed"])
    return {
        "contracts": [said_of[pk] for pk in contracts],
        "steps": Promise.objects.filter(source="reminders.renewal", about_id__in=contracts).count(),
        "told": Notice.objects.filter(text="renewal_notice", about_id__in=contracts).count(),
        "tickets": others.count(),
        "called": Entry.objects.filter(verb="occurrence.called", subject_id__in=tasks).count(),
        "visits": said.filter(
            subject_id__in=tickets.filter(occurrence__in=visit),
            facts__what="maintenance",
            facts__stage="before-7",
        ).count(),
        "open": due.filter(subject_id__in=[*contracts, *tasks, *visit, customer.pk]).count(),
    }


def race(*, guarded: bool) -> dict[str, Any]:
    """Let two workers loose at once; without the guards, to show that the test can see."""
    from servicebook.agenda.tests.killing import finish
    from servicebook.agenda.tests.rehearsal import without_the_claim
    from servicebook.agenda.worker import drain
    from servicebook.killpoints import in_child, wait_for
    from servicebook.maintenance.models.occurrences import OccurrenceQuerySet

    things = due_now()

    def one() -> None:
        drain.AT_A_TIME = 2  # so that each gets some
        if not guarded:
            without_the_claim()
            OccurrenceQuerySet.uncalled = OccurrenceQuerySet.standing  # type: ignore[method-assign]
        finish()

    codes = [wait_for(pid) for pid in [in_child(one) for _worker in range(2)]]
    return {"codes": codes, **books(things)}


def edited(*, guarded: bool) -> dict[str, Any]:
    """Freeze a worker that has claimed what is due, edit the dates, and let it go on."""
    from servicebook.accounts.models import Role
    from servicebook.agenda.tests.killing import finish
    from servicebook.agenda.tests.rehearsal import without_the_fence
    from servicebook.contracts import actions as contracts
    from servicebook.killpoints import Points, freeze, in_child, wait_for, wait_until_frozen
    from servicebook.maintenance.actions import moving
    from servicebook.reminders import firing
    from servicebook.testing import make_user, make_why

    things = due_now()
    boss = make_user(Role.MANAGER)

    def worker() -> None:
        if not guarded:
            without_the_fence()
            firing._standing = as_it_was  # type: ignore[assignment]
        Points(2, freeze).install()  # the claim is committed
        finish()

    pid = in_child(worker)
    frozen = wait_until_frozen(pid)
    moving.move(things["visit"][0], to=date(2026, 11, 20), because="Exams", by=boss)
    contracts.cancel(things["contracts"][0], because="They move", why=make_why(), by=boss)
    moving.move(things["tasks"][0], to=date(2026, 11, 30), because="Exams", by=boss)
    os.kill(pid, signal.SIGCONT)
    return {"frozen": frozen, "code": wait_for(pid), **books(things)}


def as_it_was(kind: Any, subject: Any, due: Any, at: datetime) -> Any:
    """Say a stage whatever became of its matter: what `firing._standing` guards against."""
    from servicebook.reminders import ladders
    from servicebook.reminders.kinds import Matter

    ladder = ladders.in_force(kind.what)
    step = ladder.step(due.stage) if ladder else None
    anchor = date.fromisoformat(due.occurrence[:10])
    return (Matter(occurrence=due.occurrence, anchor=anchor, zone="Asia/Almaty"), step) if step else None


def mailed() -> dict[str, Any]:
    """Kill a sender at each word with the mail server, while it sends what a stage told the customer."""
    from servicebook.agenda.tests.killing import finish, kill_at_every_point, later
    from servicebook.messaging.models import Delivery
    from servicebook.messaging.sender import send_due

    def told() -> int:
        _kind, pk = stage()
        finish()
        later(3)  # until then other news of the day may come along
        return pk

    def became(pk: int) -> dict[str, Any]:
        rows = Delivery.objects.filter(notices__about_id=pk, notices__text="renewal_notice")
        return {"mails": list(rows.values_list("state", "message_id"))}

    return kill_at_every_point(told, became, work=send_due)


def place() -> dict[str, Any]:
    """Kill a worker while the contracts of a region follow it into another zone, two at a time."""
    from servicebook.accounts.models import Role
    from servicebook.agenda.models import Obligation
    from servicebook.agenda.tests.killing import finish, kill_at_every_point, later
    from servicebook.core import reference
    from servicebook.customers import actions as customers
    from servicebook.reminders.actions import moving_places
    from servicebook.reminders.models import PlaceWalk
    from servicebook.testing import make_customer, make_region, make_user, sign_contract

    moving_places.AT_A_TIME = 2
    zone = ZoneInfo("America/New_York")

    def moved() -> tuple[int, list[int]]:
        at("2026-06-01 09:00")
        reference.drop()
        region = make_region(time_zone="Asia/Almaty")
        contracts = [sign_contract(make_customer(region=region)).pk for _contract in range(3)]
        finish()
        region.time_zone = zone.key
        customers.save_region(region, by=make_user(Role.MANAGER))
        later(1)  # until then other processes learn of it
        return region.pk, contracts

    def became(made: tuple[int, list[int]]) -> dict[str, Any]:
        region, contracts = made
        follow = Obligation.objects.filter(kind="reminders.follow_region", subject_id=region)
        stages = Obligation.objects.armed().filter(kind="reminders.renewal", subject_id__in=contracts)
        return {
            "fired": follow.filter(state="fired").count(),
            "open": follow.exclude(state="fired").count(),
            "hours": sorted({one.due_at.astimezone(zone).hour for one in stages}),
            "walks": PlaceWalk.objects.count(),
        }

    return kill_at_every_point(moved, became)


PLAYS: dict[str, Callable[..., dict[str, Any]]] = {
    "stage": lambda: killed(stage),
    "escalation": lambda: killed(escalation),
    "race": race,
    "edited": edited,
    "mailed": mailed,
    "place": place,
}

if __name__ == "__main__":
    django.setup()
    from servicebook.agenda.tests.killing import begin_apart

    begin_apart()
    print(json.dumps(PLAYS[sys.argv[1]](**json.loads(sys.argv[2]))))  # noqa: T201
