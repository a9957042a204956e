"""A call becomes a ticket, or another word on an open one."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.contracts.deciding import Answer
from servicebook.core.errors import Refused
from servicebook.customers.actions import save_contact, save_customer
from servicebook.customers.models import Contact, Customer
from servicebook.customers.queries import likely_duplicates
from servicebook.equipment.models import Asset
from servicebook.intake.mail.rules import words
from servicebook.tickets import actions as tickets
from servicebook.tickets import directory
from servicebook.tickets.models import Channel, Reason, Ticket


class PerhapsKnown(Refused):
    """A customer of this name may stand in the book already."""

    code = "perhaps_known"


@transaction.atomic
def note(
    *,
    customer: Customer,
    title: str,
    by: User,
    channel: str = Channel.PHONE,
    text: str = "",
    contact: Contact | None = None,
    new_name: str = "",
    new_phone: str = "",
    asset: Asset | None = None,
    reason: Reason | None = None,
    downtime: int | None = None,
    on_site_contact: str = "",
    preferred_window: str = "",
    custom: Mapping[str, Any] | None = None,
    ticket: Ticket | None = None,
) -> Ticket:
    """Note what somebody asks for: a new ticket, or a message on `ticket` while it is open.

    Args:
        new_name: a caller whom nobody knew, remembered as a contact.
        reason: guessed from the words if None.
    """
    if contact is None and new_name:
        person = Contact(customer=customer, name=new_name, phone=new_phone)
        if asset is not None and asset.customer_id == customer.pk:
            person.site = asset.site
        contact = save_contact(person, by=by)
    author = contact.name if contact else new_name or (by.name if channel == Channel.INTERNAL else "")
    said = "\n\n".join(filter(None, [title.strip(), text.strip()])) if ticket else text.strip() or title
    if ticket is not None:
        message = tickets.receive_message(
            ticket.pk, text=said, channel=channel, contact=contact, author_name=author, by=by
        )
        return message.ticket
    code = words.reason(title, text)
    return tickets.open_ticket(
        customer=customer,
        title=title,
        text=said,
        channel=channel,
        by=by,
        contact=contact,
        asset=asset,
        reason=reason or (directory.reason(code) if code else None),
        downtime=downtime,
        on_site_contact=on_site_contact,
        preferred_window=preferred_window,
        custom=custom,
        author_name=author,
    )


def foresee(
    *,
    customer: Customer,
    title: str,
    by: User,
    channel: str,
    asset: Asset | None,
    reason: Reason | None,
    downtime: int | None,
) -> Answer:
    """What would cover the call, were it noted now (S0.23). Nothing is written."""
    code = words.reason(title, "")
    return tickets.foresee(
        customer=customer,
        title=title,
        text="",
        channel=channel,
        by=by,
        asset=asset,
        reason=reason or (directory.reason(code) if code else None),
        downtime=downtime,
    )


@transaction.atomic
def remember(*, company: str, name: str, phone: str, email: str, is_new: bool, by: User) -> Contact:
    """Keep a caller whom nobody knew, with a new customer.

    Raises:
        PerhapsKnown: customers of a like name exist and nobody said that this one is new.
        Refused: with `fields`.
    """
    customer = Customer(name=company)
    if not is_new:
        alike = likely_duplicates(customer)
        if alike:
            names = ", ".join(one.customer.name for one in alike)
            text = _("Is it %(names)s? Type that name, or tick that it is a new customer.") % {"names": names}
            raise PerhapsKnown(text, fields={"company": text})
    customer = save_customer(customer, by=by)
    return save_contact(Contact(customer=customer, name=name, phone=phone, email=email, is_main=True), by=by)
