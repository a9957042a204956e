"""Equipment for programs: units, their warranties and meters, models."""

from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import (
    Custom,
    Day,
    From,
    Id,
    In,
    Line80,
    Line120,
    Line250,
    Moment,
    Out,
    Page,
    Paging,
    Text,
    answers,
    inline,
    unset,
)
from servicebook.customers.models import Customer, Place, Site
from servicebook.equipment import actions
from servicebook.equipment.models import Asset, AssetModel, Category, Meter, Reading, Warranty
from servicebook.journal.api import EntryOut, history

routes = Router()
models = Router()
categories = Router()
AssetState = Annotated[Asset.State, inline(Asset.State)]
WarrantySide = Annotated[Warranty.Side, inline(Warranty.Side)]
MeterUnit = Annotated[Meter.Unit, inline(Meter.Unit)]
Urgency = Annotated[int, Field(ge=1, le=4)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]


class AssetOut(Out):
    id: int
    customer: Annotated[int, From("customer_id")]
    site: Annotated[int | None, From("site_id")]
    place: Annotated[int | None, From("place_id")]
    parent: Annotated[int | None, From("parent_id")]
    model: Annotated[int, From("model_id")]
    maker: Annotated[str, From("model__maker")]
    model_name: Annotated[str, From("model__name")]
    serial: str
    inventory_number: str
    state: AssetState
    criticality: Urgency
    configuration: str
    software: str
    commissioned_on: Day | None
    owner_name: str
    notes: str
    external_ref: str
    custom: dict[str, Any]


class AssetChange(In):
    """What may be changed. Moving and swapping have operations of their own."""

    parent: Id | None = unset
    model: Id = unset
    serial: Line80 = unset
    inventory_number: Line80 = unset
    criticality: Urgency = unset
    configuration: Text = unset
    software: Text = unset
    commissioned_on: Day | None = unset
    owner_name: Line120 = unset
    notes: Text = unset
    external_ref: Line80 = unset
    custom: Custom = unset


class AssetNew(AssetChange):
    customer: Id
    site: Id | None = unset
    place: Id | None = unset
    model: Id


class AssetFilter(Paging):
    customer: Id = unset
    site: Id = unset
    parent: Id = unset
    model: Id = unset
    state: AssetState = unset
    serial: Annotated[Line80, Field(min_length=1)] = unset


class Move(In):
    site: Id | None
    place: Id | None = None
    why: Line250 = ""


class Swap(In):
    replacement: Id
    why: Line250 = ""


class WarrantyOut(Out):
    id: int
    side: WarrantySide
    component: str
    covers_parts: bool
    covers_labour: bool
    starts_on: Day
    ends_on: Day
    terms: str


class WarrantyNew(In):
    side: WarrantySide = Warranty.Side.OURS
    component: Line80 = ""
    covers_parts: bool = True
    covers_labour: bool = True
    starts_on: Day
    ends_on: Day
    terms: Line250 = ""


class MeterOut(Out):
    id: int
    name: str
    unit: MeterUnit


class MeterNew(In):
    name: Line80
    unit: MeterUnit = Meter.Unit.HOURS


class ReadingOut(Out):
    id: int
    read_at: Moment
    value: Decimal
    is_reset: bool


class ReadingNew(In):
    value: Amount
    read_at: Moment


class ModelOut(Out):
    id: int
    maker: str
    name: str
    category: Annotated[int | None, From("category_id")]
    active: bool


class CategoryOut(Out):
    id: int
    name: str


@routes.get("", response=answers(Page[AssetOut]), summary="List equipment")
def list_assets(request: SignedInRequest, find: Query[AssetFilter]) -> HttpResponse:
    """Units of the customers that the person may see, oldest first."""
    return api.page(api.narrowed(Asset.objects.visible_to(request.user), find), AssetOut, find)


@routes.post("", response=answers(AssetOut, 201), summary="Add a unit")
def add_asset(request: SignedInRequest, body: AssetNew) -> HttpResponse:
    asset = Asset()
    _put(asset, body, request.user)
    return api.reply(api.shown(actions.save_asset(asset, by=request.user), AssetOut), 201)


@routes.get("/{int:asset}", response=answers(AssetOut), summary="Read a unit")
def read_asset(request: SignedInRequest, asset: Id) -> HttpResponse:
    return api.reply(api.read(Asset.objects.visible_to(request.user), AssetOut, pk=asset))


@routes.patch("/{int:asset}", response=answers(AssetOut), summary="Change a unit")
def change_asset(request: SignedInRequest, asset: Id, body: AssetChange) -> HttpResponse:
    found = one(request.user, asset)
    _put(found, body, request.user)
    return api.reply(api.shown(actions.save_asset(found, by=request.user), AssetOut))


