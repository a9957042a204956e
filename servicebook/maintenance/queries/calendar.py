"""A month of occurrences, day by day (S3.4)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.models.occurrences import OccurrenceQuerySet
from servicebook.maintenance.queries.due import mark

MOST_OF_A_DAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """One day of the calendar: its first occurrences, and how many there are."""

    on: date
    in_month: bool
    count: int
    rows: Sequence[Occurrence]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


def month(queryset: OccurrenceQuerySet, of: date, *, most: int = MOST_OF_A_DAY) -> list[list[Day]]:
    """Return the weeks, from Monday on, that the month of `of` touches.

    Args:
        queryset: as `due.listed` gives it, filtered. What is cancelled is left out.
        most: rows of a day that are read; the others are only counted.

    Six statements, however many rows there are.
    """
    first = of.replace(day=1)
    last = (first + 31 * _DAY).replace(day=1) - _DAY
    since, until = first - first.weekday() * _DAY, last + (6 - last.weekday()) * _DAY
    within = queryset.filter(due_on__gte=since, due_on__lte=until, cancelled_at=None)
    bare = within.select_related(None).order_by()
    counts = dict(bare.values_list("due_on").annotate(Count("pk")))
    place = Window(RowNumber(), partition_by=F("due_on"), order_by=F("pk").asc())
    shown = list(bare.annotate(_place=place).filter(_place__lte=most).values_list("pk", flat=True))
    rows = list(queryset.filter(pk__in=shown).order_by("pk"))
    mark(rows)
    by_day: dict[date, list[Occurrence]] = defaultdict(list)
    for one in rows:
        by_day[one.due_on].append(one)
    days = [since + n * _DAY for n in range((until - since).days + 1)]
    every = [Day(day, day.month == first.month, counts.get(day, 0), by_day[day]) for day in days]
    return [every[at : at + 7] for at in range(0, len(every), 7)]
