"""Contacts: their roles, and what follows a successor (S0.2, S0.3)."""

from collections.abc import Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.core.errors import Refused
from servicebook.customers import queries
from servicebook.customers.actions.addresses import clean_mail, clean_phone
from servicebook.customers.actions.customers import StillNeeded
from servicebook.customers.models import Contact, Promise, Site
from servicebook.customers.saving import save, squeeze, wrong
from servicebook.search.indexing import REGISTERED

ROLES = ("is_main", "is_decision_maker", "may_open_tickets", "may_sign", "is_on_site")


class CannotReplace(Refused):
    """This contact cannot be the successor of that one."""

    code = "cannot_replace"


@transaction.atomic
def save_contact(contact: Contact, *, by: User | None) -> Contact:
    """Save a new or changed contact: phones as E.164, e-mail in lower case.

    Raises:
        Refused: with `fields`: a value does not fit, the site is of another customer, or somebody
            whom sites count on is put aside without a successor.
    """
    before = Contact.objects.select_for_update().filter(pk=contact.pk).first() if contact.pk else None
    squeeze(contact, "name", "position")
    if not contact.name:
        raise wrong(name=_("A contact needs a name."))
    if before and before.customer_id != contact.customer_id:
        raise wrong(customer=_("A contact stays with its customer. Add the person there as a new contact."))
    site = contact.site
    if site and site.customer_id != contact.customer_id:
        raise wrong(site=_("%(name)s is a site of another customer.") % {"name": site.name})
    country = queries.country_of(site.region_id if site else None, contact.customer.region_id)
    clean_phone(contact, "phone", country=country)
    clean_phone(contact, "other_phone", country=country)
    clean_mail(contact, "email")
    if before:
        _check_activity(before, contact)
    save(contact, before, "contact", by=by)
    return contact


def _check_activity(before: Contact, after: Contact) -> None:
    after.replaced_by_id = before.replaced_by_id  # only `replace_contact` says so
    if after.active and before.replaced_by_id:
        raise wrong(
            active=_("%(name)s was replaced by %(successor)s. Bring %(name)s back on the contact's page.")
            % {"name": before.name, "successor": before.replaced_by}
        )
    if before.active and not after.active:
        count = before.responsible_for.filter(active=True).count()
        if count:
            text = ngettext(
                "%(name)s is responsible for %(count)s site. Replace %(name)s by a colleague instead.",
                "%(name)s is responsible for %(count)s sites. Replace %(name)s by a colleague instead.",
                count,
            ) % {"name": before.name, "count": count}
            raise StillNeeded(text, fields={"active": text})


@transaction.atomic
def replace_contact(contact_id: int, *, by_contact: Contact, by: User | None) -> Contact:
    """Put `by_contact` in the place of a contact who left; return the one who left.

    The successor takes over the roles, the sites, the open tickets and the promises. Messages
    follow by themselves: whoever queues or sends one looks the receiver up at that moment.

    Raises:
        CannotReplace: they are the same, of two customers, one of them is gone already, or the
            successor has no e-mail address while the one who leaves has.
    """
    # Both rows in the order of their ids, so that two replacements cannot wait for each other.
    rows = Contact.objects.select_for_update().filter(pk__in=[contact_id, by_contact.pk]).order_by("pk")
    locked = {contact.pk: contact for contact in rows}
    old, new = locked[contact_id], locked[by_contact.pk]
    _check_replacement(old, new)
    old.replaced_by, old.active = new, False
    given = [role for role in ROLES if getattr(old, role) and not getattr(new, role)]
    for role in given:
        setattr(new, role, True)
    old.save(update_fields=["replaced_by", "active"])
    new.save(update_fields=given or ["name"])
    followed: dict[str, Any] = {
        "sites": _hand_over_sites(old, new, by),
        "tickets": _hand_over_tickets(old, new, by),
        "promises": _hand_over_promises(old, new),
    }
    journal.record("contact.replaced", old, by=by, name=old.name, successor=new.name, **followed)
    journal.record("contact.took_over", new, by=by, name=new.name, before=old.name, roles=given, **followed)
    for contact in (old, new):
        search.index(contact)
        agenda.refresh(contact)
    return old


def _check_replacement(old: Contact, new: Contact) -> None:
    names = {"old": old.name, "new": new.name}
    if old.pk == new.pk:
        raise CannotReplace(_("Nobody replaces themselves. Choose another contact."))
    if old.customer_id != new.customer_id:
        raise CannotReplace(
            _("%(new)s is a contact of another customer. Add %(new)s here as a new contact first.") % names
        )
    if old.replaced_by_id:
        raise CannotReplace(
            _("%(old)s was replaced by %(by)s already. Replace %(by)s instead.")
            % {"old": old.name, "by": old.replaced_by}
        )
    if not new.active:
        raise CannotReplace(_("%(new)s is not active. Choose somebody who can be reached.") % names)
    if old.email and not new.email:
        text = _(
            "%(new)s has no e-mail address, so what %(old)s still gets would reach nobody. Add one first."
        )
        raise CannotReplace(text % names)


def _hand_over_sites(old: Contact, new: Contact, by: User | None) -> int:
    sites = list(Site.objects.select_for_update().filter(responsible=old).order_by("pk"))
    Site.objects.filter(pk__in=[site.pk for site in sites]).update(responsible=new)
    journal.record_many(
        journal.Happening(
            "site.changed",
            site,
            {"name": site.name, "changes": {"responsible": [old.name, new.name]}},
            by,
        )
        for site in sites
    )
    _renew(sites)
    return len(sites)


def _hand_over_tickets(old: Contact, new: Contact, by: User | None) -> int:
    """Open tickets speak to the successor; closed ones keep whom they spoke to."""
    tickets = list(old.tickets.open().select_for_update(of=("self",)).order_by("pk"))
    for ticket in tickets:
        ticket.contact = new
    old.tickets.filter(pk__in=[ticket.pk for ticket in tickets]).update(contact=new)
    journal.record_many(
        journal.Happening("ticket.contact_replaced", ticket, {"before": old.name, "after": new.name}, by)
        for ticket in tickets
    )
    _renew(tickets)
    return len(tickets)


def _hand_over_promises(old: Contact, new: Contact) -> int:
    kind = ContentType.objects.get_for_model(Contact)
    about = Q(about_type=kind, about_id=old.pk)
    return Promise.objects.open().filter(about).update(about_id=new.pk)


def _renew(rows: Sequence[models.Model]) -> None:
    """Bring search and agenda in line with rows that were changed together."""
    if rows and type(rows[0]) in REGISTERED:
        search.index_many(rows)
    agenda.refresh_many(rows)


@transaction.atomic
def reinstate_contact(contact_id: int, *, by: User | None) -> Contact:
    """Bring back somebody who was replaced or put aside. What a successor took over stays there."""
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    if contact.active:
        return contact
    contact.active, contact.replaced_by = True, None
    contact.save(update_fields=["active", "replaced_by"])
    journal.record("contact.activated", contact, by=by, name=contact.name)
    search.index(contact)
    agenda.refresh(contact)
    return contact
