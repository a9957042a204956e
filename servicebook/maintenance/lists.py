"""The filters, sorts and columns of the lists of plans and of occurrences."""

from datetime import date, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.contracts.models import Contract
from servicebook.core import clock
from servicebook.core.exports import Column
from servicebook.core.listing import FilterForm, Sort, days
from servicebook.customers.forms import people
from servicebook.customers.models import Customer, Site
from servicebook.customers.picking import PickField
from servicebook.equipment.forms import day_field
from servicebook.maintenance.models import Plan
from servicebook.maintenance.plain_words import rule_of
from servicebook.maintenance.queries.conditions import (
    CLOSED_AS_DONE,
    NO_WINDOW,
    UNCALLED,
    UNDER_WAY,
    is_at_risk,
    is_overdue,
)
from servicebook.maintenance.queries.due import By, of_group
from servicebook.maintenance.showing import GROUPS
from servicebook.search.queries import ids_holding
from servicebook.tickets.models import Ticket

CURRENT = "current"  # drafts and what runs: what people work on
HORIZONS = (7, 14, 30, 90)
USUAL_HORIZON = 30
SEARCH = {"type": "search", "size": 16}


class SeenFilter(FilterForm):
    """A filter whose picked rows are those that the person may see."""

    for_user = True
    picks: ClassVar[dict[str, type[Any]]] = {}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in self.picks.items():
            field = self.fields[name]
            if isinstance(field, PickField):
                field.queryset = model._default_manager.visible_to(user)
                field.widget.attrs["size"] = 14
        owner = self.fields.get("owner")
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = people()


class PlanFilter(SeenFilter):
    picks: ClassVar = {"customer": Customer, "contract": Contract}
    STATES: ClassVar = [(CURRENT, _("Drafts and running")), ("", _("All")), *Plan.State.choices]

    q = forms.CharField(
        label=_("Number or words"), max_length=100, widget=forms.TextInput(attrs=dict(SEARCH))
    )
    state = forms.ChoiceField(label=_("State"), choices=STATES)
    customer = PickField(route="customers:pick", label=_("Customer"))
    contract = PickField(route="contracts:pick", exact="number", label=_("Contract"))
    rule = forms.ChoiceField(label=_("Due by"), choices=[("", _("All")), *Plan.Rule.choices])
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), empty_label=_("Everybody"))

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.cleaned_data
        for name in ("customer", "contract", "rule", "owner"):
            if chosen.get(name):
                queryset = queryset.filter(**{name: chosen[name]})
        state = chosen.get("state")
        if state == CURRENT:
            queryset = queryset.exclude(state=Plan.State.ENDED)
        elif state:
            queryset = queryset.filter(state=state)
        if chosen.get("q"):
            queryset = queryset.filter(pk__in=ids_holding(Plan, chosen["q"]))
        return queryset


PLAN_SORTS = {
    "new": Sort(_("Newest"), ("-pk",)),
    "title": Sort(_("Plan"), ("title", "pk")),
    "customer": Sort(_("Customer"), ("customer__name", "pk")),
    "next": Sort(_("Next"), ("next_on", "pk")),
}
PLAN_COLUMNS = [
    Column(_("Number"), lambda one: one.number),
    Column(_("Title"), lambda one: one.title),
    Column(_("State"), lambda one: str(one.get_state_display())),
    Column(_("Customer"), lambda one: one.customer.name if one.customer else ""),
    Column(_("Contract"), lambda one: one.contract_number or ""),
    Column(_("Rule"), rule_of),
    Column(_("Tasks"), lambda one: str(one.get_per_display())),
    Column(_("Next"), lambda one: one.next_on),
    Column(_("Owner"), lambda one: one.owner.name if one.owner else ""),
]


class WorkFilter(SeenFilter):
    """What lists of occurrences ask: of which plan, contract, customer, owner; words."""

    picks: ClassVar = {"plan": Plan, "customer": Customer, "site": Site, "contract": Contract}

    q = forms.CharField(
        label=_("Words, serial, ticket"), max_length=100, widget=forms.TextInput(attrs=dict(SEARCH))
    )
    plan = PickField(route="maintenance:pick", exact="number", label=_("Plan"))
    customer = PickField(route="customers:pick", label=_("Customer"))
    site = PickField(route="equipment:pick_site", label=_("Site"))
    contract = PickField(route="contracts:pick", exact="number", label=_("Contract"))
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), empty_label=_("Everybody"))

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.cleaned_data
        for name in ("plan", "customer", "site"):
            if chosen.get(name):
                queryset = queryset.filter(**{name: chosen[name]})
        if chosen.get("contract"):
            queryset = queryset.filter(_under(chosen["contract"]))
        if chosen.get("owner"):
            uncalled = Q(ticket=None, plan__owner=chosen["owner"])
            queryset = queryset.filter(uncalled | Q(ticket__owner=chosen["owner"]))
        return queryset.filter(_holds(chosen["q"])) if chosen.get("q") else queryset


