"""Old tickets from another system, many at once, with everything that a ticket has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.core import clock, inserts, numbers
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.tickets import directory, wording
from servicebook.tickets.actions import _weighing
from servicebook.tickets.actions._units import refuse_gone
from servicebook.tickets.actions.opening import SERIES
from servicebook.tickets.models import (
    Channel,
    Kind,
    Message,
    Reason,
    Spell,
    Status,
    Ticket,
    WaitingReason,
)

_FROM_THERE = _("As it was in the system from which it was imported.")
AT_ONCE = 1000  # rows in one statement


@dataclass(frozen=True)
class OldTicket:
    """One ticket of another system, its references found already.

    Attributes:
        opened_at, closed_at: aware. `status` "closed" needs `closed_at`; other statuses do without.
        waiting_for: with `status` "waiting"; `expected_on` with "part" and "delivery".
        owner: the queue's rules find one if None. `priority`: 1 to 4, computed if None.
        external_ref: its key there; a key is used once.
    """

    customer: Customer
    title: str
    text: str
    opened_at: datetime
    reason: Reason
    closed_at: datetime | None = None
    status: str = Status.CLOSED
    site: Site | None = None
    asset: Asset | None = None
    contact: Contact | None = None
    owner: User | None = None
    priority: int | None = None
    kind: str = Kind.REQUEST
    waiting_for: str = ""
    expected_on: date | None = None
    external_ref: str = ""
    done: str = ""
    result: str = ""
    custom: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def import_tickets(rows: Sequence[OldTicket], *, by: User | None) -> list[Ticket]:
    """Write old tickets in the order of `rows`: numbers of their years, owner, priority, spells,
    first message, journal and search index. Nobody is written to; only open ones have a future.

    A fixed number of statements per 1 000 rows.

    Raises:
        ValueError: status and dates of a row do not fit each other.
        IntegrityError: a key of another system was used before.
        NotValid: the unit of an open one went to another customer since it was found.
    """
    tickets = [_made(row, by) for row in rows]
    refuse_gone((one.customer, one.asset) for one in tickets if one.is_open)
    _number(tickets)
    Ticket.objects.bulk_create(tickets, batch_size=AT_ONCE)
    inserts.add([_message(ticket, row) for ticket, row in zip(tickets, rows, strict=True)])
    inserts.add([one for ticket in tickets for one in _spells(ticket)])
    tz = ZoneInfo(settings.TIME_ZONE)
    journal.record_many(
        journal.Happening(
            "ticket.imported",
            ticket,
            {
                "title": ticket.title,
                "opened": ticket.opened_at.astimezone(tz).date(),
                "external_ref": ticket.external_ref,
                "owner": ticket.owner.name,
            },
            by,
        )
        for ticket in tickets
    )
    search.index_many(tickets, new=True)
    agenda.refresh_many([ticket for ticket in tickets if ticket.is_open], new=True)
    return tickets


def _made(row: OldTicket, by: User | None) -> Ticket:
    closed = row.status == Status.CLOSED
    if closed != (row.closed_at is not None) or (row.closed_at and row.closed_at < row.opened_at):
        raise ValueError(f"{row.title!r}: a closed ticket, and no other, has a moment of closing")
    if row.status not in Status.values or (row.status == Status.WAITING) != bool(row.waiting_for):
        raise ValueError(f"{row.title!r}: no such status, or waiting without a reason")
    if row.waiting_for and row.waiting_for not in WaitingReason.values:
        raise ValueError(f"{row.title!r}: no such reason to wait: {row.waiting_for}")
    site = row.site or (row.asset.site if row.asset else None)
    region_id = (site.region_id if site else None) or row.customer.region_id
    owner, team_id = row.owner, row.owner.team_id if row.owner else None
    if owner is None:
        route = directory.owner_for(
            kind=row.kind, reason=row.reason, region_id=region_id, customer=row.customer
        )
        owner, team_id = directory.person(route.owner), route.team
    ticket = Ticket(
        kind=row.kind,
        title=wording.shortened(row.title or row.text),
        customer=row.customer,
        contact=row.contact,
        site=site,
        asset=row.asset,
        region_id=region_id,
        channel=Channel.IMPORT,
        reason=row.reason,
        status=row.status,
        status_since=row.closed_at or row.opened_at,
        waiting_for=row.waiting_for,
        expected_on=row.expected_on,
        downtime=row.reason.downtime_risk,
        owner=owner,
        team_id=team_id,
        opened_at=row.opened_at,
        opened_by=by,
        closed_at=row.closed_at,
        changed_at=clock.now(),
        external_ref=row.external_ref[:80],
        done=row.done,
        result=row.result,
        custom=dict(row.custom),
    )
    _weighing.put(ticket, _weighing.urgency_of(ticket))
    if row.priority is not None and row.priority != ticket.priority:
        ticket.priority = row.priority
        ticket.priority_because = wording.in_house(_FROM_THERE)
    return ticket


def _number(tickets: Sequence[Ticket]) -> None:
    """Give numbers year by year, oldest first; one statement per year."""
    tz = ZoneInfo(settings.TIME_ZONE)

    def year(ticket: Ticket) -> int:
        return ticket.opened_at.astimezone(tz).year

    for of_year, group in groupby(sorted(tickets, key=lambda one: one.opened_at), key=year):
        same = list(group)
        for ticket, number in zip(same, numbers.take_many(SERIES, of_year, len(same)), strict=True):
            ticket.number = number


def _message(ticket: Ticket, row: OldTicket) -> Message:
    return Message(
        ticket=ticket,
        direction=Message.Direction.IN,
        channel=Channel.IMPORT,
        contact=row.contact,
        author_name=(row.contact.name if row.contact else row.customer.name)[:120],
        at=row.opened_at,
        text=row.text or row.title,
    )


def _spells(ticket: Ticket) -> list[Spell]:
    """A closed one stood in progress until it was closed, as far as we know."""
    if ticket.closed_at is None:
        return [
            Spell(
                ticket=ticket,
                status=ticket.status,
                waiting_for=ticket.waiting_for,
                started_at=ticket.status_since,
            )
        ]
    return [
        Spell(ticket=ticket, status=Status.WORKING, started_at=ticket.opened_at, ended_at=ticket.closed_at),
        Spell(ticket=ticket, status=Status.CLOSED, started_at=ticket.closed_at),
    ]
