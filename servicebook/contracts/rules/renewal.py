"""How a contract goes on: when it is announced, until when one may refuse, which term comes next.

All days are days where the customer is. A contract's last day still belongs to it.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from servicebook.contracts.rules.terms import ContractType

MORNING = time(9)  # announcements go out at this hour, where the customer is


# A one-off contract is done when it is done.
RENEWABLE_TYPES = frozenset({ContractType.SLA, ContractType.SUBSCRIPTION})
# The owner is told so many days before the last day on which either side may refuse.
DECIDE_AHEAD_DAYS = 14


@dataclass(frozen=True, slots=True)
class Term:
    starts_on: date
    ends_on: date  # the last day


class Outlook(StrEnum):
    """How it stands with the renewal of a contract."""

    OPEN = "open"  # nobody decided
    ITSELF = "itself"  # goes on unless somebody refuses
    AT_RISK = "at_risk"
    OFFERED = "offered"  # a successor is drafted
    RENEWED = "renewed"  # a successor stands
    REFUSED = "refused"
    ENDED = "ended"  # ended without a successor


def morning_of(day: date, tz: str) -> datetime:
    """Return when announcements of `day` go out, in UTC."""
    return datetime.combine(day, MORNING, ZoneInfo(tz)).astimezone(UTC)


def start_of(day: date, tz: str) -> datetime:
    """Return the first moment of `day` in the zone `tz`, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(tz)).astimezone(UTC)


def end_of(day: date, tz: str) -> datetime:
    """Return the first moment after `day`: from then on it is over."""
    return start_of(day + timedelta(days=1), tz)


def last_day_to_refuse(ends_on: date, notice_days: int) -> date:
    """Return the legal notice date: the last day on which either side may still refuse.

    It is counted back from the last day of the term that runs, not on from its start, so it moves
    with every extension and every renewal.
    """
    return ends_on - timedelta(days=notice_days)


def next_term(ends_on: date, months: int) -> Term:
    """Return the term of `months` that follows a term's last day without a gap.

    The last of a month stays the last of a month: 28 Feb 2027 is followed by 29 Feb 2028.

    Raises:
        ValueError: `months` is not above zero.
    """
    if months < 1:
        raise ValueError(f"a term has at least one month, not {months}")
    return Term(ends_on + timedelta(days=1), months_later(ends_on, months))


def months_later(day: date, months: int) -> date:
    """Move a last day by `months` (below zero: back), and keep a month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    days = monthrange(year, month + 1)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, days if is_last else min(day.day, days))


def outlook(
    *,
    running: bool,
    refused: bool,
    at_risk: bool,
    renews_itself: bool,
    successor: str = "",
) -> Outlook:
    """Say how it stands with a renewal. The first line that fits wins.

    Args:
        running: active or on hold.
        successor: its state; empty when there is none.
    """
    if successor not in ("", "draft", "cancelled"):
        return Outlook.RENEWED
    if refused:
        return Outlook.REFUSED
    if not running:
        return Outlook.ENDED
    if at_risk:
        return Outlook.AT_RISK
    if successor == "draft":
        return Outlook.OFFERED
    return Outlook.ITSELF if renews_itself else Outlook.OPEN