class DueFilter(WorkFilter):
    SHOW: ClassVar = [
        ("", _("Everything")),
        ("uncalled", _("Without a ticket")),
        ("overdue", _("Overdue")),
        ("risk", _("At risk")),
        ("window", _("Window not agreed")),
    ]

    horizon = forms.TypedChoiceField(
        label=_("Due within"),
        coerce=int,
        choices=[(number, days(number)) for number in HORIZONS],
    )
    show = forms.ChoiceField(label=_("Show"), choices=SHOW)
    group_by = forms.ChoiceField(label=_("Group by"), choices=[("", "–"), *GROUPS.items()])
    group = forms.CharField(max_length=200, widget=forms.HiddenInput)

    field_order = (
        "q",
        "horizon",
        "show",
        "group_by",
        "plan",
        "customer",
        "site",
        "contract",
        "owner",
        "group",
    )

    @property
    def by(self) -> By | None:
        """What the list is grouped by."""
        chosen = self.cleaned_data.get("group_by")
        return By(chosen) if chosen else None

    @property
    def chosen_group(self) -> str | None:
        """The key of the group that is shown, None for all; one of another grouping is none."""
        by, _colon, key = self.cleaned_data.get("group", "").partition(":")
        return key if self.by and by == self.by.value else None

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found: Any = self.apply_but_group(queryset)
        if self.by is None or self.chosen_group is None:
            return found  # type: ignore[no-any-return]
        narrowed: QuerySet[Any] = of_group(found, self.by, self.chosen_group)
        return narrowed

    def apply_but_group(self, queryset: QuerySet[Any]) -> Any:
        """As `apply`, for the counts of all groups."""
        queryset, now = WorkFilter.apply(self, queryset), clock.now()
        match self.cleaned_data.get("show"):
            case "uncalled":
                return queryset.filter(UNCALLED)
            case "overdue":
                return queryset.filter(is_overdue(now))
            case "risk":
                return queryset.filter(is_at_risk(now))
            case "window":
                return queryset.filter(UNDER_WAY & NO_WINDOW)
        return queryset


class EveryFilter(WorkFilter):
    """Of all occurrences, whatever came of them."""

    CAME: ClassVar = [
        ("", _("All")),
        ("open", _("To be done")),
        ("done", _("Done")),
        ("skipped", _("Skipped")),
        ("cancelled", _("Cancelled")),
    ]

    came = forms.ChoiceField(label=_("What came of it"), choices=CAME)
    on = day_field(label=_("On"))

    field_order = ("q", "came", "on", "plan", "customer", "site", "contract", "owner")

    def apply(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        queryset = super().apply(queryset)
        if self.cleaned_data.get("on"):
            queryset = queryset.filter(due_on=self.cleaned_data["on"])
        match self.cleaned_data.get("came"):
            case "open":
                return queryset.filter(UNCALLED | UNDER_WAY)
            case "done":
                return queryset.filter(CLOSED_AS_DONE)
            case "skipped":
                return queryset.filter(skipped_at__isnull=False)
            case "cancelled":
                return queryset.filter(cancelled_at__isnull=False)
        return queryset


DUE_SORTS = {
    "due": Sort(_("Due"), ("due_on", "pk")),
    "plan": Sort(_("Plan"), ("plan__title", "due_on", "pk")),
    "customer": Sort(_("Customer"), ("customer__name", "due_on", "pk")),
}
EVERY_SORTS = {"latest": Sort(_("Due"), ("-due_on", "-pk")), **DUE_SORTS}
DUE_COLUMNS = [
    Column(_("Due"), lambda one: one.due_on),
    Column(_("By the rule"), lambda one: one.nominal_on),
    Column(_("Plan"), lambda one: one.plan.number),
    Column(_("Title"), lambda one: one.plan.title),
    Column(_("Customer"), lambda one: one.customer.name),
    Column(_("Site"), lambda one: one.site.name if one.site else ""),
    Column(_("City"), lambda one: one.site.city if one.site else ""),
    Column(_("Unit"), lambda one: str(one.asset.model) if one.asset else ""),
    Column(_("Serial"), lambda one: one.asset.serial if one.asset else ""),
    Column(_("Ticket"), lambda one: one.ticket.number if one.ticket else ""),
    Column(_("Window from"), lambda one: one.window_from),
    Column(_("Window until"), lambda one: one.window_until),
    Column(_("Agreed with"), lambda one: one.window_agreed_by),
    Column(_("Skipped or cancelled"), lambda one: one.because),
]


def horizon_of(asked: str) -> int:
    """Read how many days ahead a list looks; what is no choice is the usual."""
    return int(asked) if asked.isdecimal() and len(asked) < 4 and int(asked) in HORIZONS else USUAL_HORIZON


def until(days: int) -> date:
    """The last day of a list that looks so far ahead."""
    return clock.today(ZoneInfo(settings.TIME_ZONE)) + timedelta(days=days)


def _under(contract: Contract) -> Q:
    """What was called under a contract, and what its plans have ahead."""
    return Q(contract=contract) | Q(ticket=None, plan__in=Plan.objects.filter(contract=contract))


def _holds(words: str) -> Q:
    """What is searched: the plan, the customer, the ticket, and the unit's serial and the site's name."""
    plans, customers = ids_holding(Plan, words), ids_holding(Customer, words)
    found = Q(plan__in=plans) | Q(customer__in=customers) | Q(ticket__in=ids_holding(Ticket, words))
    return found | Q(asset__serial__icontains=words) | Q(site__name__icontains=words)
