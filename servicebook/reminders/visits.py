"""Maintenance that becomes a ticket in the next days: what is stored, and what a plan would store."""

from collections.abc import Iterator
from copy import copy
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from servicebook.core import clock
from servicebook.customers.queries import zone_of
from servicebook.maintenance import schedules, scoping
from servicebook.maintenance.duties.plans import call_moment, is_owed
from servicebook.maintenance.models import Occurrence, Plan

NEEDED = ("plan__contract__successor", "plan__owner", "customer", "site", "asset__model", "asset__place")
Called = tuple[Occurrence, datetime]


def to_call(plan: Plan | None, *, contract: int | None, until: datetime, most: int) -> list[Called]:
    """Return what becomes a ticket until then, and when, the soonest first.

    Args:
        plan: one that need not be active, as if it were; all active ones if None.
    """
    if plan is not None and plan.state == Plan.State.DRAFT:
        found = _invented(plan, until)
    elif plan is not None and plan.state == Plan.State.PAUSED:
        found = _resumed(plan, until)
    else:
        found = _stored(plan, contract, until)
    return sorted(islice(found, most), key=lambda one: one[1])


def _stored(plan: Plan | None, contract: int | None, until: datetime) -> Iterator[Called]:
    rows = Occurrence.objects.uncalled().filter(plan__state=Plan.State.ACTIVE).select_related(*NEEDED)
    if plan is not None:
        rows = rows.filter(plan=plan)
    if contract is not None:
        rows = rows.filter(plan__contract=contract)
    longest = Plan.objects.running().order_by("-lead_days").values_list("lead_days", flat=True).first() or 0
    rows = rows.filter(due_on__lte=until.date() + timedelta(days=longest + 1))
    for one in rows.order_by("due_on", "pk").iterator():
        called_at = max(call_moment(one), clock.now())
        if is_owed(one) and called_at <= until:
            yield one, called_at


def _resumed(plan: Plan, until: datetime) -> Iterator[Called]:
    """What a plan that rests has stored, as if it went on today: what was due meanwhile is left out."""
    resumed = copy(plan)
    resumed.state = Plan.State.ACTIVE
    rows = Occurrence.objects.uncalled().filter(plan=plan).select_related(*NEEDED[2:])
    rows = rows.filter(due_on__gte=clock.now().date(), due_on__lte=_last(resumed, until))
    for one in rows.order_by("due_on", "pk").iterator():
        one.plan = resumed
        called_at = max(call_moment(one), clock.now())
        if is_owed(one) and called_at <= until:
            yield one, called_at


def _last(plan: Plan, until: datetime) -> date:
    """The last day on which something may be due that becomes a ticket until then."""
    return until.date() + timedelta(days=plan.lead_days + 1)


def _invented(plan: Plan, until: datetime) -> Iterator[Called]:
    """What the calendar of a plan gives for the units in its scope. A meter foretells nothing yet."""
    units = scoping.units_of(plan, scoping.scopes_of(plan)).select_related(
        "customer", "site", "model", "place"
    )
    seen: set[tuple[int | None, date]] = set()
    last = _last(plan, until)
    for unit in units.order_by("pk").iterator():
        today = clock.today(ZoneInfo(zone_of(unit.site, unit.customer)))
        since = max(today, plan.starts_on or today)
        for day in schedules.days_of(plan, since=since, until=last):
            per_unit = plan.per == Plan.Per.UNIT
            if day.joins or (not per_unit and (unit.site_id, day.on) in seen):
                continue
            seen.add((unit.site_id, day.on))
            one = Occurrence(
                plan=plan,
                customer=unit.customer,
                site=unit.site,
                asset=unit if per_unit else None,
                key=day.nominal.isoformat(),
                nominal_on=day.nominal,
                due_on=day.on,
            )
            called_at = max(call_moment(one), clock.now())
            if called_at <= until:
                yield one, called_at
