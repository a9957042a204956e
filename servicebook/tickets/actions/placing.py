"""A ticket that stands with the wrong customer, or with nobody's, gets its own."""

from django.db import transaction

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.customers.models import Contact, Customer
from servicebook.equipment.models import Asset
from servicebook.messaging import deliveries
from servicebook.tickets import directory
from servicebook.tickets.actions import _deciding, _sharing
from servicebook.tickets.actions._base import locked, write
from servicebook.tickets.actions._units import check_belonging, refuse_gone
from servicebook.tickets.actions.opening import earlier_ticket, owner_mail
from servicebook.tickets.models import Status, Ticket


@transaction.atomic
def place(
    ticket_id: int,
    *,
    customer: Customer,
    by: User | None,
    contact: Contact | None,
    asset: Asset | None = None,
) -> Ticket:
    """Give the ticket to `customer`, with who asks and the unit there.

    Its priority is computed again, what covers it, and whether it is a repeat; while it is in the
    queue, its owner is looked up again too, and told.

    Raises:
        NotValid: the contact or the unit is of another customer.
        Changed: somebody else changed the ticket meanwhile.
    """
    ticket = locked(ticket_id)
    check_belonging(customer, contact=contact, site=None, asset=asset)
    refuse_gone([(customer, asset)])
    before = ticket.customer.name
    ticket.customer, ticket.contact, ticket.asset = customer, contact, asset
    ticket.site = asset.site if asset else contact.site if contact else None
    ticket.region_id = (ticket.site.region_id if ticket.site else None) or customer.region_id
    ticket.repeat_of = earlier_ticket(asset, ticket.reason, customer, than=ticket)
    names = ("customer", "contact", "asset", "site", "region_id", "repeat_of")
    changes = {name: getattr(ticket, name) for name in names} | _deciding.again(ticket, by=by)
    owner_before = ticket.owner
    if ticket.status == Status.QUEUED:
        route = directory.owner_for(
            kind=ticket.kind, reason=ticket.reason, region_id=ticket.region_id, customer=customer
        )
        changes |= {"owner": directory.person(route.owner), "team_id": route.team}
    write(ticket, **changes)
    journal.record("ticket.placed", ticket, by=by, customer=customer.name, before=before)
    if ticket.owner not in (owner_before, by):
        deliveries.keep([owner_mail("ticket_yours", ticket)])
    _sharing.settle(ticket, by=by)
    search.index(ticket)
    agenda.refresh(ticket)
    return ticket
