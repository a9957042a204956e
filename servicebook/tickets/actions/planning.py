"""Many planned tickets at once: the same rows as one by one, with a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.contracts.deciding import reading_ahead
from servicebook.core import clock, inserts, numbers
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.tickets import directory, wording
from servicebook.tickets.actions import _deciding
from servicebook.tickets.actions.opening import SERIES
from servicebook.tickets.models import (
    Channel,
    Kind,
    Message,
    Priority,
    Reason,
    Spell,
    Status,
    Ticket,
    WorkType,
)

AT_ONCE = 500
REASON = "maintenance"  # the reason of planned work, where the directory has it


@dataclass(frozen=True)
class Planned:
    """What a planned ticket is made from, with loaded objects.

    Attributes:
        due_at: aware; the work is to be done by then.
        owner: whoever the plan names; the rules of the queue decide if None, or if the person left.
    """

    customer: Customer
    title: str
    text: str
    due_at: datetime
    work_type: WorkType
    site: Site | None = None
    asset: Asset | None = None
    contact: Contact | None = None
    owner: User | None = None
    team_id: int | None = None
    on_site_contact: str = ""
    preferred_window: str = ""


def open_many(planned: Sequence[Planned], *, by: User | None = None) -> list[Ticket]:
    """Open planned tickets, in the given order. Nobody is written to: reminders do that.

    Raises:
        NobodyThere: no person can own them.
    """
    opened: list[Ticket] = []
    with transaction.atomic():
        now = clock.now()
        common = _common(_reason(), by, now)
        for start in range(0, len(planned), AT_ONCE):
            some = planned[start : start + AT_ONCE]
            units = [one.asset for one in some if one.asset]
            with reading_ahead([one.customer for one in some], units, at=now):
                opened += _open([_drafted(one, common) for one in some], some)
    return opened


def _open(tickets: list[Ticket], planned: Sequence[Planned]) -> list[Ticket]:
    decided = [_deciding.first(one) for one in tickets]
    year = clock.today(ZoneInfo(settings.TIME_ZONE)).year
    for ticket, number in zip(tickets, numbers.take_many(SERIES, year, len(tickets)), strict=True):
        ticket.number = number
    inserts.insert_many(tickets)
    inserts.add(_messages(tickets, planned))
    spell = Spell(status=Status.QUEUED, started_at=tickets[0].opened_at)
    inserts.add([inserts.like(spell, ticket_id=one.pk) for one in tickets])
    inserts.add([first.row(ticket) for ticket, first in zip(tickets, decided, strict=True)])
    words = {one.value: wording.in_house(one.label) for one in (Channel.PROGRAM, *Priority)}
    journal.record_many(
        happened
        for ticket, first in zip(tickets, decided, strict=True)
        for happened in (_opened(ticket, words), first.happened(ticket))
    )
    agenda.refresh_many(tickets, new=True)
    search.index_many(tickets, new=True)
    return tickets


def _reason() -> Reason:
    reasons = directory.reasons().values()
    return next((one for one in reasons if one.code == REASON), None) or directory.default_reason()


def _common(reason: Reason, by: User | None, now: datetime) -> Ticket:
    """What all of them have in common."""
    return Ticket(
        kind=Kind.PLANNED,
        channel=Channel.PROGRAM,
        reason=reason,
        status=Status.QUEUED,
        status_since=now,
        downtime=reason.downtime_risk,
        opened_at=now,
        opened_by=by,
        changed_at=now,
    )


def _drafted(one: Planned, common: Ticket) -> Ticket:
    region_id = (one.site.region_id if one.site else None) or one.customer.region_id
    owner, team_id = one.owner, one.team_id
    if owner is None or not owner.is_active:
        route = directory.owner_for(
            kind=Kind.PLANNED, reason=common.reason, region_id=region_id, customer=one.customer
        )
        owner, team_id = directory.person(route.owner), team_id or route.team
    return inserts.like(
        common,
        refers={
            "customer": one.customer,
            "contact": one.contact,
            "site": one.site,
            "asset": one.asset,
            "work_type": one.work_type,
            "owner": owner,
        },
        title=wording.shortened(one.title),
        region_id=region_id,
        team_id=team_id,
        on_site_contact=one.on_site_contact[:120],
        preferred_window=one.preferred_window[:120],
        due_at=one.due_at,
        circumstances={},
        custom={},
    )


def _messages(tickets: Sequence[Ticket], planned: Sequence[Planned]) -> list[Message]:
    first = Message(
        direction=Message.Direction.NOTE,
        channel=Channel.PROGRAM,
        author_name=journal.PROGRAM,
        at=tickets[0].opened_at,
        automatic=True,
    )
    return [
        inserts.like(first, ticket_id=ticket.pk, text=one.text)
        for ticket, one in zip(tickets, planned, strict=True)
    ]


def _opened(ticket: Ticket, words: Mapping[str | int, str]) -> journal.Happening:
    return journal.Happening(
        "ticket.opened",
        ticket,
        {
            "title": ticket.title,
            "channel": words[ticket.channel],
            "owner": ticket.owner.name,
            "priority": words[ticket.priority],
            "because": ticket.priority_because,
        },
        ticket.opened_by,
    )
