"""Service hours in words."""

from collections.abc import Sequence
from itertools import groupby

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.sla.rules.hours import ALWAYS, Opening
from servicebook.sla.rules.typed import write_openings

# What is wrong with typed hours, by the word of the rule.
WRONG = {
    "unreadable": gettext_lazy("Write when it opens and closes, such as 8:00–12:00, 13:00–18:00."),
    "outside": gettext_lazy("A day goes from 0:00 to 24:00."),
    "backwards": gettext_lazy(
        "It closes before it opens. A night goes on two days: until 24:00, and from 0:00 on the next."
    ),
    "overlap": gettext_lazy("Two of these openings overlap. Join them, or leave a gap."),
    "never": gettext_lazy("These hours never open. Write at least one opening in the week."),
    "date": gettext_lazy("Begin with the date, such as 2026-12-31."),
    "twice": gettext_lazy("This day stands here twice. Keep one of the lines."),
}


def say_week(week: Sequence[Sequence[Sequence[int]]]) -> str:
    """Return "Mon–Fri 8:00–12:00, 13:00–18:00; Sat 10:00–14:00" or "24/7" in the active language."""
    days = tuple(tuple((opens, closes) for opens, closes in day) for day in week)
    if days == ALWAYS.week:
        return "24/7"
    runs = [
        (openings, [day for day, _openings in run])
        for openings, run in groupby(enumerate(days), key=lambda one: one[1])
    ]
    return "; ".join(f"{_days(run)} {write_openings(openings)}" for openings, run in runs if openings)


def say_openings(openings: Sequence[Sequence[int]]) -> str:
    """Return the openings of one day: "8:00–12:00, 13:00–18:00", or that it is closed."""
    found: tuple[Opening, ...] = tuple((opens, closes) for opens, closes in openings)
    return write_openings(found) or _("closed")


def _days(run: Sequence[int]) -> str:
    first, last = str(WEEKDAYS_ABBR[run[0]]), str(WEEKDAYS_ABBR[run[-1]])
    return first if len(run) == 1 else f"{first}–{last}"
