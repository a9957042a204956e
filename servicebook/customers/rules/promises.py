"""Promises: open, late, kept or dropped (S0.4)."""

from datetime import datetime, timedelta
from enum import Enum

SOON = timedelta(hours=24)


class Standing(Enum):
    """How a promise stands; its value is the tone of its mark."""

    KEPT = "done"
    DROPPED = "wait"
    LATE = "late"
    SOON = "risk"
    OPEN = "live"


def standing(
    *, due_at: datetime, kept_at: datetime | None, dropped_at: datetime | None, now: datetime
) -> Standing:
    """Return how a promise stands at `now`. Late is never stored: it follows from `due_at`."""
    if kept_at:
        return Standing.KEPT
    if dropped_at:
        return Standing.DROPPED
    if due_at < now:
        return Standing.LATE
    return Standing.SOON if due_at - now <= SOON else Standing.OPEN
