"""Occurrences become tickets ahead of their day; enrolments follow plans, units and contracts."""

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, Max, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from servicebook import journal
from servicebook.agenda import AGAIN, LAPSED, Due, Many, duty
from servicebook.agenda.models import Lane
from servicebook.contracts.models import Contract, ContractVersion
from servicebook.core import related
from servicebook.customers.queries import zone_of
from servicebook.equipment.models import Asset
from servicebook.maintenance import schedules, scoping
from servicebook.maintenance.actions import astray, calling, enrolling, following, under_contract
from servicebook.maintenance.models import Enrolment, Occurrence, Plan

CALLED_AT = time(6)  # at the site, so that the tickets lie there in the morning


def with_plans(rows: Sequence[Occurrence]) -> None:
    """Read what says until when occurrences are owed, and in which zone their days are meant."""
    related.fetch(rows, "plan__contract__successor", "customer", "site")


@duty(
    "maintenance.call",
    subject=Occurrence,
    title=_("Make the ticket of planned maintenance"),
    gather=with_plans,
)
class Call(Many):
    """A due task becomes a ticket so many days ahead, exactly once (S0.25)."""

    def owed(self, one: Occurrence) -> Iterator[Due]:
        if one.ticket_id or one.skipped_at or one.cancelled_at or not is_owed(one):
            return
        yield Due(at=call_moment(one), occurrence=one.due_on.isoformat(), stage=f"{one.part}")

    def fire_many(self, fired: Sequence[tuple[Any, Due]], *, at: datetime) -> Mapping[int, object]:
        standing = [one.pk for one, due in fired if one.due_on.isoformat() == due.occurrence]
        calling.call(standing)
        called = Occurrence.objects.filter(pk__in=standing, ticket__isnull=False).values_list("pk", flat=True)
        return dict.fromkeys({one.pk for one, _due in fired} - set(called), LAPSED)


def call_moment(one: Occurrence) -> datetime:
    """Return when an occurrence becomes a ticket: in the morning, so many days ahead, at the site."""
    return _morning(one.due_on - timedelta(days=one.plan.lead_days), zone_of(one.site, one.customer))


@lru_cache(maxsize=4096)
def _morning(day: date, zone: str) -> datetime:
    return datetime.combine(day, CALLED_AT, ZoneInfo(zone)).astimezone(UTC)


def is_owed(one: Occurrence) -> bool:
    """Whether its plan and its contract run until its day."""
    last = schedules.last_day(one.plan)
    return schedules.runs(one.plan) and (last is None or one.due_on <= last)


@duty("maintenance.follow_plan", subject=Plan, lane=Lane.BULK, title=_("Enrol the units of a plan"))
class FollowPlan(Many):
    """What a plan serves and owes follows when the plan was changed."""

    by_id = True

    def owed(self, plan: Plan) -> Iterator[Due]:
        if plan.state != Plan.State.DRAFT and plan.followed != plan.version:
            yield Due(at=plan.changed_at, occurrence=str(plan.version))

    def fire_many(self, fired: Sequence[tuple[Plan, Due]], *, at: datetime) -> Mapping[int, object]:
        return dict.fromkeys(enrolling.follow_plans([plan.pk for plan, _due in fired]), AGAIN)


@duty("maintenance.extend", subject=Plan, lane=Lane.BULK, title=_("Store what comes within a year"))
class Extend(Many):
    """A year ahead stands on the calendar always, not only of what is closed or skipped."""

    by_id = True

    def owed(self, plan: Plan) -> Iterator[Due]:
        if plan.state == Plan.State.ACTIVE and plan.stored_on and not schedules.moves(plan):
            again = plan.stored_on + schedules.EXTENDED_EVERY
            yield Due(at=datetime.combine(again, time.min, UTC), occurrence=plan.stored_on.isoformat())

    def fire_many(self, fired: Sequence[tuple[Plan, Due]], *, at: datetime) -> Mapping[int, object]:
        return dict.fromkeys(enrolling.extend_plans([plan.pk for plan, _due in fired]), AGAIN)


def _out_of_step(assets: Sequence[Asset]) -> None:
    """Write on each unit since when its enrolments are not what they should be; None when they are."""
    near = scoping.plans_near(assets)
    for one in assets:
        one.out_of_step = None  # type: ignore[attr-defined]
    gone_astray = astray.found_among(assets)
    if not near and not gone_astray:
        return
    left = scoping.plans_left(assets)
    related.fetch(assets, "site", "model")
    plans = {plan.pk: plan for some in (*near.values(), *left.values()) for plan in some}
    scopes = {pk: scoping.scopes_of(plan) for pk, plan in plans.items()}
    standing: dict[int, dict[int, Enrolment]] = {}
    rows = Enrolment.objects.filter(asset__in=assets, ended_at=None)
    for row in rows.annotate(latest=Max("meter__readings__pk")):
        standing.setdefault(row.asset_id or 0, {})[row.plan_id] = row
    sites: set[tuple[int, int | None]] = set(
        Enrolment.objects.filter(
            site__in=[one.site_id for one in assets], asset=None, ended_at=None
        ).values_list("plan", "site")
    )
    by_site = [one for one in plans.values() if one.per == Plan.Per.SITE and one.followed == one.version]
    empty = scoping.with_empty_sites({plan: scopes[plan.pk] for plan in by_site})
    wrong = [
        one for one in assets
        if one.pk in gone_astray
        or not empty.isdisjoint(plan.pk for plan in (*near.get(one.pk, ()), *left.get(one.pk, ())))
        or _differs(one, near.get(one.pk, ()), scopes, standing.get(one.pk, {}), sites)
    ]  # fmt: skip
    latest = journal.latest(Asset, [one.pk for one in wrong])
    for one in wrong:
        one.out_of_step = latest.get(one.pk)  # type: ignore[attr-defined]


