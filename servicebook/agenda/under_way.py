"""What this thread is firing in its open transaction, for `refresh` to respect.

A handler changes its subject through an action, and the action refreshes the subject's agenda in the
same transaction. The obligation that is being fired is settled by the worker, not by that refresh;
one that waits in the same batch may well be moved or cancelled by it, and is then not fired.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class UnderWay:
    """Ids of obligations, within one transaction of a worker."""

    begun: set[int] = field(default_factory=set)  # fired or being fired; not yet written
    taken_back: set[int] = field(default_factory=set)  # moved or cancelled by an earlier handler


_current: ContextVar[UnderWay | None] = ContextVar("obligations under way", default=None)


def current() -> UnderWay:
    """Return what is under way; nothing, outside a worker. Only a worker writes `begun`."""
    return _current.get() or UnderWay()


@contextmanager
def firing() -> Iterator[UnderWay]:
    """Enter a worker's transaction."""
    under_way = UnderWay()
    token = _current.set(under_way)
    try:
        yield under_way
    finally:
        _current.reset(token)
