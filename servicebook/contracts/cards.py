"""What the pages of customers and units show of contracts (S0.1, S0.7, S2.8)."""

from typing import Any

from django.db.models import Case, Value, When

from servicebook.accounts.models import User
from servicebook.contracts import queries, showing
from servicebook.contracts.evidence import contracts_near
from servicebook.contracts.models import Balance, Contract
from servicebook.contracts.models.choices import State
from servicebook.contracts.rules import terms
from servicebook.contracts.rules.coverage import in_order
from servicebook.contracts.rules.scope import Fit
from servicebook.contracts.rules.terms import Facts
from servicebook.core import clock
from servicebook.core.cards import card
from servicebook.customers import picking, sections
from servicebook.customers import queries as customers
from servicebook.customers.models import Customer
from servicebook.equipment.models import Asset
from servicebook.rights import CONTRACTS

# What runs stands first, then drafts, then the past.
_PLACE = Case(
    When(state__in=[State.ACTIVE, State.ON_HOLD], then=Value(0)), When(state=State.DRAFT, then=Value(1)),
    default=Value(2),
)  # fmt: skip
RUNS = (terms.State.ACTIVE, terms.State.ON_HOLD)


@card("customers.customer", "contracts/_of_customer.html")
def of_customer(customer: Customer, user: User) -> dict[str, Any]:
    """The contracts of a customer, each with the lines that are nearly used up. Two statements."""
    seen = Contract.objects.visible_to(user).filter(customer=customer).select_related("owner")
    section = sections.first(seen.annotate(place=_PLACE).order_by("place", "ends_on", "pk"))
    today = queries.today(customer)
    balances = Balance.objects.filter(
        contract__in=[one.pk for one in section.rows], granted__isnull=False, starts_on__lte=today,
        ends_on__gte=today,
    )  # fmt: skip
    near: dict[int, list[str]] = {}
    for balance in balances:
        if showing.percent_used(balance) >= showing.AMBER:
            near.setdefault(balance.contract_id, []).append(str(balance.get_service_display()))
    for one in section.rows:
        one.nearly_used_up = near.get(one.pk, [])
    return {
        "customer": customer,
        "contracts": section,
        "picked": picking.label(customer),
        "may_edit": user.has_role(*CONTRACTS),
    }


@card("equipment.asset", "contracts/_of_asset.html")
def of_asset(asset: Asset, user: User) -> dict[str, Any]:
    """The contracts that cover a unit today, in the order in which they are tested. Two statements."""
    now, day = clock.now(), queries.today(asset.customer)
    site = asset.site
    facts = Facts(
        moment=now,
        day=day,
        customer=asset.customer_id,
        asset=asset.pk,
        model=asset.model_id,
        category=asset.model.category_id,
        site=asset.site_id,
        regions=customers.region_ids_above((site and site.region_id) or asset.customer.region_id),
    )
    standings = contracts_near(asset.customer, at=now, day=day)
    ids = [
        one.terms.contract
        for fit, one, _clauses in in_order(standings, facts)
        if fit is Fit.IN and one.state in RUNS and one.starts_on <= day <= one.ends_on
    ]
    known = Contract.objects.visible_to(user).in_bulk(ids)
    return {"asset": asset, "contracts": [known[pk] for pk in ids if pk in known], "any": bool(ids)}
