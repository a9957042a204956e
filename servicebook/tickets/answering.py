"""By which way an answer on a ticket goes: the one that the customer wrote by, where it is still there."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from servicebook.customers.models import Contact
from servicebook.messaging import channels
from servicebook.messaging.models import Delivery, Reach, Wish
from servicebook.messaging.receivers import todays
from servicebook.messaging.rules.ways import answered_by
from servicebook.tickets.models import Channel, Message, Ticket

MAIL, TELEGRAM = Delivery.Channel.MAIL, Delivery.Channel.TELEGRAM
MOST_OTHERS = 100


@dataclass(frozen=True)
class Way:
    """One person, over one channel."""

    contact: Contact
    channel: str

    def __str__(self) -> str:
        where = self.contact.email if self.channel == MAIL else Delivery.Channel(self.channel).label
        return f"{self.contact.name} · {where}"

    @property
    def value(self) -> str:
        """Names it in a form."""
        return f"{self.contact.pk}:{self.channel}"


def ways_of(ticket: Ticket) -> tuple[Way | None, list[Way]]:
    """Return the way to who asks, or to the successor, and every other way to somebody at the customer.

    Who asks may be of the head office. Nobody is put in the place of somebody whom nothing reaches.
    """
    asks = _asks(ticket)
    theirs = list(_reachable(ticket))
    linked = _linked({one.pk for one in (asks, *theirs) if one})
    usual = _usual(ticket, asks, linked) if asks else None
    people = [*([asks] if asks else []), *(one for one in theirs if one != asks)]
    others = [Way(one, channel) for one in people for channel in _there(one, linked)]
    return usual, [one for one in others if one != usual]


def usual_channel(ticket: Ticket, contact: Contact | None) -> str:
    """Return over which channel a person, or the successor, is answered if nobody says otherwise."""
    today = todays(contact) if contact else None
    way = _usual(ticket, today, _linked({today.pk})) if isinstance(today, Contact) else None
    return way.channel if way else MAIL


def _usual(ticket: Ticket, contact: Contact, linked: Collection[int]) -> Way | None:
    there = _there(contact, linked)
    if len(there) < 2:
        return Way(contact, there[0]) if there else None
    wish = Wish.objects.filter(contact=contact).first()
    theirs = Message.objects.filter(ticket=ticket, contact=contact, direction=Message.Direction.IN)
    said = theirs.filter(automatic=False).order_by("-pk").first()
    wrote_by = {Channel.MESSENGER: TELEGRAM, Channel.MAIL: MAIL}.get(Channel(said.channel)) if said else None
    return Way(contact, answered_by(wrote_by or "", wish.channels if wish else (), there))


def _asks(ticket: Ticket) -> Contact | None:
    found = todays(ticket.contact) if ticket.contact else None
    return found if isinstance(found, Contact) else None


def _reachable(ticket: Ticket) -> Collection[Contact]:
    reached = ~Q(email="")
    if channels.is_set_up(TELEGRAM):
        reached |= Q(Exists(Reach.objects.filter(contact=OuterRef("pk"), channel=TELEGRAM, ended_at=None)))
    return Contact.objects.filter(reached, customer=ticket.customer_id).reachable()[:MOST_OTHERS]


def _linked(contacts: Collection[int]) -> Collection[int]:
    """Return which of the contacts have a chat; no statement where no bot is set up."""
    if not channels.is_set_up(TELEGRAM):
        return ()
    rows = Reach.objects.filter(channel=TELEGRAM, ended_at=None, contact__in=contacts)
    return set(rows.values_list("contact_id", flat=True))


def _there(contact: Contact, linked: Collection[int]) -> list[str]:
    return [*([MAIL] if contact.email else []), *([TELEGRAM] if contact.pk in linked else [])]
