"""What must always hold. Each app declares its own in `invariants.py`; one command checks them all."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

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
    _load()
    for one in sorted(INVARIANTS, key=lambda one: one.id):
        for line in one.check():
            yield one, line


def _load() -> None:
    for app in apps.get_app_configs():
        if app.name.startswith("servicebook.") and find_spec(f"{app.name}.invariants"):
            import_module(f"{app.name}.invariants")
