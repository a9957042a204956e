"""Contacts: their roles, what they said, and who takes over."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import fields
from servicebook.core.listing import Listing
from servicebook.customers import actions, lists, sections
from servicebook.customers.forms import ContactForm, ReplaceForm
from servicebook.customers.models import Contact, Customer, Promise
from servicebook.customers.views.customers import may_edit


def contacts(request: SignedInRequest) -> HttpResponseBase:
    found = Listing(
        request,
        Contact.objects.visible_to(request.user).select_related("customer", "site"),
        sorts=lists.CONTACT_SORTS,
        filter_form=lists.ContactFilter,
        columns=lists.CONTACT_COLUMNS,
        filename="contacts",
        initial={"active": "yes"},
    )
    return found.response("customers/contacts.html", "customers/_contacts.html")


def contact(request: SignedInRequest, pk: int) -> HttpResponse:
    """One person: how to reach them, what they may do, every call and mail (S0.2)."""
    seen = Contact.objects.visible_to(request.user).select_related("customer", "site", "replaced_by")
    one = get_object_or_404(seen, pk=pk)
    open_tickets, closed_tickets = sections.tickets_of(one.tickets.all(), request.user)
    context = {
        "contact": one,
        "responsible_for": sections.first(one.responsible_for.order_by("name", "pk")),
        "open_tickets": open_tickets,
        "closed_tickets": closed_tickets,
        "talk": sections.talk_of(
            one.tickets.all(), request.user, sections.asked(request, "talk", sections.TALK)
        ),
        "promises": sections.promises_of(
            Promise.objects.visible_to(request.user).filter(
                about_type__app_label="customers", about_type__model="contact", about_id=one.pk
            )
        ),
        "history": sections.history_of(one, most=sections.asked(request, "history", sections.HISTORY)),
        "custom": fields.shown(one),
        **sections.ticket_links(customer=one.customer_id, contact=one.pk),
        "may_edit": may_edit(request),
    }
    return render(request, "customers/contact.html", context)


def new_contact(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    one = Contact(customer=customer, is_main=not customer.contacts.reachable().filter(is_main=True).exists())
    site = request.GET.get("site", "")
    if site.isdecimal():
        one.site = customer.sites.filter(pk=site[:18]).first()
    return _edit(request, one)


def edit_contact(request: SignedInRequest, pk: int) -> HttpResponse:
    seen = Contact.objects.visible_to(request.user).select_related("customer")
    return _edit(request, get_object_or_404(seen, pk=pk))


def _edit(request: SignedInRequest, one: Contact) -> HttpResponse:
    new, name = one.pk is None, one.name
    form = ContactForm(request.POST or None, instance=one, user=request.user)
    if request.method == "POST" and form.is_valid() and (saved := form.saved(actions.save_contact)):
        messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
        return redirect(saved)
    context = {"form": form, "new": new, "name": name, "customer": one.customer, "pk": one.pk}
    return render(request, "customers/contact_form.html", context, status=422 if form.errors else 200)


def replace_contact(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a successor in the place of somebody who left (S0.3)."""
    seen = Contact.objects.visible_to(request.user).select_related("customer")
    one = get_object_or_404(seen, pk=pk)
    form = ReplaceForm(request.POST or None, contact=one)
    if request.method == "POST" and form.is_valid():
        replaced = form.tried(_replace, one, form.cleaned_data, request.user)
        if replaced:
            said = _("%(new)s takes over from %(old)s: messages, sites and open tickets follow.")
            messages.success(request, said % {"new": replaced.replaced_by, "old": replaced.name})
            return redirect(one.customer)
    follows = {
        "sites": one.responsible_for.count(),
        "tickets": one.tickets.open().count(),
        "deliveries": one.deliveries.filter(state="waiting").count(),
    }
    context = {"form": form, "contact": one, "follows": follows}
    return render(request, "customers/contact_replace.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _replace(one: Contact, given: dict[str, object], user: User) -> Contact:
    """Enter the successor if it is somebody new, and replace, or do neither."""
    successor = given["successor"]
    if not isinstance(successor, Contact):
        new = Contact(customer=one.customer, site=one.site, language=one.language)
        for name in ("name", "position", "email", "phone"):
            setattr(new, name, given[name])
        successor = actions.save_contact(new, by=user)
    return actions.replace_contact(one.pk, by_contact=successor, by=user)


@require_POST
def reinstate_contact(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
    actions.reinstate_contact(one.pk, by=request.user)
    messages.success(request, _("%(name)s is active again.") % {"name": one.name})
    return redirect(one)
