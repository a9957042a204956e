"""Within one process, bulk work lets what is in time go first.

SQLite has one writer at a time and lets waiting writers in by chance, not in turn; and one process has
one interpreter. So before each chunk the bulk loop waits until the other one has done what it found.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

# Under a flood of urgent work, bulk work still does a chunk this often.
AT_MOST_SECONDS = 1.0

_changed = Condition()
_busy = 0


@contextmanager
def urgent() -> Iterator[None]:
    """While the block runs, bulk work begins nothing new."""
    global _busy
    with _changed:
        _busy += 1
    try:
        yield
    finally:
        with _changed:
            _busy -= 1
            _changed.notify_all()


def give_way() -> None:
    """Wait until nothing urgent is under way in this process."""
    with _changed:
        _changed.wait_for(lambda: _busy == 0, timeout=AT_MOST_SECONDS)
