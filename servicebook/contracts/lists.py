"""The filter and columns of the list of contracts."""

from datetime import timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import ContractType, State
from servicebook.contracts.models.contract import LIVE
from servicebook.core import clock
from servicebook.core.exports import Column
from servicebook.core.listing import FilterForm, Sort, days
from servicebook.customers.forms import people
from servicebook.customers.models import Customer
from servicebook.customers.picking import PickField
from servicebook.search.queries import ids_holding

CURRENT = "current"  # drafts and what runs: what people work on
WITHIN = (30, 60, 90, 180)


class ContractFilter(FilterForm):
    for_user = True
    STATES: ClassVar = [(CURRENT, _("Drafts and running")), ("", _("All")), *State.choices]

    q = forms.CharField(
        label=_("Number or words"),
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "size": 16}),
    )
    customer = PickField(route="customers:pick", label=_("Customer"))
    state = forms.ChoiceField(label=_("State"), choices=STATES)
    type = forms.ChoiceField(label=_("Type"), choices=[("", _("All")), *ContractType.choices])
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), empty_label=_("Everybody"))
    ends = forms.TypedChoiceField(
        label=_("Ends within"),
        coerce=int,
        empty_value=None,
        choices=[("", _("Any time")), *((number, days(number)) for number in WITHIN)],
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer, owner = self.fields["customer"], self.fields["owner"]
        if isinstance(customer, PickField):
            customer.queryset = Customer.objects.visible_to(user)
            customer.widget.attrs["size"] = 16
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = people()

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.cleaned_data
        for name in ("customer", "type", "owner"):
            if chosen.get(name):
                queryset = queryset.filter(**{name: chosen[name]})
        state = chosen.get("state")
        if state == CURRENT:
            queryset = queryset.filter(state__in=[State.DRAFT, *LIVE])
        elif state:
            queryset = queryset.filter(state=state)
        if chosen.get("ends"):
            today = clock.today(ZoneInfo(settings.TIME_ZONE))
            queryset = queryset.filter(ends_on__range=(today, today + timedelta(days=chosen["ends"])))
        if chosen.get("q"):
            queryset = queryset.filter(pk__in=ids_holding(Contract, chosen["q"]))
        return queryset


SORTS = {
    "new": Sort(_("Newest"), ("-pk",)),
    "title": Sort(_("Contract"), ("title", "pk")),
    "customer": Sort(_("Customer"), ("customer__name", "pk")),
    "ends": Sort(_("Ends"), ("ends_on", "pk")),
    "owner": Sort(_("Owner"), ("owner__name", "pk")),
}

COLUMNS = [
    Column(_("Number"), lambda one: one.number),
    Column(_("Title"), lambda one: one.title),
    Column(_("Customer"), lambda one: one.customer.name),
    Column(_("Type"), lambda one: str(one.get_type_display())),
    Column(_("State"), lambda one: str(one.get_state_display())),
    Column(_("Starts"), lambda one: one.starts_on),
    Column(_("Ends"), lambda one: one.ends_on),
    Column(_("Owner"), lambda one: one.owner.name),
    Column(_("Price"), lambda one: one.price),
    Column(_("Currency"), lambda one: one.currency),
    Column(_("Billed"), lambda one: str(one.get_billing_cycle_display())),
]
