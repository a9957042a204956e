"""Warranties, meters and readings of a unit."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from servicebook.accounts.requests import SignedInRequest
from servicebook.core.errors import Refused
from servicebook.equipment import actions
from servicebook.equipment.forms import MeterForm, ReadingForm, RemovalForm, WarrantyForm
from servicebook.equipment.models import Asset, Meter, Warranty
from servicebook.equipment.views.assets import asset_page


def new_warranty(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit(request, Warranty(asset=_asset(request, pk)))


def edit_warranty(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit(request, _warranty(request, pk))


def _edit(request: SignedInRequest, one: Warranty, removal: RemovalForm | None = None) -> HttpResponse:
    known = one if one.pk else None
    form = WarrantyForm(request.POST if request.POST and not removal else None, warranty=known)
    if form.is_bound and form.is_valid():
        for name, value in form.cleaned_data.items():
            setattr(one, name, value)
        if form.tried(actions.save_warranty, one, by=request.user):
            messages.success(request, _("The warranty is saved."))
            return redirect(one.asset)
    context = {"form": form, "asset": one.asset, "warranty": known, "removal": removal or RemovalForm()}
    status = 422 if form.errors or removal else 200
    return render(request, "equipment/warranty_form.html", context, status=status)


@require_POST
def remove_warranty(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _warranty(request, pk)
    form = RemovalForm(request.POST)
    if form.is_valid():
        try:
            actions.remove_warranty(one.pk, by=request.user, because=form.cleaned_data["because"])
        except Refused as refused:
            form.take(refused)
        else:
            return redirect(one.asset)
    return _edit(request, one, removal=form)


@require_POST
def new_meter(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _asset(request, pk)
    form = MeterForm(request.POST)
    if form.is_valid():
        meter = Meter(asset=one, name=form.cleaned_data["name"], unit=form.cleaned_data["unit"])
        if form.tried(actions.save_meter, meter, by=request.user):
            return redirect(f"{one.get_absolute_url()}#meters")
    return asset_page(request, one, meter_form=form)


@require_POST
def new_reading(request: SignedInRequest, pk: int) -> HttpResponse:
    one = _asset(request, pk)
    form = ReadingForm(request.POST, asset=one)
    if form.is_valid():
        given = form.cleaned_data
        reading = form.tried(
            actions.record_reading,
            given["meter"].pk,
            value=given["value"],
            read_at=given["read_at"],
            by=request.user,
        )
        if reading:
            if reading.is_reset:
                messages.warning(
                    request,
                    _("This is less than the meter showed before: it is kept as a meter that began again."),
                )
            return redirect(f"{one.get_absolute_url()}#meters")
    return asset_page(request, one, reading_form=form)


def _asset(request: SignedInRequest, pk: int) -> Asset:
    rows = Asset.objects.visible_to(request.user).select_related(
        "model__category", "customer", "site", "place"
    )
    return get_object_or_404(rows, pk=pk)


def _warranty(request: SignedInRequest, pk: int) -> Warranty:
    rows = Warranty.objects.filter(asset__in=Asset.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("asset__model", "asset__site"), pk=pk)
