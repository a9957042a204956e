"""Time spent, and changes of what the ticket says."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.contracts.rules.terms import TIMED, Service
from servicebook.core import clock, fields
from servicebook.tickets import wording
from servicebook.tickets.actions import _deciding, _sharing
from servicebook.tickets.actions._base import MoveRefused, NotValid, locked, write
from servicebook.tickets.actions._units import check_belonging, refuse_gone
from servicebook.tickets.actions._weighing import BY_HAND
from servicebook.tickets.actions.opening import earlier_ticket
from servicebook.tickets.models import KINDS_BY_HAND, Kind, Priority, Status, Ticket, TimeEntry, WorkType
from servicebook.tickets.rules import status as statuses

MINUTES_OF_A_DAY = 24 * 60

# What may be changed by hand; everything else has its own action.
CHANGEABLE = frozenset(
    {
        "title", "kind", "contact", "site", "asset", "reason", "work_type", "downtime",
        "on_site_contact", "preferred_window", "custom",
    }
)  # fmt: skip
# A change of one of these computes the priority again, though it was set by hand.
WEIGHS = frozenset({"kind", "asset", "reason", "downtime"})
# A change of one of these decides again what covers it and what is promised.
DECIDES = WEIGHS | {"site"}


@transaction.atomic
def log_time(
    ticket_id: int,
    *,
    minutes: int,
    by: User,
    worked_on: date | None = None,
    work_type: WorkType | None = None,
    note: str = "",
    user: User | None = None,
    service: str = "",
    outside: bool | None = None,
) -> TimeEntry:
    """Keep time that was worked on the ticket, at most a day at once, and draw it from what covers it.

    What runs out in the middle is covered to there; the rest is billed (S0.17, S2.7).

    Args:
        worked_on: the day, in the zone of the house; today if None.
        user: who worked; `by` if None.
        service: "labour" on site or "remote"; as the ticket stands if empty.
        outside: whether outside the service hours; None: as this moment is, for work of today.

    Returns:
        The entry. Its `share` says how it was split; None while something must be known first.

    Raises:
        NotValid
    """
    ticket = locked(ticket_id)
    today = clock.today(ZoneInfo(settings.TIME_ZONE))
    wrong = {}
    if not 1 <= minutes <= MINUTES_OF_A_DAY:
        wrong["minutes"] = _("Give the minutes, from 1 to 1440: one entry is at most a day.")
    if worked_on is not None and worked_on > today:
        wrong["worked_on"] = _("This day has not come yet.")
    service = service or usual_service(ticket)
    if service not in TIMED:
        wrong["service"] = _("Time is worked on site or remotely.")
    if wrong:
        raise NotValid(" ".join(wrong.values()), fields=wrong)
    if outside is None and worked_on not in (None, today):
        outside = False
    entry = TimeEntry.objects.create(
        ticket=ticket,
        user=user or by,
        work_type=work_type,
        minutes=minutes,
        service=service,
        outside=outside,
        worked_on=worked_on or today,
        note=note.strip()[:200],
        logged_at=clock.now(),
    )
    journal.record(
        "ticket.time_logged",
        ticket,
        by=by,
        minutes=minutes,
        who=entry.user.name,
        worked_on=entry.worked_on,
        work_type=work_type.name if work_type else "",
    )
    _sharing.of_time(ticket, entry, by=by)
    agenda.refresh(ticket)
    return entry


def usual_service(ticket: Ticket) -> str:
    """Return which service time on a ticket is, while nobody says: on site once somebody is there."""
    return Service.LABOUR if ticket.arrived_at else Service.REMOTE


@transaction.atomic
def change(ticket_id: int, *, by: User | None, **changes: Any) -> Ticket:
    """Change what the ticket says: the fields of `CHANGEABLE`. Related objects are passed loaded.

    The priority is computed again when something changed on which it depends.

    Raises:
        TypeError: a field that is not changed by hand.
        NotValid, FieldsMissing: a value does not fit.
        MoveRefused: the ticket is closed.
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise TypeError(f"not changed by hand: {', '.join(sorted(unknown))}")
    ticket = locked(ticket_id)
    if ticket.status == Status.CLOSED:
        raise MoveRefused(_(statuses.WHY_NOT[Status.CLOSED]) % {"number": ticket.number})
    different = {name: value for name, value in changes.items() if getattr(ticket, name) != value}
    if not different:
        return ticket
    if Kind.PLANNED in (different.get("kind"), ticket.kind if "kind" in different else ""):
        sentence = _(
            "Planned maintenance comes from its plan: no other ticket becomes one, and it stays one."
        )
        raise NotValid(sentence, fields={"kind": sentence})
    before = {name: _said(getattr(ticket, name)) for name in different}
    for name, value in different.items():
        setattr(ticket, name, value)
    _check(ticket)
    if "asset" in different:
        refuse_gone([(ticket.customer, ticket.asset)])
    if "site" in different or "asset" in different:
        ticket.site = ticket.site or (ticket.asset.site if ticket.asset else None)
        ticket.region_id = (ticket.site.region_id if ticket.site else None) or ticket.customer.region_id
        different |= {"site": ticket.site, "region_id": ticket.region_id}
    if WEIGHS & different.keys():
        different |= _forgotten(ticket, new_reason="reason" in different and "downtime" not in different)
    if DECIDES & different.keys():
        different |= _deciding.again(ticket, by=by)
    write(ticket, **different)
    now = {name: _said(getattr(ticket, name)) for name in before}
    names = ", ".join(_label(name) for name in before)
    journal.record("ticket.changed", ticket, by=by, before=before, after=now, fields=names)
    if DECIDES & different.keys():
        _sharing.settle(ticket, by=by)
    search.index(ticket)
    agenda.refresh(ticket)
    return ticket


