"""Customers and regions."""

from contextlib import suppress
from copy import copy
from zoneinfo import ZoneInfo, available_timezones

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.core import changes, reference
from servicebook.customers import queries
from servicebook.customers.actions.addresses import clean_mail, clean_phone
from servicebook.customers.holding import HeldBranch, what_holds
from servicebook.customers.models import Customer, Region
from servicebook.customers.rules import mail, trees
from servicebook.customers.saving import NotSaved, check_values, save, squeeze, wrong


class StillNeeded(NotSaved):
    """What still hangs on it must be settled before it is put aside."""

    code = "still_needed"


@transaction.atomic
def save_customer(customer: Customer, *, by: User | None) -> Customer:
    """Save a new or changed customer: phone as E.164, e-mail and mail domains in lower case.

    Raises:
        Refused: with `fields`: a value does not fit, the tree would have a cycle, a mandatory
            field is empty, or the customer is put aside with open tickets.
        HeldBranch: work goes on that names things of it and of the customer that it would leave.
    """
    before = Customer.objects.select_for_update().filter(pk=customer.pk).first() if customer.pk else None
    _spell(customer)
    if customer.parent_id and (before is None or before.parent_id != customer.parent_id):
        refuse_cycle(customer, Customer)
    if before and (why := what_holds(before, to=customer.parent_id)):
        raise HeldBranch(why, fields={"parent": why})
    if before and before.active and not customer.active:
        _refuse_with_open_tickets(before)
    save(customer, before, "customer", by=by)
    return customer


def spelled(customer: Customer) -> Customer:
    """Return a copy of an unsaved customer as it would be kept, wrong values left as they are."""
    one = copy(customer)
    with suppress(NotSaved):
        _spell(one)
    return one


def _spell(customer: Customer) -> None:
    squeeze(customer, "name", "customer_class", "tax_id", "address")
    customer.currency = customer.currency.strip().upper()
    if not customer.name:
        raise wrong(name=_("A customer needs a name."))
    clean_phone(customer, "phone", country=queries.country_of(customer.region_id))
    clean_mail(customer, "email")
    _clean_domains(customer)


def refuse_cycle(row: models.Model, model: type[models.Model]) -> None:
    """Refuse a parent that is the row itself or hangs under it. One statement per level.

    The whole way up is locked, so that two moves at the same moment cannot close a circle.
    """

    def parent_of(pk: int) -> int | None:
        locked = model._default_manager.select_for_update()
        return locked.filter(pk=pk).values_list("parent_id", flat=True).first()

    try:
        trees.check(row.pk, getattr(row, "parent_id"), parent_of)  # noqa: B009 - every tree has it
    except trees.Cycle:
        raise wrong(
            parent=_("%(name)s would be part of itself. Choose one that is not below it.")
            % {"name": str(row)}
        ) from None
    except trees.TooDeep:
        raise wrong(
            parent=_("More than %(most)s levels are not kept. Choose one that stands higher.")
            % {"most": trees.DEEPEST}
        ) from None


def _clean_domains(customer: Customer) -> None:
    try:
        customer.mail_domains = mail.domains(customer.mail_domains)
    except ValueError as error:
        domain = str(error)
        text = (
            _("%(domain)s is open to everybody: mail from there says nothing about the customer.")
            if domain in mail.OPEN_TO_ALL
            else _("%(domain)s is not a mail domain. One looks like school12.kz.")
        )
        raise wrong(mail_domains=text % {"domain": domain}) from None


def _refuse_with_open_tickets(customer: Customer) -> None:
    count = customer.tickets.open().count()
    if count:
        text = ngettext(
            "%(name)s has %(count)s open ticket. Close it first.",
            "%(name)s has %(count)s open tickets. Close them first.",
            count,
        )
        raise StillNeeded(
            text % {"name": customer.name, "count": count},
            fields={"active": text % {"name": customer.name, "count": count}},
        )


@transaction.atomic
def save_region(region: Region, *, by: User | None) -> Region:
    """Save a new or changed region."""
    before = Region.objects.select_for_update().filter(pk=region.pk).first() if region.pk else None
    squeeze(region, "name", "time_zone")
    region.country = region.country.strip().upper()
    if not region.name:
        raise wrong(name=_("A region needs a name."))
    if region.time_zone:
        clean_zone(region)
    if region.parent_id:
        refuse_cycle(region, Region)
    same = Region.objects.filter(name=region.name, parent=region.parent_id).exclude(pk=region.pk)
    if same.exists():
        raise wrong(name=_("There is a region of this name here already."))
    check_values(region)
    found = changes.between(before, region)
    region.save()
    verb = "region.changed" if before else "region.added"
    if before is None or found:
        journal.record(verb, region, by=by, name=region.name, changes=found)
    reference.changed()
    agenda.refresh(region, new=before is None)
    return region


def clean_zone(thing: models.Model) -> None:
    """Check the field `time_zone`."""
    name: str = getattr(thing, "time_zone")  # noqa: B009
    if name not in available_timezones():
        raise wrong(time_zone=_("%(zone)s is not a time zone. One looks like Asia/Almaty.") % {"zone": name})
    ZoneInfo(name)
