"""What stands already of what plans owe, so that nothing is stored twice."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce

from servicebook.core import clock
from servicebook.maintenance import scoping
from servicebook.maintenance.models import Enrolment, Occurrence, Plan
from servicebook.maintenance.rules.shift import Placed
from servicebook.tickets.models import Status

Place = tuple[int, int | None]  # a plan, and a site


@dataclass
class Known:
    """What stands already of an enrolment.

    Attributes:
        waits: something of it still waits for its ticket.
        under_way: the day of the open ticket that was made ahead of it: after a change of the rule it
            stands for what the new one gives until then.
        counted_from: the day of the last ticket that was not called off.
    """

    keys: set[str] = field(default_factory=set)
    waits: bool = False
    under_way: date = date.min
    counted_from: date = date.min

    def lacks(self, day: Placed) -> bool:
        return day.nominal.isoformat() not in self.keys and day.on > self.under_way


def of(enrolments: Sequence[Enrolment], soon: Mapping[int, date]) -> dict[int, Known]:
    """Return what stands already of enrolments.

    Args:
        soon: of each, until when its tickets are made by now.
    """
    found: dict[int, Known] = {}
    rows = Occurrence.objects.filter(enrolment__in=enrolments, part=0)
    for pk, key, on, off, status in rows.annotate(off=Coalesce("skipped_at", "cancelled_at")).values_list(
        "enrolment", "key", "due_on", "off", "ticket__status"
    ):
        there = found.setdefault(pk, Known())
        there.keys.add(key)
        there.waits = there.waits or (off is None and status is None)
        if off is None and status not in (None, Status.CLOSED) and on <= soon[pk]:
            there.under_way = max(there.under_way, on)
    return found


def made_otherwise(
    plans: Collection[Plan], sites: Collection[int | None], *, since: date = date.min
) -> dict[Place, Known]:
    """Return what was made at sites while plans counted units, and count sites now, or the other way round.

    It stands for what they give now, or one visit would be made twice. For a site that is what was made,
    or left out by people, for each of its units. One statement, and two or three for each plan of which
    there is any; nothing is read of plans that were never walked.

    Args:
        since: what is for earlier days is not needed.
    """
    walked = {one.pk: one for one in plans if one.followed is not None}
    if not walked:
        return {}
    otherwise = Q(plan__per=Plan.Per.UNIT, enrolment__asset=None) | Q(
        plan__per=Plan.Per.SITE, enrolment__asset__isnull=False
    )
    rows = Occurrence.objects.filter(otherwise, plan__in=walked, site__in=set(sites) - {None}, part=0)
    rows = rows.filter(Q(ticket__isnull=False) | Q(skipped_at__isnull=False), cancelled_at=None)
    rows = rows.filter(Q(due_on__gte=since) | Q(nominal_on__gte=since))
    made: dict[Place, dict[int | None, Known]] = {}
    for row in rows.select_related("ticket").order_by("pk"):
        there = made.setdefault((row.plan_id, row.site_id), {}).setdefault(row.asset_id, Known())
        _add(there, row, soon=clock.now().date() + timedelta(days=walked[row.plan_id].lead_days))
    of_sites = {place: some for place, some in made.items() if walked[place[0]].per == Plan.Per.SITE}
    whole = {place: some[None] for place, some in made.items() if place not in of_sites}
    return whole | dict(_of_all_units(walked, of_sites))


def _add(there: Known, row: Occurrence, *, soon: date) -> None:
    there.keys.add(row.key)
    if row.ticket is None or row.ticket.withdrawn_because:
        return
    there.counted_from = max(there.counted_from, row.due_on)
    if row.ticket.is_open and row.due_on <= soon:
        there.under_way = max(there.under_way, row.due_on)


def _of_all_units(
    plans: Mapping[int, Plan], made: Mapping[Place, Mapping[int | None, Known]]
) -> Iterator[tuple[Place, Known]]:
    """What all units at a site have in common: for one that still lacks it, somebody has to come."""
    for pk in sorted({pk for pk, _site in made}):
        units = scoping.units_of(plans[pk], scoping.scopes_of(plans[pk]))
        sites = [there for plan, there in made if plan == pk]
        at: dict[int | None, list[Known]] = {}
        for here, unit in units.filter(site__in=sites).values_list("site", "pk"):
            at.setdefault(here, []).append(made[pk, here].get(unit) or Known())
        for site, some in at.items():
            yield (
                (pk, site),
                Known(
                    keys=set.intersection(*(one.keys for one in some)),
                    under_way=min(one.under_way for one in some),
                    counted_from=min(one.counted_from for one in some),
                ),
            )
