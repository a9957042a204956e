"""Units come under a plan and leave it, as they are added, moved and retired."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from servicebook import agenda, journal
from servicebook.core import clock, related, updates
from servicebook.customers.queries import zone_of
from servicebook.equipment.models import Asset, Meter, Reading
from servicebook.maintenance import schedules, scoping
from servicebook.maintenance.actions import known, storing, uncovered
from servicebook.maintenance.models import Enrolment, Occurrence, Plan

AT_A_TIME = 200
SEARCHED_AT_A_TIME = 5  # plans
NAMED_AT_A_TIME = 1000  # units
LEFT = gettext_noop("the unit is not under the plan any more")
NO_UNITS = gettext_noop("no unit of the plan is left at the site")
ON_HOLD = gettext_noop("the contract was on hold")
PLAN_PAUSED = gettext_noop("the plan was paused")
PLAN_ENDED = gettext_noop("the plan ended")
RENEWED_LATE = gettext_noop("the contract was renewed after its end")


@transaction.atomic
def follow_plans(plan_ids: Collection[int]) -> set[int]:
    """Bring a part of the enrolments of plans in line with them; return the plans of which something is left.

    Those that name their units go together, with the same statements as one. Of those whose units are
    searched, or whose next day follows from a meter or the last work, a few have their turn.
    """
    plans = [one for one in locked_many(plan_ids) if one.state != Plan.State.DRAFT]
    related.fetch(plans, "scopes")
    ended = [one for one in plans if one.state == Plan.State.ENDED]
    running = [one for one in plans if one.state != Plan.State.ENDED]
    named = scoping.scopes_of_many(_named(running))
    searched = [one for one in running if not _goes_with_others(one)][:SEARCHED_AT_A_TIME]
    for step in (
        partial(_end_some, ended),
        partial(_enrol_some, named, searched),
        partial(_follow_some, [*named, *searched]),
        partial(_leave_strays, named, searched),
    ):
        while done := step():
            if done >= AT_A_TIME:
                return {one.pk for one in plans}
    walked = [*ended, *named, *searched]
    _are_followed([one for one in walked if one.followed != one.version])
    return {one.pk for one in plans} - {one.pk for one in walked}


def _named(plans: Sequence[Plan]) -> list[Plan]:
    """The first of those that name their units, as many as one transaction may look at."""
    some: list[Plan] = []
    units = 0
    for plan in filter(_goes_with_others, plans):
        units += len(plan.scopes.all())
        if some and units > NAMED_AT_A_TIME:
            break
        some.append(plan)
    return some


def _goes_with_others(plan: Plan) -> bool:
    by_calendar = plan.rule == Plan.Rule.CALENDAR and not schedules.moves(plan)
    return by_calendar and scoping.names_its_units(plan)


def _are_followed(plans: Sequence[Plan]) -> None:
    """Write down that enrolments are in line with plans; of those that run, a year ahead is stored."""
    for plan in plans:
        plan.followed = plan.version
        if plan.state != Plan.State.ENDED:
            plan.stored_on, plan.owed_since = clock.now().date(), None
    updates.write_each(plans, ["followed", "stored_on", "owed_since"])
    agenda.refresh_many(plans)


@transaction.atomic
def extend_plans(plan_ids: Collection[int]) -> set[int]:
    """Store what the last weeks have brought within a year; return the plans of which something is left.

    Without it a schedule of which nothing is closed or skipped would end after its first year.
    """
    until = schedules.horizon()
    plans = {one.pk: one for one in locked_many(plan_ids) if one.state == Plan.State.ACTIVE}
    behind = Enrolment.objects.select_for_update(of=("self",)).filter(plan__in=plans, ended_at=None)
    behind = behind.filter(Q(stored_until=None) | Q(stored_until__lt=until)).order_by(
        "plan_id", "stored_until", "pk"
    )
    some = list(behind.select_related("customer", "site")[:AT_A_TIME])
    by_plan = groupby(some, key=attrgetter("plan_id"))
    storing.store_many([(plans[pk], list(enrolments)) for pk, enrolments in by_plan], until=until)
    whole = [one for pk, one in plans.items() if len(some) < AT_A_TIME or pk < some[-1].plan_id]
    Plan.objects.filter(pk__in=[one.pk for one in whole]).update(stored_on=clock.now().date())
    for one in whole:
        one.stored_on = clock.now().date()
    agenda.refresh_many(whole)
    return plans.keys() - {one.pk for one in whole}


def _enrol_some(named: Mapping[Plan, scoping.Scopes], searched: Sequence[Plan]) -> int:
    """Enrol the next units that are in scope and not enrolled; return how many."""
    found = list(islice(scoping.named_units(named), AT_A_TIME))
    _enrol_many([(plan, [unit for _plan, unit in some]) for plan, some in groupby(found, key=itemgetter(0))])
    left = AT_A_TIME - len(found)
    for plan in searched:
        units = _missing(plan, left) if left else []
        enrol(plan, units)
        left -= len(units)
    return AT_A_TIME - left


def _missing(plan: Plan, most: int) -> list[Asset]:
    """The first units that a plan serves, and that are not under it; of those of one site, the first."""
    units = scoping.units_of(plan, scoping.scopes_of(plan)).select_related("customer", "site__customer")
    standing = Enrolment.objects.filter(plan=plan, ended_at=None)
    if plan.per == Plan.Per.SITE:
        known = standing.filter(asset=None, site=OuterRef("site"))
        rows = units.exclude(site=None).filter(~Exists(known))
        return list({one.site_id: one for one in rows[: most * 5]}.values())[:most]
    return list(units.filter(~Exists(standing.filter(asset=OuterRef("pk"))))[:most])


def enrol(plan: Plan, units: Sequence[Asset]) -> None:
    """Take units (or their sites) under a plan, and store what is due ahead.

    One that was under it before goes on with what it had.
    """
    _enrol_many([(plan, units)])


def _enrol_many(owed: Sequence[tuple[Plan, Sequence[Asset]]]) -> None:
    """Do `enrol` for several plans, which are all per unit or all per site."""
    owed = [(plan, units) for plan, units in owed if units]
    if not owed:
        return
    before = _before(owed)
    fresh: list[tuple[Plan, list[Enrolment]]] = []
    for plan, units in owed:
        meters, new, back = _meters(plan, units), [], []
        for unit in units:
            one = before.get((plan.pk, _served(plan, unit)))
            if one is None:
                new.append(_enrolment(plan, unit, meters.get(unit.pk)))
            else:
                back.append(_coming_back(one, plan, unit))
        _count_on_from_what_was_made_otherwise(plan, [*new, *back])
        fresh.append((plan, new))
        _take_back(plan, back)
    storing.store_many(fresh, new=True)
    readings_are_seen([one for _plan, new in fresh for one in new])


def _served(plan: Plan, unit: Asset) -> int | None:
    """What a plan counts: units, or their sites."""
    return unit.site_id if plan.per == Plan.Per.SITE else unit.pk


def _before(owed: Sequence[tuple[Plan, Sequence[Asset]]]) -> dict[tuple[int, int | None], Enrolment]:
    """What was under the plans before, locked: by plan, and by what the plan counts."""
    per_site = owed[0][0].per == Plan.Per.SITE
    served = {_served(plan, unit) for plan, units in owed for unit in units}
    known = Enrolment.objects.select_for_update().filter(plan__in=[plan.pk for plan, _units in owed])
    known = known.filter(asset=None, site__in=served) if per_site else known.filter(asset__in=served)
    return {(one.plan_id, one.site_id if per_site else one.asset_id): one for one in known}


def _enrolment(plan: Plan, unit: Asset, meter: Meter | None) -> Enrolment:
    since = max(clock.today(ZoneInfo(zone_of(unit.site, unit.customer))), plan.starts_on or date.min)
    asset = None if plan.per == Plan.Per.SITE else unit
    seen = {"since": since, "meter": meter, "plan_seen": plan.version}
    return Enrolment(plan=plan, asset=asset, **_place(plan, unit), **seen)


def _coming_back(one: Enrolment, plan: Plan, unit: Asset) -> Enrolment:
    one.ended_at, one.ended_because, one.stored_until = None, "", None
    one.plan_seen = plan.version
    for name, value in _place(plan, unit).items():
        setattr(one, name, value)
    return one


def _count_on_from_what_was_made_otherwise(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    """A rule that counts from one to the next goes on where units, or sites, were counted before."""
    if not schedules.moves(plan):
        return
    made = known.made_otherwise([plan], {one.site_id for one in enrolments})
    for one in enrolments:
        before = made.get((plan.pk, one.site_id))
        if before is not None and before.counted_from > (one.base_on or date.min):
            one.base_on = before.counted_from


def _place(plan: Plan, unit: Asset) -> dict[str, Any]:
    whose = unit.site if plan.per == Plan.Per.SITE and unit.site is not None else unit
    return {"customer": whose.customer, "site": unit.site}


def _take_back(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    """Let those go on that were under a plan before."""
    if not enrolments:
        return
    fields = ["ended_at", "ended_because", "stored_until", "plan_seen", "customer", "site", "base_on"]
    updates.write_each(enrolments, fields)
    find_meters(plan, enrolments)
    storing.remake(plan, enrolments)
    _make_up_for_a_gap(plan, enrolments)
    readings_are_seen(enrolments)
    uncovered.follow(enrolments)


def _meters(plan: Plan, units: Sequence[Asset]) -> dict[int, Meter]:
    if plan.rule == Plan.Rule.CALENDAR:
        return {}
    rows = Meter.objects.filter(asset__in=units, name=plan.meter_name)
    return {one.asset_id: one for one in rows}


def _follow_some(plans: Sequence[Plan]) -> int:
    """Let the next enrolments follow plans that changed; return how many."""
    by_id = {one.pk: one for one in plans}
    behind = Enrolment.objects.select_for_update(of=("self",)).filter(plan__in=by_id, ended_at=None)
    behind = behind.filter(Q(plan_seen=None) | ~Q(plan_seen=F("plan__version")))
    some = list(behind.select_related("customer", "site").order_by("plan_id", "pk")[:AT_A_TIME])
    for pk, enrolments in groupby(some, key=attrgetter("plan_id")):
        _follow(by_id[pk], list(enrolments))
    return len(some)


def _follow(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    _leave_those_out_of_scope(plan, enrolments)
    staying = [one for one in enrolments if one.ended_at is None]
    find_meters(plan, staying)
    storing.remake(plan, staying)
    _make_up_for_a_gap(plan, staying)
    while _skip_what_fell_into_a_pause(plan, staying) and schedules.moves(plan):
        storing.store(plan, staying)  # the next one of a rule that moves, which may have fallen into it, too
    readings_are_seen(staying)
    uncovered.follow(staying)
    Enrolment.objects.filter(pk__in=[one.pk for one in enrolments]).update(plan_seen=plan.version)


def _leave_strays(named: Mapping[Plan, scoping.Scopes], searched: Sequence[Plan]) -> int:
    """Take out who came under plans, or stayed there, in this walk and is not served any more.

    A site or a model may change while a plan is walked: its units may have had their turn before.
    """
    found = scoping.named_strays(named) if named else []
    for plan in searched:
        found += scoping.strays(plan).order_by("pk")[:AT_A_TIME]
    by_id = {one.pk: one for one in (*named, *searched)}
    held = Enrolment.objects.select_for_update().filter(pk__in=[one.pk for one in found[:AT_A_TIME]])
    some = list(held.order_by("plan_id", "pk")) if found else []
    for pk, enrolments in groupby(some, key=attrgetter("plan_id")):
        leave(list(enrolments), because=NO_UNITS if by_id[pk].per == Plan.Per.SITE else LEFT)
    return len(some)


def _leave_those_out_of_scope(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    units = scoping.units_of(plan, scoping.scopes_of(plan))
    by_site = [one for one in enrolments if one.asset_id is None]
    by_unit = [one for one in enrolments if one.asset_id is not None]
    assets = set(units.filter(pk__in=[one.asset_id for one in by_unit]).values_list("pk", flat=True))
    sites = set(units.filter(site__in=[one.site_id for one in by_site]).values_list("site", flat=True))
    per_site = plan.per == Plan.Per.SITE
    leave([one for one in by_unit if per_site or one.asset_id not in assets], because=LEFT)
    leave([one for one in by_site if not per_site or one.site_id not in sites], because=NO_UNITS)


def find_meters(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    """Look up the meters by which a plan counts."""
    meters: dict[int, int] = {}
    if plan.rule != Plan.Rule.CALENDAR:
        rows = Meter.objects.filter(asset__in=[one.asset_id for one in enrolments], name=plan.meter_name)
        meters = dict(rows.values_list("asset", "pk"))
    changed = [one for one in enrolments if meters.get(one.asset_id or 0) != one.meter_id]
    for one in changed:
        one.meter_id = meters.get(one.asset_id or 0)
    updates.write_each(changed, ["meter"])


def readings_are_seen(enrolments: Sequence[Enrolment]) -> None:
    """Write down which reading the forecast of each knows, so that a later one is noticed."""
    meters = [one.meter_id for one in enrolments if one.meter_id]
    latest: dict[int, int] = {}
    if meters:
        rows = Reading.objects.filter(meter__in=meters).order_by().values_list("meter")
        latest = dict(rows.annotate(latest=Max("pk")))
    changed = [one for one in enrolments if one.reading_seen != latest.get(one.meter_id or 0, 0)]
    for one in changed:
        one.reading_seen = latest.get(one.meter_id or 0, 0)
    updates.write_each(changed, ["reading_seen"])


def _skip_what_fell_into_a_pause(plan: Plan, enrolments: Sequence[Enrolment]) -> bool:
    """Leave out what was due while the plan was paused, or its contract on hold; whether anything was."""
    if not schedules.runs(plan):
        return False
    since = _runs_since(plan).date()
    rows = list(Occurrence.objects.uncalled().filter(enrolment__in=enrolments, part=0, due_on__lt=since))
    _skip(rows, because=plan.state_because or ON_HOLD)
    return bool(rows)


def _make_up_for_a_gap(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    """Bring what was due before a contract was renewed late within the usual notice, once for each.

    The latest of those days is made up for, unless the next regular one comes no later anyway; the days
    before it are left out, and can be brought back.
    """
    if plan.owed_since is None:
        return
    today = clock.now().date()
    last = schedules.last_day(plan) or date.max
    soon = schedules.placed(plan, min(today + timedelta(days=plan.lead_days), last))
    rows = Occurrence.objects.select_for_update(of=("self",)).uncalled().order_by("due_on", "pk")
    due: dict[int, list[Occurrence]] = {}
    for row in rows.filter(enrolment__in=enrolments, part=0, due_on__gte=plan.owed_since, due_on__lte=soon):
        due.setdefault(row.enrolment_id, []).append(row)
    latest = [found[-1] for found in due.values() if found[-1].due_on < today]
    moved = [journal.Happening("occurrence.moved", one, _moved(one, soon)) for one in latest]
    for one in latest:
        one.due_on, one.moved_because = soon, RENEWED_LATE
    updates.write_each(latest, ["due_on", "moved_because"])
    journal.record_many(moved)
    agenda.refresh_many(latest)
    _skip([one for found in due.values() for one in found if one.due_on < today], because=RENEWED_LATE)


def _moved(one: Occurrence, to: date) -> dict[str, Any]:
    return {"before": one.due_on, "after": to, "because": RENEWED_LATE}


def _skip(rows: Sequence[Occurrence], *, because: str) -> None:
    now = clock.now()
    for row in rows:
        row.skipped_at, row.because = now, because
    updates.write_each(rows, ["skipped_at", "because"])
    journal.record_many(
        journal.Happening("occurrence.skipped", row, {"day": row.due_on, "because": because}) for row in rows
    )
    agenda.refresh_many(rows, because=because)


def _runs_since(plan: Plan) -> datetime:
    """Since when a plan that runs does so: it was resumed, or its contract was."""
    spell = plan.contract.spells.order_by("-pk").first() if plan.contract else None
    return max(plan.state_since, spell.started_at) if spell else plan.state_since


def _end_some(plans: Sequence[Plan]) -> int:
    """Take the next units out of plans that ended; return how many."""
    by_id = {one.pk: one for one in plans}
    rows = Enrolment.objects.select_for_update().filter(plan__in=by_id, ended_at=None)
    some = list(rows.order_by("plan_id", "pk")[:AT_A_TIME])
    for pk, enrolments in groupby(some, key=attrgetter("plan_id")):
        leave(list(enrolments), because=by_id[pk].state_because or PLAN_ENDED)
    return len(some)


def leave(enrolments: Sequence[Enrolment], *, because: str) -> None:
    """Take units out of their plan; what is not called yet is cancelled, and what is, looked at."""
    if not enrolments:
        return
    now = clock.now()
    for one in enrolments:
        one.ended_at, one.ended_because = now, because[:200]
    updates.write_each(enrolments, ["ended_at", "ended_because"])
    rows = Occurrence.objects.select_for_update(of=("self",)).uncalled().filter(enrolment__in=enrolments)
    storing.cancel(list(rows.order_by("pk")), because=because)
    uncovered.follow(enrolments)


def locked(plan_id: int) -> Plan:
    """Return a plan, locked as whoever enrols for it holds it."""
    return _held(Plan.objects.filter(pk=plan_id)).get()


def locked_many(plan_ids: Collection[int]) -> "QuerySet[Plan]":
    """Return plans, locked as whoever enrols for them holds them, when they are read."""
    # In one order, so that two that meet wait for each other instead of locking up.
    return _held(Plan.objects.filter(pk__in=plan_ids)).order_by("pk")


def _held(plans: "QuerySet[Plan]") -> "QuerySet[Plan]":
    # Not their keys: who stores for an enrolment that is held already refers to the plan, and need not wait.
    held = plans.select_for_update(of=("self",), no_key=True)
    return held.select_related("contract__customer", "contract__successor", "customer")