def _differs(
    asset: Asset,
    plans: Sequence[Plan],
    scopes: dict[int, scoping.Scopes],
    standing: dict[int, Enrolment],
    sites: Container[tuple[int, int | None]],
) -> bool:
    served = {plan.pk: plan for plan in plans if scoping.serves(plan, scopes[plan.pk], asset)}
    by_unit = {pk for pk, plan in served.items() if plan.per == Plan.Per.UNIT}
    if by_unit != {pk for pk in standing if pk in {plan.pk for plan in plans}}:
        return True
    if any((pk, asset.site_id) not in sites for pk, plan in served.items() if plan.per == Plan.Per.SITE):
        return True
    return any(
        (one.site_id, one.customer_id) != (asset.site_id, asset.customer_id)
        or (getattr(one, "latest", None) or 0) != one.reading_seen
        for one in standing.values()
    )


@duty("maintenance.follow_asset", subject=Asset, title=_("Follow a unit with its plans"), gather=_out_of_step)
class FollowAsset:
    """A unit that was added, moved, retired or read changes what its plans owe."""

    def owed(self, asset: Asset) -> Iterator[Due]:
        latest = getattr(asset, "out_of_step", None)
        if latest is not None:
            yield Due(at=latest.at, occurrence=str(latest.entry))

    def fire(self, asset: Asset, due: Due, *, at: datetime) -> None:
        following.follow_asset(asset.pk)


def _behind(contracts: Sequence[Contract]) -> None:
    """Write on each contract what its plans have not followed yet.

    The entry after which it stands differently, None when they know it; and the versions of its terms
    that they have still to follow, each from its day on.
    """
    related.fetch(contracts, "successor")
    by_id = {one.pk: one for one in contracts}
    called = Occurrence.objects.unfinished().filter(plan=OuterRef("pk"), ticket__isnull=False)
    follow = Q(state__in=scoping.FOLLOWED) | ~Q(goes_on_as="") | Q(state=Plan.State.ENDED) & Exists(called)
    plans = Plan.objects.filter(follow, contract__in=by_id)
    seen: dict[int, list[str]] = {}
    for pk, text in plans.values_list("contract", "contract_seen"):
        seen.setdefault(pk or 0, []).append(text)
    behind = [pk for pk, texts in seen.items() if any(_differently(by_id[pk], text) for text in texts)]
    latest = journal.latest(Contract, behind)
    versions: dict[int, list[tuple[int, date]]] = {}
    rows = ContractVersion.objects.filter(contract__in=seen, in_force=True, number__gt=1)
    for pk, number, day in rows.values_list("contract", "number", "valid_from") if seen else ():
        if number > min(under_contract.version_seen(text) for text in seen[pk]):
            versions.setdefault(pk, []).append((number, day))
    related.fetch([by_id[pk] for pk in versions], "customer")
    for one in contracts:
        one.not_followed = latest.get(one.pk)  # type: ignore[attr-defined]
        one.terms_ahead = versions.get(one.pk, [])  # type: ignore[attr-defined]


def _differently(contract: Contract, seen: str) -> bool:
    """Whether a contract stands differently from how a plan saw it; of its terms nothing is said."""
    return under_contract.seen_with(contract, under_contract.version_seen(seen)) != seen


@duty(
    "maintenance.follow_contract",
    subject=Contract,
    title=_("Follow a contract with its plans"),
    gather=_behind,
)
class FollowContract:
    """A hold, an end, a renewal or new terms of a contract change what the plans under it owe."""

    def owed(self, contract: Contract) -> Iterator[Due]:
        latest = getattr(contract, "not_followed", None)
        if latest is not None:
            yield Due(at=latest.at, occurrence=str(latest.entry))
        for number, day in getattr(contract, "terms_ahead", ()):
            zone = ZoneInfo(zone_of(None, contract.customer))
            yield Due(at=datetime.combine(day, time(), zone).astimezone(UTC), occurrence=f"v{number}")

    def fire(self, contract: Contract, due: Due, *, at: datetime) -> None:
        under_contract.follow_contract(contract.pk)
