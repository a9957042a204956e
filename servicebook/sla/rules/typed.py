"""Opening hours as a person types them: "8:00–12:00, 13:00–18:00"; nothing is closed.

What is written here is read here, so that a day can be copied from one field to the next.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from servicebook.sla.rules.hours import NotOpenings, Opening, check_day

_TIME = r"(\d{1,2})(?:[:.](\d{2}))?"
_RANGE = re.compile(rf"{_TIME}\s*[-–—]\s*{_TIME}(?![\d:.])")
_BETWEEN = re.compile(r"[\s,;]*")
_CLOSED = {"", "-", "–", "—"}
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)")
_DOTTED = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?!\d)")
YEARS = range(2000, 2100)


@dataclass(frozen=True)
class TypedDay:
    """A special day: its openings (none: closed) and what it is called."""

    openings: tuple[Opening, ...] = ()
    name: str = ""


class NotADay(ValueError):
    """A line that is no special day; `why` as in `NotOpenings`, or "date" or "twice"."""

    def __init__(self, why: str, line: str) -> None:
        super().__init__(f"{why}: {line}")
        self.why, self.line = why, line


def read_openings(text: str) -> tuple[Opening, ...]:
    """Return the openings of a typed day: "8-12 13-18", "8:00–12:00, 13.00–18.00"; "" or "–" is closed.

    Raises:
        NotOpenings: as `check_day`; "unreadable" for anything else.
    """
    if text.strip() in _CLOSED:
        return ()
    found, rest = _ranges(text)
    if rest:
        raise NotOpenings("unreadable")
    return found


def write_openings(openings: tuple[Opening, ...]) -> str:
    """Return "8:00–12:00, 13:00–18:00"; closed is empty."""
    return ", ".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in openings)


def read_days(text: str) -> dict[date, TypedDay]:
    """Return the special days typed one a line: "2026-12-31 9:00–13:00 New Year's Eve".

    A date alone, or with a name, is a day on which it is closed. Dates are 2026-12-31 or 31.12.2026.

    Raises:
        NotADay: names the line.
    """
    found: dict[date, TypedDay] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        day, rest = _date(line)
        if day in found:
            raise NotADay("twice", line)
        try:
            openings, name = _ranges(rest)
        except NotOpenings as refused:
            raise NotADay(refused.why, line) from None
        found[day] = TypedDay(openings, " ".join(name.split()))
    return found


def write_days(days: Mapping[date, TypedDay]) -> str:
    """Return the lines that `read_days` reads, in order."""
    return "\n".join(write_day(day, days[day]) for day in sorted(days))


def write_day(day: date, typed: TypedDay) -> str:
    return " ".join(filter(None, (day.isoformat(), write_openings(typed.openings), typed.name)))


def _ranges(text: str) -> tuple[tuple[Opening, ...], str]:
    """The ranges at the start of a text, and the rest."""
    found, at = [], _skip(text, 0)
    while match := _RANGE.match(text, at):
        hour, minute, until_hour, until_minute = (int(part or 0) for part in match.groups())
        if minute > 59 or until_minute > 59:
            raise NotOpenings("outside")
        found.append((hour * 60 + minute, until_hour * 60 + until_minute))
        at = _skip(text, match.end())
    return check_day(found), text[at:]


def _skip(text: str, at: int) -> int:
    match = _BETWEEN.match(text, at)
    return match.end() if match else at


def _date(line: str) -> tuple[date, str]:
    match = _ISO.match(line) or _DOTTED.match(line)
    if match and int(match["year"]) in YEARS:
        try:
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
        except ValueError:
            raise NotADay("date", line) from None
        return day, line[match.end() :]
    raise NotADay("date", line)


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
