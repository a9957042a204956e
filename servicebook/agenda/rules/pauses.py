"""How long a failed obligation rests before it is tried again, and when it is put aside."""

from datetime import timedelta

# After the first failure, the second, … About a working day in all; then a person looks at it.
PAUSES = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
MOST_ATTEMPTS = len(PAUSES) + 1


def pause_after(attempts: int) -> timedelta | None:
    """Return the rest after `attempts` failures (1 or more); None when it is put aside."""
    return PAUSES[attempts - 1] if attempts < MOST_ATTEMPTS else None
