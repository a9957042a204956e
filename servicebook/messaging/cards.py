"""What the page of a contact shows of messages."""

from typing import Any

from servicebook.accounts.models import User
from servicebook.core.cards import card
from servicebook.customers.models import Contact
from servicebook.messaging import channels, chat_links, chats, suppressing
from servicebook.messaging.models import Delivery, Wish
from servicebook.messaging.wishes import OUTSIDE
from servicebook.rights import OFFICE


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
