"""What must always hold. Each app declares its own in `invariants.py`; one command checks them all."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from servicebook.core import rooms

Check = Callable[[], Iterable[str]]


@dataclass(frozen=True)
class Invariant:
    """An invariant of docs/trust.md and the check that yields one line per violation, naming the row."""

    id: str
    says: str
    check: Check


INVARIANTS: list[Invariant] = []


def invariant(identifier: str, says: str) -> Callable[[Check], Check]:
    """Register a check. It reads only, and costs a fixed number of statements where it can."""

    def register(check: Check) -> Check:
        INVARIANTS.append(Invariant(identifier, says, check))
        return check

    return register


def violations() -> Iterator[tuple[Invariant, str]]:
    """Check everything; yield each violation."""
    rooms.load("invariants")
    for one in sorted(INVARIANTS, key=lambda one: one.id):
        for line in one.check():
            yield one, line
