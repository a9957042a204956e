"""Kill a worker at each of its commits in turn, and let others finish: what every rehearsal does.

Each run works on things of its own, for nobody empties the journal.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

from servicebook import testing
from servicebook.core import clock
from servicebook.killpoints import Points, in_child, wait_for

T = TypeVar("T")
Work = Callable[[], object]
# A lease passes; the one after it may have to wait for a pause as well.
LATER_MINUTES = (2, 10)


def kill_at_every_point(
    make: Callable[[], T], outcome: Callable[[T], Mapping[str, Any]], *, work: Work | None = None
) -> dict[str, Any]:
    """Return the points that were seen, and for each how the run with a killing there ended.

    Args:
        make: makes new things of which something is due, and returns what `outcome` is to look at.
        work: what a worker does; all that is due if None.
    """
    work = work or finish
    make()
    seen = points_of(work)
    runs = []
    for number in range(1, len(seen) + 1):
        made = make()
        killed = wait_for(in_child(lambda at=number: (Points(at).install(), work())))
        ended = [wait_for(in_child(lambda wait=wait: (later(wait), work()))) for wait in LATER_MINUTES]
        runs.append({"at": seen[number - 1], "killed": killed, "ended": ended, **outcome(made)})
    return {"points": seen, "runs": runs}


def points_of(work: Work) -> list[str]:
    """Do `work` in a child, and return the points that it came by."""
    reading, writing = os.pipe()

    def counted() -> None:
        points = Points().install()
        work()
        os.write(writing, json.dumps(points.seen).encode())

    pid = in_child(counted)
    os.close(writing)
    with os.fdopen(reading) as lines:
        seen: list[str] = json.loads(lines.read())
    assert wait_for(pid) == 0
    return seen


def begin_apart() -> None:
    """Let the makers of a program count from where no program did: they share a database."""
    testing._serial = count(time.time_ns() // 1_000_000 % 10**10)


def finish() -> None:
    """Fire all that is due now."""
    from servicebook.agenda.worker import run_due

    while run_due():
        pass


def later(minutes: float) -> None:
    """Let the clock of this process stand this much later."""
    clock.set_to(clock.now() + timedelta(minutes=minutes))
