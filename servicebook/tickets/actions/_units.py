"""What a ticket names belongs to its customer, also while a unit or a branch goes elsewhere (I7)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from servicebook.customers.holding import holds_branch
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.holding import holds
from servicebook.equipment.models import Asset
from servicebook.tickets.actions._base import NotValid, in_one_tree, stays_in_one_tree
from servicebook.tickets.models import Ticket

NAMED = 5
Named = TypeVar("Named", Site, Contact)


def owners(units: Collection[int]) -> dict[int, int]:
    """Return unit → its customer, whose it stays until the commit. One statement."""
    rows = Asset.objects.select_for_update(no_key=True).filter(pk__in=units).order_by("pk")
    return dict(rows.values_list("pk", "customer"))


def still_of(customer: Customer, unit: Asset | None) -> Asset | None:
    """Return a unit that is one of the customer, and stays so until the commit; None if it is gone."""
    if unit is None:
        return None
    owner = owners([unit.pk]).get(unit.pk)
    return unit if owner is not None and stays_in_one_tree(customer, owner) else None


def still_theirs(customer: Customer, thing: Named | None) -> Named | None:
    """Return a site or contact that is one of the customer, and stays so until the commit; else None."""
    return thing if thing is not None and stays_in_one_tree(customer, thing.customer_id) else None


def check_belonging(
    customer: Customer, *, contact: Contact | None, site: Site | None, asset: Asset | None
) -> None:
    """Refuse a contact, site or unit of somebody else. Branches of one customer count as one.

    Raises:
        NotValid
    """
    wrong = {}
    for name, thing in (("contact", contact), ("site", site), ("asset", asset)):
        if thing is not None and not stays_in_one_tree(customer, thing.customer_id):
            wrong[name] = _not_theirs(customer, thing)
    if wrong:
        raise NotValid(" ".join(wrong.values()), fields=wrong)


def refuse_gone(pairs: Iterable[tuple[Customer, Asset | None]]) -> None:
    """Refuse units that left their customers since they were read; the others stay until the commit.

    One statement, unless a unit is that of a branch.

    Raises:
        NotValid
    """
    units = [(customer, asset) for customer, asset in pairs if asset is not None]
    now = owners([asset.pk for _customer, asset in units])
    for customer, asset in units:
        refuse_unless(stays_in_one_tree(customer, now[asset.pk]), customer, asset)


def refuse_unless(theirs: bool, customer: Customer, asset: Asset) -> None:
    """Refuse a unit that is not one of the customer."""
    if not theirs:
        sentence = _not_theirs(customer, asset)
        raise NotValid(sentence, fields={"asset": sentence})


def _not_theirs(customer: Customer, thing: Contact | Site | Asset) -> str:
    return _("%(thing)s does not belong to %(customer)s. Choose another.") % {
        "thing": thing,
        "customer": customer,
    }


@holds
def by_open_tickets(units: Sequence[Asset], to: Customer) -> Iterator[str]:
    """Open tickets of others than the new customer."""
    rows = Ticket.objects.open().filter(asset__in=units).select_related("customer__parent")
    numbers = [one.number for one in rows.order_by("pk") if not in_one_tree(one.customer, to.pk)]
    if not numbers:
        return
    yield ngettext(
        "It cannot go to %(customer)s yet: %(tickets)s is open on it here. Close or call off that ticket, "
        "or put it on another unit.",
        "It cannot go to %(customer)s yet: %(tickets)s are open on it here. Close or call off these "
        "tickets, or put them on another unit.",
        len(numbers),
    ) % {"tickets": _first(numbers), "customer": to.name}


def _first(numbers: Sequence[str]) -> str:
    return ", ".join(numbers[:NAMED]) + (" …" if len(numbers) > NAMED else "")


@holds_branch
def by_shared_tickets(branch: Customer, above: Collection[int]) -> Iterator[str]:
    """Open tickets of one side that name a site, contact or unit of the other."""
    inside = list(Customer.objects.with_branches(branch.pk).values_list("pk", flat=True))
    after = {*inside, *above}
    crossing = Q(pk__in=[])
    for name in ("site", "contact", "asset"):
        named = Q(**{f"{name}__isnull": False})
        crossing |= named & Q(customer__in=inside) & ~Q(**{f"{name}__customer__in": after})
        crossing |= Q(**{f"{name}__customer__in": inside}) & ~Q(customer__in=after)
    numbers = list(Ticket.objects.open().filter(crossing).order_by("pk").values_list("number", flat=True))
    if not numbers:
        return
    yield ngettext(
        "%(branch)s cannot leave %(parent)s yet: open ticket %(tickets)s names a site, contact or unit of "
        "the other. Close or call off that ticket, or let it name what is its customer's own.",
        "%(branch)s cannot leave %(parent)s yet: open tickets %(tickets)s name a site, contact or unit of "
        "the other. Close or call off these tickets, or let them name what is their customers' own.",
        len(numbers),
    ) % {"tickets": _first(numbers), "branch": branch.name, "parent": branch.parent}
