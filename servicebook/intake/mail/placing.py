"""Unknown senders: a person says whose they are, and everything they wrote follows."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.core.errors import Refused
from servicebook.customers.actions import save_contact
from servicebook.customers.models import Contact, Customer
from servicebook.equipment.models import Asset
from servicebook.intake.mail.actions import UNSORTED
from servicebook.intake.mail.rules import words
from servicebook.tickets.actions.placing import place
from servicebook.tickets.models import Ticket


class AlreadyPlaced(Refused):
    """The ticket stands with its customer already."""

    code = "already_placed"


@transaction.atomic
def place_sender(ticket_id: int, *, customer: Customer, by: User) -> list[Ticket]:
    """Give a ticket and all others of its unsorted sender to `customer`; return them.

    The sender becomes a contact there, so that their next mail finds its way by itself. A unit
    that the first letter names is looked up among the customer's.

    Raises:
        AlreadyPlaced, Refused
    """
    ticket = Ticket.objects.select_related("customer", "contact").get(pk=ticket_id)
    if ticket.customer.external_ref != UNSORTED:
        raise AlreadyPlaced(
            _("%(number)s stands with %(customer)s already.")
            % {"number": ticket.number, "customer": ticket.customer}
        )
    if customer.external_ref == UNSORTED:
        raise Refused(_("Choose the customer to whom the sender belongs."))
    stranger = ticket.contact
    contact = _contact_at(customer, stranger, by) if stranger else None
    theirs = Ticket.objects.filter(customer=ticket.customer_id)
    theirs = theirs.filter(contact=stranger) if stranger else theirs.filter(pk=ticket.pk)
    placed = [
        place(one.pk, customer=customer, by=by, contact=contact, asset=_unit(one, customer))
        for one in theirs.order_by("pk")
    ]
    if stranger is not None and contact is not None:
        stranger.active = False
        save_contact(stranger, by=by)
    return placed


def _contact_at(customer: Customer, stranger: Contact, by: User) -> Contact:
    same = Q(email=stranger.email) if stranger.email else Q(phone=stranger.phone)
    known = Contact.objects.filter(same, customer=customer).reachable().first()
    if known:
        return known
    new = Contact(customer=customer, name=stranger.name, email=stranger.email, phone=stranger.phone)
    return save_contact(new, by=by)


def _unit(ticket: Ticket, customer: Customer) -> Asset | None:
    first = ticket.messages.order_by("pk").first()
    tokens = words.tokens(ticket.title, first.text if first else "")
    units = list(Asset.objects.filter(customer=customer, serial__in=tokens)[:20]) if tokens else []
    return min(units, key=lambda unit: tokens.index(unit.serial), default=None)
