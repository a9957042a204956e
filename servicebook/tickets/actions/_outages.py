"""How long a unit stood still, as its tickets say: the uptime of a contract is computed from it (S1.5)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from servicebook.core import clock
from servicebook.tickets.models import Outage, Status, Ticket

STANDS_STILL = 4
CONCERN = frozenset({"asset", "downtime", "recovered_at"})


def of_new(ticket: Ticket) -> list[Outage]:
    """The outage that a new ticket reports, not written yet."""
    if not _down(ticket, {}):
        return []
    return [Outage(ticket=ticket, asset=ticket.asset, started_at=ticket.opened_at)]


def follow(ticket: Ticket, changes: Mapping[str, Any]) -> None:
    """Begin or end the outage of the ticket's unit as `changes` of the ticket ask.

    A recovery that is told late ends it when it was, not when we learnt it.
    """
    ends = changes.get("closed_at", ticket.closed_at) != ticket.closed_at
    if not (ends or CONCERN & changes.keys()) or not (ticket.asset_id or "asset" in changes):
        return
    now, recovered = clock.now(), changes.get("recovered_at")
    down = _down(ticket, changes)
    if down is None and recovered is None and "downtime" not in changes and ticket.downtime != STANDS_STILL:
        return  # it never stood still
    ended = Greatest(F("started_at"), Value(recovered or now, output_field=Outage.ended_at.field))
    later = Q(ended_at=None) | Q(ended_at__gt=recovered) if recovered else Q(ended_at=None)
    Outage.objects.filter(later, ticket=ticket).exclude(asset=down).update(ended_at=ended)
    if down and not Outage.objects.filter(ticket=ticket, ended_at=None).exists():
        Outage.objects.create(ticket=ticket, asset_id=down, started_at=now)


def _down(ticket: Ticket, changes: Mapping[str, Any]) -> int | None:
    """The id of the unit that stands still by this ticket."""

    def value(name: str) -> Any:
        return changes.get(name, getattr(ticket, name))

    stands = value("downtime") == STANDS_STILL and not value("recovered_at")
    is_open = value("status") != Status.CLOSED
    asset = value("asset")
    return asset.pk if stands and is_open and asset else None
