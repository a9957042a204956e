"""What all moves share: take the ticket, write it once, keep exactly one spell open."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.core import clock
from servicebook.core.errors import Changed, Refused
from servicebook.customers.actions import promises
from servicebook.customers.models import Customer
from servicebook.tickets import wording
from servicebook.tickets.actions import _clocks, _outages
from servicebook.tickets.actions._clocks import Told
from servicebook.tickets.models import Spell, Status, Ticket
from servicebook.tickets.rules import status as statuses

_WAS_CLOSED = gettext_lazy("The ticket was closed.")
_WENT_ON = gettext_lazy("The ticket went on.")
NOBODY_SAID = Told()


class MoveRefused(Refused):
    """The status does not allow this move."""

    code = "move_refused"


class NotValid(Refused):
    """What was given does not fit; `fields` says where."""

    code = "not_valid"


def locked(ticket_id: int) -> Ticket:
    """Return the ticket with what its moves need, locked until the transaction ends.

    SQLite has no row locks: there the transaction holds the one write lock, and `write` compares
    versions on both engines.

    Raises:
        Ticket.DoesNotExist
    """
    return (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("customer", "contact", "site", "asset", "owner", "reason")
        .get(pk=ticket_id)
    )


def write(ticket: Ticket, *, told: Told = NOBODY_SAID, **changes: Any) -> None:
    """Write `changes`, if nobody else wrote since the ticket was read; its clocks and outages follow.

    Args:
        told: who says it, where the clocks' events should name them.

    Raises:
        Changed: somebody did.
    """
    seen = ticket.version
    _outages.follow(ticket, changes)
    changes = {**changes, **_clocks.follow(ticket, changes, told)}
    changes |= {"version": seen + 1, "changed_at": clock.now()}
    if not Ticket.objects.filter(pk=ticket.pk, version=seen).update(**changes):
        raise changed(ticket)
    for name, value in changes.items():
        setattr(ticket, name, value)


def changed(ticket: Ticket) -> Changed:
    return Changed(
        _("%(number)s changed while you were working on it. Look at what is new, then do it again.")
        % {"number": ticket.number}
    )


def move(ticket: Ticket, to: Status, *, at: datetime | None = None, **changes: Any) -> None:
    """Bring the ticket into another status: end its spell, open the next, write the changes.

    Raises:
        MoveRefused: the status does not allow it.
        Changed: somebody else moved it.
    """
    if not statuses.may(ticket.status, to):
        sentence = statuses.WHY_NOT[ticket.status]
        raise MoveRefused(_(sentence) % {"number": ticket.number})
    # A clock that was set back must not let a spell begin, or end, before the one that stands began.
    now = max(at or clock.now(), ticket.status_since)
    waiting_for = changes.get("waiting_for", "")
    fresh: Mapping[str, Any] = {
        "status": to,
        "status_since": now,
        "waiting_for": "",
        "waiting_note": "",
        "expected_on": None,
        "resume_at": None,
        "closed_at": None,
    }
    write(ticket, **{**fresh, **changes})
    if Spell.objects.filter(ticket=ticket, ended_at=None).update(ended_at=now) != 1:
        raise changed(ticket)
    Spell.objects.create(ticket=ticket, status=to, waiting_for=waiting_for, started_at=now)
    drop_next_steps(ticket, because=_WAS_CLOSED if to == Status.CLOSED else _WENT_ON)


def drop_next_steps(ticket: Ticket, *, because: LazyText = _WENT_ON) -> None:
    """What the program asked for is done with, now that somebody saw to it."""
    promises.drop_next_steps(ticket, because=wording.in_house(because))


def in_one_tree(customer: Customer, other_id: int) -> bool:
    """Whether `other_id` is the customer, a branch of it, or that of which it is a branch."""
    if customer.pk == other_id:
        return True
    other = Customer.objects.select_related("parent").get(pk=other_id)
    return other_id in _above(customer) or customer.pk in _above(other)


def stays_in_one_tree(customer: Customer, other_id: int) -> bool:
    """Do `in_one_tree` and keep it so until the commit: no branch between the two leaves meanwhile.

    The one that stands higher is not locked: whom it hangs under makes no difference.
    """
    if customer.pk == other_id:
        return True
    other = Customer.objects.select_related("parent").get(pk=other_id)
    for lower, upper in ((customer, other_id), (other, customer.pk)):
        above = _above(lower)
        if upper in above:
            between = [lower.pk, *above[: above.index(upper)]]
            rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=between).order_by("pk")
            parents = dict(rows.values_list("pk", "parent"))
            return all(
                parents.get(one) == next_one
                for one, next_one in zip(between, [*between[1:], upper], strict=True)
            )
    return False


def _above(customer: Customer) -> list[int]:
    found: list[int] = []
    while customer.parent is not None and customer.parent_id not in found:
        found.append(customer.parent.pk)
        customer = customer.parent
    return found
