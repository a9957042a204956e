"""How a contact wants to be written to: as our people heard it (S0.38), or as they say by their link."""

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.customers.models import Contact
from servicebook.customers.saving import wrong
from servicebook.messaging import channels
from servicebook.messaging.models import Delivery, Wish

# What a person may wish for: what can be sent to somebody outside.
OUTSIDE = (Delivery.Channel.MAIL, Delivery.Channel.SMS, Delivery.Channel.TELEGRAM)


@transaction.atomic
def wish(contact_id: int, *, first: str, unsubscribed: bool, by: User) -> Wish:
    """Keep which channel comes first for a contact, and whether they want what no contract asks for.

    Args:
        first: a channel of `OUTSIDE`; empty: as the reminder rules say.

    Raises:
        Refused: with `fields`: it is no channel that is set up here.
    """
    if first and (first not in OUTSIDE or not channels.is_set_up(first)):
        raise wrong(first=_("This way is not set up here. Choose another one."))
    contact, row = _locked(contact_id)
    before = (row.channels, row.unsubscribed_at is not None)
    row.channels = [first] if first else []
    if unsubscribed != (row.unsubscribed_at is not None):
        row.unsubscribed_at = clock.now() if unsubscribed else None
    row.save()
    if before != (row.channels, unsubscribed):
        how = str(Delivery.Channel(first).label) if first else ""
        journal.record("contact.wishes", contact, by=by, how=how, unsubscribed=unsubscribed)
    return row


@transaction.atomic
def unsubscribe(contact_id: int) -> Wish:
    """Stop what no contract asks for, as the contact says by their link. What waits already stops, too."""
    return _by_link(contact_id, unsubscribed=True)


@transaction.atomic
def come_back(contact_id: int) -> Wish:
    """Let the contact get again what no contract asks for, as they say by their link."""
    return _by_link(contact_id, unsubscribed=False)


def _by_link(contact_id: int, *, unsubscribed: bool) -> Wish:
    contact, row = _locked(contact_id)
    if unsubscribed != (row.unsubscribed_at is not None):
        row.unsubscribed_at = clock.now() if unsubscribed else None
        row.save()
        verb = "contact.unsubscribed" if unsubscribed else "contact.came_back"
        journal.record(verb, contact, by_name=contact.name)
    return row


def _locked(contact_id: int) -> tuple[Contact, Wish]:
    """The contact, locked, with its wish: of two at once the second sees what the first said."""
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    return contact, Wish.objects.filter(contact=contact).first() or Wish(contact=contact)
