"""A request becomes a ticket with one owner, a priority and a first message, in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NotRequired, TypedDict, Unpack
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.contracts.deciding import Answer
from servicebook.core import clock, fields, inserts, numbers, preferences
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.messaging import deliveries
from servicebook.messaging.models import Delivery
from servicebook.tickets import directory, wording
from servicebook.tickets.actions import _deciding
from servicebook.tickets.actions._base import NotValid, in_one_tree, stays_in_one_tree
from servicebook.tickets.actions._units import check_belonging, refuse_unless, still_of, still_theirs
from servicebook.tickets.models import (
    KINDS_BY_HAND,
    Channel,
    Kind,
    Message,
    Priority,
    Reason,
    Spell,
    Status,
    Ticket,
)
from servicebook.tickets.rules import repeats

SERIES = "T"
LARGEST_ID = 2**63 - 1

# Asked for each new ticket, so it is not built anew each time. Whoever would move the unit waits.
_EARLIER = (
    "SELECT unit.customer_id, earlier.id, earlier.number, earlier.customer_id "  # noqa: S608 - names of ours
    f"FROM {Asset._meta.db_table} unit LEFT JOIN {Ticket._meta.db_table} earlier ON earlier.id = ("
    f"SELECT id FROM {Ticket._meta.db_table} WHERE asset_id = unit.id AND reason_id = %s "
    f"AND opened_at >= %s AND id < %s AND merged_into_id IS NULL AND kind <> '{Kind.PLANNED}' "
    "ORDER BY id DESC LIMIT 1) WHERE unit.id = %s"
)
_HELD = {"postgresql": " FOR NO KEY UPDATE OF unit"}


class Request(TypedDict):
    """What a ticket is opened with. Pass loaded objects: opening reads nothing that it is given."""

    customer: Customer
    title: str
    text: str
    channel: str
    by: User | None
    contact: NotRequired[Contact | None]
    site: NotRequired[Site | None]
    asset: NotRequired[Asset | None]
    reason: NotRequired[Reason | None]
    kind: NotRequired[str]
    downtime: NotRequired[int | None]
    on_site_contact: NotRequired[str]
    preferred_window: NotRequired[str]
    author_name: NotRequired[str]
    html: NotRequired[str]
    message_id: NotRequired[str]
    custom: NotRequired[Mapping[str, Any] | None]
    external_ref: NotRequired[str]
    acknowledge: NotRequired[bool]


def open_ticket(**request: Unpack[Request]) -> Ticket:
    """Open a ticket (S0.44). See `Request` for what it takes.

    What covers it is decided, its clocks start, the priority is computed, the owner found by the
    queue's rules, a repeat recognised; the first message, the journal, the agenda, the search index
    and the mails to contact and owner are written with it.

    Args:
        downtime: 1 nothing … 4 everything stands still; the reason's risk if None.
        acknowledge: whether the contact gets a mail with the number.

    Raises:
        NotValid: a text is missing, or site, unit or contact belong to another customer.
        FieldsMissing: a mandatory field is empty.
        NobodyThere: no person can own it.
    """
    return open_with_message(**request)[0]


def open_with_message(**request: Unpack[Request]) -> tuple[Ticket, Message]:
    """Open a ticket and return it with its first message."""
    with inserts.atomic():
        _check(request)
        ticket = _drafted(request)
        fields.check(ticket)
        decided = _deciding.first(ticket)
        message = _first_message(ticket, request, request["text"].strip() or ticket.title)
        with _numbered(ticket, message):
            _rest(ticket, decided, by=request["by"], by_name=message.author_name)
            deliveries.keep_first(_mails(ticket, request))
        return ticket, message


def foresee(**request: Unpack[Request]) -> Answer:
    """Return what would cover a ticket and what it would be promised, were it opened now.

    Nothing is written. Takes what `open_ticket` takes; texts may be empty still.

    Raises:
        NobodyThere, NoReasons: it could not be opened at all.
    """
    with inserts.atomic():  # what is looked at is held as when it is opened
        return _deciding.first(_drafted(request)).answer


def open_draft(like: Ticket, *, title: str, by: User) -> Ticket:
    """Open a ticket for the same customer, unit, reason and owner as `like`; its messages follow.

    The caller is inside a transaction and moves messages to it. What comes off planned work was asked for.
    """
    now = clock.now()
    ticket = Ticket(
        kind=Kind.REQUEST if like.kind == Kind.PLANNED else like.kind,
        title=wording.shortened(title),
        customer=like.customer,
        contact=still_theirs(like.customer, like.contact),
        site=still_theirs(like.customer, like.site),
        asset=still_of(like.customer, like.asset),
        region_id=like.region_id,
        channel=like.channel,
        reason=like.reason,
        status=Status.QUEUED,
        status_since=now,
        downtime=like.downtime,
        circumstances=dict(like.circumstances),
        owner=like.owner if like.owner.is_active else directory.owner_instead(like),
        team_id=like.team_id,
        opened_at=now,
        opened_by=by,
        changed_at=now,
        custom=dict(like.custom),
    )
    fields.check(ticket)
    decided = _deciding.first(ticket)
    with _numbered(ticket):
        _rest(ticket, decided, by=by)
    return ticket


@contextmanager
def _numbered(ticket: Ticket, *messages: Message) -> Iterator[None]:
    """Write the ticket with its first messages and what is added inside; number it last.

    The number's row stays locked until the commit. So everything is made with a stand-in for the
    number, and what does not hold it is written before it is taken. SQLite has one writer: nobody
    would be spared a wait.
    """
    year = clock.today(ZoneInfo(settings.TIME_ZONE)).year

    def take() -> str:
        ticket.number = numbers.take(SERIES, year)
        return ticket.number

    if connection.vendor == "sqlite":
        take()
        inserts.insert(ticket)
        _belong(messages, ticket)
        for one in messages:
            inserts.insert(one)
        with inserts.together():
            yield
        return
    inserts.reserve(ticket, *messages)
    _belong(messages, ticket)
    with inserts.together() as rows:
        ticket.number = numbers.stand_in(SERIES, year)
        for row in (ticket, *messages):
            inserts.add([row])
        yield
        rows.settle(ticket.number, take)


def _belong(messages: Sequence[Message], ticket: Ticket) -> None:
    """A row keeps the id that its ticket had when it was made: none."""
    for one in messages:
        one.ticket = ticket


def _rest(ticket: Ticket, decided: _deciding.First, *, by: User | None, by_name: str = "") -> None:
    """Add what each new ticket has: its spell, what covers it, its place in journal, agenda and search."""
    happened = [
        journal.Happening(
            "ticket.opened",
            ticket,
            {
                "title": ticket.title,
                "channel": wording.in_house(Channel(ticket.channel).label),
                "owner": ticket.owner.name,
                "priority": wording.in_house(Priority(ticket.priority).label),
                "because": ticket.priority_because,
            },
            by,
            by_name,
        ),
        decided.happened(ticket),
    ]
    if ticket.repeat_of:
        happened.append(
            journal.Happening("ticket.repeat_found", ticket, {"earlier": ticket.repeat_of.number})
        )
    inserts.add([Spell(ticket=ticket, status=ticket.status, started_at=ticket.opened_at)])
    decided.add(ticket, by=by)
    journal.record_many(happened)
    agenda.refresh(ticket, new=True)
    search.index(ticket, new=True)


def earlier_ticket(
    asset: Asset | None, reason: Reason, customer: Customer, *, than: Ticket | None = None
) -> Ticket | None:
    """Return the latest ticket on the same unit for the same reason within the window (S0.65).

    Planned work repeats nothing, and nothing repeats it. What was done for somebody who had the unit
    before is no business of its customer. The statement that asks for it keeps the unit with its customer
    until the commit, too: tickets are opened all day.

    Raises:
        NotValid: the unit went to somebody else since it was read.
    """
    if asset is None or (than is not None and than.kind == Kind.PLANNED):
        return None
    since = repeats.window_start(
        than.opened_at if than else clock.now(), days=preferences.current().repeat_window_days
    )
    moment = connection.ops.adapt_datetimefield_value(since)
    with connection.cursor() as cursor:
        sql = _EARLIER + _HELD.get(connection.vendor, "")
        cursor.execute(sql, [reason.pk, moment, than.pk if than else LARGEST_ID, asset.pk])
        owner, *row = cursor.fetchone()
    refuse_unless(stays_in_one_tree(customer, owner), customer, asset)
    if row[0] is None or not in_one_tree(customer, row[2]):
        return None
    return Ticket.from_db(connection.alias, ["id", "number", "customer_id"], row)


def _check(request: Request) -> None:
    wrong = {}
    if not (request["title"].strip() or request["text"].strip()):
        wrong["title"] = _("Say in a few words what is the matter.")
    downtime = request.get("downtime")
    if downtime is not None and not 1 <= downtime <= 4:
        wrong["downtime"] = _("Downtime goes from 1 (nothing stands still) to 4 (everything does).")
    if request["channel"] not in Channel.values:
        wrong["channel"] = _("Choose one of: %(channels)s.") % {"channels": ", ".join(Channel.values)}
    if request.get("kind", Kind.REQUEST) not in KINDS_BY_HAND:
        wrong["kind"] = _("Choose one of: %(kinds)s.") % {"kinds": ", ".join(KINDS_BY_HAND)}
    if wrong:
        raise NotValid(_("Not opened yet. %(wrong)s") % {"wrong": " ".join(wrong.values())}, fields=wrong)
    check_belonging(
        request["customer"],
        contact=request.get("contact"),
        site=request.get("site"),
        asset=request.get("asset"),
    )


def _drafted(request: Request) -> Ticket:
    """The ticket as it will be saved, without its number, and before it is weighed and decided."""
    customer, asset = request["customer"], request.get("asset")
    site = request.get("site") or (asset.site if asset else None)
    reason = request.get("reason") or directory.default_reason()
    downtime, kind = request.get("downtime"), request.get("kind") or Kind.REQUEST
    region_id = (site.region_id if site else None) or customer.region_id
    route = directory.owner_for(kind=kind, reason=reason, region_id=region_id, customer=customer)
    now = clock.now()
    return Ticket(
        kind=kind,
        title=wording.shortened(request["title"] or request["text"]),
        customer=customer,
        contact=request.get("contact"),
        site=site,
        asset=asset,
        region_id=region_id,
        channel=request["channel"],
        reason=reason,
        status=Status.QUEUED,
        status_since=now,
        downtime=downtime or reason.downtime_risk,
        owner=directory.person(route.owner),
        team_id=route.team,
        on_site_contact=request.get("on_site_contact", "")[:120],
        preferred_window=request.get("preferred_window", "")[:120],
        opened_at=now,
        opened_by=request["by"],
        changed_at=now,
        repeat_of=earlier_ticket(asset, reason, customer),
        external_ref=request.get("external_ref", "")[:80],
        custom=dict(request.get("custom") or {}),
    )


def _first_message(ticket: Ticket, request: Request, text: str) -> Message:
    by = request["by"]
    # Whoever enters a call only writes down what somebody of the customer said.
    ours = by is not None and ticket.channel == Channel.INTERNAL
    name = request.get("author_name") or (ticket.contact.name if ticket.contact and not ours else "")
    return Message(
        ticket=ticket,
        direction=Message.Direction.IN,
        channel=ticket.channel,
        author=by,
        contact=ticket.contact,
        author_name=(name or (by.name if by and ours else ticket.customer.name))[:120],
        at=ticket.opened_at,
        text=text,
        html=request.get("html", ""),
        message_id=request.get("message_id", ""),
    )


def _mails(ticket: Ticket, request: Request) -> list[Delivery | None]:
    """The receipt for the contact, and the news for the owner unless the owner opened it."""
    mails: list[Delivery | None] = []
    asked_by = request.get("message_id", "")
    if request.get("acknowledge", True) and ticket.contact:
        mails.append(
            deliveries.compose(
                "ticket_received",
                to=ticket.contact,
                about=ticket,
                key=f"ticket-{ticket.pk}-received",
                thread=ticket.number,
                in_reply_to=asked_by,
                references=asked_by,
            )
        )
    if ticket.owner != request["by"]:
        mails.append(owner_mail("ticket_yours", ticket))
    return mails


def owner_mail(
    template: str, ticket: Ticket, *, to: User | None = None, key: str = "", **facts: Any
) -> Delivery | None:
    """Compose a mail to the owner, or to somebody else of the house.

    Args:
        key: what happened; the ticket's version if empty, so that each change is told once.
    """
    what = key.lower().replace(":", "-").replace("+", "-") or str(ticket.version)
    return deliveries.compose(
        template,
        to=to or ticket.owner,
        about=ticket,
        key=f"{template}-{ticket.pk}-{what}",
        facts={"link": settings.CONFIG.address + ticket.get_absolute_url(), **facts},
    )
