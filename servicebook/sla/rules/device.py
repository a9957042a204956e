"""What a phone says about when something happened, though its clock may be wrong."""

from datetime import datetime, timedelta

OLDEST = timedelta(days=14)  # how long a phone may have been without a network


class Implausible(ValueError):
    """It cannot have happened then; `why` is "future" or "old"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def skew_checked(device_at: datetime, device_now: datetime, received_at: datetime) -> tuple[datetime, int]:
    """Return when it happened, corrected by the error of the phone's clock, and that error.

    Args:
        device_at: when it happened, by the phone's clock.
        device_now: when the phone sent it, by the same clock.
        received_at: when it came, by ours. All are aware.

    Returns:
        The corrected moment, and the seconds by which the phone's clock is fast (negative: slow).

    Raises:
        Implausible: it was sent before it happened, or happened more than OLDEST ago.
    """
    if device_at > device_now:
        raise Implausible("future")
    if device_now - device_at > OLDEST:
        raise Implausible("old")
    skew = round((device_now - received_at).total_seconds())
    return device_at - timedelta(seconds=skew), skew
