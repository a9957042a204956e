"""Figures of the menu and the tiles. Each counts up to 1 000 and costs one statement."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Count as SqlCount
from django.db.models import QuerySet, Subquery

from servicebook.accounts.models import User
from servicebook.agenda.models import Obligation
from servicebook.core import clock
from servicebook.core.listing import COUNT_TO, Count, count
from servicebook.customers.models import Promise
from servicebook.maintenance.models import Occurrence
from servicebook.maintenance.queries.conditions import is_at_risk, is_overdue
from servicebook.messaging.models import Delivery
from servicebook.tickets.models import OPEN, Kind, Priority, Status, Ticket


@dataclass(frozen=True)
class Waiting:
    """How much waits for a person; `late` when a promise is past its date."""

    number: int
    late: bool


def waiting_for(user: User) -> Waiting:
    """Open promises and tickets that ask something of `user`. One statement.

    Every page says it, so the statement is built once: building costs six times what asking does.
    """
    moment = connection.ops.adapt_datetimefield_value
    sql, params = _waiting_statement(connection.vendor)
    known = {_PERSON: user.pk, moment(_MOMENT): moment(clock.now())}
    with connection.cursor() as cursor:
        cursor.execute(sql, [known.get(one, one) for one in params])
        promises, asking, late = cursor.fetchone() or (0, 0, 0)
    return Waiting((promises or 0) + (asking or 0), late=bool(late))


# What stands in the statement until it is asked.
_PERSON = -(2**31) + 57
_MOMENT = datetime(1901, 1, 1, tzinfo=UTC)


@cache
def _waiting_statement(vendor: str) -> tuple[str, tuple[Any, ...]]:
    promises = Promise.objects.open().filter(owner=_PERSON)
    asking = Ticket.objects.filter(owner=_PERSON, status__in=(Status.QUEUED, Status.APPROVAL, Status.WAITING))
    asking = asking.exclude(kind=Kind.PLANNED)  # planned work asks by its reminders, which are promises
    rows = User.objects.filter(pk=_PERSON).values_list(
        _number(promises), _number(asking), _number(promises.overdue(_MOMENT))
    )
    sql, params = rows.query.sql_with_params()
    return sql, tuple(params)


def _number(rows: QuerySet[Any]) -> Subquery:
    """The count of `rows` of one owner, as a part of another statement."""
    return Subquery(rows.order_by().values("owner").annotate(number=SqlCount("pk")).values("number"))


def _open(user: User) -> QuerySet[Ticket]:
    return Ticket.objects.visible_to(user).filter(status__in=OPEN)


def open_tickets(user: User) -> Count:
    """Open tickets that the person sees."""
    return count(_open(user))


def critical_tickets(user: User) -> Count:
    """Open tickets of the first priority."""
    return count(_open(user).filter(priority=Priority.CRITICAL))


def overdue_tickets(user: User) -> Count:
    """Open tickets of which a promised time has passed."""
    return count(_open(user).filter(next_deadline_at__lt=clock.now()))


def maintenance_at_risk(user: User) -> Count:
    """Planned visits that the person sees and that may fail: no window, no access, no part (S0.28)."""
    return count(Occurrence.objects.visible_to(user).filter(is_at_risk(clock.now())))


def maintenance_overdue(user: User) -> Count:
    """Planned work that the person sees whose day is over."""
    return count(Occurrence.objects.visible_to(user).filter(is_overdue(clock.now())))


def waiting_by_reason(user: User) -> Counter[str]:
    """Waiting tickets per waiting reason; of the first 1 000."""
    waiting = Ticket.objects.visible_to(user).filter(status=Status.WAITING)
    return Counter(waiting.order_by().values_list("waiting_for", flat=True)[:COUNT_TO])


def overdue_promises(user: User) -> Count:
    """Promises past their date that the person sees."""
    return count(Promise.objects.visible_to(user).overdue(clock.now()))


def closed_since(user: User, moment: datetime) -> Count:
    """Tickets closed since `moment`; what was called off was not done."""
    closed = Ticket.objects.visible_to(user).filter(status=Status.CLOSED, withdrawn_because="")
    return count(closed.filter(closed_at__gte=moment))


def undelivered() -> Count:
    """Messages that reached nobody."""
    return count(Delivery.objects.filter(state=Delivery.State.DEAD))


def failed_obligations() -> Count:
    """What should have happened by itself and was put aside after its last attempt."""
    return count(Obligation.objects.filter(state=Obligation.State.FAILED))
