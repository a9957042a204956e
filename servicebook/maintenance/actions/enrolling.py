"""Units come under a plan and leave it, as they are added, moved and retired."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from servicebook import agenda, journal
from servicebook.core import clock, inserts
from servicebook.customers.queries import zone_of
from servicebook.equipment.models import Asset, Meter, Reading
from servicebook.maintenance import schedules, scoping
from servicebook.maintenance.actions import storing
from servicebook.maintenance.models import Enrolment, Occurrence, Plan

AT_A_TIME = 200
LEFT = gettext_noop("the unit is not under the plan any more")
NO_UNITS = gettext_noop("no unit of the plan is left at the site")
ON_HOLD = gettext_noop("the contract was on hold")
PLAN_PAUSED = gettext_noop("the plan was paused")
PLAN_ENDED = gettext_noop("the plan ended")
RENEWED_LATE = gettext_noop("the contract was renewed after its end")


@transaction.atomic
def follow_plan(plan_id: int) -> bool:
    """Bring a part of a plan's enrolments in line with it; whether something is left to do."""
    plan = _locked(plan_id)
    if plan.state == Plan.State.DRAFT:
        return False
    if plan.state == Plan.State.ENDED:
        return _end_some(plan)
    if _enrol_some(plan) or _follow_some(plan) or _leave_strays(plan):
        return True
    if plan.followed != plan.version:
        plan.followed, plan.stored_on, plan.owed_since = plan.version, clock.now().date(), None
        plan.save(update_fields=["followed", "stored_on", "owed_since"])
        agenda.refresh(plan)
    return False


@transaction.atomic
def extend_plans(plan_ids: Collection[int]) -> set[int]:
    """Store what the last weeks have brought within a year; return the plans of which something is left.

    Without it a schedule of which nothing is closed or skipped would end after its first year.
    """
    until = schedules.horizon()
    plans = {one.pk: one for one in _locked_many(plan_ids) if one.state == Plan.State.ACTIVE}
    behind = Enrolment.objects.select_for_update(of=("self",)).filter(plan__in=plans, ended_at=None)
    behind = behind.filter(Q(stored_until=None) | Q(stored_until__lt=until)).order_by(
        "plan_id", "stored_until", "pk"
    )
    some = list(behind.select_related("customer", "site")[:AT_A_TIME])
    by_plan = groupby(some, key=lambda one: one.plan_id)
    storing.store_many([(plans[pk], list(enrolments)) for pk, enrolments in by_plan], until=until)
    whole = [one for pk, one in plans.items() if len(some) < AT_A_TIME or pk < some[-1].plan_id]
    Plan.objects.filter(pk__in=[one.pk for one in whole]).update(stored_on=clock.now().date())
    for one in whole:
        one.stored_on = clock.now().date()
    agenda.refresh_many(whole)
    return plans.keys() - {one.pk for one in whole}


def _enrol_some(plan: Plan) -> bool:
    """Enrol the next units that are in scope and not enrolled."""
    units = scoping.units_of(plan, scoping.scopes_of(plan)).select_related("customer", "site__customer")
    standing = Enrolment.objects.filter(plan=plan, ended_at=None)
    if plan.per == Plan.Per.SITE:
        known = standing.filter(asset=None, site=OuterRef("site"))
        rows = units.exclude(site=None).filter(~Exists(known))
        some = list({one.site_id: one for one in rows[: AT_A_TIME * 5]}.values())[:AT_A_TIME]
    else:
        some = list(units.filter(~Exists(standing.filter(asset=OuterRef("pk"))))[:AT_A_TIME])
    if some:
        enrol(plan, some)
    return bool(some)


def enrol(plan: Plan, units: Sequence[Asset]) -> list[Enrolment]:
    """Take units (or their sites) under a plan, and store what is due ahead.

    One that was under it before goes on with what it had.
    """
    per_site = plan.per == Plan.Per.SITE
    known = Enrolment.objects.select_for_update().filter(plan=plan)
    if per_site:
        known = known.filter(asset=None, site__in=[one.site_id for one in units])
    else:
        known = known.filter(asset__in=units)
    before = {one.site_id if per_site else one.asset_id: one for one in known}
    meters = _meters(plan, units)
    fresh, back = [], []
    for unit in units:
        one = before.get(unit.site_id if per_site else unit.pk)
        customer = unit.site.customer if per_site and unit.site is not None else unit.customer
        place: dict[str, Any] = {"customer": customer, "site": unit.site}
        if one is None:
            today = clock.today(ZoneInfo(zone_of(unit.site, unit.customer)))
            since = max(today, plan.starts_on or date.min)
            asset = None if per_site else unit
            fresh.append(Enrolment(plan=plan, asset=asset, since=since, meter=meters.get(unit.pk), **place))
        else:
            one.ended_at, one.ended_because, one.stored_until = None, "", None
            one.plan_seen = plan.version
            for name, value in place.items():
                setattr(one, name, value)
            back.append(one)
    inserts.insert_many(fresh)
    fields = ["ended_at", "ended_because", "stored_until", "plan_seen", "customer", "site"]
    Enrolment.objects.bulk_update(back, fields)
    if back:
        _find_meters(plan, back)
        storing.remake(plan, back)
        _make_up_for_a_gap(plan, back)
    storing.store(plan, fresh)
    _readings_are_seen([*fresh, *back])
    Enrolment.objects.filter(pk__in=[one.pk for one in fresh]).update(plan_seen=plan.version)
    return [*fresh, *back]


