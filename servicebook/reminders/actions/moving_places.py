"""A customer comes to be in another region or zone: what stands on the agenda there follows.

Days are days where the customer is, and a ladder may be switched on for one region only.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from servicebook import agenda
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import State
from servicebook.core import clock
from servicebook.customers.models import Customer, Region, Site
from servicebook.customers.queries import region_and_below
from servicebook.equipment.models import Asset, Warranty
from servicebook.maintenance.models import Occurrence
from servicebook.reminders.kinds.maintenance import ACT_ASKED_FOR_DAYS
from servicebook.reminders.models import Ask, PlaceWalk
from servicebook.tickets.models import OPEN, Ticket

AT_A_TIME = 200  # subjects: a tenth of a second, in which on SQLite nobody else writes


@transaction.atomic
def follow(place: Model, *, change: str) -> bool:
    """Arm the next AT_A_TIME anew that count from days in a region, at a customer or a site.

    Args:
        change: which change is followed. A later one begins from the start.

    Returns:
        Whether there are more.
    """
    walk = _walk(place, change)
    there, left = _there(_customers(place)), AT_A_TIME
    while walk.stretch < len(there):
        subjects = list(there[walk.stretch].filter(pk__gt=walk.up_to).order_by("pk")[:left])
        agenda.refresh_many(subjects)
        left -= len(subjects)
        if not left:
            walk.up_to = subjects[-1].pk
            walk.save()
            return True
        walk.stretch, walk.up_to = walk.stretch + 1, 0
    if walk.pk:
        walk.delete()
    return False


def _walk(place: Model, change: str) -> PlaceWalk:
    """How far this change of a place is followed; a new walk is saved when it does not end at once."""
    which = {"place_type": ContentType.objects.get_for_model(place), "place_id": place.pk}
    walk = PlaceWalk.objects.select_for_update().filter(**which).first() or PlaceWalk(**which)
    if walk.change != change:
        walk.change, walk.stretch, walk.up_to = change, 0, 0
    return walk


def _customers(place: Model) -> "QuerySet[Customer]":
    if isinstance(place, Site):
        return Customer.objects.filter(pk=place.customer_id)
    if isinstance(place, Region):
        here = region_and_below(place.pk)
        return Customer.objects.filter(Q(region__in=here) | Q(sites__region__in=here)).distinct()
    return Customer.objects.filter(pk=place.pk)


def _there(customers: "QuerySet[Customer]") -> Sequence["QuerySet[Any]"]:
    """What still owes something in days of these customers: the stretches of a walk."""
    ids = customers.order_by().values("pk")
    since = clock.now() - timedelta(days=ACT_ASKED_FOR_DAYS + 1)
    return (
        Contract.objects.filter(customer__in=ids).exclude(state__in=[State.DRAFT, State.CANCELLED]),
        Occurrence.objects.unfinished().filter(customer__in=ids),
        Ticket.objects.filter(Q(status__in=OPEN) | Q(closed_at__gte=since), customer__in=ids),
        Ask.objects.open().filter(customer__in=ids),
        Asset.objects.filter(customer__in=ids, pk__in=Warranty.objects.values("asset")),
    )
