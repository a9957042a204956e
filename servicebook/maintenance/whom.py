"""Whom a plan serves, in a few words: its customer, or the one whose sites or units it names."""

from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicebook.customers.models import Customer
from servicebook.maintenance.models import Plan, PlanScope

NAMED = ("asset__customer", "asset__model", "site__customer", "model", "category", "region")


@dataclass(frozen=True)
class Whom:
    """One customer, with the one thing that is named there in `text`; or none, and `text` says who else."""

    customer: Customer | None
    text: str


def with_scopes() -> "Prefetch[str]":
    """What `whom` reads of many plans, in one statement."""
    return Prefetch("scopes", PlanScope.objects.select_related(*NAMED))


def whom(plan: Plan) -> Whom:
    """Return whom a plan serves; its scopes were read `with_scopes`."""
    rows = list(plan.scopes.all())
    only = _said(rows[0]) if len(rows) == 1 else ""
    if plan.customer is not None:
        return Whom(plan.customer, only)
    named = [one.asset or one.site for one in rows]
    customers = {one.customer for one in named if one is not None}
    if not rows or None in named:
        return Whom(None, _("every customer: %(what)s") % {"what": only} if only else _("every customer"))
    if len(customers) == 1:
        return Whom(customers.pop(), only)
    count = ngettext("%(count)s customer", "%(count)s customers", len(customers))
    return Whom(None, count % {"count": len(customers)})


def _said(row: PlanScope) -> str:
    """What one row asks for, the place by its name alone: its customer stands before it."""
    place = row.site.name if row.site else None
    return " · ".join(str(one) for one in (row.asset, place, row.model, row.category, row.region) if one)
