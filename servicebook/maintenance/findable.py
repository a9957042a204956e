"""How plans are found."""

from django.utils.translation import gettext_lazy as _

from servicebook.maintenance.models import Plan
from servicebook.search.indexing import Findable, findable


@findable(Plan, icon="calendar-time", plural=_("Maintenance plans"), place=7)
def plan(one: Plan) -> Findable:
    customer = one.customer.name if one.customer else ""
    return Findable(f"{one.number} · {one.title}", customer, f"{one.meter_name} {one.external_ref}")
