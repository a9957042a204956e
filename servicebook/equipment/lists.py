"""The filter and columns of the list of equipment."""

from datetime import date
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.exports import Column
from servicebook.core.listing import FilterForm, Sort
from servicebook.customers.models import Customer, Site
from servicebook.customers.picking import PickField
from servicebook.equipment.models import Asset, AssetModel, Category, Warranty
from servicebook.equipment.rules import warranty
from servicebook.search.queries import ids_holding


def _ours(**conditions: Any) -> Exists:
    return Exists(Warranty.objects.filter(asset=OuterRef("pk"), side=Warranty.Side.OURS, **conditions))


class AssetFilter(FilterForm):
    for_user = True
    WARRANTY: ClassVar = [
        ("", _("All")),
        ("runs", _("Running")),
        ("soon", _("Ends within 30 days")),
        ("ended", _("Ended")),
        ("none", _("None")),
    ]

    q = forms.CharField(
        label=_("Serial or words"), max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    customer = PickField(route="customers:pick", label=_("Customer"))
    site = PickField(route="equipment:pick_site", label=_("Site"))
    category = forms.ModelChoiceField(Category.objects.all(), label=_("Category"), empty_label=_("All"))
    model = PickField(route="equipment:pick_model", label=_("Model"))
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), *Asset.State.choices])
    warranty = forms.ChoiceField(label=_("Warranty"), choices=WARRANTY)
    untied = forms.BooleanField(label=_("Without a site"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources = {
            "customer": Customer.objects.visible_to(user),
            "site": Site.objects.visible_to(user),
            "model": AssetModel.objects.all(),
        }
        for name, rows in sources.items():
            field = self.fields[name]
            if isinstance(field, PickField):
                field.queryset = rows

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.cleaned_data
        for name in ("customer", "site", "model", "state"):
            if chosen.get(name):
                queryset = queryset.filter(**{name: chosen[name]})
        if chosen.get("q"):
            queryset = queryset.filter(pk__in=ids_holding(Asset, chosen["q"]))
        if chosen.get("category"):
            queryset = queryset.filter(model__category=chosen["category"])
        if chosen.get("untied"):
            queryset = queryset.filter(site=None).exclude(state=Asset.State.RETIRED)
        wanted = chosen.get("warranty")
        return _by_warranty(queryset, wanted, clock.today(_house_zone())) if wanted else queryset


def _by_warranty(queryset: QuerySet[Any], wanted: str, today: date) -> QuerySet[Any]:
    running = _ours(starts_on__lte=today, ends_on__gte=today)
    longer = _ours(starts_on__lte=today, ends_on__gt=today + warranty.SOON)
    match wanted:
        case "runs":
            return queryset.filter(running)
        case "soon":
            return queryset.filter(running, ~longer)
        case "ended":
            return queryset.filter(_ours(ends_on__lt=today), ~_ours(ends_on__gte=today))
    return queryset.filter(~_ours())


def _house_zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


SORTS = {
    "new": Sort(_("Newest"), ("-pk",)),
    "serial": Sort(_("Serial number"), ("serial", "pk")),
    "model": Sort(_("Model"), ("model__maker", "model__name", "pk")),
    "customer": Sort(_("Customer"), ("customer__name", "pk")),
    "criticality": Sort(_("Criticality"), ("-criticality", "pk")),
}


def _until(asset: Asset, side: str) -> date | None:
    whole = [one.ends_on for one in asset.warranties.all() if one.side == side and not one.component]
    return max(whole, default=None)


COLUMNS = [
    Column(_("Maker"), lambda one: one.model.maker),
    Column(_("Model"), lambda one: one.model.name),
    Column(_("Category"), lambda one: one.model.category.name if one.model.category else ""),
    Column(_("Serial number"), lambda one: one.serial),
    Column(_("Inventory number"), lambda one: one.inventory_number),
    Column(_("Customer"), lambda one: one.customer.name),
    Column(_("Site"), lambda one: one.site.name if one.site else ""),
    Column(_("Place"), lambda one: one.place.name if one.place else ""),
    Column(_("State"), lambda one: str(one.get_state_display())),
    Column(_("Criticality"), lambda one: str(one.get_criticality_display())),
    Column(_("In service since"), lambda one: one.commissioned_on),
    Column(_("Our warranty until"), lambda one: _until(one, Warranty.Side.OURS)),
    Column(_("Vendor's warranty until"), lambda one: _until(one, Warranty.Side.VENDOR)),
]
