"""Tickets: lists, one by its number, and everything that was said and done about it."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api, inserts
from servicebook.core.api import Line30, Page, Paging, answers
from servicebook.core.errors import Refused
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.journal.api import EntryOut, history
from servicebook.tickets import actions, directory
from servicebook.tickets.api.shapes import (
    ChargeOut,
    ClockRow,
    LinkOut,
    MessageOut,
    TicketChange,
    TicketFields,
    TicketFilter,
    TicketNew,
    TicketOut,
    TicketRow,
    TimeOut,
)
from servicebook.tickets.models import Channel, Charge, Link, Reason, SlaClock, Ticket, TimeEntry, WorkType

routes = Router()


@routes.get("", response=answers(Page[TicketRow]), summary="List tickets")
def list_tickets(request: SignedInRequest, find: Query[TicketFilter]) -> HttpResponse:
    """Tickets that the person may see, newest first."""
    rows = Ticket.objects.visible_to(request.user)
    if "reason" in find.model_fields_set:
        reason = directory.reason(find.reason)
        rows = rows.filter(reason=reason.pk) if reason else rows.none()
        find.model_fields_set.discard("reason")
    return api.page(api.narrowed(rows, find), TicketRow, find, newest_first=True)


@routes.post("", response=answers(TicketOut, 201), summary="Open a ticket")
def open_ticket(request: SignedInRequest, body: TicketNew) -> HttpResponse:
    """It gets its number, owner and priority at once. Title or text says what is the matter."""
    user = request.user
    assets = Asset.objects.visible_to(user).select_related("site", "customer__parent")
    asset = _chosen(assets, body.asset, "asset")
    if asset is not None and asset.customer_id == body.customer:
        customer = asset.customer  # seen by whoever sees the unit
    else:
        customers = Customer.objects.visible_to(user).select_related("parent")
        customer = api.related(customers, body.customer, "customer")
    with inserts.left_to_the_end():
        ticket = actions.open_ticket(
            customer=customer,
            contact=_chosen(Contact.objects.visible_to(user), body.contact, "contact"),
            site=_chosen(Site.objects.visible_to(user), body.site, "site"),
            asset=asset,
            reason=reason_of(body.reason),
            title=body.title,
            text=body.text,
            channel=Channel.API,
            kind=body.kind,
            downtime=body.downtime,
            on_site_contact=body.on_site_contact,
            preferred_window=body.preferred_window,
            author_name=body.author_name,
            external_ref=body.external_ref,
            acknowledge=body.acknowledge,
            custom=body.custom,
            by=user,
        )
    clocks = [api.shown(row, ClockRow) for row in ticket.clocks_at_hand or ()]
    return api.reply({**api.shown(ticket, TicketFields), "clocks": clocks, "charges": []}, 201)


@routes.get("/{number}", response=answers(TicketOut), summary="Read a ticket")
def read_ticket(request: SignedInRequest, number: Line30) -> HttpResponse:
    return api.reply(_whole(api.read(Ticket.objects.visible_to(request.user), TicketFields, number=number)))


@routes.patch("/{number}", response=answers(TicketOut), summary="Change a ticket")
def change_ticket(request: SignedInRequest, number: Line30, body: TicketChange) -> HttpResponse:
    """Change the fields that are sent. The priority is weighed again."""
    user, given = request.user, body.given()
    relations: dict[str, QuerySet[Any]] = {
        "contact": Contact.objects.visible_to(user),
        "site": Site.objects.visible_to(user),
        "asset": Asset.objects.visible_to(user),
        "work_type": WorkType.objects.filter(active=True),
    }
    for name in given.keys() & relations.keys():
        given[name] = _chosen(relations[name], given[name], name)
    if "reason" in given:
        given["reason"] = reason_of(given["reason"])
    return told(actions.change(one(user, number).pk, by=user, **given))


@routes.get("/{number}/messages", response=answers(Page[MessageOut]), summary="Read what was said")
def list_messages(request: SignedInRequest, number: Line30, find: Query[Paging]) -> HttpResponse:
    """Messages and internal notes of a ticket, oldest first."""
    return api.page(one(request.user, number).messages.all(), MessageOut, find)


@routes.get("/{number}/history", response=answers(Page[EntryOut]), summary="Read a ticket's history")
def read_ticket_history(request: SignedInRequest, number: Line30, find: Query[Paging]) -> HttpResponse:
    return history(Ticket.objects.visible_to(request.user).filter(number=number), find)


@routes.get("/{number}/links", response=answers(Page[LinkOut]), summary="List a ticket's links")
def list_links(request: SignedInRequest, number: Line30, find: Query[Paging]) -> HttpResponse:
    """Links whose both ends the person may see."""
    ticket, seen = one(request.user, number), Ticket.objects.visible_to(request.user)
    ends = Q(source=ticket.pk, target__in=seen) | Q(target=ticket.pk, source__in=seen)
    return api.page(Link.objects.filter(ends), LinkOut, find)


@routes.get("/{number}/time", response=answers(Page[TimeOut]), summary="List the time spent on a ticket")
def list_time(request: SignedInRequest, number: Line30, find: Query[Paging]) -> HttpResponse:
    return api.page(TimeEntry.objects.filter(ticket=one(request.user, number)), TimeOut, find)


def one(user: User, number: str) -> Ticket:
    """The ticket with this number.

    Raises:
        Http404: there is none, or the person may not see it.
    """
    return api.or_404(Ticket.objects.visible_to(user), number=number)


def told(ticket: Ticket, status: int = 200) -> HttpResponse:
    """Answer with the ticket as it stands now."""
    return api.reply(_whole(api.read(Ticket.objects.all(), TicketFields, pk=ticket.pk)), status)


def _whole(fields: dict[str, Any]) -> dict[str, Any]:
    """A ticket's fields with its clocks, where a contract promises something, and its charges."""
    clocks = SlaClock.objects.filter(ticket=fields["id"]) if fields["contract"] else SlaClock.objects.none()
    charges = Charge.objects.filter(ticket=fields["id"])
    return {**fields, "clocks": api.fields_of(clocks, ClockRow), "charges": api.fields_of(charges, ChargeOut)}


def reason_of(code: str | None) -> Reason | None:
    """The active reason with this code.

    Raises:
        Refused: there is none.
    """
    if code is None:
        return None
    reason = directory.reason(code)
    if reason is None:
        known = ", ".join(one.code for one in directory.reasons().values())
        text = _("There is no such reason. Choose one of: %(known)s.") % {"known": known}
        raise Refused(text, fields={"reason": text})
    return reason


def _chosen(rows: QuerySet[Any], key: int | None, name: str) -> Any:
    return None if key is None else api.related(rows, key, name)
