"""Sites and the places inside them."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.core import fields
from servicebook.core.errors import Refused
from servicebook.core.listing import Listing
from servicebook.customers import actions, lists, picking, queries, sections
from servicebook.customers.forms import PlaceForm, SiteForm
from servicebook.customers.models import Customer, Place, Site
from servicebook.customers.rules import trees
from servicebook.customers.views.customers import may_edit

EQUIPMENT_SHOWN = 100


def sites(request: SignedInRequest) -> HttpResponseBase:
    found = Listing(
        request,
        Site.objects.visible_to(request.user).select_related("customer", "region", "responsible"),
        sorts=lists.SITE_SORTS,
        filter_form=lists.SiteFilter,
        columns=lists.SITE_COLUMNS,
        filename="sites",
        initial={"active": "yes"},
    )
    return found.response("customers/sites.html", "customers/_sites.html")


def site(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where it is, who lets one in, and what stands there (S0.5)."""
    seen = Site.objects.visible_to(request.user).select_related("customer", "region", "responsible")
    one = get_object_or_404(seen, pk=pk)
    places = list(one.places.all())
    assets = sections.first(one.assets.select_related("model").order_by("state", "pk"), EQUIPMENT_SHOWN)
    by_place: dict[int | None, list[object]] = {}
    for asset in assets.rows:
        by_place.setdefault(asset.place_id, []).append(asset)
    for place in places:
        place.here = by_place.get(place.pk, [])  # type: ignore[attr-defined]
    open_tickets, closed_tickets = sections.tickets_of(one.tickets.all(), request.user)
    context = {
        "site": one,
        "tree": trees.grow(places, lambda place: place.pk, lambda place: place.parent_id),
        "elsewhere": by_place.get(None, []),
        "assets": assets,
        "contacts": sections.first(one.contacts.order_by("-active", "name", "pk")),
        "open_tickets": open_tickets,
        "closed_tickets": closed_tickets,
        "history": sections.history_of(one, most=sections.asked(request, "history", sections.HISTORY)),
        "custom": fields.shown(one),
        **sections.ticket_links(customer=one.customer_id, site=one.pk),
        "zone": queries.zone_of(one, one.customer),
        "picked": picking.label(one),
        "may_edit": may_edit(request),
    }
    return render(request, "customers/site.html", context)


def new_site(request: SignedInRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    return _edit(request, Site(customer=customer, region=customer.region))


def edit_site(request: SignedInRequest, pk: int) -> HttpResponse:
    seen = Site.objects.visible_to(request.user).select_related("customer")
    return _edit(request, get_object_or_404(seen, pk=pk))


def _edit(request: SignedInRequest, one: Site) -> HttpResponse:
    new, name = one.pk is None, one.name
    form = SiteForm(request.POST or None, instance=one, user=request.user)
    if request.method == "POST" and form.is_valid() and (saved := form.saved(actions.save_site)):
        messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
        return redirect(saved)
    context = {"form": form, "new": new, "name": name, "customer": one.customer, "pk": one.pk}
    return render(request, "customers/site_form.html", context, status=422 if form.errors else 200)


def new_place(request: SignedInRequest, pk: int) -> HttpResponse:
    site = get_object_or_404(Site.objects.visible_to(request.user), pk=pk)
    return _edit_place(request, Place(site=site))


def edit_place(request: SignedInRequest, pk: int) -> HttpResponse:
    seen = Place.objects.filter(site__in=Site.objects.visible_to(request.user)).select_related("site")
    return _edit_place(request, get_object_or_404(seen, pk=pk))


def _edit_place(request: SignedInRequest, one: Place) -> HttpResponse:
    known = one if one.pk else None
    form = PlaceForm(request.POST or None, site=one.site, place=known)
    if not known and request.GET.get("inside", "").isdecimal():
        form.initial["parent"] = request.GET["inside"]
    if request.method == "POST" and form.is_valid():
        for name in ("kind", "name", "parent"):
            setattr(one, name, form.cleaned_data[name])
        if form.tried(actions.save_place, one, by=request.user):
            return redirect(one.site)
    context = {"form": form, "site": one.site, "place": known}
    return render(request, "customers/place_form.html", context, status=422 if form.errors else 200)


@require_POST
def remove_place(request: SignedInRequest, pk: int) -> HttpResponse:
    seen = Place.objects.filter(site__in=Site.objects.visible_to(request.user)).select_related("site")
    one = get_object_or_404(seen, pk=pk)
    try:
        actions.remove_place(one.pk, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(one.site)
