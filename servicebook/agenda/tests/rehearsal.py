"""A program of its own: plays what cannot be played inside a test's transaction.

`python -m servicebook.agenda.tests.rehearsal PLAY '{"…": …}'` with DATABASE_URL, DATA_DIR and MAIL_URL
set. It arms obligations whose handler writes one row and queues one mail, lets workers loose on them
in forked processes, and prints what became of them as JSON.
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")
os.environ["SERVICEBOOK_REHEARSAL"] = "1"


def play(name: str, how: dict[str, Any]) -> dict[str, Any]:
    return PLAYS[name](**how)


def prepare() -> dict[str, Any]:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    return {}


# What is owed: each obligation writes a row of its own, so that a second firing shows.


class Deed:
    def owed(self, region: Any) -> Iterator[Any]:
        from servicebook.agenda import Due

        at = datetime.fromisoformat(os.environ["REHEARSAL_AT"])
        for number in range(int(os.environ.get("REHEARSAL_STAGES", "1"))):
            yield Due(at, f"n{number}")

    def fire(self, region: Any, due: Any, *, at: datetime) -> None:
        from servicebook.customers.models import Contact, Region
        from servicebook.messaging import deliveries

        Region.objects.create(name=f"fired {region.pk} {due.occurrence} {os.getpid()} {time.monotonic_ns()}")
        if contact := Contact.objects.first():
            deliveries.queue("test_visit", to=contact, about=region, key=f"deed-{region.pk}-{due.occurrence}")


def set_up() -> None:
    django.setup()
    from django.conf import settings

    from servicebook.agenda.models import Lane
    from servicebook.agenda.registry import DUTIES, Registered
    from servicebook.customers.models import Region

    texts = os.path.join(os.path.dirname(__file__), "..", "..", "messaging", "tests", "templates")
    settings.TEMPLATES[0]["DIRS"] = [os.path.abspath(texts)]
    DUTIES["test.deed"] = Registered("test.deed", Region, Lane.PROMISES, Deed())


def arm(count: int, *, mail: bool = False) -> None:
    """Empty the tables that matter and arm `count` obligations that are due now."""
    from servicebook import agenda
    from servicebook.agenda.models import Obligation, Pulse
    from servicebook.core import clock
    from servicebook.customers.models import Contact, Customer, Region
    from servicebook.messaging.models import Delivery

    for model in (Obligation, Pulse, Delivery, Region):
        model.objects.all().delete()
    if mail and not Contact.objects.exists():
        Contact.objects.create(customer=Customer.objects.create(name="C"), name="A", email="a@c.example")
    if not mail:
        Contact.objects.all().delete()
    os.environ["REHEARSAL_AT"] = clock.now().isoformat()
    # Keys of mails name the region, and a mail server counts them over all runs: no id comes twice.
    base = time.time_ns() // 1_000_000 % 1_000_000_000
    regions = [Region(pk=base * 1000 + number, name=f"subject {number}") for number in range(count)]
    agenda.refresh_many(Region.objects.bulk_create(regions), new=True)


def outcome() -> dict[str, Any]:
    """Obligations by state, and how often each was fired."""
    from django.db.models import Count

    from servicebook.agenda.models import Obligation
    from servicebook.customers.models import Region
    from servicebook.messaging.models import Delivery

    names = Region.objects.filter(name__startswith="fired ").values_list("name", flat=True)
    times = Counter(tuple(name.split()[1:3]) for name in names)
    by_state = Obligation.objects.values_list("state").annotate(number=Count("id"))
    mails = Delivery.objects.values_list("state").annotate(number=Count("id"))
    return {
        "states": dict(by_state),
        "fired_once": sum(1 for number in times.values() if number == 1),
        "fired_more": sum(1 for number in times.values() if number > 1),
        "mails": dict(mails),
        "message_ids": sorted(Delivery.objects.values_list("message_id", flat=True)),
    }


def work() -> None:
    """One worker, until nothing is left to do."""
    from servicebook.agenda.worker import run_due
    from servicebook.messaging.sender import send_due

    while run_due() + send_due():
        pass


def later(**delta: float) -> None:
    """Let the clock of this process stand this much later."""
    from servicebook.core import clock

    clock.set_to(clock.now() + timedelta(**delta))


# The plays


def kill_at_every_point(*, count: int, mail: bool) -> dict[str, Any]:
    """Kill a worker at each point in turn, start another after the lease, and look at the books."""
    from servicebook.agenda.worker import firing
    from servicebook.killpoints import Points, in_child, wait_for

    firing.SLICE_SECONDS = 60.0  # where a batch is cut must not depend on the machine's speed

    def counted() -> None:
        points = Points().install()
        work()
        print(json.dumps(points.seen), file=sys.stderr)  # noqa: T201

    arm(count, mail=mail)
    reading, writing = os.pipe()
    pid = in_child(lambda: (os.dup2(writing, 2), counted()))
    os.close(writing)
    with os.fdopen(reading) as lines:
        seen = json.loads(lines.read().strip().splitlines()[-1])
    assert wait_for(pid) == 0
    runs = []
    for number in range(1, len(seen) + 1):
        arm(count, mail=mail)
        killed = wait_for(in_child(lambda at=number: (Points(at).install(), work())))
        # Leases and pauses pass; the one after it may have to wait for a pause as well.
        ended = [wait_for(in_child(lambda wait=wait: (later(minutes=wait), work()))) for wait in (2, 10)]
        runs.append({"at": seen[number - 1], "killed": killed, "ended": ended, **outcome()})
    return {"points": seen, "runs": runs}


def race(*, count: int, workers: int, guarded: bool) -> dict[str, Any]:
    """Let several workers loose at once; without the guard, to show that the test can see."""
    from servicebook.agenda.worker import run_due
    from servicebook.killpoints import in_child, wait_for

    arm(count)

    def one() -> None:
        if not guarded:
            without_the_claim()
        while run_due():
            pass

    codes = [wait_for(pid) for pid in [in_child(one) for _ in range(workers)]]
    return {"codes": codes, **outcome()}


def without_the_claim() -> None:
    """Claim by looking only, and settle whatever the token."""
    import secrets

    from servicebook.core import leases

    def claim(ready: Any, *, limit: int) -> Any:
        rows = list(ready[: min(limit, 20)])
        time.sleep(0.05)  # between looking and taking, as a slow machine would
        return leases.Claim(secrets.token_hex(4), rows, frozenset())

    def settle(held: Any, ids: Any, token: str, **changes: Any) -> None:
        held.filter(pk__in=ids).update(**changes)

    leases.claim, leases.settle = claim, settle  # type: ignore[assignment]


def without_the_fence() -> None:
    """Settle whatever became of it meanwhile."""
    from servicebook.core import leases

    def settle(held: Any, ids: Any, token: str, **changes: Any) -> None:
        held.model.objects.filter(pk__in=ids).update(**changes)

    leases.settle = settle


def zombie(*, freeze_at: int, fenced: bool) -> dict[str, Any]:
    """Freeze a worker that holds a claim, let another take over, then let the first one go on."""
    from servicebook.agenda.worker import run_due
    from servicebook.killpoints import Points, freeze, in_child, wait_for, wait_until_frozen

    arm(5)

    def first() -> None:
        if not fenced:
            without_the_fence()
        Points(freeze_at, freeze).install()
        run_due()

    pid = in_child(first)
    frozen = wait_until_frozen(pid)
    second = wait_for(in_child(lambda: (later(minutes=2), run_due())))
    taken_over = outcome()
    os.kill(pid, signal.SIGCONT)
    return {"frozen": frozen, "codes": [wait_for(pid), second], "taken_over": taken_over, **outcome()}


def bulk_beside_reminder(*, seconds: float) -> dict[str, Any]:
    """Run the real worker on endless bulk work, make reminders due, and measure how late they fire."""
    from django.db import connection

    from servicebook.agenda import AGAIN, Due, refresh
    from servicebook.agenda.models import Lane, Obligation
    from servicebook.agenda.registry import DUTIES, Registered
    from servicebook.agenda.worker.loops import LOOPS, Worker
    from servicebook.core import clock
    from servicebook.customers.models import Customer, Region
    from servicebook.killpoints import in_child, wait_for

    class Import:
        """Writes for a third of a second at a time."""

        def owed(self, customer: Any) -> Iterator[Due]:
            yield Due(clock.now(), "import")

        def fire(self, customer: Any, due: Due, *, at: datetime) -> object:
            ends = time.monotonic() + 0.3
            while time.monotonic() < ends:
                Region.objects.create(name=f"imported {time.monotonic_ns()}")
            return AGAIN

    DUTIES["test.import"] = Registered("test.import", Customer, Lane.BULK, Import())
    arm(0)
    for number in range(3):
        refresh(Customer.objects.create(name=f"import {number} {time.monotonic_ns()}"), new=True)

    def worker() -> None:
        running = Worker([LOOPS["agenda"], LOOPS["bulk"]])
        signal.signal(signal.SIGTERM, lambda *_: running.tell_to_stop())
        running.run(keep=lambda _running: None, every_seconds=5)
        running.join(20)

    pid = in_child(worker)
    late, ends = [], time.monotonic() + seconds
    number = 0
    while time.monotonic() < ends:
        number += 1
        region = Region.objects.create(name=f"reminder {number} {time.monotonic_ns()}")
        os.environ["REHEARSAL_AT"] = clock.now().isoformat()
        refresh(region, new=True)
        began = time.monotonic()
        while Obligation.objects.filter(subject_id=region.pk, kind="test.deed", state="armed").exists():
            time.sleep(0.02)
            if time.monotonic() - began > 20:
                break
        late.append(time.monotonic() - began)
    imported = Region.objects.filter(name__startswith="imported").count()
    os.kill(pid, signal.SIGTERM)
    code = wait_for(pid)
    held = Obligation.objects.exclude(token="").count()
    with suppress(Exception):
        connection.close()
    return {"late": late, "imported": imported, "code": code, "still_held": held}


def command(*, count: int) -> dict[str, Any]:
    """Run `servicebook worker` itself, give it something to do, and tell it to stop."""
    from django.core.management import call_command

    from servicebook import agenda
    from servicebook.agenda.models import Obligation, Pulse
    from servicebook.core import clock
    from servicebook.customers.models import Region
    from servicebook.killpoints import in_child, wait_for

    arm(0)
    pid = in_child(lambda: call_command("worker"))
    _wait(lambda: Pulse.objects.count() == 3)
    os.environ["REHEARSAL_AT"] = clock.now().isoformat()
    began = time.monotonic()
    regions = Region.objects.bulk_create([Region(name=f"r {number} {began}") for number in range(count)])
    agenda.refresh_many(regions, new=True)
    # The child has its own environment: what is owed was written by this process.
    _wait(lambda: not Obligation.objects.armed().exists())
    seconds = time.monotonic() - began
    with open(f"/proc/{pid}/status") as lines:
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    loops = sorted(Pulse.objects.values_list("loop", flat=True))
    os.kill(pid, signal.SIGTERM)
    code = wait_for(pid)
    return {
        "seconds": seconds,
        "loops": loops,
        "code": code,
        "loops_after": sorted(Pulse.objects.values_list("loop", flat=True)),
        "megabytes": kilobytes / 1024,
        **outcome(),
    }


def _wait(until: Any, seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not until() and time.monotonic() < ends:
        time.sleep(0.02)


PLAYS = {
    "command": command,
    "prepare": prepare,
    "kill_at_every_point": kill_at_every_point,
    "race": race,
    "zombie": zombie,
    "bulk_beside_reminder": bulk_beside_reminder,
}

if __name__ == "__main__":
    set_up()
    print(json.dumps(play(sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})))  # noqa: T201
