"""The list of what is due (S3.4): by region, city, district, brand and class of customer."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from servicebook.accounts.models import User
from servicebook.core import reference
from servicebook.customers.queries import region_and_below, region_ids_above, regions
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.models.occurrences import OccurrenceQuerySet
from servicebook.maintenance.queries.conditions import UNCALLED, UNDER_WAY, is_at_risk, is_overdue
from servicebook.maintenance.states import RELATED, states_of
from servicebook.tickets.models import Kind

MOST_GROUPS = 200
# Of two days the later may be over first, by so much at most: days begin more than one apart, wherever on
# earth sites are, and an agreed window of two days may go on after its day.
APART = timedelta(days=4)


class By(StrEnum):
    """What the list is grouped by."""

    REGION = "region"
    CITY = "city"
    DISTRICT = "district"
    BRAND = "brand"
    CUSTOMER_CLASS = "class"


@dataclass(frozen=True)
class Group:
    """Rows that have one thing in common. An empty key: nothing is said of it."""

    key: str
    label: str
    count: int
    overdue: int
    at_risk: int


def listed(user: User) -> OccurrenceQuerySet:
    """The occurrences that `user` may see, with what a line of a list and `mark` need."""
    return Occurrence.objects.visible_to(user).select_related(*RELATED, "asset__model")


def mark(occurrences: Sequence[Occurrence]) -> None:
    """Write into the rows of a page how they stand and what may fail: `standing`, `risks`.

    Three statements, however many rows there are.
    """
    states = states_of(occurrences)
    for one in occurrences:
        one.standing, one.risks = states[one.pk].standing, states[one.pk].risks


def due(user: User, *, until: date) -> OccurrenceQuerySet:
    """What is to be done up to a day, overdue included: without a ticket, or with an open one.

    It is found by what is left to do and not by what was done: years of finished work cost nothing. It takes
    two statements, before one row is read.
    """
    rows = listed(user).filter(due_on__lte=until, due_on__gte=_first_unfinished(until))
    return rows.filter(UNCALLED | UNDER_WAY)


def _first_unfinished(until: date) -> date:
    """The first day on which something is left to do, or one shortly before, by an index."""
    days = Occurrence.objects.filter(due_on__lte=until).values_list("due_on", flat=True)
    uncalled = days.filter(UNCALLED).order_by("due_on", "pk").first()
    under_way = days.filter(UNDER_WAY, ticket__kind=Kind.PLANNED).order_by("ticket__due_at").first()
    first = min((day for day in (uncalled, under_way) if day), default=until)
    return first - APART


def first_day(**of: Any) -> Subquery:
    """The first day on which something of a plan, an enrolment… is still to be done, as a column of it.

    Args:
        of: the one column by which it is known, such as `plan=OuterRef("pk")`.
    """
    ahead = Occurrence.objects.unfinished().filter(**of).order_by()
    first: QuerySet[Any, date] = ahead.values(*of).annotate(first=Min("due_on")).values("first")
    return Subquery(first)


def grouped(queryset: OccurrenceQuerySet, by: By, *, now: datetime) -> list[Group]:
    """Return how many rows there are of each, and how many of them are late or may fail. One statement.

    The groups with the most rows first, MOST_GROUPS of them at most; what is not known last.
    """
    rows = (
        queryset.order_by()
        .annotate(_group=_COLUMN[by])
        .values("_group")
        .annotate(
            count=Count("pk"),
            overdue=Count("pk", filter=is_overdue(now)),
            at_risk=Count("pk", filter=is_at_risk(now)),
        )
    )
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for group, *counts in rows.values_list("_group", "count", "overdue", "at_risk"):
        key = _KEY[by](group)
        sums[key] = [before + more for before, more in zip(sums[key], counts, strict=True)]
    found = [Group(key, _label(by, key), *total) for key, total in sums.items()]
    return sorted(found, key=lambda one: (not one.key, -one.count, one.label))[:MOST_GROUPS]


def of_group(queryset: OccurrenceQuerySet, by: By, key: str) -> OccurrenceQuerySet:
    """Return the rows of one group, by the key that `grouped` gave it. An unknown key has none."""
    if by not in (By.REGION, By.DISTRICT):
        return queryset.annotate(_group=_COLUMN[by]).filter(_group=key)
    here = [pk for pk in regions() if _KEY[by](pk) == key]
    known = Q(_region__in=here)
    return queryset.annotate(_region=_REGION).filter(known if key else known | Q(_region=None))


def in_region(queryset: OccurrenceQuerySet, region: int) -> OccurrenceQuerySet:
    """Return the rows of a region and of everything that is part of it."""
    return queryset.annotate(_region=_REGION).filter(_region__in=region_and_below(region))


def region_of(region: int | None) -> int | None:
    """Return the region that a region of a site counts to. See `levels`."""
    return levels().get(region or 0, (None, None))[0]


def district_of(region: int | None) -> int | None:
    """Return the district that a region of a site is, or lies in; None for one above the districts."""
    return levels().get(region or 0, (None, None))[1]


def levels() -> Mapping[int, tuple[int | None, int | None]]:
    """Return the region and the district that each region is, or lies in. Costs no statement.

    Where regions are three levels deep, the top one is the country and counts as neither; below it come
    regions, below them districts. Where they are two deep, the top ones are the regions.
    """
    return reference.get("maintenance.levels", _load_levels)


def _load_levels() -> dict[int, tuple[int | None, int | None]]:
    paths = {pk: region_ids_above(pk)[::-1] for pk in regions()}
    countries = {path[0] for path in paths.values() if len(path) > 2}
    found = {}
    for pk, path in paths.items():
        below = [*(path[1:] if path[0] in countries else path), None, None]
        found[pk] = (below[0], below[1])
    return found


def _label(by: By, key: str) -> str:
    if by in (By.REGION, By.DISTRICT) and key:
        return regions()[int(key)].name
    return key


_REGION = Coalesce("site__region", "customer__region")
_COLUMN: Mapping[By, Any] = {
    By.REGION: _REGION,
    By.DISTRICT: _REGION,
    By.CITY: Coalesce("site__city", Value("")),
    By.BRAND: Coalesce("asset__model__maker", Value("")),
    By.CUSTOMER_CLASS: F("customer__customer_class"),
}
_KEY: Mapping[By, Callable[[Any], str]] = {
    By.REGION: lambda region: str(region_of(region) or ""),
    By.DISTRICT: lambda region: str(district_of(region) or ""),
    By.CITY: str,
    By.BRAND: str,
    By.CUSTOMER_CLASS: str,
}
