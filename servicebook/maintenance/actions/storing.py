"""Occurrences are stored ahead: a year of those that the calendar gives, the next of those that move."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from servicebook import agenda, journal
from servicebook.core import clock, inserts, related, updates
from servicebook.customers.queries import zone_of
from servicebook.maintenance import schedules, totals
from servicebook.maintenance.actions import known, parts
from servicebook.maintenance.actions.known import Known
from servicebook.maintenance.models import Enrolment, Occurrence, Plan
from servicebook.maintenance.rules import first, recurrence
from servicebook.maintenance.rules.forecast import Forecast, forecast
from servicebook.maintenance.rules.shift import Placed
from servicebook.tickets.models import Status

AT_ONCE = 1000
METERED = ("by_meter", "meter_at", "forecast_from", "forecast_until")


@dataclass(frozen=True)
class Next:
    """The next day of a rule that moves."""

    key: str
    nominal: date
    on: date
    due: first.Due
    meter_at: Decimal | None


@transaction.atomic
def store(plan: Plan, enrolments: Sequence[Enrolment], *, until: date | None = None) -> int:
    """Store what is not stored yet of enrolments of one plan up to `until`; return how many are new.

    The caller holds the enrolments. What stands already, moved or skipped, stays as it is.

    Args:
        until: a year ahead if None. Of a rule that is rarer, the next one is stored all the same.
    """
    return store_many([(plan, enrolments)], until=until)


@transaction.atomic
def store_many(
    owed: Iterable[tuple[Plan, Sequence[Enrolment]]], *, until: date | None = None, new: bool = False
) -> int:
    """Do `store` for many plans, with the same statements as for one where they go by the calendar.

    Args:
        new: the enrolments are inserted here, too; nothing of them stands yet, which saves a read.
    """
    until = until or schedules.horizon()
    standing = [(plan, some) for plan, some in owed if plan.state != Plan.State.ENDED]
    behind = [
        (plan, [one for one in some if (one.stored_until or date.min) < until])
        for plan, some in standing
        if not schedules.moves(plan)
    ]
    ahead = _ahead(behind, until, new=new)
    if new:
        inserts.insert_many([one for _plan, some in standing for one in some])
    else:
        Enrolment.objects.filter(pk__in=[one.pk for _plan, one, _days in ahead]).update(stored_until=until)
    fresh = [row for plan, one, days in ahead for row in _on(plan, one, days)]
    for plan, some in standing:
        if schedules.moves(plan) or plan.rule != Plan.Rule.CALENDAR:
            _count_on_from_what_was_left_out(some)
        if schedules.moves(plan):
            fresh += _moving(plan, some)
    for start in range(0, len(fresh), AT_ONCE):
        rows = fresh[start : start + AT_ONCE]
        inserts.insert_many(rows)
        agenda.refresh_many(rows, new=True)
    for plan, some in standing:
        if plan.rule == Plan.Rule.FIRST and not schedules.moves(plan):
            pull_forward(plan, some)
    return len(fresh)


def _ahead(
    behind: Sequence[tuple[Plan, Sequence[Enrolment]]], until: date, *, new: bool
) -> list[tuple[Plan, Enrolment, list[Placed]]]:
    """What the calendars give from today on, or from where it is stored already; nothing for days before."""
    today = clock.now().date()
    every = [one for _plan, some in behind for one in some]
    soon = {one.pk: today + timedelta(days=plan.lead_days) for plan, some in behind for one in some}
    there = {} if new else known.of(every, soon)
    sites = {one.site_id for one in every}
    since = min((_since(plan, one, today) for plan, some in behind for one in some), default=today)
    made = known.made_otherwise([plan for plan, _some in behind], sites, since=since)
    related.fetch(every, "customer", "site")  # what the agenda asks each of its rows for
    found = [
        (plan, one, days)
        for plan, some in behind
        for one, days in _days_of(plan, some, (there, made), today, until)
    ]
    for one in every:
        one.stored_until = until
    return found


def _days_of(
    plan: Plan,
    enrolments: Sequence[Enrolment],
    stands: tuple[Mapping[int, Known], Mapping[known.Place, Known]],
    today: date,
    until: date,
) -> Iterator[tuple[Enrolment, list[Placed]]]:
    ahead: dict[date, list[Placed]] = {}
    beyond: list[Placed] | None = None
    for one in enrolments:
        since = _since(plan, one, today)
        if since not in ahead:
            found = schedules.days_of(plan, since=since, until=until)
            ahead[since] = [day for day in found if not day.joins]
        there = stands[0].get(one.pk) or Known()
        otherwise = stands[1].get((plan.pk, one.site_id)) or Known()
        days = [day for day in ahead[since] if there.lacks(day) and otherwise.lacks(day)]
        if not days and not there.waits:  # a rule that is rarer than the horizon
            beyond = schedules.next_of(plan, after=max(since, until)) if beyond is None else beyond
            days = [day for day in beyond if there.lacks(day) and otherwise.lacks(day)]
        yield one, days


def _since(plan: Plan, one: Enrolment, today: date) -> date:
    return max(one.since, one.stored_until or plan.owed_since or today)


def _on(plan: Plan, one: Enrolment, days: Iterable[Placed]) -> Iterator[Occurrence]:
    row = _occurrence(plan, one)
    for day in days:
        yield inserts.like(row, key=day.nominal.isoformat(), nominal_on=day.nominal, due_on=day.on)


def _moving(plan: Plan, enrolments: Sequence[Enrolment]) -> list[Occurrence]:
    """The next one of each that has none ahead; the day of one that is not called yet is moved."""
    ahead = {one.enrolment_id: one for one in _held(enrolments, Occurrence.objects.unfinished())}
    rows = Occurrence.objects.filter(enrolment__in=enrolments, part=0, key__startswith="m").order_by()
    counted = dict(rows.values_list("enrolment").annotate(count=Count("pk")))
    fresh, moved = [], []
    for one, day in _next_days(plan, enrolments):
        standing = ahead.get(one.pk)
        if day is None:
            continue
        if standing is None:
            key = f"m{counted.get(one.pk, 0) + 1}"
            row = _occurrence(plan, one, key=key, nominal_on=day.nominal, due_on=day.on)
            fresh.append(_with_range(row, day))
        elif standing.ticket_id is None and not standing.day_is_agreed:
            before = _foretold(standing)
            standing.nominal_on, standing.due_on = day.nominal, day.on
            if before != _foretold(_with_range(standing, day)):
                moved.append(standing)
    _write_moved(moved)
    return fresh


def pull_forward(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    """Let the meter pull the first of each forward, or leave it to the calendar: one occurrence.

    While that one has its ticket, or its day was agreed, it stands for the meter as well, and those after
    it go by the calendar.
    """
    to_do: dict[int, list[Occurrence]] = {}
    for row in _held(enrolments, Occurrence.objects.unfinished()).order_by("enrolment", "nominal_on"):
        to_do.setdefault(row.enrolment_id, []).append(row)
    told = forecasts(plan, enrolments)
    changed = []
    for enrolment, rows in to_do.items():
        for place, row in enumerate(rows):
            if row.ticket_id is not None or row.day_is_agreed or (place and not row.by_meter):
                continue
            by_calendar = schedules.placed(plan, row.nominal_on)
            found, target = (None, None) if place else told.get(enrolment, (None, None))
            due = first.due(by_calendar, found)
            if due is None:
                continue
            before = _foretold(row)
            on = schedules.placed(plan, due.on) if due.by_meter else by_calendar
            _with_range(row, Next(row.key, row.nominal_on, on, due, target))
            row.due_on = on
            if before != _foretold(row):
                changed.append(row)
    _write_moved(changed)


def forecasts(
    plan: Plan, enrolments: Sequence[Enrolment]
) -> dict[int, tuple[Forecast | None, Decimal | None]]:
    """Return enrolment → when its meter reaches the next step, and the total use then."""
    metered = [one for one in enrolments if one.meter_id]
    known = totals.counted({one.meter_id for one in metered if one.meter_id})
    found: dict[int, tuple[Forecast | None, Decimal | None]] = {}
    for one in metered:
        meter = known.get(one.meter_id or 0, totals.Counted())
        target, today = next_target(plan, one, meter.used), clock.today(_zone(one))
        shown = target - meter.before
        found[one.pk] = (forecast(meter.latest, target=shown, today=today) if meter.latest else None, target)
    return found


def use_until(meter_id: int, moment: datetime) -> Decimal:
    """Return what a meter had counted in all by a moment."""
    return totals.counted([meter_id], until=moment).get(meter_id, totals.Counted()).used


def next_target(plan: Plan, enrolment: Enrolment, used: Decimal) -> Decimal:
    """Return the total use at which work is due next: a step after the last, else the next whole step."""
    step = plan.meter_step or Decimal(1)
    if enrolment.base_value is not None:
        return enrolment.base_value + step
    return (used // step + 1) * step


def _next_days(plan: Plan, enrolments: Sequence[Enrolment]) -> list[tuple[Enrolment, Next | None]]:
    told = forecasts(plan, enrolments) if plan.rule != Plan.Rule.CALENDAR else {}
    rule = schedules.every(plan)
    last = schedules.last_day(plan)
    found: list[tuple[Enrolment, Next | None]] = []
    for one in enrolments:
        by_calendar = None
        if rule is not None:
            since = max(one.since, plan.starts_on or date.min)
            by_calendar = (
                recurrence.following(rule, one.base_on)
                if one.base_on
                else next(iter(recurrence.days(rule, since=since, until=date.max)), None)
                if rule.anchor >= since
                else recurrence.next_after(rule, since)
            )
        foretold, target = told.get(one.pk, (None, None))
        due = first.due(by_calendar, foretold)
        if due is None or (last is not None and due.on > last):
            found.append((one, None))
            continue
        found.append((one, Next("", due.on, schedules.placed(plan, due.on), due, target)))
    return found


def _count_on_from_what_was_left_out(enrolments: Sequence[Enrolment]) -> None:
    """What was skipped or called off was not done, but the next one is a step after it all the same.

    Unless one before it stands again: that one has its turn first.
    """
    left_out = Q(skipped_at__isnull=False) | Q(ticket__status=Status.CLOSED) & ~Q(
        ticket__withdrawn_because=""
    )
    before = Occurrence.objects.uncalled().filter(enrolment=OuterRef("enrolment"), part=0)
    rows = Occurrence.objects.filter(left_out, enrolment__in=enrolments, part=0)
    rows = rows.filter(~Exists(before.filter(pk__lt=OuterRef("pk"))))
    by_id = {one.pk: one for one in enrolments}
    for enrolment, day, value in rows.order_by("due_on").values_list("enrolment", "due_on", "meter_at"):
        one = by_id[enrolment]
        one.base_on = max(one.base_on or day, day)
        if value is not None:
            one.base_value = max(one.base_value or value, value)


def _occurrence(plan: Plan, one: Enrolment, **columns: Any) -> Occurrence:
    where = {"customer": one.customer, "site": one.site, "asset_id": one.asset_id}
    return Occurrence(enrolment=one, plan=plan, **where, **columns)


def _with_range(row: Occurrence, day: Next) -> Occurrence:
    row.by_meter, row.meter_at = day.due.by_meter, day.meter_at
    ranged = day.due.earliest != day.due.latest
    row.forecast_from = day.due.earliest if ranged else None
    row.forecast_until = day.due.latest if ranged else None
    return row


def _foretold(row: Occurrence) -> tuple[Any, ...]:
    return row.nominal_on, row.due_on, row.by_meter, row.meter_at, row.forecast_from, row.forecast_until


def _write_moved(rows: Sequence[Occurrence]) -> None:
    if not rows:
        return
    updates.write_each(rows, ["nominal_on", "due_on", *METERED])
    journal.record_many(
        journal.Happening("occurrence.forecast", row, {"day": row.due_on, "by_meter": row.by_meter})
        for row in rows
    )
    agenda.refresh_many(rows)


def _zone(one: Enrolment) -> ZoneInfo:
    return ZoneInfo(zone_of(one.site, one.customer))


@transaction.atomic
def remake(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    """Bring what is not called yet of some enrolments in line with a plan that changed, or took them back.

    What its rule gives stays, with what people moved, and stands again if it was cancelled and is still
    ahead, where the unit is now; the rest is cancelled with the reason.
    """
    rows = list(_held(enrolments, _standing_or_ahead()))
    related.fetch(rows, "enrolment")
    fits = _fits_moving(plan, rows) if schedules.moves(plan) else _fits_calendar(plan, rows)
    gone = [row for row in rows if row.pk not in fits and row.cancelled_at is None]
    kept = [row for row in rows if row.pk in fits]
    for row in kept:
        row.cancelled_at, row.because = None, ""
        row.customer_id, row.site_id = row.enrolment.customer_id, row.enrolment.site_id
    fields = ["due_on", "moved_because", "cancelled_at", "because", "customer", "site", *METERED]
    updates.write_each(kept, fields)
    agenda.refresh_many(kept)  # before more is stored, which may move them once more
    cancel(gone, because="the plan changed")
    Enrolment.objects.filter(pk__in=[one.pk for one in enrolments]).update(stored_until=None)
    for one in enrolments:
        one.stored_until = None
    store(plan, enrolments)
    rests = Occurrence.objects.uncalled().filter(enrolment__in=enrolments, part__gt=0)
    agenda.refresh_many(list(rests))


def _standing_or_ahead() -> "QuerySet[Occurrence]":
    ahead = Q(cancelled_at=None) | Q(due_on__gte=clock.now().date())
    return Occurrence.objects.filter(ahead, ticket=None, skipped_at=None)


def _fits_calendar(plan: Plan, rows: Sequence[Occurrence]) -> set[int]:
    """Which rows the calendar of a plan gives; those whose day nobody agreed go where it puts them."""
    days = [row.nominal_on for row in rows]
    found = schedules.days_of(plan, since=min(days), until=max(days)) if days else []
    nominal = {day.nominal: day for day in found if not day.joins}
    sites = {row.enrolment.site_id for row in rows if row.cancelled_at}
    made = known.made_otherwise([plan], sites, since=min(days)) if sites else {}
    last = schedules.last_day(plan) or date.max
    fits = set()
    for row in rows:
        day = nominal.get(row.nominal_on)
        if day is None or row.key.startswith("m"):
            continue
        otherwise = made.get((plan.pk, row.enrolment.site_id))
        if row.cancelled_at is not None and otherwise is not None and not otherwise.lacks(day):
            continue
        fits.add(row.pk)
        if row.by_meter and plan.rule == Plan.Rule.FIRST and row.due_on <= last:
            continue  # the meter is looked at again when it is stored
        if not row.day_is_agreed or (row.due_on > last and row.window_agreed_at is None):
            row.due_on, row.moved_because = day.on, ""
            row.by_meter, row.meter_at, row.forecast_from, row.forecast_until = False, None, None, None
    return fits


def _fits_moving(plan: Plan, rows: Sequence[Occurrence]) -> set[int]:
    """The next one of each, which a rule that moves goes on with: that stands, else the latest."""
    last = schedules.last_day(plan) or date.max
    busy = Occurrence.objects.unfinished().filter(ticket__isnull=False, part=0)
    closed = set(
        busy.filter(enrolment__in={row.enrolment_id for row in rows}).values_list("enrolment", flat=True)
    )
    chosen: dict[int, Occurrence] = {}
    for row in sorted(rows, key=lambda row: (row.cancelled_at is None, row.pk)):
        if row.key.startswith("m") and row.due_on <= last and row.enrolment_id not in closed:
            chosen[row.enrolment_id] = row
    return {row.pk for row in chosen.values()}


def _held(enrolments: Sequence[Enrolment], rows: "QuerySet[Occurrence]") -> "QuerySet[Occurrence]":
    """Occurrences of enrolments, locked: nobody moves or calls them while they are brought in line."""
    held = rows.select_for_update(of=("self",)).filter(enrolment__in=enrolments, part=0)
    return held.order_by("pk")


def cancel(rows: Sequence[Occurrence], *, because: str) -> None:
    """Cancel occurrences that are owed no longer, with the reason in their histories."""
    if not rows:
        return
    now = clock.now()
    for row in rows:
        row.cancelled_at, row.because = now, because[:200]
    updates.write_each(rows, ["cancelled_at", "because"])
    journal.record_many(
        journal.Happening("occurrence.cancelled", row, {"day": row.due_on, "because": because})
        for row in rows
    )
    parts.free([row.pk for row in rows], by=None)
    agenda.refresh_many(rows, because=because)
