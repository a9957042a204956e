"""Forms of units, their moves, swaps, warranties and meters."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.customers.entity_forms import EntityForm, RefusingForm
from servicebook.customers.forms import MomentField, offer_places, people
from servicebook.customers.models import Customer, Place, Site
from servicebook.customers.picking import PickField
from servicebook.equipment.models import Asset, AssetModel, Meter, Warranty


def day_field(**options: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


def _here(form: forms.BaseForm, site: Site | None) -> None:
    """Offer the places of `site`, or none."""
    offer_places(form, "place", Place.objects.filter(site=site) if site else Place.objects.none())
    # Another site brings its places; without JavaScript they are there after the next answer.
    form.fields["place"].widget.attrs |= {
        "hx-get": reverse("equipment:places"),
        "hx-trigger": "change from:#id_site",
        "hx-include": "#id_site",
        "hx-swap": "innerHTML",
    }


class AssetForm(EntityForm):
    """A unit. Its place is chosen among those of the site that it was opened with."""

    picks: ClassVar = {"customer": Customer, "site": Site, "parent": Asset}

    customer = PickField(route="customers:pick", label=_("Customer"))
    site = PickField(
        route="equipment:pick_site", label=_("Site"), required=False, help_text=_("Where it stands.")
    )
    parent = PickField(
        route="equipment:pick_asset", exact="serial", label=_("Part of"), required=False,
        help_text=_("For a part that has its own serial: the whole."),
    )  # fmt: skip
    model = PickField(route="equipment:pick_model", label=_("Model"))
    place = forms.ModelChoiceField(Place.objects.none(), label=_("Place"), required=False)
    commissioned_on = day_field(label=_("In service since"), required=False)
    handed_over_on = day_field(label=_("Data passed on"), required=False)

    class Meta:
        model = Asset
        fields = (
            "customer", "model", "serial", "inventory_number", "site", "place", "parent", "state",
            "criticality", "commissioned_on", "owner_name", "configuration", "software", "handed_over_by",
            "handed_over_on", "data_keeper", "notes",
        )  # fmt: skip
        widgets: ClassVar = {
            "configuration": forms.Textarea(attrs={"rows": 3}),
            "software": forms.Textarea(attrs={"rows": 3}),
            "notes": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model, site = self.fields["model"], self.fields["site"]
        if isinstance(model, PickField):
            model.queryset = AssetModel.objects.filter(Q(active=True) | Q(pk=self.instance.model_id))
            self.initial["model"] = (
                f"{self.instance.model} #{self.instance.model_id}" if self._has("model") else ""
            )
        if self._has("customer"):
            for field in (site, self.fields["parent"]):
                if isinstance(field, PickField) and field.queryset is not None:
                    field.queryset = field.queryset.filter(customer=self.instance.customer_id)
                    field.widget.query = f"customer={self.instance.customer_id}"
        else:
            for field in (site, self.fields["parent"]):
                if isinstance(field, PickField):
                    field.widget.beside = "customer"
        _here(self, self._chosen_site())
        keeper = self.fields["data_keeper"]
        if isinstance(keeper, forms.ModelChoiceField):
            keeper.queryset, keeper.empty_label = people(current=self.instance.data_keeper_id), "–"

    def _chosen_site(self) -> Site | None:
        """The site that is typed now, else the one that the unit stands at."""
        field = self.fields["site"]
        if self.is_bound and isinstance(field, PickField):
            try:
                chosen = field.clean(self.data.get(self.add_prefix("site"), ""))
            except forms.ValidationError:
                chosen = None
            return chosen if isinstance(chosen, Site) else None
        return self.instance.site if self._has("site") else None

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() | {"model", "place"}


class MoveForm(RefusingForm):
    """Where a unit goes: a place of its site, or another site."""

    site = PickField(route="equipment:pick_site", label=_("Site"))
    place = forms.ModelChoiceField(
        Place.objects.none(), label=_("Place"), required=False,
    )  # fmt: skip
    why = forms.CharField(label=_("Why"), max_length=200, required=False)

    def __init__(self, *args: Any, asset: Asset, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"place": asset.place_id})
        super().__init__(*args, **kwargs)
        site = self.fields["site"]
        if isinstance(site, PickField):
            site.queryset = Site.objects.visible_to(user).filter(active=True)
            site.initial = f"{asset.site} #{asset.site_id}" if asset.site else ""
        _here(self, self._chosen(asset))

    def _chosen(self, asset: Asset) -> Site | None:
        field = self.fields["site"]
        if self.is_bound and isinstance(field, PickField):
            try:
                chosen = field.clean(self.data.get("site", ""))
            except forms.ValidationError:
                return None
            return chosen if isinstance(chosen, Site) else None
        return asset.site


OUT = [(Asset.State.IN_REPAIR, _("Into repair")), (Asset.State.STORED, _("Into store")), (Asset.State.RETIRED, _("Out of use"))]  # fmt: skip  # noqa: E501


class SwapForm(RefusingForm):
    """What comes in the place of a unit: a known one, or a new serial."""

    known = PickField(
        route="equipment:pick_asset", exact="serial", label=_("A unit that is known"), required=False,
        help_text=_("One in store or repair of the same customer. Or enter a new one:"),
    )  # fmt: skip
    serial = forms.CharField(label=_("New serial number"), max_length=80, required=False)
    model = PickField(route="equipment:pick_model", label=_("Model"), required=False)
    old_state = forms.ChoiceField(label=_("The old unit goes"), choices=OUT)
    why = forms.CharField(label=_("Why"), max_length=200, required=False)

    def __init__(self, *args: Any, asset: Asset, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known, model = self.fields["known"], self.fields["model"]
        if isinstance(known, PickField):
            mine = Asset.objects.visible_to(user).filter(customer=asset.customer_id).exclude(pk=asset.pk)
            known.queryset, known.widget.query = mine, f"customer={asset.customer_id}"
        if isinstance(model, PickField):
            model.queryset = AssetModel.objects.filter(active=True)
            model.initial = f"{asset.model} #{asset.model_id}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("known") and not cleaned.get("serial") and not self.errors:
            self.add_error("serial", _("Choose a known unit, or enter the serial of the new one."))
        return cleaned


class StateForm(RefusingForm):
    state = forms.ChoiceField(label=_("State"), choices=Asset.State)
    why = forms.CharField(label=_("Why"), max_length=200, required=False)


class WarrantyForm(RefusingForm):
    side = forms.ChoiceField(label=_("Side"), choices=Warranty.Side)
    component = forms.CharField(
        label=_("Component"), max_length=80, required=False, help_text=_("Empty: the whole unit.")
    )
    starts_on = day_field(label=_("From"))
    ends_on = day_field(label=_("Until"), help_text=_("Its last day."))
    covers_parts = forms.BooleanField(label=_("Parts"), required=False, initial=True)
    covers_labour = forms.BooleanField(label=_("Labour"), required=False, initial=True)
    terms = forms.CharField(label=_("Terms"), max_length=250, required=False)
    claims_to = forms.CharField(
        label=_("Cases go to"), max_length=200, required=False, help_text=_("Who is told, and how.")
    )

    def __init__(self, *args: Any, warranty: Warranty | None = None, **kwargs: Any) -> None:
        if warranty:
            kwargs["initial"] = {name: getattr(warranty, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)


class RemovalForm(RefusingForm):
    because = forms.CharField(label=_("Why is it taken away"), max_length=200)


class MeterForm(RefusingForm):
    name = forms.CharField(label=_("Name"), max_length=80)
    unit = forms.ChoiceField(label=_("Unit of measure"), choices=Meter.Unit)


def this_moment() -> datetime:
    return clock.now().replace(second=0, microsecond=0)


class ReadingForm(RefusingForm):
    meter = forms.ModelChoiceField(Meter.objects.none(), label=_("Meter"), empty_label=None)
    value = forms.DecimalField(label=_("Value"), min_value=0, max_digits=14, decimal_places=2)
    read_at = MomentField(label=_("Read"), initial=this_moment)

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["meter"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = asset.meters.all()
