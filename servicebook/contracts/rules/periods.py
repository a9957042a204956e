"""In which stretch of days an included amount is granted anew (S0.17).

Periods are counted from the contract's first day: 12 visits a year in a contract that starts on 15
March are 12 until 14 March. In one that starts on 1 January they are those of the calendar.
"""

from calendar import monthrange
from datetime import date, timedelta

from servicebook.contracts.rules.terms import Period

MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}


def period_of(
    period: Period, day: date, *, since: date, until: date, expires_on: date | None = None
) -> tuple[date, date]:
    """Return the first and the last day of the period in which `day` lies.

    Args:
        since, until: the contract's first and last day; no period reaches beyond them. A day
            outside of them counts to the nearest period.
        expires_on: the last day of a prepaid pack.
    """
    if period not in MONTHS:
        last = expires_on or until
        return since, last if period is Period.PACK else until
    day = min(max(day, since), until)
    step = MONTHS[period]
    months = (day.year - since.year) * 12 + day.month - since.month
    number = months // step
    if months_later(since, number * step) > day:
        number -= 1
    first = months_later(since, number * step)
    next_first = months_later(since, (number + 1) * step)
    return first, min(next_first - timedelta(days=1), until)


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day where that month is shorter."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
