"""A customer comes to be in another region or zone: what stands on the agenda there follows.

Days are days where the customer is, and a ladder may be switched on for one region only.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

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
from servicebook.reminders.models import Ask
from servicebook.tickets.models import OPEN, Ticket

AT_A_TIME = 1000  # subjects


@transaction.atomic
def follow(place: Model) -> None:
    """Arm anew what counts from days in a region, at a customer or a site."""
    for rows in _there(_customers(place)):
        last = 0
        while subjects := list(rows.filter(pk__gt=last).order_by("pk")[:AT_A_TIME]):
            agenda.refresh_many(subjects)
            last = subjects[-1].pk


def _customers(place: Model) -> "QuerySet[Customer]":
    if isinstance(place, Site):
        return Customer.objects.filter(pk=place.customer_id)
    if isinstance(place, Region):
        here = region_and_below(place.pk)
        return Customer.objects.filter(Q(region__in=here) | Q(sites__region__in=here)).distinct()
    return Customer.objects.filter(pk=place.pk)


def _there(customers: "QuerySet[Customer]") -> Collection["QuerySet[Any]"]:
    """What still owes something in days of these customers."""
    ids = customers.order_by().values("pk")
    since = clock.now() - timedelta(days=ACT_ASKED_FOR_DAYS + 1)
    return (
        Contract.objects.filter(customer__in=ids).exclude(state__in=[State.DRAFT, State.CANCELLED]),
        Occurrence.objects.unfinished().filter(customer__in=ids),
        Ticket.objects.filter(Q(status__in=OPEN) | Q(closed_at__gte=since), customer__in=ids),
        Ask.objects.open().filter(customer__in=ids),
        Asset.objects.filter(customer__in=ids, pk__in=Warranty.objects.values("asset")),
    )
