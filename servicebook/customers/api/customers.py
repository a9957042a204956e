"""Customers and the regions that they are in."""

from typing import Annotated, Any, Literal

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
    Line30,
    Line80,
    Line120,
    Line250,
    Mail,
    Out,
    Page,
    Paging,
    Text,
    answers,
    unset,
)
from servicebook.customers import actions
from servicebook.customers.models import Criticality, Customer, Region
from servicebook.journal.api import EntryOut, history

routes = Router()
regions = Router()
Urgency = Literal[1, 2, 3, 4]


class CustomerOut(Out):
    id: int
    name: str
    parent: Annotated[int | None, From("parent_id")]
    customer_class: str
    tax_id: str
    region: Annotated[int | None, From("region_id")]
    region_name: Annotated[str | None, From("region__name")]
    address: str
    phone: str
    email: str
    mail_domains: list[str]
    language: str
    currency: str
    criticality: int
    owner: Annotated[int | None, From("owner_id")]
    owner_name: Annotated[str | None, From("owner__name")]
    notes: str
    external_ref: str
    custom: dict[str, Any]
    active: bool


class CustomerChange(In):
    """What may be changed. Fields that are left out stay as they are."""

    name: Line120 = unset
    parent: Id | None = unset
    customer_class: Line30 = unset
    tax_id: Line30 = unset
    region: Id | None = unset
    address: Line250 = unset
    phone: Line30 = unset
    email: Mail = unset
    mail_domains: Annotated[list[Line80], Field(max_length=20)] = unset
    language: Line30 = unset
    currency: Line30 = unset
    criticality: Urgency = unset
    owner: Id | None = unset
    notes: Text = unset
    external_ref: Line80 = unset
    custom: Custom = unset
    active: bool = unset


class CustomerNew(CustomerChange):
    name: Line120


class CustomerFilter(Paging):
    parent: Id | None = None
    region: Id | None = None
    owner: Id | None = None
    external_ref: Line80 = ""


class RegionOut(Out):
    id: int
    name: str
    parent: Annotated[int | None, From("parent_id")]
    time_zone: str
    country: str
    active: bool


@routes.get("", response=answers(Page[CustomerOut]), summary="List customers")
def list_customers(request: SignedInRequest, find: Query[CustomerFilter]) -> HttpResponse:
    """Customers that the person may see, oldest first."""
    rows = Customer.objects.visible_to(request.user)
    return api.page(api.narrowed(rows, find), CustomerOut, find)


@routes.post("", response=answers(CustomerOut, 201), summary="Add a customer")
def add_customer(request: SignedInRequest, body: CustomerNew) -> HttpResponse:
    customer = Customer(criticality=Criticality.NORMAL)
    _put(customer, body, request.user)
    return api.reply(api.shown(actions.save_customer(customer, by=request.user), CustomerOut), 201)


@routes.get("/{int:customer}", response=answers(CustomerOut), summary="Read a customer")
def read_customer(request: SignedInRequest, customer: Id) -> HttpResponse:
    return api.reply(api.read(Customer.objects.visible_to(request.user), CustomerOut, pk=customer))


@routes.patch("/{int:customer}", response=answers(CustomerOut), summary="Change a customer")
def change_customer(request: SignedInRequest, customer: Id, body: CustomerChange) -> HttpResponse:
    """Change the fields that are sent; the others stay. `active: false` puts the customer aside."""
    found = api.or_404(Customer.objects.visible_to(request.user), pk=customer)
    _put(found, body, request.user)
    return api.reply(api.shown(actions.save_customer(found, by=request.user), CustomerOut))


@routes.get("/{int:customer}/history", response=answers(Page[EntryOut]), summary="Read a customer's history")
def read_customer_history(request: SignedInRequest, customer: Id, find: Query[Paging]) -> HttpResponse:
    return history(Customer.objects.visible_to(request.user).filter(pk=customer), find)


@regions.get("", response=answers(list[RegionOut]), summary="List regions")
def list_regions(request: SignedInRequest) -> HttpResponse:
    return api.every(Region.objects.all(), RegionOut)


def _put(customer: Customer, body: In, user: User) -> None:
    relations = {
        "parent": Customer.objects.visible_to(user),
        "region": Region.objects.all(),
        "owner": User.objects.filter(is_active=True),
    }
    api.put(customer, body, relations)
