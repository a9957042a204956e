"""What is due, as the tasks of grouped trips, and what the rules propose of them (S0.32)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from servicebook.contracts.models import ContractVersion
from servicebook.customers.models import Site
from servicebook.customers.queries import region_ids_above
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.models.occurrences import OccurrenceQuerySet
from servicebook.maintenance.rules import trips as rules
from servicebook.maintenance.rules.trips import Alone, Place, Task
from servicebook.sla import queries as sla

MOST_TASKS = 1000
SATURDAY = 5


@dataclass(frozen=True)
class Stop:
    """A task of a proposed trip: `moved` days later (below zero: earlier) than it is due."""

    occurrence: Occurrence
    moved: int


@dataclass(frozen=True)
class ProposedTrip:
    """A trip as `rules.trips.Trip`, with its rows."""

    day: date
    stops: Sequence[Stop]
    minutes: int
    saved: int
    alone: Alone | None
    forbidden_by: str

    @property
    def ids(self) -> list[int]:
        return [stop.occurrence.pk for stop in self.stops]

    @property
    def sites(self) -> list[Site]:
        found = {stop.occurrence.site_id: stop.occurrence.site for stop in self.stops}
        return [site for site in found.values() if site]


@dataclass(frozen=True)
class Proposed:
    """What may be done on which trips. `cut`: more is due than was looked at, the soonest was."""

    shared: Sequence[ProposedTrip]
    single: Sequence[ProposedTrip]  # to one address, and why
    visits: int  # so many trips without any sharing
    saved: int
    cut: bool


def propose(queryset: OccurrenceQuerySet, *, now: datetime, most: int = MOST_TASKS) -> Proposed:
    """Return the trips that are proposed for what is due. Two statements.

    Args:
        queryset: as `due.due` gives it, filtered. What is on a trip already, or at no site, is left out.
    """
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    free = queryset.filter(trip=None, site__isnull=False)
    # What was agreed for a day that is over is agreed anew before it goes on a journey.
    free = free.exclude(window_agreed_at__isnull=False, due_on__lt=today)
    whole = free.select_related("plan__work_type", "plan__contract", "ticket__contract")
    found = list(whole.order_by("due_on", "pk")[: most + 1])
    rows = {one.pk: one for one in found[:most]}
    proposal = rules.propose(
        tasks(list(rows.values())), today=today, suits=lambda task, day: suits(rows[task.id], day)
    )
    trips = [_with_rows(trip, rows) for trip in proposal.trips]
    return Proposed(
        shared=[trip for trip in trips if trip.alone is None],
        single=[trip for trip in trips if trip.alone is not None],
        visits=proposal.visits,
        saved=proposal.saved,
        cut=len(found) > most,
    )


def tasks(occurrences: Sequence[Occurrence]) -> list[Task]:
    """Return occurrences at sites as tasks of the rules; what has an agreed window is not moved.

    One statement, for the contracts that forbid to share a trip.
    """
    forbidden = _forbidden(occurrences)
    return [
        Task(
            id=one.pk,
            place=_place(one.site),
            due_on=one.due_on,
            minutes=one.plan.standard_minutes or one.plan.work_type.standard_minutes,
            may_move_days=0 if one.window_agreed_at else one.plan.may_move_days,
            forbidden_by=forbidden.get(one.pk, ""),
        )
        for one in occurrences
        if one.site is not None
    ]


def suits(one: Occurrence, day: date) -> bool:
    """Whether an occurrence may be moved to a day, or stay on it: its plan, contract and hours allow it.

    Without hours of the plan nobody drives out on a weekend.
    """
    plan = one.plan
    if plan.weekdays and day.weekday() not in plan.weekdays:
        return False
    if (plan.starts_on and day < plan.starts_on) or (plan.ends_on and day > plan.ends_on):
        return False
    if plan.contract and day > plan.contract.last_day:
        return False
    if plan.hours_id is None:
        return day.weekday() < SATURDAY
    return bool(sla.every()[plan.hours_id].hours.on(day))


def _place(site: Site) -> Place:
    here = site.latitude is not None and site.longitude is not None
    return Place(
        site=site.pk,
        city=site.city,
        regions=region_ids_above(site.region_id),
        at=(float(site.latitude or 0), float(site.longitude or 0)) if here else None,
    )


def _forbidden(occurrences: Iterable[Occurrence]) -> dict[int, str]:
    """The number of the contract whose terms, on the due day, forbid to share a trip: by occurrence."""
    contracts = {
        one.pk: contract
        for one in occurrences
        if (contract := one.plan.contract or (one.ticket.contract if one.ticket else None))
    }
    versions: dict[int, list[tuple[date, bool]]] = defaultdict(list)
    rows = ContractVersion.objects.filter(contract__in=set(contracts.values()), in_force=True)
    for pk, valid_from, own in rows.order_by("valid_from", "number").values_list(
        "contract", "valid_from", "own_trips"
    ):
        versions[pk].append((valid_from, own))
    return {
        one.pk: contracts[one.pk].number
        for one in occurrences
        if one.pk in contracts and _on(versions[contracts[one.pk].pk], one.due_on)
    }


def _on(versions: Sequence[tuple[date, bool]], day: date) -> bool:
    """What the version says that holds on a day; before the first one begins, the first one."""
    at = bisect_right(versions, day, key=lambda version: version[0])
    return versions[max(0, at - 1)][1] if versions else False


def _with_rows(trip: rules.Trip, rows: Mapping[int, Occurrence]) -> ProposedTrip:
    return ProposedTrip(
        day=trip.day,
        stops=[Stop(rows[stop.task.id], stop.moved) for stop in trip.stops],
        minutes=trip.minutes,
        saved=trip.saved,
        alone=trip.alone,
        forbidden_by=trip.forbidden_by,
    )
