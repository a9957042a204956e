"""When the stages of a ladder are due: days in the morning, hours exactly, nothing in the hours of rest.

A ladder counts from a day (a contract's last one) or from a moment (a promise's). Days are days where
the customer is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

MORNING = time(9)  # of a day: what is due on it is said at this hour
NEAR = timedelta(hours=1)  # what is later than this is left to a stage that comes within it


class Unit(StrEnum):
    DAYS = "days"
    HOURS = "hours"


class Side(StrEnum):
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Rung:
    """When one stage is due: so many days or hours before or after what the ladder counts from."""

    name: str
    offset: int = 0
    unit: str = Unit.DAYS
    side: str = Side.BEFORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Rung):
    """A whole stage: whom it tells, what it asks, and whose next step it makes (S0.39).

    Attributes:
        theirs: who at the customer, the first that is there; `asks`, `text`, `channels`: for what, in
            which words, over which ways, the first that reaches.
        urgent: sent alone and at once, not with what else there is that day.
        ours: who of the house hears of it.
        step_hours: the next step is to be done within so many.
        needs_decision: the step ends only with a recorded decision (S0.40).
    """

    step: str
    step_owner: str = "owner"
    step_hours: int = 24
    theirs: tuple[str, ...] = ()
    asks: str = ""
    text: str = ""
    channels: tuple[str, ...] = ()
    urgent: bool = False
    ours: tuple[str, ...] = ()
    needs_decision: bool = False


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of rest where the customer is; over midnight when `until` is not later. Equal: none."""

    since: time
    until: time


R = TypeVar("R", bound=Rung)


def planned(
    rungs: Sequence[R], *, anchor: date | datetime, zone: str, quiet: Quiet | None, now: datetime
) -> list[tuple[R, datetime]]:
    """Return which stages count from `now` (aware) on, and when (UTC), in order of time.

    Of what has passed only the latest counts, and it comes first: when a thing begins or moves inside
    the ladder, it is said at once, and what came before is nobody's business any more. With less than
    an hour to the next stage nothing is said at once.
    """
    return still_to_come(moments(rungs, anchor=anchor, zone=zone, quiet=quiet), now=now)


def moments(
    rungs: Sequence[R], *, anchor: date | datetime, zone: str, quiet: Quiet | None
) -> list[tuple[R, datetime]]:
    """Return all stages with their moments, in order of time. Quiet hours keep the order."""
    tz = ZoneInfo(zone)
    due = sorted(((moment(one, anchor, tz), place, one) for place, one in enumerate(rungs)), key=_first)
    return [(one, after_quiet(at, quiet, tz)) for at, _place, one in due]


def still_to_come(every: Sequence[tuple[R, datetime]], *, now: datetime) -> list[tuple[R, datetime]]:
    """Leave out what has passed, but for the latest; that, too, when it is late and the next is near.

    So a clock that is put back an hour does not say again what the stage of this hour has said.
    """
    passed = sum(at <= now for _one, at in every)
    if 0 < passed < len(every) and now - every[passed - 1][1] > NEAR and every[passed][1] - now <= NEAR:
        return list(every[passed:])
    return list(every[max(passed - 1, 0) :])


def moment(rung: Rung, anchor: date | datetime, zone: ZoneInfo) -> datetime:
    """Return when a stage is due, in UTC, before quiet hours are looked at.

    Days keep the hour of the clock on the wall, through the nights in which it is changed; hours do not.

    Raises:
        ValueError: a naive moment to count from.
    """
    if not isinstance(anchor, datetime):
        anchor = datetime.combine(anchor, MORNING, zone)
    elif anchor.tzinfo is None:
        raise ValueError(f"a ladder counts from an aware moment, not {anchor!r}")
    offset = -rung.offset if rung.side == Side.BEFORE else rung.offset
    if rung.unit == Unit.HOURS:
        return anchor.astimezone(UTC) + timedelta(hours=offset)
    return (anchor.astimezone(zone) + timedelta(days=offset)).astimezone(UTC)


def after_quiet(at: datetime, quiet: Quiet | None, zone: ZoneInfo) -> datetime:
    """Return the first moment from `at` on at which the clock on the wall shows no hour of rest, in UTC.

    So a night in which clocks change needs no rule of its own: where they jump over the end of the rest, it
    is over when they have, and what they show twice is looked at twice.
    """
    while quiet and _rests(local := at.astimezone(zone), quiet):
        wall = local.replace(tzinfo=None)
        ends = datetime.combine(wall.date(), quiet.until)
        left = ends - wall if ends > wall else ends + timedelta(days=1) - wall
        at = _clocks_change(at, at + left, zone) or at + left
    return at


def _clocks_change(since: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the moment after `since`, and up to `until`, at which the zone's clocks change; None if none."""
    if since.astimezone(zone).utcoffset() == until.astimezone(zone).utcoffset():
        return None
    before, after = int(since.timestamp()), math.ceil(until.timestamp())
    offset = since.astimezone(zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return datetime.fromtimestamp(after, UTC)


def name_of(offset: int, unit: str, side: str) -> str:
    """Return the name of a stage, which its obligations bear: "before-14", "on-time", "after-48h"."""
    if not offset:
        return "on-time"
    return f"{side}-{offset}{'h' if unit == Unit.HOURS else ''}"


def clashes(rungs: Sequence[Rung]) -> list[tuple[str, str]]:
    """Return the pairs of stages that fall on the same moment: of these the earlier would never be said."""
    seen: dict[int, str] = {}
    found = []
    for one in rungs:
        place = hours(one)
        if place in seen:
            found.append((seen[place], one.name))
        seen.setdefault(place, one.name)
    return found


def hours(rung: Rung) -> int:
    """Return how many hours after what a ladder counts from a stage stands; before it they are negative."""
    length = rung.offset * (24 if rung.unit == Unit.DAYS else 1)
    return -length if rung.side == Side.BEFORE else length


def _rests(local: datetime, quiet: Quiet) -> bool:
    wall = local.time()
    if quiet.since < quiet.until:
        return quiet.since <= wall < quiet.until
    return quiet.since != quiet.until and (wall >= quiet.since or wall < quiet.until)


def _first(one: tuple[datetime, int, Rung]) -> tuple[datetime, int]:
    return one[0], one[1]
