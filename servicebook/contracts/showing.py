"""What the page of a contract shows: its terms as lines, what is left of them, what it covers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from servicebook.agenda.models import Obligation
from servicebook.contracts import amounts, document, queries
from servicebook.contracts.evidence import rate_card
from servicebook.contracts.models import (
    Balance,
    Contract,
    ContractVersion,
    CoverageScope,
    Exclusion,
    IncludedService,
    Milestone,
    Rate,
    SlaTarget,
)
from servicebook.contracts.models.choices import Measure, Period, Unless
from servicebook.core import related
from servicebook.equipment.models import Asset
from servicebook.sla import queries as sla
from servicebook.sla.models import ServiceHours

AMBER, RED = 80, 100  # percent used
AGENDA = 6


@dataclass(frozen=True)
class Line:
    """One term as a row of the table."""

    name: str
    holds_for: str
    limit: str
    beyond: str
    so_far: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Left:
    """What is left of an included service in its period, as a bar."""

    code: str
    name: str
    note: str
    left: str
    used: int  # percent
    tone: str


def versions_of(contract: Contract) -> list[ContractVersion]:
    """All versions, the newest first; one statement."""
    rows = contract.versions.select_related("hours", "made_by").order_by("-number")
    return list(rows)


def current(versions: Sequence[ContractVersion], on: date) -> ContractVersion | None:
    """The version in force on a day; else the newest, which is a draft's."""
    return next((one for one in versions if one.in_force and one.valid_from <= on), None) or next(
        iter(versions), None
    )


# What the rows of each kind of clause name.
NAMED = {
    "scopes": ("asset__model", "site", "model__category", "category", "region"),
    "included": ("category",),
    "targets": ("region", "category", "hours"),
    "exclusions": (),
    "rates": ("extra",),
}


@dataclass(frozen=True)
class Clauses:
    """The rows of a version, or of terms that are not saved yet, with what they name."""

    hours: ServiceHours | None
    scopes: Sequence[CoverageScope]
    included: Sequence[IncludedService]
    targets: Sequence[SlaTarget]
    exclusions: Sequence[Exclusion]
    rates: Sequence[Rate]

    @classmethod
    def of(cls, version: ContractVersion) -> "Clauses":
        """One statement for each kind of row, and one for each kind of thing that rows name."""
        rows = {name: list(getattr(version, name).all()) for name in NAMED}
        return cls(hours=version.hours, **_with_names(rows))

    @classmethod
    def sketched(cls, terms: document.Terms) -> "Clauses":
        """The same of what is being typed."""
        version = ContractVersion(hours_id=terms.hours)
        kinds = zip(document.CLAUSES, terms.rows(version), strict=True)
        rows: dict[str, list[Any]] = {name: list(clauses) for name, (_table, clauses) in kinds}
        return cls(hours=version.hours, **_with_names(rows))


