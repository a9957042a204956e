"""Reads that several pages share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.customers import queries as customer_queries
from servicebook.customers.models import Place
from servicebook.equipment.models import Asset, Meter, Reading, Warranty
from servicebook.equipment.rules import parts, readings, warranty
from servicebook.journal.models import Entry

REPAIRS_READ = 300  # of a model, the latest: enough to see what often fails
READINGS_READ = 60  # of a meter, the latest: half a year and more


def untied(user: User) -> "QuerySet[Asset]":
    """Return the units without a site that are not out of use: the data's health (S0.7)."""
    return Asset.objects.visible_to(user).filter(site=None).exclude(state=Asset.State.RETIRED)


def sites_left(assets: Sequence[Asset]) -> dict[int, set[int]]:
    """Return unit → the sites at which it stood before, as far as it ever left one. One statement."""
    entries = Entry.objects.filter(
        subject_type=ContentType.objects.get_for_model(Asset),
        subject_id__in=[one.pk for one in assets],
        verb__in=("asset.moved", "asset.changed"),
        facts__has_key="left",
    )
    found: dict[int, set[int]] = {}
    for unit, site in entries.order_by("pk").values_list("subject_id", "facts__left"):
        found.setdefault(unit, set()).add(site)
    return found


@dataclass(frozen=True)
class Side:
    """How one side's warranty stands, for the page."""

    side: str
    label: str
    state: warranty.State


def warranty_sides(asset: Asset, rows: Iterable[Warranty], *, on: date) -> list[Side]:
    """Return both sides of a unit's warranty on a day; `rows` are read by the caller."""
    known = list(rows)
    return [
        Side(side.value, str(side.label), warranty.state(_terms(known, side), on=on))
        for side in Warranty.Side
    ]


def _terms(rows: Iterable[Warranty], side: str) -> list[warranty.Term]:
    return [
        warranty.Term(one.starts_on, one.ends_on, one.component, one.covers_parts, one.covers_labour)
        for one in rows
        if one.side == side
    ]


def mark_warranties(assets: Iterable[Asset]) -> None:
    """Write the state of our warranty on each unit as `ours`; warranties are prefetched.

    The day is today where the unit stands.
    """
    for asset in assets:
        today = clock.today(ZoneInfo(customer_queries.zone_of(asset.site, asset.customer)))
        asset.ours = warranty.state(  # type: ignore[attr-defined]
            _terms(asset.warranties.all(), Warranty.Side.OURS), on=today
        )


@dataclass(frozen=True)
class MeterState:
    """A meter with its last reading and how fast it runs."""

    meter: Meter
    last: Reading | None
    per_day: Decimal | None
    readings: Sequence[Reading]  # the latest first

    @property
    def shown(self) -> str:
        return readings.plain(self.last.value) if self.last else ""

    @property
    def shown_per_day(self) -> str:
        return readings.plain(self.per_day) if self.per_day is not None else ""


def meters_of(asset: Asset) -> list[MeterState]:
    """Return the meters of a unit with their latest readings, in two statements."""
    meters = list(asset.meters.all())
    newest_first = Window(RowNumber(), partition_by=F("meter"), order_by=F("read_at").desc())
    rows = Reading.objects.filter(meter__in=meters).annotate(place=newest_first)
    by_meter: dict[int, list[Reading]] = {}
    for row in rows.filter(place__lte=READINGS_READ).order_by("-read_at"):
        by_meter.setdefault(row.meter_id, []).append(row)
    found = []
    for meter in meters:
        known = by_meter.get(meter.pk, [])
        read = [readings.Read(one.read_at, one.value, one.is_reset) for one in reversed(known)]
        found.append(MeterState(meter, known[0] if known else None, readings.rate_per_day(read), known))
    return found


def often_replaced(asset: Asset, *, most: int = 3) -> list[tuple[str, int]]:
    """Return the parts that repairs of this model needed most often, with how many (S0.53).

    Read from the lives of all units of the model; one statement.
    """
    same_model = Asset.objects.filter(model=asset.model_id).values("pk")
    repairs = Entry.objects.filter(
        subject_type=ContentType.objects.get_for_model(Asset),
        subject_id__in=same_model,
        verb="asset.repaired",
    )
    facts = repairs.order_by("-pk").values_list("facts", flat=True)[:REPAIRS_READ]
    return parts.often((str(one.get("parts", "")) for one in facts), most=most)


def past_repairs(asset: Asset, *, most: int = 5) -> list[Entry]:
    """Return the latest repairs of a unit (S0.53); one statement."""
    repairs = Entry.objects.filter(
        subject_type=ContentType.objects.get_for_model(Asset), subject_id=asset.pk, verb="asset.repaired"
    )
    return list(repairs.order_by("-pk")[:most])


def path_of(place: Place | None, site_places: Sequence[Place] | None = None) -> str:
    """Return "2nd floor, server room, rack A"; one statement unless the site's places are given."""
    if place is None:
        return ""
    rows = site_places if site_places is not None else list(Place.objects.filter(site=place.site_id))
    return customer_queries.place_paths(rows).get(place.pk, place.name)
