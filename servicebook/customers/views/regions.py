"""The directory of regions (S0.55)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from servicebook.accounts.requests import SignedInRequest
from servicebook.customers import actions
from servicebook.customers.forms import RegionForm
from servicebook.customers.models import Region
from servicebook.customers.rules import trees


def regions(request: SignedInRequest) -> HttpResponse:
    rows = list(Region.objects.order_by("name", "pk"))
    tree = trees.grow(rows, lambda region: region.pk, lambda region: region.parent_id)
    return render(request, "customers/regions.html", {"tree": tree})


def new_region(request: SignedInRequest) -> HttpResponse:
    return _edit(request, Region())


def edit_region(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Region, pk=pk))


def _edit(request: SignedInRequest, one: Region) -> HttpResponse:
    known = one if one.pk else None
    form = RegionForm(request.POST or None, region=known)
    if request.method == "POST" and form.is_valid():
        for name in ("name", "parent", "country", "time_zone", "active"):
            setattr(one, name, form.cleaned_data[name])
        if form.tried(actions.save_region, one, by=request.user):
            messages.success(request, _("%(name)s is saved.") % {"name": one.name})
            return redirect("customers:regions")
    context = {"form": form, "region": known}
    return render(request, "customers/region_form.html", context, status=422 if form.errors else 200)