def _with_names(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    for name, named in NAMED.items():
        related.fetch(rows[name], *named)
    return rows


def lines_of(clauses: Clauses, currency: str, balances: Sequence[Balance] = ()) -> list[Line]:
    """The terms in the order in which they are tested."""
    rates = {one.service: one.price for one in clauses.rates if one.extra_id is None}
    kept = {one.code: one for one in balances}
    outside = next((one for one in clauses.exclusions if one.unless == Unless.OUTSIDE_HOURS), None)
    here = {one.service for one in clauses.included}
    lines = [_excluded(one) for one in clauses.exclusions]
    lines += [_included(one, currency, rates, kept.get(one.code)) for one in clauses.included]
    lines += [_rate(one, currency) for one in clauses.rates if one.extra_id or one.service not in here]
    for target in sorted(clauses.targets, key=_place):
        lines.append(_target(target, target.hours or clauses.hours, outside))
    return lines


def _excluded(one: Exclusion) -> Line:
    dearer = _("×%(factor)s") % {"factor": amounts.number(one.factor)} if one.factor else ""
    return Line(
        name=str(one.get_unless_display()),
        holds_for=_("all units"),
        limit=_("covered, but dearer") if dearer else _("excluded"),
        beyond=dearer or _("extra work, rate card"),
    )


def _included(
    one: IncludedService, currency: str, rates: Mapping[str, Decimal], balance: Balance | None
) -> Line:
    card = {rate.service.value: rate.price for rate in rate_card(currency).rates}
    price = rates.get(one.service, card.get(one.service))
    beyond = amounts.price_of_one(one.service, price, currency) if price is not None else _("extra work")
    if one.limit is None:
        beyond = "–"
    return Line(
        name=str(one.get_service_display()),
        holds_for=str(one.category) if one.category else _("all units"),
        limit=_limit(one, currency),
        beyond=beyond,
        so_far=_used(one, balance, currency),
    )


def _rate(one: Rate, currency: str) -> Line:
    return Line(
        name=str(one.extra or one.get_service_display()),
        holds_for=_("all units"),
        limit=_("not included"),
        beyond=amounts.price_of_one(one.service, one.price, currency),
    )


def _limit(one: IncludedService, currency: str) -> str:
    if one.limit is None:
        return _("no limit")
    much = amounts.amount(one.service, one.limit, currency)
    if one.period == Period.PACK:
        until = {"much": much, "day": amounts.day(one.expires_on)}
        return _("%(much)s, prepaid until %(day)s") % until
    return f"{much} {one.get_period_display()}"


def _used(one: IncludedService, balance: Balance | None, currency: str) -> str:
    used = balance.used if balance else Decimal(0)
    said = amounts.amount(one.service, used, currency)
    if balance is None or balance.granted is None:
        return said
    granted = amounts.amount(one.service, balance.granted, currency)
    return _("%(used)s of %(granted)s") % {"used": said, "granted": granted}


def _place(one: SlaTarget) -> tuple[int, bool, int, bool, bool]:
    """Where a target stands among the others: by measure, then the most exact first."""
    return (
        Measure.values.index(one.measure),
        one.priority is None,
        one.priority or 0,
        one.region_id is None,
        one.category_id is None,
    )


def _target(one: SlaTarget, hours: ServiceHours | None, outside: Exclusion | None) -> Line:
    where = [f"P{one.priority}" if one.priority else "", one.region, one.category]
    beyond = "–"
    if outside and hours and not sla.never_closes(hours.pk):
        beyond = (
            _("after hours ×%(factor)s") % {"factor": amounts.number(outside.factor)}
            if outside.factor
            else _("after hours extra work")
        )
    return Line(
        name=f"{one.get_measure_display()} {amounts.hours(one.minutes)}",
        holds_for=", ".join(str(part) for part in where if part) or _("every ticket"),
        limit=str(hours) if hours else _("around the clock"),
        beyond=beyond,
    )


def balances_on(contract: Contract, day: date) -> list[Balance]:
    """The balances whose period holds a day; one statement."""
    return list(contract.balances.filter(starts_on__lte=day, ends_on__gte=day))


def left_of(clauses: Clauses, currency: str, balances: Sequence[Balance]) -> list[Left]:
    """What is left in this period of each limited line; one that is not begun is whole."""
    kept = {one.code: one for one in balances}
    shown = []
    for one in clauses.included:
        if one.limit is None:
            continue
        balance = kept.get(one.code)
        granted = balance.granted if balance and balance.granted is not None else one.limit
        taken = balance.used + balance.reserved if balance else Decimal(0)
        shown.append(_left(one, granted, taken, currency))
    return shown


def _left(one: IncludedService, granted: Decimal, taken: Decimal, currency: str) -> Left:
    used = round(taken * 100 / granted) if granted else 100
    tone = "late" if used >= RED else "risk" if used >= AMBER else "done"
    note = _("until %(day)s") % {"day": amounts.day(one.expires_on)} if one.expires_on else ""
    said = {
        "left": amounts.amount(one.service, granted - taken, currency),
        "granted": amounts.amount(one.service, granted, currency),
    }
    return Left(
        code=one.code,
        name=name_of(one),
        note=note or str(one.get_period_display()),
        left=_("%(left)s of %(granted)s") % said,
        used=min(100, used),
        tone=tone,
    )


def percent_used(balance: Balance) -> int:
    """How much of a limited balance is used or reserved."""
    taken = balance.used + balance.reserved
    return round(taken * 100 / balance.granted) if balance.granted else 100


def name_of(one: IncludedService) -> str:
    """A line's name: its service, and for which units where not for all."""
    name = str(one.get_service_display())
    return f"{name}, {one.category}" if one.category else name


def covered(contract: Contract, scopes: Sequence[CoverageScope]) -> QuerySet[Asset]:
    """The units in use that a version's scopes name; without a scope, all of the customer's."""
    named = [
        document.Scope(
            asset=one.asset_id, site=one.site_id, model=one.model_id, category=one.category_id,
            region=one.region_id,
        )
        for one in scopes
    ]  # fmt: skip
    return queries.units_in(named, contract.customer_id).exclude(state=Asset.State.RETIRED)


def agenda_of(contract: Contract) -> list[Obligation]:
    """What stands on the agenda for a contract: the latest that was done, then what comes. Two statements."""
    kind = ContentType.objects.get_for_model(contract)
    rows = Obligation.objects.filter(subject_type=kind, subject_id=contract.pk)
    done = rows.filter(state=Obligation.State.FIRED).order_by("-due_at", "-pk")[:1]
    coming = rows.filter(state__in=[Obligation.State.ARMED, Obligation.State.FAILED]).order_by("due_at", "pk")
    return [*done, *coming[:AGENDA]]


def about(contract: Contract) -> dict[str, Any]:
    """The conditions under which a generic row is about a contract."""
    kind = ContentType.objects.get_for_model(contract)
    return {"about_type": kind, "about_id": contract.pk}


def milestones_of(contract: Contract, today: date) -> list[Milestone]:
    """Return the dated events of a contract, each with whether it is late. One statement."""
    rows = list(contract.milestones.select_related("settled_by"))
    for one in rows:
        one.is_late = one.settled_at is None and one.on < today  # type: ignore[attr-defined]
    return rows
