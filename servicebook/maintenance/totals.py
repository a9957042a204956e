"""What meters counted in all, read from the latest readings and those around each time they began again.

A meter that is read every hour has 100 000 readings after eleven years. Of the old ones only those near a
reset matter: between two resets the use is what the meter shows later, less what it showed before.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Case, F, OuterRef, Q, QuerySet, RowRange, Subquery, Sum, When, Window

from servicebook.equipment.models import Meter, Reading
from servicebook.equipment.rules.readings import Read
from servicebook.maintenance.rules.forecast import AROUND, total_use

READINGS_READ = 400  # of a meter, the latest
_FIELDS = ("meter", "read_at", "value", "is_reset")
_NEAR = Window(
    Sum(Case(When(is_reset=True, then=1), default=0)),
    partition_by=F("meter"),
    order_by="read_at",
    frame=RowRange(start=-2 * AROUND, end=2 * AROUND),
)


@dataclass(frozen=True)
class Counted:
    """The latest readings of a meter by time, and what it had counted before it last began again."""

    latest: Sequence[Read] = ()
    before: Decimal = Decimal(0)

    @property
    def used(self) -> Decimal:
        """The total use until the last reading."""
        return self.before + total_use(self.latest)


def counted(meters: Collection[int], *, until: datetime | None = None) -> Mapping[int, Counted]:
    """Return meter → what it counted until a moment, or until now. Two statements; three with old resets."""
    rows = Reading.objects.filter(read_at__lte=until) if until else Reading.objects.all()
    newest_first = rows.filter(meter=OuterRef("pk")).order_by("-read_at").values("read_at")
    begins = Subquery(newest_first[READINGS_READ - 1 : READINGS_READ])
    since = dict(Meter.objects.filter(pk__in=meters).annotate(begins=begins).values_list("pk", "begins"))
    long = {pk: moment for pk, moment in since.items() if moment is not None}
    recent = Q(meter__in=since.keys() - long.keys())
    for pk, moment in long.items():
        recent |= Q(meter=pk, read_at__gte=moment)
    latest = _by_meter(rows.filter(recent))
    older = _around_resets(long) if long else {}
    found = {}
    for pk, reads in latest.items():
        before = older.get(pk, [])
        carried = total_use([*before, *reads]) - total_use(reads) if before else Decimal(0)
        found[pk] = Counted(reads, carried)
    return found


def _around_resets(until: Mapping[int, datetime]) -> dict[int, list[Read]]:
    """Return the readings of each meter before a moment that say what its resets hide; one may be on it."""
    old = Q()
    for pk, moment in until.items():
        old |= Q(meter=pk, read_at__lte=moment)
    with_reset = Reading.objects.filter(old, is_reset=True).order_by().values("meter").distinct()
    rows = Reading.objects.filter(old, meter__in=with_reset).annotate(near=_NEAR)
    found = _by_meter(rows.filter(near__gt=0))
    return {pk: [one for one in reads if one.at < until[pk]] for pk, reads in found.items()}


def _by_meter(rows: "QuerySet[Reading]") -> dict[int, list[Read]]:
    found: dict[int, list[Read]] = {}
    read: Iterable[tuple[int, datetime, Decimal, bool]] = rows.order_by("meter", "read_at").values_list(
        *_FIELDS
    )
    for meter, at, value, reset in read:
        found.setdefault(meter, []).append(Read(at, value, reset))
    return found