@routes.post("/{int:asset}/move", response=answers(AssetOut), summary="Move a unit")
def move_asset(request: SignedInRequest, asset: Id, body: Move) -> HttpResponse:
    """Its parts go along."""
    found, site, place = one(request.user, asset), None, None
    if body.site is not None:
        site = api.related(Site.objects.visible_to(request.user), body.site, "site")
    if body.place is not None:
        place = api.related(Place.objects.filter(site=site), body.place, "place")
    moved = actions.move_asset(found.pk, site=site, place=place, why=body.why, by=request.user)
    return api.reply(api.shown(moved, AssetOut))


@routes.post("/{int:asset}/swap", response=answers(AssetOut), summary="Swap a unit")
def swap_asset(request: SignedInRequest, asset: Id, body: Swap) -> HttpResponse:
    """Another unit takes its place; the answer is the other one."""
    found = one(request.user, asset)
    other = api.related(Asset.objects.visible_to(request.user), body.replacement, "replacement")
    swapped = actions.swap_asset(found.pk, replacement=other, why=body.why, by=request.user)
    return api.reply(api.shown(swapped, AssetOut))


@routes.get("/{int:asset}/history", response=answers(Page[EntryOut]), summary="Read a unit's life")
def read_asset_history(request: SignedInRequest, asset: Id, find: Query[Paging]) -> HttpResponse:
    """Moves, swaps, repairs and changes, latest first."""
    return history(Asset.objects.visible_to(request.user).filter(pk=asset), find)


@routes.get("/{int:asset}/warranties", response=answers(Page[WarrantyOut]), summary="List warranties")
def list_warranties(request: SignedInRequest, asset: Id, find: Query[Paging]) -> HttpResponse:
    """Ours to the customer and the vendor's to us."""
    return api.page(one(request.user, asset).warranties.all(), WarrantyOut, find)


@routes.post("/{int:asset}/warranties", response=answers(WarrantyOut, 201), summary="Add a warranty")
def add_warranty(request: SignedInRequest, asset: Id, body: WarrantyNew) -> HttpResponse:
    warranty = Warranty(asset=one(request.user, asset), **body.model_dump())
    return api.reply(api.shown(actions.save_warranty(warranty, by=request.user), WarrantyOut), 201)


@routes.get("/{int:asset}/meters", response=answers(Page[MeterOut]), summary="List meters")
def list_meters(request: SignedInRequest, asset: Id, find: Query[Paging]) -> HttpResponse:
    return api.page(one(request.user, asset).meters.all(), MeterOut, find)


@routes.post("/{int:asset}/meters", response=answers(MeterOut, 201), summary="Add a meter")
def add_meter(request: SignedInRequest, asset: Id, body: MeterNew) -> HttpResponse:
    meter = Meter(asset=one(request.user, asset), **body.model_dump())
    return api.reply(api.shown(actions.save_meter(meter, by=request.user), MeterOut), 201)


@routes.get(
    "/{int:asset}/meters/{int:meter}/readings", response=answers(Page[ReadingOut]), summary="List readings"
)
def list_readings(request: SignedInRequest, asset: Id, meter: Id, find: Query[Paging]) -> HttpResponse:
    found = api.or_404(one(request.user, asset).meters.all(), pk=meter)
    return api.page(Reading.objects.filter(meter=found), ReadingOut, find, newest_first=True)


@routes.post(
    "/{int:asset}/meters/{int:meter}/readings", response=answers(ReadingOut, 201), summary="Add a reading"
)
def add_reading(request: SignedInRequest, asset: Id, meter: Id, body: ReadingNew) -> HttpResponse:
    """A value below the one before is a reset and says so."""
    found = api.or_404(one(request.user, asset).meters.all(), pk=meter)
    reading = actions.record_reading(found.pk, value=body.value, read_at=body.read_at, by=request.user)
    return api.reply(api.shown(reading, ReadingOut), 201)


@models.get("", response=answers(Page[ModelOut]), summary="List models of equipment")
def list_models(request: SignedInRequest, find: Query[Paging]) -> HttpResponse:
    return api.page(AssetModel.objects.all(), ModelOut, find)


@categories.get("", response=answers(list[CategoryOut]), summary="List categories of equipment")
def list_categories(request: SignedInRequest) -> HttpResponse:
    return api.every(Category.objects.all(), CategoryOut)


def one(user: User, asset: int) -> Asset:
    """The unit with this id.

    Raises:
        Http404: there is none, or the person may not see it.
    """
    return api.or_404(Asset.objects.visible_to(user).select_related("model"), pk=asset)


def _put(asset: Asset, body: In, user: User) -> None:
    relations = {
        "customer": Customer.objects.visible_to(user),
        "site": Site.objects.visible_to(user),
        "place": Place.objects.filter(site__in=Site.objects.visible_to(user)),
        "parent": Asset.objects.visible_to(user),
        "model": AssetModel.objects.all(),
    }
    api.put(asset, body, relations)
