"""Sites, and the places inside them."""

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
    From,
    Id,
    In,
    Line80,
    Line120,
    Line250,
    Out,
    Page,
    Paging,
    Text,
    answers,
    inline,
    unset,
)
from servicebook.customers import actions
from servicebook.customers.models import Contact, Customer, Place, Region, Site
from servicebook.journal.api import EntryOut, history

routes = Router()
Access = Annotated[Site.Accessibility, inline(Site.Accessibility)]
PlaceKind = Annotated[Place.Kind, inline(Place.Kind)]
Degrees = Annotated[Decimal, Field(ge=-180, le=180, max_digits=9, decimal_places=6)]


class SiteOut(Out):
    id: int
    customer: Annotated[int, From("customer_id")]
    name: str
    region: Annotated[int | None, From("region_id")]
    city: str
    address: str
    latitude: Decimal | None
    longitude: Decimal | None
    time_zone: str
    access_hours: str
    accessibility: Access
    access_rules: str
    responsible: Annotated[int | None, From("responsible_id")]
    responsible_name: Annotated[str | None, From("responsible__name")]
    notes: str
    external_ref: str
    custom: dict[str, Any]
    active: bool


class SiteChange(In):
    """What may be changed. A site stays with its customer."""

    name: Line120 = unset
    region: Id | None = unset
    city: Line80 = unset
    address: Line250 = unset
    latitude: Degrees | None = unset
    longitude: Degrees | None = unset
    time_zone: Line80 = unset
    access_hours: Line120 = unset
    accessibility: Access = unset
    access_rules: Text = unset
    responsible: Id | None = unset
    notes: Text = unset
    external_ref: Line80 = unset
    custom: Custom = unset
    active: bool = unset


class SiteNew(SiteChange):
    customer: Id
    name: Line120


class SiteFilter(Paging):
    customer: Id | None = None
    region: Id | None = None


class PlaceOut(Out):
    id: int
    parent: Annotated[int | None, From("parent_id")]
    kind: PlaceKind
    name: str


class PlaceNew(In):
    parent: Id | None = unset
    kind: PlaceKind = unset
    name: Line80


@routes.get("", response=answers(Page[SiteOut]), summary="List sites")
def list_sites(request: SignedInRequest, find: Query[SiteFilter]) -> HttpResponse:
    """Sites of the customers that the person may see, oldest first."""
    return api.page(api.narrowed(Site.objects.visible_to(request.user), find), SiteOut, find)


@routes.post("", response=answers(SiteOut, 201), summary="Add a site")
def add_site(request: SignedInRequest, body: SiteNew) -> HttpResponse:
    site = Site(customer=api.related(Customer.objects.visible_to(request.user), body.customer, "customer"))
    _put(site, body, request.user)
    return api.reply(api.shown(actions.save_site(site, by=request.user), SiteOut), 201)


@routes.get("/{int:site}", response=answers(SiteOut), summary="Read a site")
def read_site(request: SignedInRequest, site: Id) -> HttpResponse:
    return api.reply(api.read(Site.objects.visible_to(request.user), SiteOut, pk=site))


@routes.patch("/{int:site}", response=answers(SiteOut), summary="Change a site")
def change_site(request: SignedInRequest, site: Id, body: SiteChange) -> HttpResponse:
    found = api.or_404(Site.objects.visible_to(request.user), pk=site)
    _put(found, body, request.user)
    return api.reply(api.shown(actions.save_site(found, by=request.user), SiteOut))


@routes.get("/{int:site}/history", response=answers(Page[EntryOut]), summary="Read a site's history")
def read_site_history(request: SignedInRequest, site: Id, find: Query[Paging]) -> HttpResponse:
    return history(Site.objects.visible_to(request.user).filter(pk=site), find)


@routes.get("/{int:site}/places", response=answers(Page[PlaceOut]), summary="List the places of a site")
def list_places(request: SignedInRequest, site: Id, find: Query[Paging]) -> HttpResponse:
    """Buildings, floors, rooms and racks."""
    found = api.or_404(Site.objects.visible_to(request.user), pk=site)
    return api.page(found.places.all(), PlaceOut, find)


@routes.post("/{int:site}/places", response=answers(PlaceOut, 201), summary="Add a place to a site")
def add_place(request: SignedInRequest, site: Id, body: PlaceNew) -> HttpResponse:
    found = api.or_404(Site.objects.visible_to(request.user), pk=site)
    place = Place(site=found)
    api.put(place, body, {"parent": found.places.all()})
    return api.reply(api.shown(actions.save_place(place, by=request.user), PlaceOut), 201)


def _put(site: Site, body: In, user: User) -> None:
    relations = {
        "customer": Customer.objects.visible_to(user),
        "region": Region.objects.all(),
        "responsible": Contact.objects.visible_to(user),
    }
    api.put(site, body, relations)
