"""Service hours as everybody reads them: compiled, and kept until they change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from servicebook.core import clock, reference
from servicebook.customers.models import Site
from servicebook.customers.queries import regions
from servicebook.sla.models import ServiceHours, SpecialDay
from servicebook.sla.rules.hours import ALWAYS, Calendar, Hours, Opening

PROMISE = timedelta(hours=4)  # what the page tells of, to show what hours mean


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


def never_closes(hours_id: int) -> bool:
    """Say whether service hours are open at every moment. Costs no statement when nothing changed."""
    hours = every()[hours_id].hours
    return {*hours.week, *hours.days.values()} == set(ALWAYS.week)


def in_use(hours: ServiceHours) -> bool:
    """Say whether a version of a contract that is or was in force counts in these hours."""
    return (
        hours.versions.filter(in_force=True).exists() or hours.targets.filter(version__in_force=True).exists()
    )


def frozen_until(hours: ServiceHours) -> date | None:
    """Return the last day whose openings stay, because promises were counted in them; None: none stays.

    That is today, where it is latest of the zones in which these hours may be kept.
    """
    if not in_use(hours):
        return None
    zones = {hours.time_zone} if hours.time_zone else _zones()
    return max(clock.today(ZoneInfo(zone)) for zone in zones)


def _zones() -> set[str]:
    of_sites = Site.objects.exclude(time_zone="").order_by().values_list("time_zone", flat=True).distinct()
    of_regions = (facts.time_zone for facts in regions().values() if facts.time_zone)
    return {settings.TIME_ZONE, *of_sites, *of_regions}


@dataclass(frozen=True)
class Outlook:
    """What hours mean at a moment: whether they are open, when next, and when a promise made now ends."""

    is_open: bool
    opens_at: datetime  # the moment itself while they are open
    promise: timedelta
    promise_ends_at: datetime


def outlook(hours: ServiceHours, *, at: datetime) -> Outlook:
    """Return what the stored hours mean at `at`, in their own zone, else the house's."""
    known = calendar(hours.pk, settings.TIME_ZONE)
    ends_at = known.deadline(at, round(PROMISE.total_seconds()))
    return Outlook(known.is_open(at), known.deadline(at, 0), PROMISE, ends_at)


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
