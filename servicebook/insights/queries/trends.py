"""All contracts together: months in a row, and those that need a look (S1.7, S1.11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, QuerySet, Sum
from django.db.models.functions import TruncMonth

from servicebook.accounts.models import User
from servicebook.contracts.models import Contract
from servicebook.contracts.rules.renewal import months_later, start_of
from servicebook.core import clock
from servicebook.insights.queries.compliance import KEPT, MISSED
from servicebook.insights.queries.year import annual_price
from servicebook.insights.rules.compliance import share
from servicebook.insights.rules.weak import Performance, Weak, weak
from servicebook.tickets.models import Kind, SlaClock, Status, Ticket, TimeEntry

MONTHS = 12
WEAK_DAYS = 90
LOOKED_AT = 500  # contracts: those with the most tickets


@dataclass(frozen=True)
class Month:
    """One month of support under contracts; `resolution` is the mean from opening to closing."""

    first: date
    opened: int
    closed: int
    resolution: timedelta | None
    promised: int
    kept: int
    bar: int = 0  # of `opened`, percent of the busiest month

    @property
    def percent(self) -> int | None:
        return share(self.kept, self.promised)


def months(user: User) -> list[Month]:
    """Return the last twelve months, the oldest first. Three statements."""
    zone = ZoneInfo(settings.TIME_ZONE)
    this = clock.today(zone).replace(day=1)
    firsts = [_months_back(this, back) for back in range(MONTHS - 1, -1, -1)]
    since = start_of(firsts[0], settings.TIME_ZONE)
    tickets = _under_contract(user)
    opened = _by_month(tickets.filter(opened_at__gte=since), "opened_at", zone, number=Count("pk"))
    length = ExpressionWrapper(F("closed_at") - F("opened_at"), output_field=DurationField())
    closed = _by_month(
        tickets.filter(status=Status.CLOSED, closed_at__gte=since),
        "closed_at",
        zone,
        number=Count("pk"),
        mean=Avg(length),
    )
    clocks = SlaClock.objects.filter(ticket__in=tickets.values("pk"), binding=True, started_at__gte=since)
    kept = _by_month(
        clocks, "started_at", zone, kept=Count("pk", filter=KEPT), missed=Count("pk", filter=MISSED)
    )
    most = max((row["number"] for row in opened.values()), default=0)
    return [_month(first, opened, closed, kept, most) for first in firsts]


def _under_contract(user: User) -> "QuerySet[Ticket]":
    """Tickets under contracts that a person may see; sensitive contracts are not for everybody.

    What we planned ourselves is no trouble, and runs for weeks until its day.
    """
    seen = Contract.objects.visible_to(user).values("pk")
    called_for = Ticket.objects.visible_to(user).exclude(kind=Kind.PLANNED)
    return called_for.filter(contract__in=seen, merged_into=None)


def _by_month(
    rows: "QuerySet[Any]", field: str, zone: ZoneInfo, **sums: Any
) -> Mapping[date, Mapping[str, Any]]:
    grouped = rows.order_by().annotate(month=TruncMonth(field, tzinfo=zone)).values("month").annotate(**sums)
    return {row["month"].astimezone(zone).date(): row for row in grouped}


def _month(
    first: date,
    opened: Mapping[date, Mapping[str, Any]],
    closed: Mapping[date, Mapping[str, Any]],
    kept: Mapping[date, Mapping[str, Any]],
    most: int,
) -> Month:
    number = opened.get(first, {}).get("number", 0)
    done, decided = closed.get(first, {}), kept.get(first, {})
    return Month(
        first,
        opened=number,
        closed=done.get("number", 0),
        resolution=done.get("mean"),
        promised=decided.get("kept", 0) + decided.get("missed", 0),
        kept=decided.get("kept", 0),
        bar=number * 100 // most if most else 0,
    )


def _months_back(first: date, back: int) -> date:
    return months_later(first - timedelta(days=1), -back) + timedelta(days=1)


@dataclass(frozen=True)
class WeakContract:
    contract: Contract
    found: Weak


def weak_contracts(user: User) -> Sequence[WeakContract]:
    """Return the contracts that need a look after the last 90 days; of the 500 with the most tickets.

    Four statements.
    """
    since = clock.now() - timedelta(days=WEAK_DAYS)
    length = ExpressionWrapper(F("closed_at") - F("opened_at"), output_field=DurationField())
    tickets = _under_contract(user).filter(opened_at__gte=since)
    rows = list(
        tickets.order_by()
        .values("contract")
        .annotate(number=Count("pk"), mean=Avg(length))
        .order_by("-number", "contract")[:LOOKED_AT]
    )
    ids = [row["contract"] for row in rows]
    contracts = Contract.objects.select_related("customer", "owner").in_bulk(ids)
    kept = _grouped(
        SlaClock.objects.filter(ticket__contract__in=ids, binding=True, started_at__gte=since),
        kept=Count("pk", filter=KEPT),
        missed=Count("pk", filter=MISSED),
    )
    first_day = since.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    worked = _grouped(
        TimeEntry.objects.filter(ticket__contract__in=ids, worked_on__gte=first_day), sum=Sum("minutes")
    )
    performances = [
        _performance(contracts[row["contract"]], row, kept.get(row["contract"], {}), worked) for row in rows
    ]
    return [WeakContract(contracts[one.performance.contract], one) for one in weak(performances)]


def _grouped(rows: "QuerySet[Any]", **sums: Any) -> Mapping[int, Mapping[str, Any]]:
    found = rows.order_by().values("ticket__contract").annotate(**sums)
    return {row["ticket__contract"]: row for row in found}


def _performance(
    contract: Contract,
    row: Mapping[str, Any],
    kept: Mapping[str, Any],
    worked: Mapping[int, Mapping[str, Any]],
) -> Performance:
    return Performance(
        contract=contract.pk,
        tickets=row["number"],
        resolution=int(row["mean"].total_seconds()) if row["mean"] else None,
        promised=kept.get("kept", 0) + kept.get("missed", 0),
        kept=kept.get("kept", 0),
        minutes=worked.get(contract.pk, {}).get("sum") or 0,
        price=annual_price(contract),
        currency=contract.currency,
    )
