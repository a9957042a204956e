"""The plan of one rule over a stretch of days: what the preview shows is what is stored (S0.24)."""

from collections.abc import Callable, Collection
from datetime import date

from servicebook.maintenance.rules import recurrence
from servicebook.maintenance.rules.recurrence import Every
from servicebook.maintenance.rules.shift import Placed, placed


def schedule(
    rule: Every,
    *,
    since: date,
    until: date,
    shift: str,
    works: Callable[[date], bool],
    weekdays: Collection[int] = (),
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> list[Placed]:
    """Return the days of a rule whose nominal day lies from `since` to `until`, and where each goes.

    Args:
        shift, works, weekdays: as in `shift.shifted`.
        starts_on, ends_on: the first and the last day of the plan, or of its contract. No nominal day
            lies outside of them, and none is shifted out: the last visit of a contract is not lost
            because its last day is a holiday.
    """
    first, last = starts_on or date.min, ends_on or date.max
    nominal = recurrence.days(rule, since=max(since, first), until=min(until, last))
    if not nominal:
        return []
    before = recurrence.last_before(rule, nominal[0])
    return placed(
        nominal,
        shift,
        works=lambda day: first <= day <= last and works(day),
        weekdays=weekdays,
        before=before if before and before >= first else None,
    )