def _meters(plan: Plan, units: Sequence[Asset]) -> dict[int, Meter]:
    if plan.rule == Plan.Rule.CALENDAR:
        return {}
    rows = Meter.objects.filter(asset__in=units, name=plan.meter_name)
    return {one.asset_id: one for one in rows}


def _follow_some(plan: Plan) -> bool:
    """Let the next enrolments follow a plan that changed."""
    behind = Enrolment.objects.select_for_update(of=("self",)).filter(plan=plan, ended_at=None)
    behind = behind.filter(Q(plan_seen=None) | ~Q(plan_seen=plan.version)).select_related("customer", "site")
    some = list(behind.order_by("pk")[:AT_A_TIME])
    if not some:
        return False
    _leave_those_out_of_scope(plan, some)
    staying = [one for one in some if one.ended_at is None]
    _find_meters(plan, staying)
    storing.remake(plan, staying)
    _make_up_for_a_gap(plan, staying)
    while _skip_what_fell_into_a_pause(plan, staying) and schedules.moves(plan):
        storing.store(plan, staying)  # the next one of a rule that moves, which may have fallen into it, too
    _readings_are_seen(staying)
    Enrolment.objects.filter(pk__in=[one.pk for one in some]).update(plan_seen=plan.version)
    return True


def _leave_strays(plan: Plan) -> bool:
    """Take out who came under the plan, or stayed there, in this walk and is not served any more.

    A site or a model may change while the plan is walked: its units may have had their turn before.
    """
    strays = scoping.strays(plan).select_for_update(of=("self",)).order_by("pk")
    some = list(strays[:AT_A_TIME])
    leave(some, because=NO_UNITS if plan.per == Plan.Per.SITE else LEFT)
    return bool(some)


