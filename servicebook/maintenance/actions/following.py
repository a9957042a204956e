"""A unit is followed by its plans: where it goes, what it becomes, and what its meters show."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q

from servicebook import agenda
from servicebook.core import clock, updates
from servicebook.equipment.models import Asset
from servicebook.maintenance import scoping
from servicebook.maintenance.actions import astray, enrolling, storing
from servicebook.maintenance.models import Enrolment, Occurrence, Plan


@transaction.atomic
def follow_assets(asset_ids: Collection[int]) -> None:
    """Do `follow_asset` for several: the plans of all are locked first, in the order of everybody."""
    assets = list(Asset.objects.filter(pk__in=asset_ids).order_by("pk"))
    plans = [*scoping.plans_near(assets).values(), *scoping.plans_left(assets).values()]
    list(enrolling.locked_many({plan.pk for some in plans for plan in some}))
    for asset in assets:
        follow_asset(asset.pk)


@transaction.atomic
def follow_asset(asset_id: int) -> None:
    """Bring a unit's enrolments in line with where it stands, what it is and what its meters showed."""
    asset = Asset.objects.select_related("customer", "site__customer", "model").get(pk=asset_id)
    near = {plan.pk for plan in scoping.plans_near([asset]).get(asset.pk, ())}
    left = {plan.pk for plan in scoping.plans_left([asset]).get(asset.pk, ())}
    for pk in sorted(near | left):
        plan = enrolling.locked(pk)
        scopes = scoping.scopes_of(plan)
        served = pk in near and scoping.serves(plan, scopes, asset)
        if plan.per == Plan.Per.UNIT:
            _follow_unit(plan, asset, served=served)
            continue
        if served:
            _follow_site(plan, asset)
        if plan.followed == plan.version:  # it may have been the last of the plan at the site that it left
            empty = list(scoping.empty_sites(plan, scopes))
            enrolling.leave(empty, because=enrolling.NO_UNITS)
            astray.leave_sites(empty)
    enrolling.leave(
        list(Enrolment.objects.filter(asset=asset, ended_at=None).exclude(plan__in=near)),
        because=enrolling.LEFT,
    )
    astray.follow(asset)


def _follow_unit(plan: Plan, asset: Asset, *, served: bool) -> None:
    one = Enrolment.objects.select_for_update().filter(plan=plan, asset=asset, ended_at=None).first()
    if not served:
        enrolling.leave([one] if one else [], because=enrolling.LEFT)
        return
    if one is None:
        enrolling.enrol(plan, [asset])
        astray.bring_back(asset)
        return
    if (one.site_id, one.customer_id) != (asset.site_id, asset.customer_id):
        one.site, one.customer = asset.site, asset.customer
        one.save(update_fields=["site", "customer"])
    _go_along(one, asset)
    if plan.rule != Plan.Rule.CALENDAR:
        enrolling.find_meters(plan, [one])
        storing.store(plan, [one])
        enrolling.readings_are_seen([one])


def _go_along(one: Enrolment, asset: Asset) -> None:
    """Whatever is still to become a ticket is for whom the unit is with, and where it stands."""
    elsewhere = ~Q(customer=asset.customer_id) | ~Q(site=asset.site_id)
    to_come = Occurrence.objects.select_for_update(of=("self",)).filter(enrolment=one, ticket=None)
    # What was left out may be brought back while its day is ahead.
    ahead = Q(skipped_at=None) | Q(due_on__gte=clock.now().date())
    rows = list(to_come.filter(elsewhere, ahead, cancelled_at=None).order_by("pk"))
    for row in rows:
        row.site, row.customer = asset.site, asset.customer
    updates.write_each(rows, ["site", "customer"])
    agenda.refresh_many(rows)


def _follow_site(plan: Plan, asset: Asset) -> None:
    known = Enrolment.objects.filter(plan=plan, asset=None, site=asset.site_id, ended_at=None)
    if not known.exists():
        enrolling.enrol(plan, [asset])
