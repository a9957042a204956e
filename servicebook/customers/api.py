"""Customers, their sites and contacts, for programs."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from servicebook.core import api
from servicebook.core.api import From, Id, Out, Page, Paging, answers
from servicebook.customers.models import Customer

routes = Router()


class CustomerOut(Out):
    id: int
    name: str
    parent_id: int | None
    customer_class: str
    tax_id: str
    region_id: int | None
    region: Annotated[str | None, From("region__name")]
    address: str
    phone: str
    email: str
    mail_domains: list[str]
    language: str
    currency: str
    criticality: int
    owner_id: int | None
    owner: Annotated[str | None, From("owner__name")]
    notes: str
    external_ref: str
    custom: dict[str, Any]
    active: bool


class CustomerFilter(Paging):
    parent: Id | None = None
    region: Id | None = None
    owner: Id | None = None
    active: bool | None = None
    external_ref: api.line(80) = ""  # type: ignore[valid-type]


@routes.get("", response=answers(Page[CustomerOut]), summary="List customers")
def list_customers(request: HttpRequest, find: Query[CustomerFilter]) -> Any:
    """Customers that the person may see, oldest first."""
    rows = Customer.objects.visible_to(request.user)
    wanted = {"parent": find.parent, "region": find.region, "owner": find.owner, "active": find.active}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    if find.external_ref:
        rows = rows.filter(external_ref=find.external_ref)
    return api.page(rows, CustomerOut, find)


@routes.get("/{int:customer}", response=answers(CustomerOut), summary="Read a customer")
def read_customer(request: HttpRequest, customer: int) -> Any:
    return api.reply(api.read(Customer.objects.visible_to(request.user).filter(pk=customer), CustomerOut))
