"""Work that has its ticket, and whose contract was put on hold, or ends before its day (S0.33)."""

from collections.abc import Collection
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook import agenda, journal
from servicebook.accounts.models import User
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import State
from servicebook.core import clock
from servicebook.customers.actions import NewPromise, drop_steps_of, make_promises
from servicebook.customers.models import Promise
from servicebook.customers.queries import zone_of
from servicebook.maintenance import schedules
from servicebook.maintenance.actions._base import happened
from servicebook.maintenance.models import Enrolment, Occurrence
from servicebook.messaging.suppressing import whoever_owns_the_service
from servicebook.tickets import wording
from servicebook.tickets.models import Ticket

SOURCE = "maintenance.uncovered"  # of the step of its owner
UNIT = "maintenance.unit"  # and of the one about a unit that is gone, or elsewhere
_OVER = gettext_lazy("its ticket is closed")
DECIDED_WITHIN = timedelta(days=1)


def follow(enrolments: Collection[Enrolment]) -> None:
    """Bring open tickets of enrolments in line with their contract. See `follow_those`."""
    follow_those(Q(enrolment__in=enrolments))


def follow_those(which: Q) -> None:
    """Bring open tickets in line with their contract.

    About what it does not cover any more the customer is asked nothing. Whether it is done all the same,
    as paid work, or is called off, is a step of the ticket's owner. What it covers again goes on.
    """
    called = Occurrence.objects.unfinished().filter(which, ticket__isnull=False).order_by("pk")
    held = called.select_for_update(of=("self",))
    found = list(held.select_related("plan__contract", "customer", "site", "ticket__owner"))
    if not found:
        return
    with translation.override(settings.LANGUAGE_CODE):
        _tell(found)
    agenda.refresh_many(found)


def is_over(occurrence: Occurrence) -> None:
    """Nothing is to be decided any more of work whose ticket was closed."""
    for source in (SOURCE, UNIT):
        drop_steps_of(source, Occurrence, [occurrence.pk], because=wording.in_house(_OVER))


def _tell(rows: Collection[Occurrence]) -> None:
    """Record what is covered no more, or again, and see that somebody decides; of each spell once."""
    reasons: dict[int, str] = {}
    kind = ContentType.objects.get_for_model(Occurrence)
    steps = Promise.objects.filter(about_type=kind, about_id__in=[row.pk for row in rows], source=SOURCE)
    known = set(steps.values_list("about_id", "why"))
    asked = set(steps.open().values_list("about_id", flat=True))
    off, again = [], []
    for row in rows:
        contract = row.plan.contract
        if contract is None or schedules.covers(row.plan, row.due_on):
            again += [row] if row.pk in asked else []
            continue
        if contract.pk not in reasons:
            reasons[contract.pk] = _why(contract)
        if (row.pk, reasons[contract.pk]) not in known:
            off.append((row, reasons[contract.pk]))
    told = [entry for row, why in off for entry in happened(row, "occurrence.not_covered", {"because": why})]
    told += [entry for row in again for entry in happened(row, "occurrence.covered_again", {})]
    journal.record_many(told)
    because = _("its contract covers it again")
    drop_steps_of(SOURCE, Occurrence, [row.pk for row in again], because=because)
    because = _("its contract stands differently now")
    drop_steps_of(SOURCE, Occurrence, [row.pk for row, _new in off], because=because)
    make_promises([_step(row, why) for row, why in off])


def _why(contract: Contract) -> str:
    called_off = contract.state == State.CANCELLED and contract.cancelled_on is None
    if contract.state != State.ON_HOLD and not called_off:
        return _("its contract ends on %(day)s") % {"day": wording.day_in_house(contract.last_day)}
    spell = contract.spells.latest("pk")
    zone = ZoneInfo(zone_of(None, contract.customer))
    day = wording.day_in_house(spell.started_at.astimezone(zone).date())
    if contract.state == State.ON_HOLD:
        return _("its contract is on hold since %(day)s") % {"day": day}
    return _("its contract was cancelled on %(day)s") % {"day": day}


def _step(row: Occurrence, why: str) -> NewPromise:
    assert row.ticket is not None  # noqa: S101 - asked for by the query
    return NewPromise(
        text=_("Decide on %(number)s: do it as paid work, or call it off and tell the customer")
        % {"number": row.ticket.number},
        why=why,
        owner=owner_of(row.ticket),
        due_at=clock.now() + DECIDED_WITHIN,
        customer=row.customer,
        about=row,
        source=SOURCE,
    )


def owner_of(ticket: Ticket) -> User:
    """Return who decides about a ticket: its owner, or who owns the service once that person left."""
    return ticket.owner if ticket.owner.is_active else whoever_owns_the_service() or ticket.owner
