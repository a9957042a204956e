"""What a ticket asks of its owner next, and by when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeVar

from servicebook.tickets.rules.status import (
    APPROVAL,
    LOOK_AGAIN_AFTER,
    QUEUED,
    START_WITHIN,
    WAITING,
    WORKING,
)

# From this share of its time on, a promise can go wrong.
RISK_FROM = 75
T = TypeVar("T")


class Ask(Enum):
    """What the owner is asked to do."""

    START = "start"
    LOOK_AGAIN = "look_again"
    ASK_APPROVAL = "ask_approval"


@dataclass(frozen=True)
class Step:
    """One thing to do: from when it counts and when it is due (aware moments)."""

    ask: Ask
    since: datetime
    due: datetime


def step(
    *,
    status: str,
    priority: int,
    since: datetime,
    resume_at: datetime | None,
    waiting_for: str = "",
    planned_for: datetime | None = None,
) -> Step | None:
    """Return what the owner should do next; None while the work is under way or done.

    Args:
        since: when the ticket came into its status.
        resume_at: when waiting ends in a look by the owner, if that was agreed.
        waiting_for: the waiting reason; without `resume_at` it says how long nothing is asked.
        planned_for: when planned work is to be done; it need not be begun before.
    """
    if status == QUEUED:
        return Step(Ask.START, since, planned_for or since + START_WITHIN[priority])
    if status == APPROVAL:
        return Step(Ask.ASK_APPROVAL, since, resume_at or since + LOOK_AGAIN_AFTER[APPROVAL])
    if status == WAITING:
        pause = LOOK_AGAIN_AFTER.get(waiting_for)
        due = resume_at or (since + pause if pause else None)
        return Step(Ask.LOOK_AGAIN, since, due) if due else None
    if status == WORKING and resume_at:
        return Step(Ask.LOOK_AGAIN, since, resume_at)
    return None


def used(since: datetime, due: datetime, now: datetime) -> int:
    """How much of the time between `since` and `due` has passed, 0 to 100."""
    whole = due - since
    if whole <= timedelta(0) or now >= due:
        return 100
    return max(0, int((now - since) / whole * 100))


def tone(since: datetime, due: datetime, now: datetime) -> str:
    """How a deadline is marked: late, risk, or live while there is time."""
    if now > due:
        return "late"
    return "risk" if used(since, due, now) >= RISK_FROM else "live"


def greeting(hour: int) -> str:
    """Which greeting fits the reader's hour: morning, afternoon or evening."""
    if 4 <= hour < 12:
        return "morning"
    return "afternoon" if 12 <= hour < 18 else "evening"


def soonest(dated: Iterable[tuple[datetime, T]], limit: int) -> list[T]:
    """The `limit` things that are due first, late ones before all."""
    return [thing for _due, thing in sorted(dated, key=lambda pair: pair[0])[:limit]]


def to_save_first(dated: Iterable[tuple[datetime, T]], now: datetime, limit: int) -> list[T]:
    """The `limit` things that come first: what can still be saved, soonest first; then the latest missed."""
    ordered = sorted(dated, key=lambda pair: (pair[0] < now, abs(pair[0] - now)))
    return [thing for _due, thing in ordered[:limit]]
