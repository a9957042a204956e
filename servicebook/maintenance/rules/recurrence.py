"""The days of a calendar rule: every n days, weeks, months, quarters or years from an anchor (S0.24).

Every day is counted from the anchor and never from the day before it, so that 31 January is followed by
28 February and 31 March. Nothing walks there day by day: a rule of 1990 costs what one of today does.
"""

from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = {"days": 1, "weeks": 7}
MONTHS = {"months": 1, "quarters": 3, "years": 12}
LAST = -1  # the last such weekday of the month
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Every:
    """A rule by calendar.

    Attributes:
        count: every so many units, from 1.
        unit: of DAYS or MONTHS.
        anchor: nothing is due before. The first day of a rule that names no weekday.
        nth: with months, quarters and years: which weekday of the month, 1 to 5, or LAST. In a month
            without a fifth one it is the last, so that no maintenance is silently left out: 5 is LAST.
        weekday: 0 for Monday to 6; goes with `nth`.

    Raises:
        ValueError: for what is no rule: a count below 1, an unknown unit, an `nth` without its weekday,
            or one of a rule that counts in days or weeks.
    """

    count: int
    unit: str
    anchor: date
    nth: int | None = None
    weekday: int | None = None

    def __post_init__(self) -> None:
        if self.count < 1 or (self.unit not in DAYS and self.unit not in MONTHS):
            raise ValueError(f"no rule: every {self.count} {self.unit}")
        if self.nth is None and self.weekday is None:
            return
        if self.unit in DAYS or self.nth not in (LAST, 1, 2, 3, 4, 5) or self.weekday not in range(7):
            raise ValueError(f"no weekday of a month: {self.nth}, {self.weekday} of {self.unit}")


def nth_day(rule: Every, n: int) -> date:
    """Return the day `n` of a rule; 0 is the first.

    The first is the anchor; of a rule with a weekday, the first such weekday on or after it, from whose
    month the others are counted: every quarter the second Monday, from 15 January, is 9 February, 11 May.

    Raises:
        ValueError: `n` is negative, or the day lies beyond the year 9999.
    """
    if n < 0:
        raise ValueError(f"a rule has no day {n}")
    try:
        if step := DAYS.get(rule.unit):
            return rule.anchor + timedelta(days=n * step * rule.count)
        return _in_month(rule, _first_month(rule) + n * MONTHS[rule.unit] * rule.count)
    except OverflowError as error:
        raise ValueError(f"the day {n} of the rule lies beyond {date.max}") from error


def days(rule: Every, *, since: date, until: date) -> list[date]:
    """Return the days of a rule from `since` to `until`, both included, in order."""
    if until < max(since, rule.anchor):
        return []
    if step := DAYS.get(rule.unit):
        step *= rule.count
        first = rule.anchor.toordinal() + _steps((since - rule.anchor).days, step) * step
        return [date.fromordinal(day) for day in range(first, until.toordinal() + 1, step)]
    step = MONTHS[rule.unit] * rule.count
    first = _first_month(rule)
    # The month of `since` itself may hold its day before `since`.
    first += max(0, (_month(since) - first) // step) * step
    found = [_in_month(rule, month) for month in range(first, _month(until) + 1, step)]
    return [day for day in found if since <= day <= until]


def next_after(rule: Every, day: date) -> date:
    """Return the first day of a rule that is later than `day`.

    Raises:
        ValueError: it lies beyond the year 9999.
    """
    if step := DAYS.get(rule.unit):
        return nth_day(rule, _steps((day - rule.anchor).days + 1, step * rule.count))
    step = MONTHS[rule.unit] * rule.count
    n = max(0, (_month(day) - _first_month(rule)) // step)
    found = nth_day(rule, n)
    return found if found > day else nth_day(rule, n + 1)


def last_before(rule: Every, day: date) -> date | None:
    """Return the last day of a rule that is earlier than `day`; None before the first."""
    if day <= nth_day(rule, 0):
        return None
    if step := DAYS.get(rule.unit):
        return nth_day(rule, ((day - rule.anchor).days - 1) // (step * rule.count))
    n = (_month(day) - _first_month(rule)) // (MONTHS[rule.unit] * rule.count)
    found = nth_day(rule, n)
    return found if found < day else nth_day(rule, n - 1)


def following(rule: Every, done_on: date) -> date:
    """Return what comes next of a rule that counts from the day it was last done.

    The day one step later; with a weekday, that weekday of the month one step later, whatever the
    month of the anchor was. Never before the anchor.
    """
    if rule.nth is None:
        found = nth_day(Every(rule.count, rule.unit, done_on), 1)
    else:
        found = nth_day(Every(rule.count, rule.unit, done_on.replace(day=1), rule.nth, rule.weekday), 1)
    return found if found >= rule.anchor else nth_day(rule, 0)


def _steps(distance: int, step: int) -> int:
    """How many steps reach over a distance in days; none for one behind."""
    return max(0, -(-distance // step))


def _month(day: date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def _first_month(rule: Every) -> int:
    month = _month(rule.anchor)
    return month if rule.nth is None or _in_month(rule, month) >= rule.anchor else month + 1


def _in_month(rule: Every, month: int) -> date:
    """The day of a rule in a month. Raises OverflowError beyond the year 9999."""
    year, month = divmod(month, 12)
    if year > date.max.year:
        raise OverflowError
    length = 29 if month == 1 and isleap(year) else _LENGTHS[month]
    if rule.nth is None or rule.weekday is None:
        return date(year, month + 1, min(rule.anchor.day, length))
    if rule.nth != LAST:
        first = date(year, month + 1, 1).weekday()
        day = 1 + (rule.weekday - first) % 7 + (rule.nth - 1) * 7
        if day <= length:
            return date(year, month + 1, day)
    last = date(year, month + 1, length)
    return date(year, month + 1, length - (last.weekday() - rule.weekday) % 7)
