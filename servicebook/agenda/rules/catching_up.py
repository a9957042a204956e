"""After an outage, what is long late is done at a steady rate, so that fresh work is not behind it."""

from dataclasses import dataclass
from datetime import timedelta

# What waits longer than this is late; it is done in due order beside the fresh work, not before it.
LATE_AFTER = timedelta(minutes=10)


@dataclass
class Allowance:
    """How many late ones may be done now: `per_second` on average, at most a second's worth at once.

    Moments are seconds on any clock that only goes forward.
    """

    per_second: float
    left: float = 0.0
    counted_at: float | None = None

    def at(self, moment: float) -> int:
        """Return what is left at `moment`."""
        if self.counted_at is None:
            self.left = self.per_second
        else:
            self.left += (moment - self.counted_at) * self.per_second
        self.left = min(self.left, max(self.per_second, 1.0))
        self.counted_at = moment
        return int(self.left)

    def take(self, count: int) -> None:
        """Say that `count` were done."""
        self.left -= count
