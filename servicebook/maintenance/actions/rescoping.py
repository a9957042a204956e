"""What plans serve follows when a site, a model, a region or a customer comes to stand elsewhere.

Their days follow changed service hours.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from servicebook import agenda
from servicebook.contracts.models import CoverageScope
from servicebook.core import clock
from servicebook.customers.models import Customer, Site
from servicebook.maintenance import scoping
from servicebook.maintenance.models import Enrolment, Occurrence, Plan, PlanScope


@transaction.atomic
def follow_site(site_id: int) -> None:
    """Bring the plans near a site in line with its region, and the days there with its time zone."""
    site = Site.objects.get(pk=site_id)
    _follow(_near([site.customer_id]), naming="region")
    agenda.refresh_many(list(Occurrence.objects.uncalled().filter(site=site).order_by("pk")))


@transaction.atomic
def follow_category() -> None:
    """Bring the plans that ask for a category in line with the models of it."""
    _follow(Q(), naming="category")


@transaction.atomic
def follow_regions() -> None:
    """Bring the plans that ask for a region in line with what is part of it."""
    _follow(Q(), naming="region")


@transaction.atomic
def follow_customer(customer_id: int) -> None:
    """Bring plans in line with a customer that became, or is no longer, a branch of another."""
    units = Enrolment.objects.filter(customer__in=Customer.objects.with_branches(customer_id), ended_at=None)
    _follow(_near([customer_id]) | Q(pk__in=units.values("plan")))


@transaction.atomic
def follow_hours(hours_id: int) -> None:
    """Let the plans be walked again whose working days are those of changed service hours."""
    held = Plan.objects.select_for_update(of=("self",), no_key=True).select_related("contract__customer")
    for plan in held.filter(hours=hours_id, state__in=scoping.FOLLOWED).order_by("pk"):
        _walk_again(plan)


def _near(customers: Iterable[int]) -> Q:
    """The plans of customers, of those above them, and of all customers."""
    chains = scoping.customers_above(set(customers)).values()
    return Q(customer=None) | Q(customer__in={pk for chain in chains for pk in chain})


def _follow(which: Q, *, naming: str = "") -> None:
    """Let the plans be walked again in the background whose units are others than those enrolled.

    One that is just being walked looks at its end who is not served any more (`enrolling.follow_plans`).

    Args:
        naming: only those whose scope, or that of their contract, names one.
    """
    plans = Plan.objects.filter(which, state__in=scoping.FOLLOWED)
    if naming:
        named = {f"{naming}__isnull": False}
        own = PlanScope.objects.filter(plan=OuterRef("pk"), **named)
        contract = CoverageScope.objects.filter(version__contract=OuterRef("contract"), **named)
        plans = plans.filter(Exists(own) | Exists(contract))
    for found in plans.values_list("pk", flat=True).order_by("pk"):
        held = Plan.objects.select_for_update(of=("self",), no_key=True).select_related("contract__customer")
        plan = held.get(pk=found)
        if plan.followed == plan.version and scoping.is_out_of_step(plan):
            _walk_again(plan)


def _walk_again(plan: Plan) -> None:
    plan.version += 1
    plan.changed_at = clock.now()
    plan.save(update_fields=["version", "changed_at"])
    agenda.refresh(plan)
