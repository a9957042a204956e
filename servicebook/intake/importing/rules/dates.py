"""Dates as people write them. The order of day and month is decided per column, by evidence."""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import Enum

_PARTS = re.compile(
    r"""\s*(?P<a>\d{1,4})[./\-\s](?P<b>\d{1,2})[./\-\s](?P<c>\d{1,4})\.?
        (?:[T,\s]\s*(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?
        \s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?\s*""",
    re.VERBOSE,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan january янв января январь oca ocak",
            "feb february фев февраля февраль şub şubat",
            "mar march мар марта март mart",
            "apr april апр апреля апрель nis nisan",
            "may мая май mayıs",
            "jun june июн июня июнь haz haziran",
            "jul july июл июля июль tem temmuz",
            "aug august авг августа август ağu ağustos",
            "sep sept september сен сент сентября сентябрь eyl eylül",
            "oct october окт октября октябрь eki ekim",
            "nov november ноя нояб ноября ноябрь kas kasım",
            "dec december дек декабря декабрь ara aralık",
        ],
        start=1,
    )
    for name in names.split()
}
_NAMED = re.compile(r"(?<![^\W\d_])([^\W\d_]{3,9})\.?(?![^\W\d_])")
_CHINESE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?")


class Order(Enum):
    """How a column writes a day: which comes first."""

    DAY_FIRST = "dd.mm.yyyy"
    MONTH_FIRST = "mm/dd/yyyy"
    UNKNOWN = "unknown"


class AmbiguousDate(ValueError):
    """03/04/2026 in a column where nothing says which is the day."""


def order_of(values: Iterable[str]) -> Order:
    """Decide the order of a column from all its values.

    A number above 12 settles it; dots are always day first. A column in which both orders occur,
    or in which nothing settles it, stays unknown: its ambiguous dates are refused, never guessed.
    """
    day_first = month_first = False
    for value in values:
        found = _PARTS.match(_without_names(value))
        if not found or len(found["a"]) == 4 or len(found["c"]) not in (2, 4):
            continue
        first, second = int(found["a"]), int(found["b"])
        if "." in value[: found.end("b") + 1] or (first > 12 >= second):
            day_first = True
        elif second > 12 >= first:
            month_first = True
    if day_first == month_first:
        return Order.UNKNOWN
    return Order.DAY_FIRST if day_first else Order.MONTH_FIRST


def read(text: str, order: Order) -> datetime:
    """Return the moment that `text` says; naive unless it names a zone, midnight without a time.

    Raises:
        AmbiguousDate: day and month could be swapped and `order` does not say which is which.
        ValueError: not a date.
    """
    found = _PARTS.fullmatch(_without_names(text))
    if not found:
        raise ValueError(f"not a date: {text[:40]!r}")
    a, b, c = found["a"], found["b"], found["c"]
    if len(a) == 4:
        year, month, day = int(a), int(b), int(c)
    else:
        year = int(c) if len(c) == 4 else 2000 + int(c) if len(c) == 2 else 0
        day, month = _day_and_month(int(a), int(b), order, dotted="." in text)
    hour, minute, second = (int(found[part] or 0) for part in ("h", "m", "s"))
    if found["half"]:
        hour = hour % 12 + (12 if found["half"][0] in "Pp" else 0)
    made = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the caller knows the zone
    if found["zone"]:
        zone = found["zone"] if found["zone"][0] in "+-" else "+0000"
        made = datetime.strptime(f"{made:%Y-%m-%d %H:%M:%S} {zone:0<5}", "%Y-%m-%d %H:%M:%S %z")
    return made


def _day_and_month(first: int, second: int, order: Order, *, dotted: bool) -> tuple[int, int]:
    if dotted or first > 12 or first == second or order is Order.DAY_FIRST:
        return first, second
    if second > 12 or order is Order.MONTH_FIRST:
        return second, first
    raise AmbiguousDate(f"{first}/{second}")


def _without_names(text: str) -> str:
    """Write "14 окт. 2026" and "Oct 14, 2026" in numbers, day first."""
    text = _CHINESE.sub(r"\1-\2-\3", text).replace("г.", "").strip()
    named = _NAMED.search(text)
    month = _MONTHS.get(named[1].casefold()) if named else None
    if not named or not month:
        return text
    before, after = text[: named.start()].strip(" ,-./"), text[named.end() :].lstrip(" ,-./")
    if before and (digits := re.search(r"\d{1,2}$", before)):
        return f"{digits[0]}.{month}.{after}"
    day, _comma, rest = after.partition(" ")
    return f"{day.strip(',')}.{month}.{rest.strip()}"
