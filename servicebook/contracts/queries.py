"""Reads that several pages share."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from servicebook.accounts.models import Role, User
from servicebook.accounts.queries import with_role
from servicebook.contracts.models import Contract, ContractVersion
from servicebook.contracts.models.choices import State
from servicebook.core import clock
from servicebook.customers import queries as customer_queries
from servicebook.customers.models import Customer, Site
from servicebook.equipment.models import Asset


class Filter(Protocol):
    """A scope, as the document or the rules have it: ids, None where it does not ask."""

    @property
    def asset(self) -> int | None: ...
    @property
    def site(self) -> int | None: ...
    @property
    def model(self) -> int | None: ...
    @property
    def category(self) -> int | None: ...
    @property
    def region(self) -> int | None: ...


def units_in(scopes: Iterable[Filter], customer: int) -> "QuerySet[Asset]":
    """Return the units of a customer and its branches that the scopes cover; all where there are none."""
    covered = Q()
    for scope in scopes:
        covered |= asked_of_units(scope) or Q(pk__isnull=False)
    return Asset.objects.filter(covered, customer__in=Customer.objects.with_branches(customer))


def matches_something(scope: Filter, customer: int) -> bool:
    """Whether a scope names a unit, or at least a site, of the customer or its branches."""
    if units_in([scope], customer).exists():
        return True
    if scope.asset or scope.model or scope.category:
        return False
    sites = Site.objects.filter(customer__in=Customer.objects.with_branches(customer))
    if scope.site:
        sites = sites.filter(pk=scope.site)
    if scope.region:
        sites = sites.filter(region__in=customer_queries.region_and_below(scope.region))
    return not (scope.site or scope.region) or sites.exists()


def asked_of_units(scope: Filter) -> Q:
    """What a scope asks of a unit, as a condition; empty when it asks nothing."""
    asked = Q()
    if scope.asset:
        asked &= Q(pk=scope.asset)
    if scope.site:
        asked &= Q(site=scope.site)
    if scope.model:
        asked &= Q(model=scope.model)
    if scope.category:
        asked &= Q(model__category=scope.category)
    if scope.region:
        asked &= Q(site__region__in=customer_queries.region_and_below(scope.region))
    return asked


def zone(customer: Customer) -> ZoneInfo:
    """Return the zone in which the days of a customer's contracts are meant."""
    return ZoneInfo(customer_queries.zone_of(None, customer))


def today(customer: Customer) -> date:
    """Return the present day where the customer is."""
    return clock.today(zone(customer))


def version_on(contract: Contract, day: date) -> ContractVersion | None:
    """Return the version that holds on a day; before the first one begins, the first one."""
    known = contract.versions.order_by("valid_from", "number")
    return known.filter(valid_from__lte=day).last() or known.first()


def in_force_since(contract: Contract) -> date:
    """Return the day, of the customer, on which a contract was put into force; today's if it was not."""
    first = contract.spells.filter(state=State.ACTIVE).order_by("pk").first()
    moment = first.started_at if first else clock.now()
    return moment.astimezone(zone(contract.customer)).date()


def in_charge(contract: Contract) -> User:
    """The owner; when the owner has left, the account manager of the customer, else a lead.

    Of a sensitive one a lead, who may see it (S1.2).
    """
    candidates = [contract.owner, None if contract.sensitive else contract.customer.owner]
    found = next((one for one in candidates if one and one.is_active), None)
    if found:
        return found
    here = User.objects.filter(is_active=True).order_by("pk")
    leads = (with_role(here, role).first() for role in (Role.MANAGER, Role.ADMINISTRATOR))
    return next((one for one in leads if one), contract.owner)
