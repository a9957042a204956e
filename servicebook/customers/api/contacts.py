"""Contacts: what they may do, and who follows them."""

from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Query, Router

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
    Mail,
    Out,
    Page,
    Paging,
    Text,
    answers,
    unset,
)
from servicebook.customers import actions
from servicebook.customers.models import Contact, Customer, Site
from servicebook.journal.api import EntryOut, history

routes = Router()


class ContactOut(Out):
    id: int
    customer: Annotated[int, From("customer_id")]
    site: Annotated[int | None, From("site_id")]
    name: str
    position: str
    email: str
    phone: str
    other_phone: str
    language: str
    is_main: bool
    is_decision_maker: bool
    may_open_tickets: bool
    may_sign: bool
    is_on_site: bool
    active: bool
    replaced_by: Annotated[int | None, From("replaced_by_id")]
    notes: str
    external_ref: str
    custom: dict[str, Any]


class ContactChange(In):
    """What may be changed. Who follows whom is said by replacing."""

    site: Id | None = unset
    name: Line120 = unset
    position: Line120 = unset
    email: Mail = unset
    phone: Line30 = unset
    other_phone: Line30 = unset
    language: Line30 = unset
    is_main: bool = unset
    is_decision_maker: bool = unset
    may_open_tickets: bool = unset
    may_sign: bool = unset
    is_on_site: bool = unset
    active: bool = unset
    notes: Text = unset
    external_ref: Line80 = unset
    custom: Custom = unset


class ContactNew(ContactChange):
    customer: Id
    name: Line120


class ContactFilter(Paging):
    customer: Id | None = None
    site: Id | None = None
    email: Mail = ""
    phone: Line30 = ""


class Successor(In):
    by: Id


@routes.get("", response=answers(Page[ContactOut]), summary="List contacts")
def list_contacts(request: SignedInRequest, find: Query[ContactFilter]) -> HttpResponse:
    """Contacts of the customers that the person may see, oldest first."""
    return api.page(api.narrowed(Contact.objects.visible_to(request.user), find), ContactOut, find)


@routes.post("", response=answers(ContactOut, 201), summary="Add a contact")
def add_contact(request: SignedInRequest, body: ContactNew) -> HttpResponse:
    contact = Contact()
    _put(contact, body, request.user)
    return api.reply(api.shown(actions.save_contact(contact, by=request.user), ContactOut), 201)


@routes.get("/{int:contact}", response=answers(ContactOut), summary="Read a contact")
def read_contact(request: SignedInRequest, contact: Id) -> HttpResponse:
    return api.reply(api.read(Contact.objects.visible_to(request.user), ContactOut, pk=contact))


@routes.patch("/{int:contact}", response=answers(ContactOut), summary="Change a contact")
def change_contact(request: SignedInRequest, contact: Id, body: ContactChange) -> HttpResponse:
    found = api.or_404(Contact.objects.visible_to(request.user), pk=contact)
    _put(found, body, request.user)
    return api.reply(api.shown(actions.save_contact(found, by=request.user), ContactOut))


@routes.post("/{int:contact}/replace", response=answers(ContactOut), summary="Replace a contact")
def replace_contact(request: SignedInRequest, contact: Id, body: Successor) -> HttpResponse:
    """The successor takes over roles, sites, open tickets and promises; messages follow at once."""
    people = Contact.objects.visible_to(request.user)
    found, successor = api.or_404(people, pk=contact), api.related(people, body.by, "by")
    gone = actions.replace_contact(found.pk, by_contact=successor, by=request.user)
    return api.reply(api.shown(gone, ContactOut))


@routes.get("/{int:contact}/history", response=answers(Page[EntryOut]), summary="Read a contact's history")
def read_contact_history(request: SignedInRequest, contact: Id, find: Query[Paging]) -> HttpResponse:
    return history(Contact.objects.visible_to(request.user).filter(pk=contact), find)


def _put(contact: Contact, body: In, user: User) -> None:
    relations = {"customer": Customer.objects.visible_to(user), "site": Site.objects.visible_to(user)}
    api.put(contact, body, relations)
