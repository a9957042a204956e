"""The two loops of the agenda: what must be in time, and bulk work that must not be in its way."""

import time
from collections.abc import Iterable
from itertools import groupby, islice

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from servicebook.agenda.models import Lane, Obligation
from servicebook.agenda.registry import DUTIES, Many
from servicebook.agenda.rules.catching_up import LATE_AFTER, Allowance
from servicebook.agenda.worker.courtesy import give_way, urgent
from servicebook.agenda.worker.firing import MOST_TOGETHER, fire
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
        done = _fire_in_time(Obligation.objects.ready(Lane.AT_ONCE, now), AT_A_TIME, stopping)
        done += _fire_in_time(promises.filter(ready_at__gt=late_from), AT_A_TIME, stopping)
        if allowed := min(allowance.at(time.monotonic()), AT_A_TIME):
            late = _fire_in_time(promises.filter(ready_at__lte=late_from), allowed, stopping)
            allowance.take(late)
            done += late
        return done

    return step


def _fire_in_time(ready: QuerySet[Obligation], limit: int, stopping: Stopping) -> int:
    # Looking takes no lock; most of the time nothing is due.
    if stopping() or not leases.waits(ready):
        return 0
    with urgent():
        return _fire(ready, limit, stopping)


def bulk() -> Step:
    """Bulk work, one chunk at a time: one piece of it, or as many in a row as are done together."""

    def step(stopping: Stopping) -> int:
        give_way()
        ready = Obligation.objects.ready(Lane.BULK, clock.now())
        limit = _together(ready.values_list("kind", flat=True)[:MOST_TOGETHER])
        if stopping() or not limit:
            return 0
        done = _fire(ready, limit, stopping)
        if done and connection.vendor == "sqlite":
            time.sleep(SQLITE_REST_SECONDS)
        return done

    return step


def _together(kinds: Iterable[str]) -> int:
    """Return how many of the first are done together; of what is done one by one, the first alone."""
    kind, row = next(groupby(kinds), ("", ()))
    registered = DUTIES.get(kind)
    several = registered is not None and isinstance(registered.duty, Many)
    return len(list(row)) if several else len(list(islice(row, 1)))


def _fire(ready: QuerySet[Obligation], limit: int, stopping: Stopping) -> int:
    claim = leases.claim(ready, limit=limit)
    with leases.kept(Obligation.objects.armed(), claim.token):
        return fire(claim, stopping)
