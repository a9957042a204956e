"""A new ticket: first who asks, found by anything one knows of them, then what is the matter."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import own_fields
from servicebook.core.errors import Refused
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.rights import OFFICE
from servicebook.search.queries import find
from servicebook.tickets import actions, directory, forms, queries
from servicebook.tickets.models import Ticket

# What leads to a customer, and the name that it has in this page's address.
LEADS: dict[type[Any], str] = {Customer: "customer", Contact: "contact", Site: "site", Asset: "asset"}


def new(request: SignedInRequest) -> HttpResponse:
    chosen = _chosen(request)
    customer = chosen.get("customer")
    if customer is None:
        return _who(request)
    initial = {name: thing for name, thing in chosen.items() if name != "customer"}
    form = forms.OpeningForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        customer=customer,
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        try:
            ticket = _open(request, customer, form)
        except Refused as refusal:
            for name, sentence in refusal.fields.items():
                form.add_error(own_fields.at(form, name), sentence)
            if not form.errors:
                form.add_error(None, str(refusal))
        else:
            said = _("%(number)s is open. %(owner)s owns it.")
            messages.success(request, said % {"number": ticket.number, "owner": ticket.owner.name})
            return redirect(ticket)
    context = {
        "customer": customer,
        "form": form,
        "open_tickets": queries.listed(request.user).open().filter(customer=customer).order_by("-pk")[:5],
    }
    return render(request, "tickets/new.html", context, status=422 if form.errors else 200)


def _open(request: SignedInRequest, customer: Customer, form: forms.OpeningForm) -> Ticket:
    custom, values = form.take_own(), form.cleaned_data
    asset = values["asset"]
    return actions.open_ticket(
        customer=customer,
        title=values["title"],
        text=values["text"] or values["title"],
        channel=values["channel"],
        by=request.user,
        contact=values["contact"],
        site=values["site"] or (asset.site if asset else None),
        asset=asset,
        reason=directory.reasons()[values["reason"]],
        kind=values["kind"],
        downtime=values["downtime"],
        on_site_contact=values["on_site_contact"],
        preferred_window=values["preferred_window"],
        acknowledge=values["acknowledge"],
        custom=custom,
    )


def _who(request: SignedInRequest) -> HttpResponse:
    """Ask who calls: a name, a number, a serial, an address leads there."""
    asked = request.GET.get("q", "").strip()[:100]
    hits: list[tuple[Any, str]] = []
    if asked:
        found = [hit for hit in find(asked, request.user, limit=40) if hit.model in LEADS]
        hits = [(hit, f"{LEADS[hit.model]}={hit.subject_id}") for hit in found[:15]]
    context = {"asked": asked, "hits": hits, "office": request.user.has_role(*OFFICE)}
    into = request.headers.get("HX-Target") == "found"
    return render(request, "tickets/_found.html" if into else "tickets/who.html", context)


def _chosen(request: SignedInRequest) -> dict[str, Any]:
    """What the address chooses: a unit, a site or a contact also chooses its customer."""
    found: dict[str, Any] = {}
    for model, name in LEADS.items():
        pk = request.GET.get(name, "")
        if pk.isdecimal():
            found[name] = get_object_or_404(model._default_manager.visible_to(request.user), pk=int(pk))
    for name in ("asset", "site", "contact"):
        if name in found and "customer" not in found:
            found["customer"] = found[name].customer
    if "asset" in found:
        found.setdefault("site", found["asset"].site)
    return found
