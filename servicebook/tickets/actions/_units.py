"""The unit of an open ticket is one of its customer, also while somebody moves it (I7)."""

from collections.abc import Collection, Iterator, Sequence

from django.utils.translation import ngettext

from servicebook.customers.models import Customer
from servicebook.equipment.holding import holds
from servicebook.equipment.models import Asset
from servicebook.tickets.actions._base import in_one_tree
from servicebook.tickets.models import Ticket

NAMED = 5


def owners(units: Collection[int]) -> dict[int, int]:
    """Return unit → its customer, whose it stays until the commit. One statement."""
    rows = Asset.objects.select_for_update(no_key=True).filter(pk__in=units).order_by("pk")
    return dict(rows.values_list("pk", "customer"))


def still_of(customer: Customer, unit: Asset | None) -> Asset | None:
    """Return a unit that is one of the customer, and stays so until the commit; None if it is gone."""
    if unit is None:
        return None
    owner = owners([unit.pk]).get(unit.pk)
    return unit if owner is not None and in_one_tree(customer, owner) else None


@holds
def by_open_tickets(units: Sequence[Asset], to: Customer) -> Iterator[str]:
    """Open tickets of others than the new customer."""
    rows = Ticket.objects.open().filter(asset__in=units).select_related("customer__parent")
    numbers = [one.number for one in rows.order_by("pk") if not in_one_tree(one.customer, to.pk)]
    if not numbers:
        return
    named = ", ".join(numbers[:NAMED]) + (" …" if len(numbers) > NAMED else "")
    yield ngettext(
        "It cannot go to %(customer)s yet: %(tickets)s is open on it here. Close or call off that ticket, "
        "or put it on another unit.",
        "It cannot go to %(customer)s yet: %(tickets)s are open on it here. Close or call off these "
        "tickets, or put them on another unit.",
        len(numbers),
    ) % {"tickets": named, "customer": to.name}
