"""Occurrences are stored ahead: a year of those that the calendar gives, the next of those that move."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Q, prefetch_related_objects

from servicebook import agenda, journal
from servicebook.core import clock
from servicebook.customers.queries import zone_of
from servicebook.equipment.models import Reading
from servicebook.equipment.rules.readings import Read
from servicebook.maintenance import schedules
from servicebook.maintenance.actions import parts
from servicebook.maintenance.models import Enrolment, Occurrence, Plan
from servicebook.maintenance.rules import first, recurrence
from servicebook.maintenance.rules.forecast import Forecast, forecast, total_use
from servicebook.maintenance.rules.shift import Placed, place
from servicebook.tickets.models import Status

READINGS_READ = 400  # of a meter, the latest
READ = ("read_at", "value", "is_reset")
AT_ONCE = 1000


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
    if plan.state == Plan.State.ENDED:
        return 0
    until = until or schedules.horizon()
    if schedules.moves(plan) or plan.rule != Plan.Rule.CALENDAR:
        _count_on_from_what_was_left_out(enrolments)
    if schedules.moves(plan):
        fresh = _moving(plan, enrolments)
    else:
        fresh = _by_calendar(
            plan, [one for one in enrolments if (one.stored_until or date.min) < until], until
        )
    for start in range(0, len(fresh), AT_ONCE):
        rows = fresh[start : start + AT_ONCE]
        Occurrence.objects.bulk_create(rows)
        agenda.refresh_many(rows, new=True)
    if plan.rule == Plan.Rule.FIRST and not schedules.moves(plan):
        pull_forward(plan, enrolments)
    return len(fresh)


def _by_calendar(plan: Plan, enrolments: Sequence[Enrolment], until: date) -> list[Occurrence]:
    ahead: dict[date, Sequence[Placed]] = {}
    fresh: list[Occurrence] = []
    known = _known_keys(enrolments)
    for one in enrolments:
        since = max(one.since, one.stored_until or date.min)
        if since not in ahead:
            found = schedules.days_of(plan, since=since, until=until)
            ahead[since] = [day for day in found if not day.joins] or schedules.next_of(plan, after=since)
        keys = known.get(one.pk, set())
        fresh += [
            _occurrence(plan, one, key=day.nominal.isoformat(), nominal=day.nominal, on=day.on)
            for day in ahead[since]
            if day.nominal.isoformat() not in keys
        ]
        one.stored_until = until
    Enrolment.objects.filter(pk__in=[one.pk for one in enrolments]).update(stored_until=until)
    return fresh


def _known_keys(enrolments: Sequence[Enrolment]) -> dict[int, set[str]]:
    """Which keys stand already; nothing is asked for enrolments that never had one."""
    old = [one.pk for one in enrolments if one.plan_seen is not None]
    found: dict[int, set[str]] = {}
    if old:
        for enrolment, key in Occurrence.objects.filter(enrolment__in=old).values_list("enrolment", "key"):
            found.setdefault(enrolment, set()).add(key)
    return found


def _moving(plan: Plan, enrolments: Sequence[Enrolment]) -> list[Occurrence]:
    """The next one of each that has none ahead; the day of one that is not called yet is moved."""
    ahead = {
        one.enrolment_id: one
        for one in Occurrence.objects.unfinished().filter(
            enrolment__in=enrolments, part=0, key__startswith="m"
        )
    }
    rows = Occurrence.objects.filter(enrolment__in=enrolments, part=0, key__startswith="m").order_by()
    counted = dict(rows.values_list("enrolment").annotate(count=Count("pk")))
    fresh, moved = [], []
    for one, day in _next_days(plan, enrolments):
        standing = ahead.get(one.pk)
        if day is None:
            continue
        if standing is None:
            key = f"m{counted.get(one.pk, 0) + 1}"
            row = _occurrence(plan, one, key=key, nominal=day.nominal, on=day.on)
            fresh.append(_with_range(row, day))
        elif standing.ticket_id is None and not standing.moved_because:
            standing.nominal_on, standing.due_on = day.nominal, day.on
            moved.append(_with_range(standing, day))
    _write_moved(moved)
    return fresh


def pull_forward(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    """Let the meter pull the next one of each forward, or leave it to the calendar: one occurrence."""
    coming = Occurrence.objects.uncalled().filter(enrolment__in=enrolments, part=0, moved_because="")
    following: dict[int, Occurrence] = {}
    for row in coming.order_by("enrolment", "nominal_on"):
        following.setdefault(row.enrolment_id, row)
    told = forecasts(plan, enrolments)
    changed = []
    for enrolment, row in following.items():
        by_calendar = _placed(plan, row.nominal_on)
        found, target = told.get(enrolment, (None, None))
        due = first.due(by_calendar, found)
        if due is None:
            continue
        before = (row.due_on, row.by_meter, row.forecast_from, row.forecast_until)
        on = _placed(plan, due.on) if due.by_meter else by_calendar
        _with_range(row, Next(row.key, row.nominal_on, on, due, target))
        row.due_on = on
        if before != (row.due_on, row.by_meter, row.forecast_from, row.forecast_until):
            changed.append(row)
    _write_moved(changed)


def forecasts(
    plan: Plan, enrolments: Sequence[Enrolment]
) -> dict[int, tuple[Forecast | None, Decimal | None]]:
    """Return enrolment → when its meter reaches the next step, and the total use then. One statement."""
    metered = [one for one in enrolments if one.meter_id]
    reads: dict[int, list[Read]] = {}
    rows = Reading.objects.filter(meter__in=[one.meter_id for one in metered]).order_by("meter", "read_at")
    for meter, at, value, reset in rows.values_list("meter", *READ):
        reads.setdefault(meter, []).append(Read(at, value, reset))
    found: dict[int, tuple[Forecast | None, Decimal | None]] = {}
    for one in metered:
        readings = reads.get(one.meter_id or 0, [])[-READINGS_READ:]
        target = next_target(plan, one, total_use(readings))
        today = clock.today(_zone(one))
        found[one.pk] = (forecast(readings, target=target, today=today) if readings else None, target)
    return found


def use_until(meter_id: int, moment: datetime) -> Decimal:
    """Return what a meter had counted in all by a moment."""
    rows = Reading.objects.filter(meter=meter_id, read_at__lte=moment).order_by("read_at")
    return total_use([Read(at, value, reset) for at, value, reset in rows.values_list(*READ)])


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
        found.append((one, Next("", due.on, _placed(plan, due.on), due, target)))
    return found


def _count_on_from_what_was_left_out(enrolments: Sequence[Enrolment]) -> None:
    """What was skipped or called off was not done, but the next one is a step after it all the same."""
    left_out = Q(skipped_at__isnull=False) | Q(ticket__status=Status.CLOSED) & ~Q(
        ticket__withdrawn_because=""
    )
    rows = Occurrence.objects.filter(left_out, enrolment__in=enrolments, part=0)
    by_id = {one.pk: one for one in enrolments}
    for enrolment, day, value in rows.order_by("due_on").values_list("enrolment", "due_on", "meter_at"):
        one = by_id[enrolment]
        one.base_on = max(one.base_on or day, day)
        if value is not None:
            one.base_value = max(one.base_value or value, value)


def cancel_what_followed(occurrence: Occurrence) -> None:
    """Cancel the next one of a rule that moves, which was stored when this one was left out."""
    if schedules.moves(occurrence.plan) and occurrence.part == 0:
        rows = Occurrence.objects.uncalled().filter(enrolment=occurrence.enrolment_id, part=0)
        cancel(
            list(rows.filter(pk__gt=occurrence.pk, key__startswith="m")),
            because="the one before is done after all",
        )


def _occurrence(plan: Plan, one: Enrolment, *, key: str, nominal: date, on: date) -> Occurrence:
    return Occurrence(
        enrolment=one,
        plan=plan,
        customer_id=one.customer_id,
        site_id=one.site_id,
        asset_id=one.asset_id,
        key=key,
        nominal_on=nominal,
        due_on=on,
    )


def _with_range(row: Occurrence, day: Next) -> Occurrence:
    row.by_meter, row.meter_at = day.due.by_meter, day.meter_at
    ranged = day.due.earliest != day.due.latest
    row.forecast_from = day.due.earliest if ranged else None
    row.forecast_until = day.due.latest if ranged else None
    return row


def _write_moved(rows: Sequence[Occurrence]) -> None:
    if not rows:
        return
    fields = ["nominal_on", "due_on", "by_meter", "meter_at", "forecast_from", "forecast_until"]
    Occurrence.objects.bulk_update(rows, fields, batch_size=500)
    journal.record_many(
        journal.Happening("occurrence.forecast", row, {"day": row.due_on, "by_meter": row.by_meter})
        for row in rows
    )
    agenda.refresh_many(rows)


def _placed(plan: Plan, day: date) -> date:
    return place(day, plan.shift, works=schedules.working_days(plan), weekdays=plan.weekdays).on


def _zone(one: Enrolment) -> ZoneInfo:
    return ZoneInfo(zone_of(one.site, one.customer))


@transaction.atomic
def remake(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    """Bring what is not called yet of some enrolments in line with a plan that changed.

    What its new rule gives as well stays, with what people moved; the rest is cancelled with the reason.
    """
    rows = list(Occurrence.objects.uncalled().filter(enrolment__in=enrolments, part=0).order_by("pk"))
    prefetch_related_objects(rows, "enrolment")
    kept, gone = [], []
    if schedules.moves(plan):
        kept = [row for row in rows if row.key.startswith("m")]
        gone = [row for row in rows if not row.key.startswith("m")]
    else:
        nominal = _nominal(plan, rows)
        for row in rows:
            on = nominal.get(row.nominal_on) if not row.key.startswith("m") else None
            if on is None:
                gone.append(row)
                continue
            if not row.moved_because and row.due_on != on:
                row.due_on = on
            kept.append(row)
    Occurrence.objects.bulk_update(kept, ["due_on"], batch_size=500)
    cancel(gone, because="the plan changed")
    Enrolment.objects.filter(pk__in=[one.pk for one in enrolments]).update(stored_until=None)
    for one in enrolments:
        one.stored_until = None
    store(plan, enrolments)
    agenda.refresh_many(kept)


def _nominal(plan: Plan, rows: Sequence[Occurrence]) -> dict[date, date]:
    if not rows:
        return {}
    days = [row.nominal_on for row in rows]
    found = schedules.days_of(plan, since=min(days), until=max(days))
    return {day.nominal: day.on for day in found if not day.joins}


def cancel(rows: Sequence[Occurrence], *, because: str) -> None:
    """Cancel occurrences that are owed no longer, with the reason in their histories."""
    if not rows:
        return
    now = clock.now()
    for row in rows:
        row.cancelled_at, row.because = now, because[:200]
    Occurrence.objects.bulk_update(rows, ["cancelled_at", "because"], batch_size=500)
    journal.record_many(
        journal.Happening("occurrence.cancelled", row, {"day": row.due_on, "because": because})
        for row in rows
    )
    parts.free([row.pk for row in rows], by=None)
    agenda.refresh_many(rows, because=because)


def revive(enrolments: Sequence[Enrolment]) -> None:
    """Let those that were cancelled and are still ahead stand again, for units that came back."""
    today = clock.now().date()
    rows = list(
        Occurrence.objects.filter(
            Q(due_on__gte=today), enrolment__in=enrolments, cancelled_at__isnull=False, ticket=None, part=0
        )
    )
    for row in rows:
        row.cancelled_at, row.because = None, ""
    Occurrence.objects.bulk_update(rows, ["cancelled_at", "because"], batch_size=500)
    agenda.refresh_many(rows)
