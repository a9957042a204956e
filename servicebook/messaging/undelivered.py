"""A message that cannot be delivered is told to an owner, in Servicebook, where nothing is lost on the way.

An address that is dead is a next step of its own (`suppressing`); this is about all the rest: a server that
refuses the text, one that answered "later" until nobody tried any more, an end that nobody knows.
"""

from collections.abc import Collection, Iterator, Sequence

from django.conf import settings
from django.db.models import Model
from django.utils import translation
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.core import clock, related
from servicebook.customers.models import Contact
from servicebook.messaging import suppressing
from servicebook.messaging.models import Delivery
from servicebook.messaging.notices import Told, tell

Channel = Delivery.Channel
LONGEST = 200


def tell_owners(rows: Sequence[Delivery]) -> None:
    """Tell who answers for the receivers that `rows` are dead; once a day for each receiver.

    With a fixed number of statements, and at most one for each owner who does not see every message.
    """
    # A browser that is gone is nobody's concern, and what stands in Servicebook has arrived.
    concerned = [row for row in rows if row.channel not in (Channel.PUSH, Channel.IN_APP)]
    mended = _to_be_mended(concerned)
    first = {_receiver(row): row for row in reversed(concerned) if row.contact_id not in mended}
    if not first:
        return
    related.fetch(list(first.values()), "about", "user", "contact__customer__owner")
    head = suppressing.whoever_owns_the_service()
    of_each: dict[User, list[Delivery]] = {}
    for row in first.values():
        for owner in dict.fromkeys(_owners(row, head)):
            of_each.setdefault(owner, []).append(row)
    told: list[Told] = []
    for owner, some in of_each.items():
        seen = Delivery.objects.visible_to(owner).filter(pk__in=[row.pk for row in some])
        shown = set(seen.values_list("pk", flat=True))
        told += [_told(row, owner, row.pk in shown) for row in some]
    tell(told)


def _to_be_mended(rows: Sequence[Delivery]) -> Collection[int]:
    """Return the contacts of whom the owner has a next step already: an address of theirs is dead."""
    contacts = {row.contact_id for row in rows if row.contact_id}
    if not contacts:
        return ()
    steps = suppressing.steps().filter(about_id__in=contacts)
    return {pk for pk in steps.values_list("about_id", flat=True) if pk is not None}


def _receiver(row: Delivery) -> str:
    return f"contact-{row.contact_id}" if row.contact_id else f"user-{row.user_id or 0}"


def _told(row: Delivery, owner: User, is_shown: bool) -> Told:
    about = row.about
    with translation.override(settings.LANGUAGE_CODE):
        why = _(row.last_error)[:LONGEST]
    return Told(
        to=owner,
        text="undelivered",
        history=about or row.contact or row,
        key=f"undelivered-{_receiver(row)}-{clock.now():%Y-%m-%d}",
        url=settings.CONFIG.address + _where(row, about, is_shown),
        facts={
            "name": row.to_name or row.to_address,
            "how": Channel(row.channel).label,
            "what": row.subject_line,
            "why": why,
        },
        channels=(Channel.IN_APP,),
    )


def _where(row: Delivery, about: Model | None, is_shown: bool) -> str:
    """Where the owner mends it: at the message, at the thing, else on the card."""
    if is_shown:
        return row.get_absolute_url()
    for thing in (about, row.contact):
        url = getattr(thing, "get_absolute_url", None)
        if url:
            return str(url())
    return "/"


def _owners(row: Delivery, head: User | None) -> Iterator[User]:
    """Of a contact: who owns the customer. Of one of ours: that person, and who owns the service."""
    if isinstance(row.contact, Contact):
        about_owner = getattr(row.about, "owner", None) if getattr(row.about, "sensitive", False) else None
        owner = about_owner or row.contact.customer.owner
        found = [owner if owner and owner.is_active else head]
    else:
        found = [row.user if row.user and row.user.is_active else None, head]
    yield from (one for one in found if one is not None)
