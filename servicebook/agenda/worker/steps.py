"""The two loops of the agenda: what must be in time, and bulk work that must not be in its way."""

import time
from contextlib import nullcontext

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from servicebook.agenda.models import Lane, Obligation
from servicebook.agenda.rules.catching_up import LATE_AFTER, Allowance
from servicebook.agenda.worker.courtesy import give_way, urgent
from servicebook.agenda.worker.firing import fire
from servicebook.agenda.worker.loops import Step, Stopping
from servicebook.core import clock, leases

AT_A_TIME = 200
# SQLite lets writers in by chance, not in turn: without a rest the web would hardly get its turn.
SQLITE_REST_SECONDS = 0.05


def in_time() -> Step:
    """What is to be done at once, then promises; those long late at a steady rate beside the fresh."""
    allowance = Allowance(settings.CONFIG.catch_up_per_second)

    def step(stopping: Stopping) -> int:
        now = clock.now()
        late_from = now - LATE_AFTER
        promises = Obligation.objects.ready(Lane.PROMISES, now)
        done = _fire(Obligation.objects.ready(Lane.AT_ONCE, now), AT_A_TIME, stopping)
        done += _fire(promises.filter(ready_at__gt=late_from), AT_A_TIME, stopping)
        if allowed := min(allowance.at(time.monotonic()), AT_A_TIME):
            late = _fire(promises.filter(ready_at__lte=late_from), allowed, stopping)
            allowance.take(late)
            done += late
        return done

    return step


def bulk() -> Step:
    """Bulk work, one chunk at a time."""

    def step(stopping: Stopping) -> int:
        give_way()
        done = _fire(Obligation.objects.ready(Lane.BULK, clock.now()), 1, stopping)
        if done and connection.vendor == "sqlite":
            time.sleep(SQLITE_REST_SECONDS)
        return done

    return step


def _fire(ready: QuerySet[Obligation], limit: int, stopping: Stopping) -> int:
    # Looking takes no lock; most of the time nothing is due.
    if stopping() or not ready.exists():
        return 0
    with urgent() if limit > 1 else nullcontext():
        claim = leases.claim(ready, limit=limit)
        with leases.kept(Obligation.objects.armed(), claim.token):
            return fire(claim, stopping)
