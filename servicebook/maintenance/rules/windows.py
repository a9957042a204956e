"""When a window is, which windows can be offered, and how long ahead they must be agreed (S0.27, S0.28)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from servicebook.maintenance.rules.words import gettext_noop as _

MOST = 3  # windows in one offer or wish
FEWEST_WISHES = 2  # a customer whom the window does not suit gives a choice
LONGEST = timedelta(days=2)
FURTHEST = timedelta(days=400)  # ahead
WORKING_DAY = (time(9), time(18))  # of a plan that names no window
AGREED_BY_DAYS = 7  # before the due day everything must be agreed (S0.28)
MORNING = time(9)


class Span(NamedTuple):
    """From when until when; aware."""

    starts_at: datetime
    ends_at: datetime


class Wrong(NamedTuple):
    """Why windows cannot be offered: a sentence and what stands in it."""

    text: str
    facts: Mapping[str, object]


def on(day: date, opens: time, closes: time, zone: ZoneInfo) -> Span:
    """Return the window of a local day; one that closes no later than it opens goes over night.

    In the night in which clocks go forward a window may fall into the hour that does not exist: it
    then begins when that hour is over, and keeps its length.
    """
    last = day if closes > opens else day + timedelta(days=1)
    starts = datetime.combine(day, opens, zone).astimezone(UTC)
    ends = datetime.combine(last, closes, zone).astimezone(UTC)
    if ends <= starts:
        length = datetime.combine(last, closes) - datetime.combine(day, opens)
        ends = starts + length
    return Span(starts, ends)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the last minute of a local day, in UTC: midnight would be read as the day after.

    Where clocks go back at midnight, the last hour comes twice: then it is the second time.
    """
    return datetime.combine(day, time(23, 59, fold=1), zone).astimezone(UTC)


def agreed_by(due_on: date, zone: ZoneInfo) -> datetime:
    """Return when it becomes a risk that something is not agreed yet: that morning, at the site."""
    return datetime.combine(due_on - timedelta(days=AGREED_BY_DAYS), MORNING, zone).astimezone(UTC)


def is_near(day: date, *, due_on: date, may_move_days: int) -> bool:
    """Whether work may go from `due_on` to `day` without anybody asking."""
    return abs((day - due_on).days) <= may_move_days


def wrong(windows: Sequence[Span], *, now: datetime, fewest: int = 1) -> Wrong | None:
    """Return the first thing that speaks against offering `windows`; None if nothing does."""
    if not fewest <= len(windows) <= MOST:
        return Wrong(
            _("Give %(fewest)s to %(most)s windows, so that there is a choice."),
            {"fewest": fewest, "most": MOST},
        )
    for number, one in enumerate(windows, start=1):
        text = _wrong_with(one, now)
        if text:
            return Wrong(text, {"number": number})
        if one in windows[: number - 1]:
            return Wrong(
                _("Window %(number)s is the same as another one. Give a different one."), {"number": number}
            )
    return None


def _wrong_with(one: Span, now: datetime) -> str:
    if one.ends_at <= one.starts_at:
        return _("Window %(number)s ends before it begins. Give a later end.")
    if one.starts_at <= now:
        return _("Window %(number)s has begun already. Give one that is still to come.")
    if one.ends_at - one.starts_at > LONGEST:
        return _("Window %(number)s is longer than two days. Give the hours in which somebody can come.")
    if one.starts_at - now > FURTHEST:
        return _("Window %(number)s is more than a year ahead. Give an earlier one.")
    return ""
