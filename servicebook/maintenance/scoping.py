"""Which units a plan serves, and which plans serve a unit."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from servicebook.contracts import queries as contracts
from servicebook.contracts.models import Contract, CoverageScope
from servicebook.contracts.rules.terms import Scope
from servicebook.customers import queries as customers
from servicebook.customers.models import Customer
from servicebook.equipment import queries as equipment
from servicebook.equipment.models import Asset
from servicebook.maintenance.models import Enrolment, Plan, PlanScope
from servicebook.maintenance.rules import scope as rules

SERVED = (Asset.State.IN_SERVICE, Asset.State.IN_REPAIR)
FOLLOWED = (Plan.State.ACTIVE, Plan.State.PAUSED)
PLANS_AT_ONCE = 100
UNITS_AT_ONCE = 200


@dataclass(frozen=True)
class Scopes:
    """What a plan asks of a unit: its own rows, and those of its contract."""

    own: Sequence[Scope]
    contract: Sequence[Scope]


def scopes_of(plan: Plan) -> Scopes:
    """Return what a plan asks of a unit. Two statements for a plan under a contract, else one."""
    return Scopes(_scopes(plan.scopes.all()) if plan.pk else (), contract_scopes(plan.contract))


def contract_scopes(contract: Contract | None) -> Sequence[Scope]:
    """Return the covered equipment of the version that holds today."""
    if contract is None:
        return ()
    version = contracts.version_on(contract, contracts.today(contract.customer))
    return _scopes(CoverageScope.objects.filter(version=version)) if version else ()


def units_of(plan: Plan, scopes: Scopes) -> "QuerySet[Asset]":
    """Return the units in service that a plan serves."""
    everywhere = Asset.objects.filter(_covered(scopes.own))
    units = contracts.units_in(scopes.own, plan.customer_id) if plan.customer_id else everywhere
    if plan.contract is not None and scopes.contract:
        units = units.filter(
            pk__in=contracts.units_in(scopes.contract, plan.contract.customer_id).values("pk")
        )
    return units.filter(state__in=SERVED).order_by("pk")


def names_its_units(plan: Plan) -> bool:
    """Whether a plan says one by one which units it serves. Reads its scopes."""
    rows = plan.scopes.all()
    return plan.per == Plan.Per.UNIT and bool(rows) and all(one.asset_id for one in rows)


def scopes_of_many(plans: Sequence[Plan]) -> dict[Plan, Scopes]:
    """Do `scopes_of` for plans whose scopes are read: two statements for each contract."""
    covered = {one.contract: contract_scopes(one.contract) for one in plans}
    return {one: Scopes(_scopes(one.scopes.all()), covered[one.contract]) for one in plans}


def named_units(plans: Mapping[Plan, Scopes]) -> Iterator[tuple[Plan, Asset]]:
    """Yield, plan by plan, the units that plans serve which name them, and that are not under them yet."""
    by_id = {one.pk: one for one in plans}
    standing = Enrolment.objects.filter(plan=OuterRef("plan"), asset=OuterRef("asset"), ended_at=None)
    rows = PlanScope.objects.filter(~Exists(standing), plan__in=by_id, asset__state__in=SERVED)
    named = list(rows.order_by("plan", "asset").values_list("plan", "asset").distinct())
    every = Asset.objects.select_related("customer", "site__customer", "model")
    for start in range(0, len(named), UNITS_AT_ONCE):
        some = named[start : start + UNITS_AT_ONCE]
        units = every.in_bulk({asset for _plan, asset in some})
        yield from _served(plans, [(by_id[plan], units[asset]) for plan, asset in some])


def named_strays(plans: Mapping[Plan, Scopes]) -> list[Enrolment]:
    """Return, plan by plan, what `strays` would of plans that name their units, with a few statements."""
    by_id = {one.pk: one for one in plans}
    standing = Enrolment.objects.filter(plan__in=by_id, ended_at=None).order_by("plan_id", "pk")
    some = list(standing.select_related("asset__model", "asset__site"))
    named = [(by_id[one.plan_id], one.asset) for one in some if one.asset is not None]
    served = {(plan.pk, unit.pk) for plan, unit in _served(plans, named)}
    return [one for one in some if (one.plan_id, one.asset_id) not in served]


def _served(
    plans: Mapping[Plan, Scopes], pairs: Sequence[tuple[Plan, Asset]]
) -> Iterator[tuple[Plan, Asset]]:
    above = customers_above({unit.customer_id for _plan, unit in pairs})
    for plan, unit in pairs:
        if plan.customer_id in (None, *above[unit.customer_id]) and serves(plan, plans[plan], unit):
            yield plan, unit


def empty_sites(plan: Plan, scopes: Scopes) -> "QuerySet[Enrolment]":
    """Return the sites under a plan at which no unit of it stands any more."""
    here = units_of(plan, scopes).order_by().filter(site=OuterRef("site"))
    return Enrolment.objects.filter(~Exists(here), plan=plan, asset=None, ended_at=None)


def with_empty_sites(plans: Mapping[Plan, Scopes]) -> set[int]:
    """Return the plans that serve a site at which no unit of theirs stands; a statement for a hundred."""
    found: set[int] = set()
    asked = [empty_sites(plan, scopes).order_by().values_list("plan") for plan, scopes in plans.items()]
    for start in range(0, len(asked), PLANS_AT_ONCE):
        first, *others = asked[start : start + PLANS_AT_ONCE]
        found.update(pk for (pk,) in (first.union(*others) if others else first.distinct()))
    return found


def is_out_of_step(plan: Plan) -> bool:
    """Whether a plan serves other units, or sites, than are under it."""
    units, standing = units_of(plan, scopes_of(plan)), Enrolment.objects.filter(plan=plan, ended_at=None)
    by_site = plan.per == Plan.Per.SITE
    known = standing.filter(asset=None, site=OuterRef("site")) if by_site else None
    missing = (units.exclude(site=None) if by_site else units).filter(
        ~Exists(standing.filter(asset=OuterRef("pk")) if known is None else known)
    )
    return missing.exists() or strays(plan, units).exists()


def strays(plan: Plan, units: "QuerySet[Asset] | None" = None) -> "QuerySet[Enrolment]":
    """Return the enrolments of units, or sites, that a plan does not serve.

    Args:
        units: what it serves; read if None.
    """
    units = (units_of(plan, scopes_of(plan)) if units is None else units).order_by()
    by_site = plan.per == Plan.Per.SITE
    here = units.filter(site=OuterRef("site")) if by_site else units.filter(pk=OuterRef("asset"))
    return Enrolment.objects.filter(~Exists(here), plan=plan, ended_at=None)


def serves(plan: Plan, scopes: Scopes, asset: Asset) -> bool:
    """Return whether a plan serves a unit; its customer is known to fit."""
    unit = rules.Unit(
        asset=asset.pk,
        site=asset.site_id,
        model=asset.model_id,
        category=asset.model.category_id,
        regions=customers.region_ids_above(asset.site.region_id if asset.site else None),
    )
    return (
        asset.state in SERVED
        and rules.matches(scopes.own, unit)
        and rules.matches(scopes.contract, unit)
        and (plan.per == Plan.Per.UNIT or asset.site_id is not None)
    )


def plans_near(assets: Sequence[Asset]) -> dict[int, list[Plan]]:
    """Return unit → the plans of its customer, of those above it, and of all customers.

    Only what was walked once, or came by one of the units: the others will find their units themselves.
    A statement, and one for each level of customers above, when there are such plans at all.
    """
    under = Enrolment.objects.filter(plan=OuterRef("pk"), asset__in=[one.pk for one in assets], ended_at=None)
    followed = Plan.objects.filter(Q(followed__isnull=False) | Exists(under), state__in=FOLLOWED)
    if not followed.exists():
        return {}
    above = customers_above({one.customer_id for one in assets})
    every = {pk for chain in above.values() for pk in chain}
    rows = followed.filter(Q(customer__in=every) | Q(customer=None))
    plans = list(rows.select_related("contract__customer").prefetch_related("scopes"))
    return {
        one.pk: [plan for plan in plans if plan.customer_id in (None, *above[one.customer_id])]
        for one in assets
    }


def plans_left(assets: Sequence[Asset]) -> dict[int, list[Plan]]:
    """Return unit → the plans, of whichever customer, that serve a site which it left.

    It may have been the last of theirs there. A statement, and two more when a unit ever left a site.
    """
    left = equipment.sites_left(assets)
    sites = {site for unit in left.values() for site in unit}
    standing = Enrolment.objects.filter(site__in=sites, asset=None, ended_at=None)
    rows = standing.filter(plan__state__in=FOLLOWED, plan__followed=F("plan__version"))
    at: dict[int | None, list[Plan]] = {}
    for one in rows.select_related("plan__contract__customer").prefetch_related("plan__scopes"):
        at.setdefault(one.site_id, []).append(one.plan)
    return {unit: [plan for site in gone for plan in at.get(site, ())] for unit, gone in left.items()}


def customers_above(ids: Collection[int]) -> dict[int, list[int]]:
    """Return customer → itself and those above it."""
    parents: dict[int, int | None] = {}
    ahead = set(ids)
    while ahead:
        found = dict(Customer.objects.filter(pk__in=ahead).values_list("pk", "parent"))
        parents |= found
        ahead = {pk for pk in found.values() if pk is not None and pk not in parents}
    chains: dict[int, list[int]] = {}
    for pk in ids:
        chain: list[int] = []
        one: int | None = pk
        while one is not None and one not in chain:
            chain.append(one)
            one = parents.get(one)
        chains[pk] = chain
    return chains


def _scopes(rows: Iterable[PlanScope] | Iterable[CoverageScope]) -> tuple[Scope, ...]:
    return tuple(
        Scope(one.asset_id, one.site_id, one.model_id, one.category_id, one.region_id) for one in rows
    )


def _covered(scopes: Sequence[Scope]) -> Q:
    covered = Q()
    for one in scopes:
        covered |= contracts.asked_of_units(one) or Q(pk__isnull=False)
    return covered
