"""Who is written to today, and over which ways: looked up for many at once, in the moment of queueing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from servicebook.accounts.models import User
from servicebook.customers.models import Contact
from servicebook.messaging import channels
from servicebook.messaging.models import Delivery, Reach, Suppression, Wish
from servicebook.messaging.rules.ways import Choice, Ways, choose

Person: TypeAlias = Contact | User
Channel = Delivery.Channel
SHORT = (Channel.SMS, Channel.TELEGRAM)
NOBODY_LEFT = gettext_noop("Nobody answers for this contact any more.")
NO_ADDRESS = gettext_noop("The card has no address to write to.")


@dataclass(frozen=True)
class Receiver:
    """A person and the ways there."""

    person: Person
    ways: Ways
    unsubscribed: bool = False  # of what no contract asks for

    def choice(self, order: Sequence[str]) -> Choice:
        """Return the way by which a message goes whose channels are tried in `order`, see `choose`."""
        return choose(self.ways, order=order, nothing=_(NO_ADDRESS))

    def way(self, channel: str) -> Choice:
        """Return the way of a message that was written for `channel`, or why it cannot go.

        What cannot go to a phone or a chat any more goes as it would be told today.
        """
        address = self.ways.addresses.get(channel, "")
        closed = self.ways.suppressed.get(channel, "")
        if not address:
            closed = NO_ADDRESS if channels.is_set_up(channel) else channels.NOT_SET_UP
        if closed and channel in SHORT:
            other = self.choice(())
            if not other.because:
                return other
        return Choice(channel, address, closed)

    @property
    def ref(self) -> str:
        """Names the receiver in keys: "contact-17"."""
        return ref(self.person)

    @property
    def contact(self) -> Contact | None:
        return self.person if isinstance(self.person, Contact) else None

    @property
    def user(self) -> User | None:
        return self.person if isinstance(self.person, User) else None


def ref(person: Person) -> str:
    return f"{'contact' if isinstance(person, Contact) else 'user'}-{person.pk}"


def todays(person: Person) -> Person | None:
    """Return who gets what is meant for `person` today; None when nobody does (S0.3)."""
    return _todays([person])[ref(person)]


@dataclass(frozen=True)
class Today:
    """Where what was meant for somebody goes now, and what stands in the way; empty when nothing does."""

    person: Person | None
    address: str
    because: str


def way_today(person: Person, channel: str) -> Today:
    """Return where a message to a person that was written for a channel goes if it is sent now."""
    receiver = look_up([person])[ref(person)]
    if receiver is None:
        return Today(None, "", NOBODY_LEFT)
    way = receiver.way(channel)
    return Today(receiver.person, way.address, way.because)


def look_up(people: Iterable[Person]) -> dict[str, Receiver | None]:
    """Return who gets what is meant for each of `people`, by `ref`; None for those who left.

    Four statements, however many people; one more for each step of the longest chain of successors.
    """
    found = _todays(list(people))
    persons = {ref(one): one for one in found.values() if one is not None}
    wishes = {
        row.contact_id: row
        for row in Wish.objects.filter(contact__in=[p.pk for p in persons.values() if isinstance(p, Contact)])
    }
    addresses = _addresses(persons)
    suppressed = _suppressed(addresses)
    receivers = {}
    for name, person in persons.items():
        wish = wishes.get(person.pk) if isinstance(person, Contact) else None
        ways = Ways(
            wish=wish.channels if wish else (),
            addresses=addresses[name],
            suppressed={
                channel: because
                for channel, address in addresses[name].items()
                if (because := suppressed.get((channel, address)))
            },
        )
        receivers[name] = Receiver(person, ways, bool(wish and wish.unsubscribed_at))
    return {name: receivers[ref(one)] if one is not None else None for name, one in found.items()}


def _todays(people: Collection[Person]) -> dict[str, Person | None]:
    known = {one.pk: one for one in people if isinstance(one, Contact)}
    while missing := {one.replaced_by_id for one in known.values() if one.replaced_by_id} - known.keys():
        known |= Contact.objects.in_bulk(missing)
    found: dict[str, Person | None] = {}
    for one in people:
        person, seen = one, set()
        while isinstance(person, Contact) and person.replaced_by_id and person.pk not in seen:
            seen.add(person.pk)
            person = known[person.replaced_by_id]
        works_here = person.active if isinstance(person, Contact) else person.is_active
        found[ref(one)] = person if works_here else None
    return found


def _addresses(persons: dict[str, Person]) -> dict[str, dict[str, str]]:
    """Return the address of each person for each channel that is set up."""
    linked = _linked(persons)
    found = {}
    for name, person in persons.items():
        of_all = {Channel.MAIL: person.email, Channel.SMS: person.phone, **linked[name]}
        if isinstance(person, User):
            of_all[Channel.IN_APP] = person.name
        found[name] = {
            str(channel): address
            for channel, address in of_all.items()
            if address and channels.is_set_up(channel)
        }
    return found


def _linked(persons: dict[str, Person]) -> dict[str, dict[str, str]]:
    """Return the newest chat of each person, and what their browsers are called."""
    contacts = [one.pk for one in persons.values() if isinstance(one, Contact)]
    users = [one.pk for one in persons.values() if isinstance(one, User)]
    found: dict[str, dict[str, str]] = defaultdict(dict)
    of_these = Reach.objects.filter(ended_at=None, contact__in=contacts) | Reach.objects.filter(
        ended_at=None, user__in=users
    )
    for reach in of_these.order_by("pk"):
        name = f"contact-{reach.contact_id}" if reach.contact_id else f"user-{reach.user_id}"
        # A browser is told by its label: its endpoint is a secret, and several may ring for one message.
        address = reach.label or "–" if reach.channel == Channel.PUSH else reach.address
        found[name][reach.channel] = address
    return found


def _suppressed(addresses: dict[str, dict[str, str]]) -> dict[tuple[str, str], str]:
    every = {address for ways in addresses.values() for address in ways.values()}
    return {
        (row.channel, row.address): _("Nothing is sent to %(address)s: %(because)s")
        % {"address": row.address, "because": row.because}
        for row in Suppression.objects.filter(lifted_at=None, address__in=every)
    }
