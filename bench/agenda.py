"""How fast the agenda fires, and whether what waits for later makes it slower.

Run alone with `python -m bench.agenda [--armed 10000 1000000] [--fire 10000]` and DATABASE_URL set to
a database that may be filled; `run` is what `make bench` calls.
"""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

KIND = "bench.deed"
ROUNDS = 3
PROMISES = 1  # models.Lane.PROMISES, which cannot be imported before Django is set up


class Deed:
    """Owes nothing by itself; firing writes one row."""

    def owed(self, subject: Any) -> Iterator[Any]:
        return iter(())

    def fire(self, subject: Any, due: Any, *, at: datetime) -> None:
        from servicebook.agenda.models import Pulse

        Pulse.objects.create(
            worker=f"bench {subject.pk}", loop=due.occurrence[:20], started_at=at, seen_at=at
        )


def run(armed: Sequence[int] = (10_000, 1_000_000), fire: int = 10_000) -> list[dict[str, Any]]:
    """Measure firing with so many armed rows waiting; leaves no row behind.

    Returns:
        One dict per figure: name, value, unit, and what it should be (`target`), if anything.
    """
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    from servicebook.agenda.models import Lane, Obligation, Pulse
    from servicebook.agenda.registry import DUTIES, Registered
    from servicebook.core import clock
    from servicebook.customers.models import Region

    DUTIES[KIND] = Registered(KIND, Region, Lane.PROMISES, Deed())
    region_type = ContentType.objects.get_for_model(Region)
    first = Region.objects.bulk_create(
        [Region(name=f"bench {time.monotonic_ns()} {number}") for number in range(fire)], batch_size=2000
    )
    ids = [region.pk for region in first]
    now = clock.now()

    def arm(count: int, at: datetime, name: str) -> None:
        _arm(count, at, name, region_type.pk, ids)

    figures: list[dict[str, Any]] = []
    waiting, costs = 0, list[float]()
    try:
        for goal in armed:
            arm(goal - waiting, now + timedelta(days=30), f"later{goal}")
            waiting = goal
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE agenda_obligation")
            # Side by side, round by round: what else the machine does slows both.
            bare, fired = [], []
            for number in range(ROUNDS):
                bare.append(_bare(first))
                fired.append(_round(arm, fire, f"due{goal}.{number}"))
            costs.append(median(one / other for one, other in zip(bare, fired, strict=True)))
            figures.append(_figure(f"the same row without an agenda, {goal:,} armed", median(bare), "1/s"))
            figures.append(_figure(f"fired per second, {goal:,} armed", median(fired), "1/s", 2000))
            figures.append(_figure(f"cost beside a bare row, {goal:,} armed", costs[-1], "×"))
        if len(costs) > 1:
            ratio = costs[-1] / costs[0]
            figures.append(_figure(f"cost with {armed[-1]:,} over {armed[0]:,}", ratio, "×", 1.2))
    finally:
        Obligation.objects.filter(kind=KIND)._raw_delete("default")
        Pulse.objects.filter(worker__startswith="bench ")._raw_delete("default")
        Region.objects.filter(pk__in=ids)._raw_delete("default")
        del DUTIES[KIND]
    return figures


def _arm(count: int, at: datetime, name: str, subject_type: int, ids: Sequence[int]) -> None:
    """Arm `count` obligations, a day's worth of seconds from `at` on, in one statement."""
    from django.db import connection

    if ids[-1] - ids[0] != len(ids) - 1:
        raise RuntimeError("somebody else writes into this database; the bench needs one of its own")
    sqlite = connection.vendor == "sqlite"
    moment = "%s + (i %% 86400) * interval '1 second'"
    if sqlite:
        moment = "datetime(%s, '+' || (i %% 86400) || ' seconds')"
    start = at.strftime("%Y-%m-%d %H:%M:%S") if sqlite else at
    statement = (
        "INSERT INTO agenda_obligation (kind, subject_type_id, subject_id, occurrence, stage, lane,"  # noqa: S608
        " due_at, ready_at, state, token, attempts, last_error, because) "
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %s - 1) "
        "SELECT %s, %s, %s + i %% %s, %s || (i / %s), '', %s, "
        f"{moment}, {moment}, 'armed', '', 0, '', '' FROM n"
    )
    size = len(ids)
    values = [count, KIND, subject_type, ids[0], size, f"{name}-", size, int(PROMISES), start, start]
    with connection.cursor() as cursor:
        if count > 0:
            cursor.execute(statement, values)


def _round(arm: Any, fire: int, name: str) -> float:
    """Fire `fire` obligations that are due, as a worker does; how many per second."""
    from servicebook.agenda.models import Obligation
    from servicebook.agenda.rules.catching_up import LATE_AFTER
    from servicebook.agenda.worker.steps import in_time
    from servicebook.core import clock

    moment = clock.now()
    arm(fire, moment - LATE_AFTER / 2, name)
    # All of them are fresh and due: their seconds are spread over the past five minutes.
    Obligation.objects.filter(kind=KIND, occurrence__startswith=name).update(
        ready_at=moment - timedelta(minutes=1)
    )
    step, done = in_time(), 0
    began = time.perf_counter()
    while count := step(lambda: False):
        done += count
    seconds = time.perf_counter() - began
    if done != fire:
        raise RuntimeError(f"{done} were fired instead of {fire}")
    return fire / seconds


def _bare(regions: Sequence[Any]) -> float:
    """How many rows per second the handler writes by itself, many to a transaction."""
    from django.db import transaction

    from servicebook.agenda import Due
    from servicebook.core import clock

    deed, now = Deed(), clock.now()
    began = time.perf_counter()
    for start in range(0, len(regions), 200):
        with transaction.atomic():
            for region in regions[start : start + 200]:
                deed.fire(region, Due(now, f"bare {began}"), at=now)
    return len(regions) / (time.perf_counter() - began)


def _figure(name: str, value: float, unit: str, target: float | None = None) -> dict[str, Any]:
    return {"part": "agenda", "name": name, "value": round(value, 2), "unit": unit, "target": target}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--armed", nargs="+", type=int, default=[10_000, 1_000_000])
    parser.add_argument("--fire", type=int, default=10_000)
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicebook.settings")
    import django

    django.setup()
    for figure in run(chosen.armed, chosen.fire):
        print(f"{figure['name']:<45} {figure['value']:>12,.2f} {figure['unit']}")


if __name__ == "__main__":
    main()
