"""The list of customers, everything about one of them, and its form."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from servicebook.accounts.models import Role
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import fields
from servicebook.core.listing import Listing
from servicebook.customers import actions, lists, picking, queries, sections
from servicebook.customers.forms import CustomerForm, PromiseForm
from servicebook.customers.models import Customer, Promise
from servicebook.rights import OFFICE


def customers(request: SignedInRequest) -> HttpResponseBase:
    """All customers that a person may see."""
    found = Listing(
        request,
        Customer.objects.visible_to(request.user).select_related("region", "owner", "parent"),
        sorts=lists.CUSTOMER_SORTS,
        filter_form=lists.CustomerFilter,
        columns=lists.CUSTOMER_COLUMNS,
        filename="customers",
        initial={"active": "yes"},
    )
    return found.response(
        "customers/customers.html", "customers/_customers.html", {"may_edit": may_edit(request)}
    )


def customer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything about one customer on one page (S0.1), in a fixed number of statements."""
    seen = Customer.objects.visible_to(request.user).select_related("region", "owner", "parent")
    one = get_object_or_404(seen, pk=pk)
    contacts, sites = sections.contacts_of(one), sections.sites_of(one)
    promised = sections.promises_of(Promise.objects.visible_to(request.user).filter(customer=one))
    open_tickets, closed_tickets = sections.tickets_of(one.tickets.all(), request.user)
    equipment = sections.first(one.assets.select_related("model", "site").order_by("state", "-pk"))
    talk = sections.talk_of(one.tickets.all(), request.user, sections.asked(request, "talk", sections.TALK))
    context = {
        "customer": one,
        "above": sections.chain_above(one),
        "branches": sections.first(one.branches.select_related("region").order_by("name", "pk")),
        "contacts": contacts,
        "sites": sites,
        "equipment": equipment,
        "open_tickets": open_tickets,
        "closed_tickets": closed_tickets,
        "promises": promised,
        "talk": talk,
        "history": sections.history_of(
            one,
            also=[*contacts.rows, *sites.rows, *promised.rows],
            most=sections.asked(request, "history", sections.HISTORY),
        ),
        "custom": fields.shown(one),
        **sections.ticket_links(customer=one.pk),
        "picked": picking.label(one),
        "may_edit": may_edit(request),
        "promise_form": PromiseForm(user=request.user),
    }
    return render(request, "customers/customer.html", context)


def new_customer(request: SignedInRequest) -> HttpResponse:
    """Enter a customer; one that looks like a known one is shown before it is saved twice."""
    one = Customer(owner=request.user if request.user.has_role(Role.ACCOUNT_MANAGER) else None)
    parent = request.GET.get("parent", "")
    if parent.isdecimal():
        one.parent = Customer.objects.visible_to(request.user).filter(pk=parent[:18]).first()
    return _edit(request, one)


def edit_customer(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Customer.objects.visible_to(request.user), pk=pk))


def _edit(request: SignedInRequest, one: Customer) -> HttpResponse:
    new = one.pk is None
    form = CustomerForm(request.POST or None, instance=one, user=request.user)
    likely: list[queries.Likely] = []
    if request.method == "POST" and form.is_valid():
        likely = _likely(form.instance) if new and not form.cleaned_data["sure"] else []
        if not likely and (saved := form.saved(actions.save_customer)):
            said = _("%(name)s is added.") if new else _("%(name)s is saved.")
            messages.success(request, said % {"name": saved.name})
            return redirect(saved)
    name = "" if new else Customer.objects.values_list("name", flat=True).get(pk=one.pk)
    context = {"form": form, "likely": likely, "new": new, "name": name, "pk": one.pk}
    return render(request, "customers/customer_form.html", context, status=422 if form.errors else 200)


def _likely(one: Customer) -> list[queries.Likely]:
    """What a new customer may be, as it will be spelled when it is saved."""
    return queries.likely_duplicates(actions.spelled(one))


def pick_customer(request: SignedInRequest) -> HttpResponse:
    """Suggestions for a field that asks for a customer."""
    return picking.options(request, picking.found(Customer, request, request.user))


def may_edit(request: SignedInRequest) -> bool:
    """Whether the person may change customers; the rights table refuses anyway."""
    return request.user.has_role(*OFFICE)
