"""A program of its own: a worker is killed at each point while it fires a stage, or an escalation.

`python -m servicebook.reminders.tests.rehearsal PLAY` with DATABASE_URL and DATA_DIR of a migrated
database. Each run has a contract or a ticket of its own, for nobody empties the journal.
"""

import json
import os
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import django

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


PLAYS = {"stage": stage, "escalation": escalation}

if __name__ == "__main__":
    django.setup()
    from servicebook.agenda.tests.killing import kill_at_every_point

    print(json.dumps(kill_at_every_point(PLAYS[sys.argv[1]], outcome)))  # noqa: T201
