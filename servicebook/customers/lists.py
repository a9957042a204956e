"""The filters and columns of the lists of customers, contacts, sites and promises."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.exports import Column
from servicebook.core.listing import FilterForm, Sort
from servicebook.customers import queries
from servicebook.customers.forms import RegionChoice, people
from servicebook.customers.models import Contact, Customer, Promise, Site
from servicebook.customers.picking import PickField
from servicebook.search.queries import ids_holding

ACTIVE = [("yes", _("Active")), ("no", _("Put aside")), ("all", _("All"))]


class _Filter(FilterForm):
    """What these filters share: words, and whether the row is in use."""

    for_user = True
    model: ClassVar[type[Any]]

    q = forms.CharField(label=_("Words"), max_length=100, widget=forms.TextInput(attrs={"type": "search"}))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for name, field in self.fields.items():
            if isinstance(field, RegionChoice):
                field.offer()
            if isinstance(field, PickField):
                field.queryset = Customer.objects.visible_to(user)
            if name == "owner" and isinstance(field, forms.ModelChoiceField):
                field.queryset = people()

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.cleaned_data
        if chosen.get("q"):
            queryset = queryset.filter(pk__in=ids_holding(self.model, chosen["q"]))
        if chosen.get("customer"):
            queryset = queryset.filter(customer=chosen["customer"])
        if chosen.get("region"):
            queryset = queryset.filter(region__in=queries.region_and_below(chosen["region"].pk))
        if chosen.get("owner"):
            queryset = queryset.filter(owner=chosen["owner"])
        if chosen.get("active", "all") in ("yes", "no"):
            queryset = queryset.filter(active=chosen["active"] == "yes")
        return queryset


class CustomerFilter(_Filter):
    model = Customer

    region = RegionChoice(empty_label=_("All"))
    customer_class = forms.ChoiceField(label=_("Class"))
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Account manager"), empty_label=_("All"))
    active = forms.ChoiceField(label=_("In use"), choices=ACTIVE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = Customer.objects.visible_to(self.user).exclude(customer_class="").order_by("customer_class")
        classes = known.values_list("customer_class", flat=True).distinct()[:100]
        field = self.fields["customer_class"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("All")), *((one, one) for one in classes)]

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.cleaned_data.get("customer_class")
        queryset = super().apply(queryset)
        return queryset.filter(customer_class=chosen) if chosen else queryset


class ContactFilter(_Filter):
    model = Contact
    ROLES: ClassVar = [
        ("", _("All")),
        ("is_main", _("Main contact")),
        ("is_decision_maker", _("Decision maker")),
        ("may_sign", _("May sign acts")),
        ("is_on_site", _("Responsible on site")),
    ]

    customer = PickField(route="customers:pick", label=_("Customer"))
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)
    active = forms.ChoiceField(label=_("In use"), choices=ACTIVE)

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        role = self.cleaned_data.get("role")
        queryset = super().apply(queryset)
        return queryset.filter(**{role: True}) if role else queryset


class SiteFilter(_Filter):
    model = Site

    customer = PickField(route="customers:pick", label=_("Customer"))
    region = RegionChoice(empty_label=_("All"))
    active = forms.ChoiceField(label=_("In use"), choices=ACTIVE)


class PromiseFilter(_Filter):
    model = Promise
    STATES: ClassVar = [
        ("open", pgettext_lazy("promise", "Open")),
        ("late", _("Overdue")),
        ("kept", _("Kept")),
        ("dropped", _("Dropped")),
        ("all", _("All")),
    ]

    state = forms.ChoiceField(label=_("State"), choices=STATES)
    customer = PickField(route="customers:pick", label=_("Customer"))
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), empty_label=_("Everybody"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["q"]

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now, open_ = clock.now(), Q(kept_at=None, dropped_at=None)
        wanted = {
            "open": open_,
            "late": open_ & Q(due_at__lt=now),
            "kept": Q(kept_at__isnull=False),
            "dropped": Q(dropped_at__isnull=False),
        }
        queryset = super().apply(queryset)
        state = self.cleaned_data.get("state", "")
        return queryset.filter(wanted[state]) if state in wanted else queryset


CUSTOMER_SORTS = {
    "name": Sort(_("Name"), ("name", "pk")),
    "class": Sort(_("Class"), ("customer_class", "name", "pk")),
    "criticality": Sort(_("Criticality"), ("-criticality", "name", "pk")),
    "new": Sort(_("Newest"), ("-pk",)),
}
SITE_SORTS = {"name": Sort(_("Name"), ("name", "pk")), "new": Sort(_("Newest"), ("-pk",))}
CONTACT_SORTS = SITE_SORTS | {"name": Sort(pgettext_lazy("person", "Name"), ("name", "pk"))}
PROMISE_SORTS = {"due": Sort(_("Due"), ("due_at", "pk")), "new": Sort(_("Newest"), ("-pk",))}

CUSTOMER_COLUMNS = [
    Column(_("Name"), lambda one: one.name),
    Column(_("Class"), lambda one: one.customer_class),
    Column(_("Tax number"), lambda one: one.tax_id),
    Column(_("Region"), lambda one: one.region.name if one.region else ""),
    Column(_("Address"), lambda one: one.address),
    Column(_("Phone"), lambda one: one.phone),
    Column(_("E-mail"), lambda one: one.email),
    Column(_("Criticality"), lambda one: str(one.get_criticality_display())),
    Column(_("Account manager"), lambda one: one.owner.name if one.owner else ""),
    Column(_("Active"), lambda one: one.active),
]
CONTACT_COLUMNS = [
    Column(pgettext_lazy("person", "Name"), lambda one: one.name),
    Column(_("Customer"), lambda one: one.customer.name),
    Column(_("Site"), lambda one: one.site.name if one.site else ""),
    Column(_("Position"), lambda one: one.position),
    Column(_("Phone"), lambda one: one.phone),
    Column(_("Other phone"), lambda one: one.other_phone),
    Column(_("E-mail"), lambda one: one.email),
    Column(_("Main contact"), lambda one: one.is_main),
    Column(_("Decision maker"), lambda one: one.is_decision_maker),
    Column(_("May open tickets"), lambda one: one.may_open_tickets),
    Column(_("May sign acts"), lambda one: one.may_sign),
    Column(_("Responsible on site"), lambda one: one.is_on_site),
    Column(_("Active"), lambda one: one.active),
]
SITE_COLUMNS = [
    Column(_("Name"), lambda one: one.name),
    Column(_("Customer"), lambda one: one.customer.name),
    Column(_("Region"), lambda one: one.region.name if one.region else ""),
    Column(_("City"), lambda one: one.city),
    Column(_("Address"), lambda one: one.address),
    Column(_("Access hours"), lambda one: one.access_hours),
    Column(_("Access"), lambda one: str(one.get_accessibility_display())),
    Column(_("Access rules"), lambda one: one.access_rules),
    Column(_("Responsible contact"), lambda one: one.responsible.name if one.responsible else ""),
    Column(_("Active"), lambda one: one.active),
]
PROMISE_COLUMNS = [
    Column(_("What"), lambda one: one.text),
    Column(_("Customer"), lambda one: one.customer.name),
    Column(_("Owner"), lambda one: one.owner.name),
    Column(_("Due"), lambda one: one.due_at),
    Column(_("Kept"), lambda one: one.kept_at),
    Column(_("Dropped"), lambda one: one.dropped_at),
    Column(_("Why"), lambda one: one.dropped_because),
]
