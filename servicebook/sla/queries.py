"""Service hours as everybody reads them: compiled, and kept until they change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from servicebook.core import reference
from servicebook.sla.models import ServiceHours, SpecialDay
from servicebook.sla.rules.hours import ALWAYS, Calendar, Hours, Opening


@dataclass(frozen=True)
class Known:
    """Service hours as other rows need them; an empty `hours.tz` is that of the site."""

    name: str
    active: bool
    hours: Hours


def every() -> Mapping[int, Known]:
    """Return all service hours by id. Costs no statement when nothing changed."""
    return reference.get("service hours", _load)


def calendar(hours_id: int | None, tz: str) -> Calendar:
    """Return the calendar of service hours; None is always open.

    Args:
        tz: the IANA zone of the site, for hours that have none of their own.
    """
    if hours_id is None:
        return _always
    hours = every()[hours_id].hours
    local = hours if hours.tz else replace(hours, tz=tz)
    return reference.get(f"calendar {hours_id} {local.tz}", lambda: Calendar(local))


def open_hours(at: datetime, tz: str) -> frozenset[int]:
    """Return the ids of the active service hours that are open at `at` where `tz` is kept."""
    return frozenset(pk for pk, known in every().items() if known.active and calendar(pk, tz).is_open(at))


_always = Calendar(ALWAYS)


def _load() -> dict[int, Known]:
    days: dict[int, dict[date, tuple[Opening, ...]]] = {}
    for hours, day, openings in SpecialDay.objects.values_list("hours", "day", "openings"):
        days.setdefault(hours, {})[day] = _openings(openings)
    return {
        one.pk: Known(
            one.name,
            one.active,
            Hours(one.time_zone, tuple(_openings(day) for day in one.week), days.get(one.pk, {})),
        )
        for one in ServiceHours.objects.all()
    }


def _openings(stored: Sequence[Sequence[int]]) -> tuple[Opening, ...]:
    return tuple((opens, closes) for opens, closes in stored)
