"""The list of units, the page of one, its form, and its moves and swaps."""

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import clock, fields
from servicebook.core.listing import Listing
from servicebook.customers import picking, sections
from servicebook.customers import queries as customer_queries
from servicebook.customers.forms import place_choices
from servicebook.customers.models import Customer, Place, Site
from servicebook.equipment import actions, lists, queries
from servicebook.equipment.forms import (
    AssetForm,
    MeterForm,
    MoveForm,
    ReadingForm,
    StateForm,
    SwapForm,
)
from servicebook.equipment.models import Asset, AssetModel
from servicebook.rights import OFFICE, SERVICE
from servicebook.search.rules import terms


def assets(request: SignedInRequest) -> HttpResponseBase:
    """All units that a person may see."""
    seen = Asset.objects.visible_to(request.user)
    found = Listing(
        request,
        seen.select_related("model__category", "customer", "site", "place").prefetch_related("warranties"),
        sorts=lists.SORTS,
        filter_form=lists.AssetFilter,
        columns=lists.COLUMNS,
        filename="equipment",
    )
    if "export" not in request.GET:
        queries.mark_warranties(found.page.rows)
    context = {"untied": queries.untied(request.user).exists(), "may_edit": request.user.has_role(*OFFICE)}
    return found.response("equipment/assets.html", "equipment/_assets.html", context)


def asset(request: SignedInRequest, pk: int) -> HttpResponse:
    return asset_page(request, _seen(request, pk))


def asset_page(request: SignedInRequest, one: Asset, **forms: object) -> HttpResponse:
    """One unit: what it is, where, under which warranty, and its line of life (S0.6)."""
    known_places = list(Place.objects.filter(site=one.site_id)) if one.site_id else []
    today = clock.today(ZoneInfo(customer_queries.zone_of(one.site, one.customer)))
    warranties = list(one.warranties.all())
    open_tickets, closed_tickets = sections.tickets_of(one.tickets.all(), request.user)
    context = {
        "asset": one,
        "path": queries.path_of(one.place, known_places),
        "parts": sections.first(one.parts.select_related("model").order_by("pk"), 50),
        "sides": queries.warranty_sides(one, warranties, on=today),
        "warranties": warranties,
        "today": today,
        "meters": queries.meters_of(one),
        "open_tickets": open_tickets,
        "closed_tickets": closed_tickets,
        "history": sections.history_of(one, most=sections.asked(request, "history", 2 * sections.HISTORY)),
        "often": queries.often_replaced(one),
        "custom": fields.shown(one),
        "may_edit": request.user.has_role(*OFFICE),
        "may_work": request.user.has_role(*SERVICE),
        "reading_form": ReadingForm(asset=one),
        "meter_form": MeterForm(),
        "state_form": StateForm(initial={"state": one.state}),
        **sections.ticket_links(customer=one.customer_id, asset=one.pk, site=one.site_id),
        **forms,
    }
    return render(request, "equipment/asset.html", context, status=422 if forms else 200)


def new_asset(request: SignedInRequest) -> HttpResponse:
    one = Asset()
    site = _asked(request, "site")
    if site:
        one.site = Site.objects.visible_to(request.user).filter(pk=site).select_related("customer").first()
    if one.site:
        one.customer = one.site.customer
    elif (
        customer := Customer.objects.visible_to(request.user)
        .filter(pk=_asked(request, "customer") or 0)
        .first()
    ):
        one.customer = customer
    whole = Asset.objects.visible_to(request.user).filter(pk=_asked(request, "parent") or 0).first()
    if whole:
        one.parent, one.customer, one.site, one.place = whole, whole.customer, whole.site, whole.place
    return _edit(request, one)


