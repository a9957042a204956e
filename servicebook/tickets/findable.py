"""How a ticket is found."""

from django.utils.translation import gettext_lazy as _

from servicebook.search import Findable, findable
from servicebook.tickets.models import Ticket


@findable(Ticket, icon="inbox", plural=_("Tickets"), place=1)
def ticket(ticket: Ticket) -> Findable:
    """By its number, title, customer, unit, site, contact and foreign key. Costs no statement when
    these are loaded."""
    words = [ticket.external_ref, ticket.on_site_contact]
    detail = [ticket.customer.name]
    if ticket.site:
        detail.append(ticket.site.name)
        words += [ticket.site.city]
    if ticket.asset:
        detail.append(ticket.asset.serial)
        words += [ticket.asset.inventory_number]
    if ticket.contact:
        words += [ticket.contact.name, ticket.contact.email, ticket.contact.phone]
    return Findable(
        title=f"{ticket.number} · {ticket.title}",
        detail=" · ".join(part for part in detail if part),
        words=" ".join(word for word in words if word),
    )
