"""A message that cannot be delivered is told to an owner, in Servicebook, where nothing is lost on the way.

An address that is dead is a next step of its own (`suppressing`); this is about all the rest: a server that
refuses the text, one that answered "later" until nobody tried any more, an end that nobody knows.
"""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Model
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.customers.models import Contact
from servicebook.messaging import suppressing
from servicebook.messaging.models import Delivery, Suppression
from servicebook.messaging.notices import Told, tell

Channel = Delivery.Channel
LONGEST = 200


def tell_owner(row: Delivery) -> None:
    """Tell who answers for the receiver that `row` is dead; once a day for each receiver."""
    # A browser that is gone is nobody's concern, and what stands in Servicebook has arrived.
    if row.channel in (Channel.PUSH, Channel.IN_APP) or _is_to_be_mended(row):
        return
    tell([_told(row, owner) for owner in dict.fromkeys(_owners(row))])


def _is_to_be_mended(row: Delivery) -> bool:
    """Whether the owner has a next step already: the address of a contact is dead."""
    dead = Suppression.objects.filter(channel=row.channel, address=row.to_address, lifted_at=None)
    return row.contact_id is not None and dead.exists()


def _told(row: Delivery, owner: User) -> Told:
    about = row.about
    receiver = f"contact-{row.contact_id}" if row.contact_id else f"user-{row.user_id or 0}"
    with translation.override(settings.LANGUAGE_CODE):
        why = _(row.last_error)[:LONGEST]
    return Told(
        to=owner,
        text="undelivered",
        history=about or row.contact or row,
        key=f"undelivered-{receiver}-{clock.now():%Y-%m-%d}",
        url=settings.CONFIG.address + _where(row, owner, about),
        facts={
            "name": row.to_name or row.to_address,
            "how": Channel(row.channel).label,
            "what": row.subject_line,
            "why": why,
        },
        channels=(Channel.IN_APP,),
    )


def _where(row: Delivery, owner: User, about: Model | None) -> str:
    """Where the owner mends it: at the message, at the thing, else on the card."""
    if Delivery.objects.visible_to(owner).filter(pk=row.pk).exists():
        return row.get_absolute_url()
    for thing in (about, row.contact):
        url = getattr(thing, "get_absolute_url", None)
        if url:
            return str(url())
    return "/"


def _owners(row: Delivery) -> Iterator[User]:
    """Of a contact: who owns the customer. Of one of ours: that person, and who owns the service."""
    head = suppressing.whoever_owns_the_service()
    if isinstance(row.contact, Contact):
        about_owner = getattr(row.about, "owner", None) if getattr(row.about, "sensitive", False) else None
        owner = about_owner or row.contact.customer.owner
        found = [owner if owner and owner.is_active else head]
    else:
        found = [row.user if row.user and row.user.is_active else None, head]
    yield from (one for one in found if one is not None)
