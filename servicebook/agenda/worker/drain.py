"""Fire everything that is due, here and now: for tests, the simulator and a bulk load."""

from datetime import datetime

from django.db.models import Min

from servicebook.agenda.models import Lane, Obligation
from servicebook.agenda.worker.firing import fire
from servicebook.core import clock, leases

AT_A_TIME = 200


def run_due(until: datetime | None = None) -> int:
    """Fire all that is due, lane by lane and in due order, until nothing is due; return how many.

    Args:
        until: play on to this moment. The clock is stopped at each moment in which something
            becomes due, and stays at `until`. None fires what is due at the present moment.
    """
    if until is None:
        return _drain()
    fired = _drain()
    while True:
        upcoming = Obligation.objects.armed().filter(ready_at__lte=until).aggregate(at=Min("ready_at"))["at"]
        if upcoming is None:
            break
        clock.set_to(max(upcoming, clock.now()))
        fired += _drain()
    clock.set_to(max(until, clock.now()))
    return fired


def _drain() -> int:
    fired = 0
    while claim := _next():
        fired += fire(claim)
    return fired


def _next() -> leases.Claim[Obligation] | None:
    for lane in Lane.values:
        ready = Obligation.objects.ready(lane, clock.now())
        if leases.waits(ready) and (claim := leases.claim(ready, limit=AT_A_TIME)).rows:
            return claim
    return None
