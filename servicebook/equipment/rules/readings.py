"""Meter readings: resets, usage and its rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

RATE_WINDOW = timedelta(days=180)  # older readings say little about how a unit is used today


@dataclass(frozen=True)
class Read:
    """What a meter showed at a moment; `is_reset` says that it began again since the one before."""

    at: datetime
    value: Decimal
    is_reset: bool = False


def plain(value: Decimal) -> str:
    """Return a value without needless zeros: 120, 19.4."""
    return f"{value.normalize():f}"


def is_reset(value: Decimal, *, before: Decimal | None) -> bool:
    """Whether a meter that showed `before` began again to show `value` now."""
    return before is not None and value < before


def marked(readings: Sequence[Read]) -> list[Read]:
    """Return `readings`, sorted by time, with every reset recognised anew.

    A reading that is entered late changes what the next one means.
    """
    found: list[Read] = []
    for one in sorted(readings, key=lambda read: read.at):
        before = found[-1].value if found else None
        found.append(Read(one.at, one.value, is_reset(one.value, before=before)))
    return found


def usage(readings: Sequence[Read]) -> Decimal:
    """Return what was used between the first and the last of `readings`, sorted by time.

    After a reset the meter began at zero, so the whole value counts. Never negative.
    """
    used = Decimal(0)
    for before, after in pairwise(readings):
        used += after.value if after.value < before.value else after.value - before.value
    return used


def rate_per_day(readings: Sequence[Read]) -> Decimal | None:
    """Return the mean use per day over the last RATE_WINDOW; None when it cannot be told.

    Args:
        readings: sorted by time. Two of them, a day apart at least, are needed.
    """
    if not readings:
        return None
    last = readings[-1].at
    recent = [one for one in readings if last - one.at <= RATE_WINDOW]
    if len(recent) < 2:
        recent = list(readings[-2:])
    if len(recent) < 2 or recent[-1].at - recent[0].at < timedelta(days=1):
        return None
    days = Decimal((recent[-1].at - recent[0].at) / timedelta(days=1))
    return (usage(recent) / days).quantize(Decimal("0.01"))
