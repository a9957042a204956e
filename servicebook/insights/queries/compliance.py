"""What was promised on the tickets of a contract, and how long its units ran."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from servicebook.contracts import queries as contracts
from servicebook.contracts.models import Contract, CoverageScope
from servicebook.contracts.models.choices import Measure
from servicebook.core import clock
from servicebook.equipment.models import Asset
from servicebook.insights.queries.periods import Days, up_to_now
from servicebook.insights.rules import compliance as rules
from servicebook.insights.rules import uptime as uptime_rules
from servicebook.insights.rules.compliance import Compliance, Promise, Stretch
from servicebook.insights.rules.uptime import Uptime
from servicebook.tickets.models import Outage, SlaClock, Spell, Status, WaitingReason

AT_A_TIME = 2000
MISSED = Q(breached_at__isnull=False)
KEPT = Q(state=SlaClock.State.MET, breached_at=None)
REACHED = (SlaClock.State.MET, SlaClock.State.MISSED)


def compliance_of(contract: Contract, days: Days) -> Compliance:
    """Return what was kept of what began in a period. Two statements per 2 000 promises.

    Only binding promises count; one that nobody waits for any more is open as long as it was not missed.
    """
    since, until = days.moments(str(contracts.zone(contract.customer)))
    clocks = (
        SlaClock.objects.filter(
            ticket__contract=contract, binding=True, started_at__gte=since, started_at__lt=until
        )
        .select_related("ticket")
        .order_by("pk")
    )
    return rules.compliance(_promises(clocks.iterator(AT_A_TIME)), Measure.values)


@dataclass(frozen=True)
class Kept:
    """How much of one measure was kept."""

    measure: str
    kept: int
    missed: int

    @property
    def label(self) -> str:
        return str(Measure(self.measure).label)

    @property
    def percent(self) -> int | None:
        return rules.share(self.kept, self.kept + self.missed)


def kept_per_measure(contract: Contract, days: Days) -> list[Kept]:
    """Return the sums of `compliance_of` per measure alone, in one statement, however many there are."""
    since, until = days.moments(str(contracts.zone(contract.customer)))
    rows = (
        SlaClock.objects.filter(
            ticket__contract=contract, binding=True, started_at__gte=since, started_at__lt=until
        )
        .order_by()
        .values("measure")
        .annotate(kept=Count("pk", filter=KEPT), missed=Count("pk", filter=MISSED))
    )
    found = {row["measure"]: Kept(**row) for row in rows}
    return [found[measure] for measure in Measure.values if measure in found]


def _promises(clocks: Iterable[SlaClock]) -> Iterator[Promise]:
    batch: list[SlaClock] = []
    for one in clocks:
        batch.append(one)
        if len(batch) == AT_A_TIME:
            yield from _explained(batch)
            batch = []
    yield from _explained(batch)


def _explained(clocks: list[SlaClock]) -> Iterator[Promise]:
    """The promises, with what took most of the time where one was missed."""
    now = clock.now()
    late = {one.ticket_id for one in clocks if one.breached_at}
    spells: Mapping[int, list[Stretch]] = defaultdict(list)
    for spell in Spell.objects.filter(ticket__in=late).order_by("pk"):
        what = f"waiting:{spell.waiting_for}" if spell.waiting_for else spell.status
        spells[spell.ticket_id].append(Stretch(what, spell.started_at, spell.ended_at))
    for one in clocks:
        missed = one.breached_at is not None
        longest = rules.longest(spells[one.ticket_id], one.started_at, one.met_at or now) if missed else None
        yield Promise(
            ticket=one.ticket.number,
            title=one.ticket.title,
            measure=one.measure,
            priority=one.ticket.priority,
            target=one.minutes * 60,
            counted=max(one.counted, one.minutes * 60) if missed else one.counted,
            reached=one.state in REACHED,
            missed=missed,
            why=longest[0] if longest else "",
        )


def why(what: str) -> str:
    """Say what took most of the time of a miss: "In queue", "Waiting: part"."""
    status, _colon, reason = what.partition(":")
    if reason:
        return f"{Status.WAITING.label}: {WaitingReason(reason).label}"
    return str(Status(status).label) if status else ""


def uptime_of(contract: Contract, days: Days) -> Uptime:
    """Return how much of a period the units ran that its terms cover at the end. Three statements."""
    units = covered(contract, days)
    since, until = up_to_now(contract, days)
    return uptime_rules.uptime(
        _outages(Q(asset__in=units.values("pk")), since, until),
        units=units.count(),
        since=since,
        until=until,
    )


def covered(contract: Contract, days: Days) -> "QuerySet[Asset]":
    """The units that a contract covers on the last day of a period, retired ones left out."""
    version = contracts.version_on(contract, days.until)
    scopes = CoverageScope.objects.filter(version=version) if version else CoverageScope.objects.none()
    filters = [_Scope(one) for one in scopes]
    units = contracts.units_in(filters, contract.customer_id)
    return units.exclude(state=Asset.State.RETIRED)


class _Scope:
    """A row of scope as `units_in` reads it: ids."""

    def __init__(self, row: CoverageScope) -> None:
        self.asset, self.site, self.model = row.asset_id, row.site_id, row.model_id
        self.category, self.region = row.category_id, row.region_id


def _outages(which: Q, since: datetime, until: datetime) -> dict[int, list[uptime_rules.Outage]]:
    rows = Outage.objects.filter(which, started_at__lt=until).filter(Q(ended_at=None) | Q(ended_at__gt=since))
    found: dict[int, list[uptime_rules.Outage]] = defaultdict(list)
    for asset, started_at, ended_at in rows.values_list("asset", "started_at", "ended_at"):
        found[asset].append((started_at, ended_at))
    return found
