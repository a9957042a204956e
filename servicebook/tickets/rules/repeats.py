"""When a request is a repeat: the same reason on the same unit within the window (S0.65)."""

from datetime import datetime, timedelta

LEAST_DAYS, MOST_DAYS = 7, 30


def window_start(opened_at: datetime, *, days: int) -> datetime:
    """The earliest moment at which an earlier ticket makes this one its repeat.

    Raises:
        ValueError: `days` is outside 7 to 30.
    """
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise ValueError(f"the window is {LEAST_DAYS} to {MOST_DAYS} days, not {days}")
    return opened_at - timedelta(days=days)
