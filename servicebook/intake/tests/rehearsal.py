"""A program of its own: receives mail in processes that are killed, or that race.

`python -m servicebook.intake.tests.rehearsal PLAY '{"…": …}'` with DATABASE_URL and DATA_DIR set.
"""

import json
import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")


def prepare() -> dict[str, Any]:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    return {}


def fresh_mail() -> bytes:
    """A mail that never came before, from a contact that is known, with a file."""
    from servicebook.intake.tests.mails import plain
    from servicebook.testing import make_contact, make_reason, make_user

    mark = secrets.token_hex(6)
    if not django.apps.apps.get_model("accounts", "User").objects.exists():
        make_user("manager", name="Service owner", email="owner@house.example")
        make_reason("failure")
    make_contact(name="Bolat", email=f"bolat-{mark}@plant.example")
    return plain(
        f"The pump leaks. {mark}",
        sender=f"bolat-{mark}@plant.example",
        files=(("note.txt", "text/plain", mark.encode()),),
        Message_ID=f"<{mark}@plant.example>",
    )


def outcome(raw: bytes) -> dict[str, Any]:
    """What stands in the books about one mail."""
    import hashlib

    from servicebook.files import store
    from servicebook.intake.models import ReceivedMail
    from servicebook.messaging.models import Delivery
    from servicebook.tickets.models import Message, Ticket

    digest = hashlib.sha256(raw).hexdigest()
    message_id = next(line for line in raw.decode().splitlines() if line.startswith("Message-ID")).split()[1]
    rows = list(ReceivedMail.objects.filter(raw__sha256=digest).select_related("raw"))
    messages = Message.objects.filter(message_id=message_id)
    kept = [store.open_bytes(row.raw).read() == raw for row in rows]
    tickets = Ticket.objects.filter(pk__in=messages.values("ticket"))
    return {
        "kept": sum(kept),
        "states": [row.state for row in rows],
        "messages": messages.count(),
        "tickets": tickets.count(),
        "receipts": Delivery.objects.filter(
            template="ticket_received", about_id__in=tickets.values("pk")
        ).count(),
    }


def work_later() -> None:
    """The worker, some minutes later."""
    from servicebook.agenda.worker import run_due
    from servicebook.core import clock

    clock.set_to(clock.now() + timedelta(minutes=10))
    while run_due():
        pass


def receive(raw: bytes) -> None:
    from servicebook.intake.mail import actions

    actions.receive(raw)


def kill_at_every_point(*, again: bool) -> dict[str, Any]:
    """Kill the receiving process at each commit in turn; the mail server tries again, or never does."""
    from servicebook.killpoints import Points, in_child, wait_for

    folder = Path(os.environ["DATA_DIR"])
    first = fresh_mail()

    def counted() -> None:
        points = Points().install()
        receive(first)
        (folder / "points.json").write_text(json.dumps(points.seen))

    assert wait_for(in_child(counted)) == 0
    seen = json.loads((folder / "points.json").read_text())
    runs = []
    for number in range(1, len(seen) + 1):
        raw = fresh_mail()
        killed = wait_for(in_child(lambda at=number, mail=raw: (Points(at).install(), receive(mail))))
        ended = [wait_for(in_child(lambda mail=raw: receive(mail)))] if again else []
        ended.append(wait_for(in_child(work_later)))
        runs.append({"at": f"{number} {seen[number - 1]}", "killed": killed, "ended": ended, **outcome(raw)})
    return {"points": seen, "runs": runs}


def race(*, processes: int, guarded: bool) -> dict[str, Any]:
    """Let several processes receive the same mail at once; unguarded, to show that the test can see."""
    from servicebook.killpoints import in_child, wait_for

    raw = fresh_mail()

    def one() -> None:
        if not guarded:
            _take_the_guards_away()
        receive(raw)

    codes = [wait_for(pid) for pid in [in_child(one) for _number in range(processes)]]
    return {"codes": codes, **outcome(raw)}


def _take_the_guards_away() -> None:
    """Give every arrival a hash of its own, and no mail a fingerprint."""
    from dataclasses import replace

    from servicebook.core import clock
    from servicebook.files import store
    from servicebook.intake.mail import actions
    from servicebook.intake.mail.rules import reading
    from servicebook.intake.models import ReceivedMail

    def keep(raw: bytes) -> ReceivedMail:
        return ReceivedMail.objects.create(
            sha256=secrets.token_hex(32), raw=store.keep(raw), received_at=clock.now()
        )

    whole = reading.read
    reading.read = lambda *args, **more: replace(whole(*args, **more), fingerprint="")  # type: ignore[assignment]
    actions.keep = keep


PLAYS = {"prepare": prepare, "kill_at_every_point": kill_at_every_point, "race": race}

if __name__ == "__main__":
    django.setup()
    print(json.dumps(PLAYS[sys.argv[1]](**json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})))  # noqa: T201
