"""What the page of a contact shows of messages."""

import hashlib
from datetime import timedelta
from typing import Any

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.core.cards import card
from servicebook.customers.models import Contact
from servicebook.messaging import browsers, channels, chat_links, chats, suppressing
from servicebook.messaging.channels import webpush
from servicebook.messaging.models import Delivery, Reach, Wish
from servicebook.messaging.wishes import OUTSIDE
from servicebook.rights import OFFICE

SHOWN_AFTER_ITS_END = timedelta(days=30)


@card("customers.contact", "messaging/_of_contact.html")
def of_contact(contact: Contact, user: User) -> dict[str, Any] | None:
    """How they want to be written to, and where nothing can be sent, with the way to lift it."""
    if not contact.active or OFFICE.isdisjoint(user.roles):
        return None
    wish = Wish.objects.filter(contact=contact).first()
    return {
        "contact": contact,
        "ways": [(one.value, one.label) for one in OUTSIDE if channels.is_set_up(one)],
        "first": next(iter(wish.channels), "") if wish else "",
        "unsubscribed": wish.unsubscribed_at if wish else None,
        "suppressed": suppressing.suppressed_of([contact])[contact.pk],
        "chats": chats.chats_of(contact),
    }


@card("accounts.user", "messaging/_of_user.html")
def of_user(person: User, user: User) -> dict[str, Any] | None:
    """The own chats, and the link that connects one. Nobody sees the link of somebody else."""
    if person.pk != user.pk or not channels.is_set_up(Delivery.Channel.TELEGRAM):
        return None
    return {"chats": chats.chats_of(person), "link": chat_links.url_of(person)}


@card("accounts.user", "messaging/_browsers.html")
def browsers_of(person: User, user: User) -> dict[str, Any] | None:
    """The own browsers that ring, those that ceased to by themselves, and the way to switch this one on."""
    if person.pk != user.pk:
        return None
    rows = browsers.of(person)
    mine = Reach.objects.filter(user=person, channel=Delivery.Channel.PUSH)
    since = max([clock.now() - SHOWN_AFTER_ITS_END, *(one.linked_at for one in rows)])
    return {
        "browsers": [(one, _fingerprint(one.address)) for one in rows],
        "gone": mine.filter(ended_because=Reach.Ended.GONE, ended_at__gte=since).order_by("-pk")[:3],
        "latest": person.deliveries.filter(channel=Delivery.Channel.PUSH).order_by("-pk").first(),
        "push_key": webpush.public_key(),
    }


def _fingerprint(endpoint: str) -> str:
    """By it a browser finds itself in the list: the address itself stands in no page."""
    return hashlib.sha256(endpoint.encode()).hexdigest()
