"""Why a planned visit may fail, seen before its day (S0.28)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAYS_AHEAD = 7  # until then there is time to settle it


class Code(StrEnum):
    WINDOW = "window"  # the customer has not agreed the window
    ACCESS = "access"  # nobody lets us in
    PARTS = "parts"  # a part or a kit is not reserved


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one occurrence.

    Attributes:
        called_on: when its ticket was made; None before: nothing could be settled yet.
        parts_missing: how many parts and kits are neither reserved nor further.
        over: done, skipped, cancelled, or its ticket is closed.
    """

    due_on: date
    called_on: date | None
    needs_window: bool = True
    window_agreed: bool = False
    needs_access: bool = False
    access_agreed: bool = False
    parts_missing: int = 0
    over: bool = False


@dataclass(frozen=True, slots=True)
class Risk:
    """A reason why the visit may fail, and the day since when it counts as one."""

    code: Code
    since: date


def risks(facts: Facts, *, today: date) -> list[Risk]:
    """Return why a visit may fail: window, access, parts, in this order.

    Each counts from DAYS_AHEAD days before the due day, or from the day the ticket was made if that is
    later. It is gone when it is solved, and stays beyond the due day until then. Of what is over, or has
    no ticket yet, there is none.
    """
    if facts.over or facts.called_on is None:
        return []
    since = max(facts.due_on - timedelta(days=DAYS_AHEAD), facts.called_on)
    return [Risk(code, since) for code in _open(facts)] if today >= since else []


def _open(facts: Facts) -> Iterator[Code]:
    if facts.needs_window and not facts.window_agreed:
        yield Code.WINDOW
    if facts.needs_access and not facts.access_agreed:
        yield Code.ACCESS
    if facts.parts_missing:
        yield Code.PARTS
