"""Where the day of a rule goes when nobody can come on it: days off, and weekdays not allowed (S0.24)."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

FURTHEST = 31  # days; what finds no day within them stays where it is, and says so


class Shift(StrEnum):
    """What is done when the rule's day is no working day.

    Where there is none on the side that it names, it is looked for on the other.
    """

    KEEP = "keep"  # whatever day it is
    NEXT = "next"
    PREVIOUS = "previous"
    NEAREST = "nearest"  # of two as near, the later: nobody is ready early by surprise


class Why(StrEnum):
    """Why a day is not simply the rule's."""

    DAY_OFF = "day_off"  # a holiday, or a day without working hours
    WEEKDAY = "weekday"  # not one of the allowed weekdays
    NOWHERE = "nowhere"  # no working day within FURTHEST: it stays
    KEPT = "kept"  # it is a day off, and stays, because the plan says so


# Which distances are tried, in order.
_AHEAD = tuple(range(1, FURTHEST + 1))
_BEHIND = tuple(-days for days in _AHEAD)
_TRIED: dict[str, tuple[int, ...]] = {
    Shift.NEXT: _AHEAD + _BEHIND,
    Shift.PREVIOUS: _BEHIND + _AHEAD,
    Shift.NEAREST: tuple(days for pair in zip(_AHEAD, _BEHIND, strict=True) for days in pair),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A day of a rule, and where it went.

    Attributes:
        nominal: what the rule says.
        on: when it is due.
        why: empty when the rule's day is a fine one.
        joins: it falls on the same day as the one before it. It is not done twice: that one stands for
            both, and the preview says so.
    """

    nominal: date
    on: date
    why: Why | None = None
    joins: bool = False


def shifted(day: date, shift: str, *, works: Callable[[date], bool], weekdays: Collection[int] = ()) -> date:
    """Return when a day of a rule is due.

    Args:
        shift: a value of Shift.
        works: whether somebody works on a day.
        weekdays: the allowed ones, 0 for Monday; empty: any.

    Returns:
        A working day of an allowed weekday at most FURTHEST days away, or `day` where there is none.
    """
    return place(day, shift, works=works, weekdays=weekdays).on


def place(day: date, shift: str, *, works: Callable[[date], bool], weekdays: Collection[int] = ()) -> Placed:
    """Return when a day of a rule is due, and why then. Otherwise as `shifted`."""
    why = _against(day, works, weekdays)
    if why is None:
        return Placed(day, day)
    if shift == Shift.KEEP:
        return Placed(day, day, Why.KEPT)
    for distance in _TRIED[shift]:
        other = _moved(day, distance)
        if other is not None and _against(other, works, weekdays) is None:
            return Placed(day, other, why)
    return Placed(day, day, Why.NOWHERE)


def placed(
    nominal: Iterable[date],
    shift: str,
    *,
    works: Callable[[date], bool],
    weekdays: Collection[int] = (),
    before: date | None = None,
) -> list[Placed]:
    """Return where the days of one rule go, in order, and which of them join the one before.

    Args:
        nominal: in order, without a gap.
        before: the rule's day before the first of them, so that it does not matter in how many pieces
            a year is looked at.
    """
    last = place(before, shift, works=works, weekdays=weekdays).on if before else None
    found = []
    for day in nominal:
        one = place(day, shift, works=works, weekdays=weekdays)
        found.append(Placed(day, one.on, one.why, joins=True) if one.on == last else one)
        last = one.on
    return found


def _against(day: date, works: Callable[[date], bool], weekdays: Collection[int]) -> Why | None:
    """What speaks against a day."""
    if weekdays and day.weekday() not in weekdays:
        return Why.WEEKDAY
    return None if works(day) else Why.DAY_OFF


def _moved(day: date, distance: int) -> date | None:
    try:
        return day + timedelta(days=distance)
    except OverflowError:  # the calendar ends
        return None
