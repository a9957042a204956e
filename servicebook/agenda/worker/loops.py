"""The loops of a worker process: one thread each, none waiting for another.

An app registers a loop from its `AppConfig.ready`. What waits for it stands in a table of leased rows,
so that every worker can say how much that is, and anybody can see when nobody does it.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from servicebook.agenda.worker.waking import bell
from servicebook.core import clock

log = logging.getLogger("servicebook.worker")

# How long a loop with nothing to do rests before it looks again.
LOOK_EVERY_SECONDS = 0.5
HEARS_EVERY_SECONDS = 0.2  # a signal to stop
LONGEST_REST_SECONDS = 30.0

Stopping = Callable[[], bool]
Step = Callable[[Stopping], int]  # does some work and says how much; 0 when there is none


@dataclass(frozen=True)
class Loop:
    """What one thread does over and over.

    Attributes:
        make: makes the step; what it keeps (a connection, a pace) belongs to one thread.
        waiting: the rows of its queue, whenever they are due.
        lanes: the lanes that it serves.
    """

    name: str
    make: Callable[[], Step]
    waiting: Callable[[], QuerySet[Any]]
    lanes: Sequence[int]


LOOPS: dict[str, Loop] = {}


def register(loop: Loop) -> None:
    LOOPS[loop.name] = loop


@dataclass
class Running:
    """A loop at work, and what can be said of it."""

    loop: Loop
    thread: threading.Thread | None = None
    done: int = 0
    last_run_at: datetime | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    def start(self, stop: threading.Event) -> None:
        self.thread = threading.Thread(target=self._run, args=[stop], name=self.loop.name, daemon=True)
        self.thread.start()

    def _run(self, stop: threading.Event) -> None:
        ring, failures = bell(self.loop.name), 0
        step = self.loop.make()
        while not stop.is_set():
            ring.clear()
            try:
                count = step(stop.is_set)
            except Exception:
                # The database may be away. What was claimed comes back when its lease ends.
                log.exception("the loop %s failed and tries again", self.loop.name)
                connection.close()
                failures += 1
                stop.wait(min(LONGEST_REST_SECONDS, 0.5 * 2**failures))
                continue
            failures = 0
            if count:
                self.done += count
                self.last_run_at = clock.now()
            else:
                ring.wait(LOOK_EVERY_SECONDS)
        connection.close()
        self.stopped.set()


@dataclass(frozen=True)
class Backlog:
    """What waits for a loop: how much is due (at most `MOST`), since when, and what comes next."""

    due: int
    since: datetime | None
    next_at: datetime | None


MOST = 1000


def backlog(loop: Loop) -> Backlog:
    """Look at a loop's queue, with two statements per lane whatever its length."""
    now = clock.now()
    due: list[datetime] = []
    later: list[datetime] = []
    for lane in loop.lanes:
        moments = loop.waiting().filter(lane=lane).order_by("ready_at").values_list("ready_at", flat=True)
        due += moments.filter(ready_at__lte=now)[:MOST]
        later += moments.filter(ready_at__gt=now)[:1]
    return Backlog(min(len(due), MOST), min(due, default=None), min(later, default=None))


def due_since(loop: Loop) -> datetime | None:
    """Return since when the oldest work of a loop has been due, with one statement per lane."""
    due = loop.waiting().filter(ready_at__lte=clock.now()).order_by("ready_at")
    oldest = [due.filter(lane=lane).values_list("ready_at", flat=True).first() for lane in loop.lanes]
    return min((moment for moment in oldest if moment), default=None)


class Worker:
    """All loops of one process."""

    def __init__(self, loops: Sequence[Loop]) -> None:
        self.running = [Running(loop) for loop in loops]
        self._stop = threading.Event()
        self._told_to_stop = False

    def tell_to_stop(self) -> None:
        """Stop gently. Only sets a flag, as a signal handler may."""
        self._told_to_stop = True

    def run(self, *, keep: Callable[[Sequence[Running]], None], every_seconds: float) -> None:
        """Run until told to stop. Calls `keep` at the start and every so often, in this thread."""
        for one in self.running:
            one.start(self._stop)
        keep_at = time.monotonic()
        while not self._told_to_stop:
            if time.monotonic() >= keep_at:
                keep_at = time.monotonic() + every_seconds
                try:
                    keep(self.running)
                except Exception:
                    log.exception("the keeper failed and tries again")
                    connection.close()
            time.sleep(HEARS_EVERY_SECONDS)

    def join(self, seconds: float) -> bool:
        """Let each loop finish what it is doing; whether all did within `seconds`."""
        self._stop.set()
        for one in self.running:
            bell(one.loop.name).set()
        ends = time.monotonic() + seconds
        return all(one.stopped.wait(max(0.0, ends - time.monotonic())) for one in self.running)
