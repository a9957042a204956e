"""Whichever comes first, the calendar or the meter, as one occurrence (S0.24, S0.31)."""

from dataclasses import dataclass
from datetime import date

from servicebook.maintenance.rules.forecast import Forecast


@dataclass(frozen=True, slots=True)
class Due:
    """When one occurrence is due.

    Attributes:
        on: the sooner of both days.
        by_meter: the meter gives it. Of two that fall on one day it is the calendar's.
        earliest, latest: the range; a day of the calendar alone has none and is both.
    """

    on: date
    by_meter: bool
    earliest: date
    latest: date


def due(calendar_on: date | None, forecast: Forecast | None) -> Due | None:
    """Return when work is due that both a calendar and a meter ask for.

    Args:
        calendar_on: None without a calendar rule.
        forecast: None without a meter, or while nothing can be told of it: the calendar stands alone.

    Returns:
        None when neither gives a day.
    """
    if forecast is None:
        return Due(calendar_on, False, calendar_on, calendar_on) if calendar_on else None
    if calendar_on is None:
        return Due(forecast.on, True, forecast.earliest, forecast.latest)
    return Due(
        on=min(calendar_on, forecast.on),
        by_meter=forecast.on < calendar_on,
        earliest=min(calendar_on, forecast.earliest),
        latest=min(calendar_on, forecast.latest),
    )
