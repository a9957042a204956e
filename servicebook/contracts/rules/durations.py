"""Lengths of time as people write them: "4 h", "30 min", "2 d", "1 h 30 min", "1:30"."""

import re

MINUTES = {"min": 1, "h": 60, "d": 24 * 60}
# The words of the languages that we speak, by what they begin with.
_WORDS = {
    "min": ("m", "min", "мин", "м", "dk", "dakika", "分钟", "分", "'"),
    "h": ("h", "hr", "hour", "ч", "час", "сағ", "sa", "saat", "小时", "时"),
    "d": ("d", "day", "д", "дн", "ден", "күн", "gün", "天", "日"),
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words}
_PART = re.compile(r"\s*(\d{1,7})(?:[.,](\d{1,4}))?\s*([^\W\d_]+|')?\.?\s*")
_CLOCK = re.compile(r"\s*(\d{1,6}):([0-5]\d)\s*")
LONGEST = 366 * MINUTES["d"]


class NotALength(ValueError):
    """A text that says no length of time."""


def parse(text: str, *, unit: str = "h") -> int:
    """Return the minutes that `text` says; a number alone is in `unit` ("min", "h", "d").

    A day is 24 hours of the clock that runs, not a working day.

    Raises:
        NotALength: empty, unknown words, nothing above zero, or more than a year.
    """
    if clock := _CLOCK.fullmatch(text):
        return _checked(int(clock[1]) * 60 + int(clock[2]))
    at, thousandths = 0, 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise NotALength(text)
        whole, fraction, word = part.groups()
        worth = MINUTES[_unit(word) if word else unit]
        thousandths += (int(whole) * 10_000 + int((fraction or "").ljust(4, "0"))) * worth
        at = part.end()
    minutes, rest = divmod(thousandths, 10_000)
    if rest:  # 0.005 h: nobody means that
        raise NotALength(text)
    return _checked(minutes)


def split(minutes: int) -> tuple[int, int]:
    """Return hours and minutes. Days are left as hours, so that nobody takes them for working days."""
    return divmod(minutes, 60)


def _unit(word: str) -> str:
    known = word.casefold()
    if known in _UNITS:
        return _UNITS[known]
    for begin in sorted(_UNITS, key=len, reverse=True):
        if len(begin) > 1 and known.startswith(begin):
            return _UNITS[begin]
    raise NotALength(word)


def _checked(minutes: int) -> int:
    if not 0 < minutes <= LONGEST:
        raise NotALength(f"{minutes} min")
    return minutes