def edit_asset(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit(request, _seen(request, pk))


def _edit(request: SignedInRequest, one: Asset) -> HttpResponse:
    new = one.pk is None
    name = "" if new else str(one)
    form = AssetForm(request.POST or None, instance=one, user=request.user)
    if request.method == "POST" and form.is_valid() and (saved := form.saved(actions.save_asset)):
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        return redirect(saved)
    context = {"form": form, "new": new, "name": name, "pk": one.pk}
    return render(request, "equipment/asset_form.html", context, status=422 if form.errors else 200)


def move_asset(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _seen(request, pk)
    form = MoveForm(request.POST or None, asset=one, user=request.user)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("site", "place", "why")}
        if form.tried(actions.move_asset, one.pk, by=request.user, **given):
            messages.success(request, _("%(name)s is moved.") % {"name": one})
            return redirect(one)
    context = {"form": form, "asset": one, "parts": one.parts.count()}
    return render(request, "equipment/asset_move.html", context, status=422 if form.errors else 200)


def swap_asset(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _seen(request, pk)
    form = SwapForm(request.POST or None, asset=one, user=request.user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        new = given["known"] or Asset(
            customer=one.customer, model=given["model"] or one.model, serial=given["serial"]
        )
        done = form.tried(
            actions.swap_asset,
            one.pk,
            replacement=new,
            by=request.user,
            why=given["why"],
            old_state=given["old_state"],
        )
        if done:
            messages.success(request, _("%(new)s is in the place of %(old)s.") % {"new": done, "old": one})
            return redirect(done)
    context = {"form": form, "asset": one}
    return render(request, "equipment/asset_swap.html", context, status=422 if form.errors else 200)


@require_POST
def change_state(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _seen(request, pk)
    form = StateForm(request.POST)
    if form.is_valid() and form.tried(
        actions.change_state,
        one.pk,
        state=form.cleaned_data["state"],
        why=form.cleaned_data["why"],
        by=request.user,
    ):
        return redirect(one)
    return asset_page(request, one, state_form=form)


def pick_asset(request: SignedInRequest) -> HttpResponse:
    """Suggestions for a field that asks for a unit, perhaps of one customer."""
    customer = _asked(request, "customer")
    if customer is None:
        return picking.options(request, picking.found(Asset, request, request.user))
    text = picking.typed(request)
    rows = Asset.objects.visible_to(request.user).filter(customer=customer).select_related("model", "site")
    if text:
        rows = rows.filter(Q(serial__icontains=text) | Q(model__name__icontains=text))
    found = [(picking.label(one), str(one.site or "")) for one in rows.order_by("pk")[: picking.MOST]]
    return picking.options(request, found)


def pick_site(request: SignedInRequest) -> HttpResponse:
    """Suggestions for a field that asks for a site, perhaps of one customer."""
    customer = _asked(request, "customer")
    if customer is None:
        return picking.options(request, picking.found(Site, request, request.user))
    rows = Site.objects.visible_to(request.user).filter(customer=customer, active=True)
    text = picking.typed(request)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(city__icontains=text))
    found = [(picking.label(one), one.city) for one in rows.order_by("name")[: picking.MOST]]
    return picking.options(request, found)


def places(request: SignedInRequest) -> HttpResponse:
    """The places of the site that is typed now, for the field beside it."""
    site = Site.objects.visible_to(request.user).filter(pk=_asked(request, "site") or 0).first()
    rows = place_choices(list(site.places.all())) if site else []
    return render(request, "equipment/_places.html", {"rows": rows})


def pick_model(request: SignedInRequest) -> HttpResponse:
    """Suggestions for a field that asks for a model."""
    rows = AssetModel.objects.filter(active=True).select_related("category")
    for word in terms(picking.typed(request)):
        rows = rows.filter(Q(name__icontains=word) | Q(maker__icontains=word))
    found = [(picking.label(one), str(one.category or "")) for one in rows[: picking.MOST]]
    return picking.options(request, found)


def _asked(request: SignedInRequest, name: str) -> int | None:
    return picking.number_in(request.GET.get(name, ""))


def _seen(request: SignedInRequest, pk: int) -> Asset:
    rows = Asset.objects.visible_to(request.user).select_related(
        "model__category", "customer", "site", "place", "parent__model", "data_keeper"
    )
    return get_object_or_404(rows, pk=pk)
