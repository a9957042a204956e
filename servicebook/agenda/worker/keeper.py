"""While the loops work: renew the leases of long work, and show that this worker lives."""

import os
import socket
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.utils import OperationalError

from servicebook.agenda.models import Pulse
from servicebook.agenda.worker.loops import Running, backlog, log
from servicebook.core import clock, leases

KEEP_EVERY_SECONDS = 10.0
FORGOTTEN_AFTER = timedelta(days=1)


def keeper() -> Callable[[Sequence[Running]], None]:
    """Return what a worker calls every `KEEP_EVERY_SECONDS`."""
    name, started_at = f"{socket.gethostname()}:{os.getpid()}"[:60], clock.now()
    Pulse.objects.filter(seen_at__lt=started_at - FORGOTTEN_AFTER).delete()

    def keep(running: Sequence[Running]) -> None:
        # A long transaction of this very process may hold SQLite's only writer's lock. Then nobody
        # else can claim either, and the next round is soon enough.
        try:
            leases.renew_kept()
            show(name, started_at, running)
        except OperationalError as error:
            log.info("the keeper could not write this time: %s", error)

    return keep


def show(name: str, started_at: datetime, running: Sequence[Running]) -> None:
    """Write one row per loop: last run, next run, backlog."""
    rows = []
    for one in running:
        waits = backlog(one.loop)
        rows.append(
            Pulse(
                worker=name,
                loop=one.loop.name,
                started_at=started_at,
                seen_at=clock.now(),
                last_run_at=one.last_run_at,
                done=one.done,
                backlog=waits.due,
                waiting_since=waits.since,
                next_at=waits.next_at,
            )
        )
    with transaction.atomic():
        Pulse.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["worker", "loop"],
            update_fields=["seen_at", "last_run_at", "done", "backlog", "waiting_since", "next_at"],
        )


def forget(name: str | None = None) -> None:
    """Take this worker off the list when it ends as it should."""
    Pulse.objects.filter(worker=name or f"{socket.gethostname()}:{os.getpid()}"[:60]).delete()
