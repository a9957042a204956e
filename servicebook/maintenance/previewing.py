"""What a plan will bring within a year, before it is switched on: days, tickets, hours, equipment (S0.24).

The days are those that would be stored, by the same rules. The units are counted, never walked, so that six
hundred cost what one does; only of a meter, which differs from unit to unit, the first ones are foretold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, QuerySet

from servicebook.core import clock
from servicebook.customers.models import Site
from servicebook.equipment.models import Asset, Meter
from servicebook.maintenance import schedules, scoping
from servicebook.maintenance.actions.calling import standard_minutes
from servicebook.maintenance.actions.storing import forecasts
from servicebook.maintenance.models import Enrolment, Plan
from servicebook.maintenance.plain_words import has_calendar
from servicebook.maintenance.rules import recurrence
from servicebook.maintenance.rules.forecast import Forecast
from servicebook.maintenance.rules.shift import Placed, place

FORETOLD = 50  # units whose meters are foretold
SITES = 12  # that are named


@dataclass(frozen=True)
class Day:
    """One day of the rule: where it goes, and when its tickets are made."""

    placed: Placed
    called_on: date
    tasks: int


@dataclass(frozen=True)
class Month:
    """The tickets that are due in a month, and the hours that they take."""

    first: date
    tickets: int
    minutes: int
    share: int  # percent of the fullest month, for its bar


@dataclass(frozen=True)
class Metered:
    """A unit with a meter, and when it reaches the next step; None when nothing can be told yet."""

    unit: Asset
    at: str
    forecast: Forecast | None


@dataclass(frozen=True)
class Preview:
    """A year of a plan.

    Attributes:
        units: how many are in its scope; `unplaced` of them stand at no site, which counts per site.
        sites: at how many sites they stand; the fullest are named in `fullest`.
        as_if: the days hold only if each is done on its day: the rule counts from there.
        metered: the first units with their forecasts; `unmetered` of all have no such meter.
    """

    since: date
    until: date
    days: Sequence[Day]
    months: Sequence[Month]
    units: int
    sites: int
    unplaced: int
    fullest: Sequence[tuple[Site, int]]
    as_if: bool = False
    metered: Sequence[Metered] = field(default=())
    unmetered: int = 0

    @property
    def tickets(self) -> int:
        return sum(month.tickets for month in self.months)

    @property
    def minutes(self) -> int:
        return sum(month.minutes for month in self.months)


def preview(plan: Plan) -> Preview:
    """Return what a plan brings from today on. A fixed number of statements."""
    today = clock.today(ZoneInfo(settings.TIME_ZONE))
    until = today + timedelta(days=schedules.AHEAD_DAYS)
    units = scoping.units_of(plan, scoping.scopes_of(plan))
    number = units.count()
    by_site = dict(units.exclude(site=None).order_by().values_list("site").annotate(Count("pk")))
    tasks = len(by_site) if plan.per == Plan.Per.SITE else number
    served = sum(by_site.values()) if plan.per == Plan.Per.SITE else number
    days = [
        Day(placed, max(today, placed.on - timedelta(days=plan.lead_days)), 0 if placed.joins else tasks)
        for placed in _days(plan, today, until)
    ]
    metered, unmetered = _metered(plan, units, number)
    return Preview(
        since=today,
        until=until,
        days=days,
        months=_months(days, standard_minutes(plan) * served),
        units=number,
        sites=len(by_site),
        unplaced=number - sum(by_site.values()),
        fullest=_fullest(by_site),
        as_if=schedules.moves(plan),
        metered=metered,
        unmetered=unmetered,
    )


def _days(plan: Plan, since: date, until: date) -> list[Placed]:
    if not has_calendar(plan):
        return []
    if schedules.moves(plan):
        return list(_as_if_done_in_time(plan, since, until))
    return schedules.days_of(plan, since=since, until=until)


def _as_if_done_in_time(plan: Plan, since: date, until: date) -> Iterator[Placed]:
    """The days of a rule that counts from the day of the work, if that is always the day it was due."""
    rule, works = schedules.every(plan), schedules.working_days(plan)
    if rule is None:
        return
    day = rule.anchor if rule.anchor >= since else recurrence.next_after(rule, since)
    last = min(until, schedules.last_day(plan) or until)
    while day <= last:
        placed = place(day, plan.shift, works=works, weekdays=plan.weekdays)
        yield placed
        day = recurrence.following(rule, max(placed.on, day))


def _months(days: Sequence[Day], minutes: int) -> list[Month]:
    """The months in which something is due; a day that joins another brings nothing."""
    tickets: dict[date, int] = {}
    times: dict[date, int] = {}
    for day in days:
        first = day.placed.on.replace(day=1)
        tickets[first] = tickets.get(first, 0) + day.tasks
        times[first] = times.get(first, 0) + (0 if day.placed.joins else 1)
    most = max(tickets.values(), default=0)
    return [
        Month(first, number, times[first] * minutes, number * 100 // most if most else 0)
        for first, number in sorted(tickets.items())
    ]


def _fullest(by_site: dict[int, int]) -> list[tuple[Site, int]]:
    named = sorted(by_site.items(), key=lambda one: (-one[1], one[0]))[:SITES]
    sites = Site.objects.in_bulk([pk for pk, _number in named])
    return [(sites[pk], number) for pk, number in named]


def _metered(plan: Plan, units: QuerySet[Asset], number: int) -> tuple[list[Metered], int]:
    """The first units that have the meter, with their forecasts; and how many have none."""
    if plan.rule == Plan.Rule.CALENDAR or not plan.meter_name or not plan.meter_step:
        return [], 0
    meters = Meter.objects.filter(asset__in=units.order_by().values("pk"), name=plan.meter_name)
    some = meters.select_related("asset__model", "asset__site__customer", "asset__customer").order_by("asset")
    # As they would be enrolled; nothing of it is saved.
    enrolments = [
        Enrolment(
            pk=one.asset_id,
            plan=plan,
            asset=one.asset,
            customer=one.asset.customer,
            site=one.asset.site,
            meter=one,
        )
        for one in some[:FORETOLD]
    ]
    told = forecasts(plan, enrolments)
    found = []
    for one in enrolments:
        foretold, target = told.get(one.pk, (None, None))
        if one.asset is not None:
            found.append(Metered(one.asset, f"{target:f}" if target is not None else "", foretold))
    return found, number - meters.count()
