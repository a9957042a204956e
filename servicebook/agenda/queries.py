"""What the pages of the agenda read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from servicebook.agenda.models import SILENT_AFTER, Obligation, Pulse
from servicebook.agenda.registry import title_of
from servicebook.agenda.worker.loops import LOOPS, due_since
from servicebook.core import clock


@dataclass(frozen=True)
class Balance:
    """The account of one kind: everything that was ever owed is in one of four places."""

    kind: str
    fired: int
    cancelled: int
    armed: int
    failed: int

    @property
    def title(self) -> str:
        return title_of(self.kind)

    @property
    def owed(self) -> int:
        return self.fired + self.cancelled + self.armed + self.failed


def balances() -> list[Balance]:
    """Return the account of each kind. Reads an index over everything: for its own page, not a list."""
    counted: dict[str, dict[str, int]] = {}
    for kind, state, number in Obligation.objects.values_list("kind", "state").annotate(number=Count("pk")):
        counted.setdefault(kind, {})[state] = number
    states = Obligation.State.values
    return [
        Balance(kind, **{state: numbers.get(state, 0) for state in states})
        for kind, numbers in sorted(counted.items())
    ]


def pulses() -> QuerySet[Pulse]:
    """The loops of all workers that were seen within a day, the liveliest first."""
    return Pulse.objects.order_by("loop", "-seen_at")


@dataclass(frozen=True)
class Silence:
    """Work is due and nobody does it."""

    loops: Sequence[str]
    waiting_since: datetime
    last_seen: datetime | None


def silence() -> Silence | None:
    """Return what a person must hear: work is due for minutes, and no worker was seen for as long.

    One statement when all is well.
    """
    heard_from = clock.now() - SILENT_AFTER
    seen = dict(Pulse.objects.order_by("seen_at").values_list("loop", "seen_at"))  # the latest wins
    silent = [loop for name, loop in LOOPS.items() if name not in seen or seen[name] < heard_from]
    since = {loop.name: due_since(loop) for loop in silent}
    late = {name: moment for name, moment in since.items() if moment and moment < heard_from}
    if not late:
        return None
    return Silence(sorted(late), min(late.values()), max(seen.values(), default=None))
