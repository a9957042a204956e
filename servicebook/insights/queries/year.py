"""The year of a contract in review: what a renewal is argued with (S0.67)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum

from servicebook.contracts.models import Balance, Contract
from servicebook.contracts.models.choices import BillingCycle
from servicebook.contracts.rules.advice import Advice, Share, Used, Year, advise
from servicebook.insights.queries import compliance, periods
from servicebook.insights.queries.periods import Days
from servicebook.insights.rules.compliance import Compliance
from servicebook.insights.rules.uptime import Uptime
from servicebook.tickets.models import Charge, Kind, Ticket, TimeEntry

SHOWN = 5
SCHEDULED = ("maintenance",)  # codes of reasons whose tickets are planned, not called for
PER_YEAR = {BillingCycle.MONTH: 12, BillingCycle.QUARTER: 4, BillingCycle.YEAR: 1, BillingCycle.ONCE: 1}


@dataclass(frozen=True)
class Review:
    """The evidence, and what it speaks for."""

    days: Days
    year: Year
    kept: Compliance
    uptime: Uptime
    advice: Sequence[Advice]


def review(contract: Contract) -> Review:
    """Return the last twelve months of a contract, its predecessor's part included.

    A fixed number of statements, whatever happened in the year.
    """
    days = periods.last_year(contract)
    chain = [one for one in (contract.pk, contract.predecessor_id) if one]
    kept = compliance.compliance_of(contract, days)
    tickets = _tickets(chain, contract, days)
    unscheduled = tickets.exclude(reason__code__in=SCHEDULED).exclude(kind=Kind.PLANNED)
    year = Year(
        tickets=unscheduled.count(),
        minutes=_minutes(chain, days),
        minutes_before=_minutes_before(contract, chain, days),
        promised=kept.decided,
        kept=kept.kept,
        extra=_extra(tickets, contract.currency),
        price=annual_price(contract),
        sites=_most(unscheduled, "site__name"),
        site_count=compliance.covered(contract, days).exclude(site=None).values("site").distinct().count(),
        models=_most(unscheduled, "asset__model__name"),
        included=_used(contract, chain, days),
    )
    return Review(days, year, kept, compliance.uptime_of(contract, days), advise(year))


def annual_price(contract: Contract) -> Decimal:
    """Return what a contract costs in a year."""
    return contract.price * PER_YEAR[BillingCycle(contract.billing_cycle)]


def _tickets(chain: Sequence[int], contract: Contract, days: Days) -> "QuerySet[Ticket]":
    since, until = periods.up_to_now(contract, days)
    return Ticket.objects.filter(
        contract__in=chain, merged_into=None, opened_at__gte=since, opened_at__lt=until
    )


def _most(tickets: "QuerySet[Ticket]", field: str) -> tuple[Share, ...]:
    rows = (
        tickets.exclude(**{field: None})
        .order_by()
        .values(name=F(field))
        .annotate(number=Count("pk"))
        .order_by("-number", "name")
    )
    return tuple(Share(row["name"], row["number"]) for row in rows[:SHOWN])


def _minutes(chain: Sequence[int], days: Days) -> int:
    work = TimeEntry.objects.filter(ticket__contract__in=chain, worked_on__range=(days.since, days.until))
    return work.aggregate(sum=Sum("minutes"))["sum"] or 0


def _minutes_before(contract: Contract, chain: Sequence[int], days: Days) -> int | None:
    """The minutes of the year before; None where the contract and its predecessor did not run through it."""
    before = periods.year_before(days)
    first = contract.predecessor.starts_on if contract.predecessor else contract.starts_on
    return _minutes(chain, before) if first <= before.since else None


def _extra(tickets: "QuerySet[Ticket]", currency: str) -> Decimal:
    charges = Charge.objects.filter(ticket__in=tickets.values("pk"), currency=currency, dropped_at=None)
    return charges.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def _used(contract: Contract, chain: Sequence[int], days: Days) -> tuple[Used, ...]:
    """What was used of each limited line in the periods that ended or run in the year."""
    rows = (
        Balance.objects.filter(
            Q(contract__in=chain), granted__gt=0, ends_on__gte=days.since, starts_on__lte=days.until
        )
        .order_by()
        .values("service", "code")
        .annotate(all=Sum("granted"), taken=Sum("used"))
        .order_by("service", "code")
    )
    return tuple(Used(row["service"], row["all"], row["taken"]) for row in rows)