@transaction.atomic
def set_priority(ticket_id: int, *, level: int, because: str, by: User) -> Ticket:
    """Set the priority by hand, for a reason that is shown with it.

    The contract's targets for that priority hold from now on. It holds until something changes from
    which the priority is computed; a deadline that comes near still lifts it.

    Raises:
        NotValid: no such level, or no reason.
        MoveRefused: the ticket is closed.
    """
    ticket = locked(ticket_id)
    if ticket.status == Status.CLOSED:
        raise MoveRefused(_(statuses.WHY_NOT[Status.CLOSED]) % {"number": ticket.number})
    wrong = {}
    if level not in Priority.values:
        wrong["level"] = _("Choose a priority from P1 to P4.")
    if not because.strip():
        wrong["because"] = _("Say why: the reason stands beside the priority.")
    if wrong:
        raise NotValid(" ".join(wrong.values()), fields=wrong)
    before = Priority(ticket.priority)
    sentence = _("%(reason)s (set by %(name)s)") % {"reason": because.strip(), "name": by.name}
    ticket.circumstances = {**ticket.circumstances, BY_HAND: {"level": level, "because": sentence}}
    write(ticket, circumstances=ticket.circumstances, **_deciding.again(ticket, by=by))
    journal.record(
        "ticket.prioritised",
        ticket,
        by=by,
        before=wording.in_house(before.label),
        after=wording.in_house(Priority(level).label),
        because=because.strip(),
    )
    agenda.refresh(ticket)
    return ticket


def _forgotten(ticket: Ticket, *, new_reason: bool) -> dict[str, Any]:
    """What was found or set before no longer holds."""
    if new_reason:
        ticket.downtime = ticket.reason.downtime_risk
    ticket.repeat_of = earlier_ticket(ticket.asset, ticket.reason, ticket.customer, than=ticket)
    ticket.circumstances = {name: one for name, one in ticket.circumstances.items() if name != BY_HAND}
    return {name: getattr(ticket, name) for name in ("downtime", "repeat_of", "circumstances")}


def _check(ticket: Ticket) -> None:
    wrong = {}
    if not ticket.title.strip():
        wrong["title"] = _("Say in a few words what is the matter.")
    if ticket.kind not in Kind.values:
        wrong["kind"] = _("Choose one of: %(kinds)s.") % {"kinds": ", ".join(KINDS_BY_HAND)}
    if not 1 <= ticket.downtime <= 4:
        wrong["downtime"] = _("Downtime goes from 1 (nothing stands still) to 4 (everything does).")
    if wrong:
        raise NotValid(" ".join(wrong.values()), fields=wrong)
    check_belonging(ticket.customer, contact=ticket.contact, site=ticket.site, asset=ticket.asset)
    ticket.title = wording.shortened(ticket.title)
    ticket.on_site_contact = ticket.on_site_contact[:120]
    ticket.preferred_window = ticket.preferred_window[:120]
    fields.check(ticket)


def _said(value: Any) -> Any:
    return value if isinstance(value, int | str | dict) or value is None else str(value)


def _label(name: str) -> str:
    return wording.in_house(getattr(Ticket._meta.get_field(name), "verbose_name", name))