def _leave_those_out_of_scope(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    units = scoping.units_of(plan, scoping.scopes_of(plan))
    by_site = [one for one in enrolments if one.asset_id is None]
    by_unit = [one for one in enrolments if one.asset_id is not None]
    assets = set(units.filter(pk__in=[one.asset_id for one in by_unit]).values_list("pk", flat=True))
    sites = set(units.filter(site__in=[one.site_id for one in by_site]).values_list("site", flat=True))
    per_site = plan.per == Plan.Per.SITE
    leave([one for one in by_unit if per_site or one.asset_id not in assets], because=LEFT)
    leave([one for one in by_site if not per_site or one.site_id not in sites], because=NO_UNITS)


def _find_meters(plan: Plan, enrolments: Sequence[Enrolment]) -> None:
    meters: dict[int, int] = {}
    if plan.rule != Plan.Rule.CALENDAR:
        rows = Meter.objects.filter(asset__in=[one.asset_id for one in enrolments], name=plan.meter_name)
        meters = dict(rows.values_list("asset", "pk"))
    changed = [one for one in enrolments if meters.get(one.asset_id or 0) != one.meter_id]
    for one in changed:
        one.meter_id = meters.get(one.asset_id or 0)
    Enrolment.objects.bulk_update(changed, ["meter"])


def _readings_are_seen(enrolments: Sequence[Enrolment]) -> None:
    """Write down which reading the forecast of each knows, so that a later one is noticed."""
    meters = [one.meter_id for one in enrolments if one.meter_id]
    latest: dict[int, int] = {}
    if meters:
        rows = Reading.objects.filter(meter__in=meters).order_by().values_list("meter")
        latest = dict(rows.annotate(latest=Max("pk")))
    changed = [one for one in enrolments if one.reading_seen != latest.get(one.meter_id or 0, 0)]
    for one in changed:
        one.reading_seen = latest.get(one.meter_id or 0, 0)
    Enrolment.objects.bulk_update(changed, ["reading_seen"])


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
    Occurrence.objects.bulk_update(latest, ["due_on", "moved_because"], batch_size=500)
    journal.record_many(moved)
    agenda.refresh_many(latest)
    _skip([one for found in due.values() for one in found if one.due_on < today], because=RENEWED_LATE)


def _moved(one: Occurrence, to: date) -> dict[str, Any]:
    return {"before": one.due_on, "after": to, "because": RENEWED_LATE}


def _skip(rows: Sequence[Occurrence], *, because: str) -> None:
    now = clock.now()
    for row in rows:
        row.skipped_at, row.because = now, because
    Occurrence.objects.bulk_update(rows, ["skipped_at", "because"], batch_size=500)
    journal.record_many(
        journal.Happening("occurrence.skipped", row, {"day": row.due_on, "because": because}) for row in rows
    )
    agenda.refresh_many(rows, because=because)


def _runs_since(plan: Plan) -> datetime:
    """Since when a plan that runs does so: it was resumed, or its contract was."""
    spell = plan.contract.spells.order_by("-pk").first() if plan.contract else None
    return max(plan.state_since, spell.started_at) if spell else plan.state_since


def _end_some(plan: Plan) -> bool:
    rows = Enrolment.objects.select_for_update().filter(plan=plan, ended_at=None).order_by("pk")
    some = list(rows[:AT_A_TIME])
    leave(some, because=plan.state_because or PLAN_ENDED)
    if not some and plan.followed != plan.version:
        plan.followed = plan.version
        plan.save(update_fields=["followed"])
    return bool(some)


def leave(enrolments: Sequence[Enrolment], *, because: str) -> None:
    """Take units out of their plan; what is not called yet is cancelled."""
    if not enrolments:
        return
    now = clock.now()
    for one in enrolments:
        one.ended_at, one.ended_because = now, because[:200]
    Enrolment.objects.bulk_update(enrolments, ["ended_at", "ended_because"])
    rows = Occurrence.objects.select_for_update(of=("self",)).uncalled().filter(enrolment__in=enrolments)
    storing.cancel(list(rows.order_by("pk")), because=because)


@transaction.atomic
def follow_asset(asset_id: int) -> None:
    """Bring a unit's enrolments in line with where it stands, what it is and what its meters showed."""
    asset = Asset.objects.select_related("customer", "site__customer", "model").get(pk=asset_id)
    near = {plan.pk for plan in scoping.plans_near([asset]).get(asset.pk, ())}
    left = {plan.pk for plan in scoping.plans_left([asset]).get(asset.pk, ())}
    for pk in sorted(near | left):
        plan = _locked(pk)
        scopes = scoping.scopes_of(plan)
        served = pk in near and scoping.serves(plan, scopes, asset)
        if plan.per == Plan.Per.UNIT:
            _follow_unit(plan, asset, served=served)
            continue
        if served:
            _follow_site(plan, asset)
        if plan.followed == plan.version:  # it may have been the last of the plan at the site that it left
            leave(list(scoping.empty_sites(plan, scopes)), because=NO_UNITS)
    leave(list(Enrolment.objects.filter(asset=asset, ended_at=None).exclude(plan__in=near)), because=LEFT)


def _follow_unit(plan: Plan, asset: Asset, *, served: bool) -> None:
    one = Enrolment.objects.select_for_update().filter(plan=plan, asset=asset, ended_at=None).first()
    if not served:
        leave([one] if one else [], because=LEFT)
        return
    if one is None:
        enrol(plan, [asset])
        return
    if (one.site_id, one.customer_id) != (asset.site_id, asset.customer_id):
        one.site, one.customer = asset.site, asset.customer
        one.save(update_fields=["site", "customer"])
        rows = list(Occurrence.objects.uncalled().filter(enrolment=one))
        for row in rows:
            row.site, row.customer = asset.site, asset.customer
        Occurrence.objects.bulk_update(rows, ["site", "customer"])
        agenda.refresh_many(rows)
    if plan.rule != Plan.Rule.CALENDAR:
        _find_meters(plan, [one])
        storing.store(plan, [one])
        _readings_are_seen([one])


def _follow_site(plan: Plan, asset: Asset) -> None:
    known = Enrolment.objects.filter(plan=plan, asset=None, site=asset.site_id, ended_at=None)
    if not known.exists():
        enrol(plan, [asset])


def _locked(plan_id: int) -> Plan:
    return _held(Plan.objects.filter(pk=plan_id)).get()


def _locked_many(plan_ids: Collection[int]) -> "QuerySet[Plan]":
    # In one order, so that two that meet wait for each other instead of locking up.
    return _held(Plan.objects.filter(pk__in=plan_ids)).order_by("pk")


def _held(plans: "QuerySet[Plan]") -> "QuerySet[Plan]":
    # Not their keys: who stores for an enrolment that is held already refers to the plan, and need not wait.
    held = plans.select_for_update(of=("self",), no_key=True)
    return held.select_related("contract__customer", "contract__successor", "customer")
