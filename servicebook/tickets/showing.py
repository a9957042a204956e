"""What the page of a ticket shows of its coverage and its clocks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.contracts import amounts
from servicebook.contracts.deciding import Answer
from servicebook.contracts.models import ContractVersion
from servicebook.contracts.models.choices import Measure
from servicebook.contracts.rules import snapshot
from servicebook.contracts.rules.terms import Verdict
from servicebook.contracts.veiling import veiled
from servicebook.core.templatetags.page import span
from servicebook.customers.queries import zone_of
from servicebook.sla import queries as sla
from servicebook.sla.rules import clock as clocks
from servicebook.sla.rules.clock import Kind, Reading, State
from servicebook.tickets.clocks import event, events_of, readings, target
from servicebook.tickets.models import (
    Charge,
    ClockEvent,
    Consent,
    CoverageDecision,
    Spell,
    Ticket,
    WaitingReason,
)
from servicebook.tickets.queries import may_have
from servicebook.tickets.rules import promised


@dataclass(frozen=True)
class Bar:
    """A clock as a bar: how much of it is used (0–100) and what is left, with its page behind it."""

    measure: str
    label: str
    target: str
    used: int
    tone: str
    left: str
    url: str = ""


def bars(ticket: Ticket, now: datetime) -> list[Bar]:
    """The clocks of a ticket, by its events; of planned work its day. One statement, or none."""
    if ticket.due_at is not None:
        return [_day_bar(ticket, ticket.due_at, now)]
    events = events_of(ticket) if ticket.contract_id else []
    return [_bar(ticket, one, target(events, one.measure, now), now) for one in readings(events, at=now)]


def _day_bar(ticket: Ticket, due: datetime, now: datetime) -> Bar:
    """How much of the time is gone in which planned work is to be done, or what came of it."""
    until = ticket.closed_at or now
    zone = ZoneInfo(zone_of(ticket.site, ticket.customer))
    used = (until - ticket.opened_at) / max(due - ticket.opened_at, timedelta(minutes=1))
    return Bar(
        measure="due",
        label=_("To be done"),
        target=date_format(due.astimezone(zone), "j M Y, H:i"),
        used=min(100, int(100 * used)),
        tone=_day_tone(ticket, due, now),
        left=_day_left(ticket, due, now),
    )


def _day_tone(ticket: Ticket, due: datetime, now: datetime) -> str:
    if ticket.withdrawn_because:
        return "wait"
    if (ticket.closed_at or now) > due:
        return "late"
    if ticket.closed_at:
        return "done"
    return "risk" if due - now <= timedelta(days=1) else "live"


def _day_left(ticket: Ticket, due: datetime, now: datetime) -> str:
    if ticket.withdrawn_because:
        return _("called off")
    until = ticket.closed_at or now
    if until > due:
        return _("late %(span)s") % {"span": span(until - due)}
    return _("done in time") if ticket.closed_at else _("%(span)s left") % {"span": span(due - now)}


def _bar(ticket: Ticket, one: Reading, promise: ClockEvent, now: datetime) -> Bar:
    hours = sla.every()[promise.hours_id].name if promise.hours_id else _("around the clock")
    goal = "" if one.binding else f" · {_('a goal')}"
    return Bar(
        measure=one.measure,
        label=str(Measure(one.measure).label),
        target=f"{amounts.hours(one.minutes)} · {hours}{goal}",
        used=min(100, 100 * one.counted // (one.minutes * 60)),
        tone=tone(one.state, one.warn_at, one.breached_at, now),
        left=left(one.state, one.due_at, one.breached_at, one.counted, one.minutes, now),
        url=reverse("tickets:clock", args=[ticket.number, one.measure]),
    )


def tone(state: str, warn_at: datetime | None, breached_at: datetime | None, now: datetime) -> str:
    """How a clock is marked."""
    if breached_at is not None:
        return "late"
    if state == State.RUNNING:
        return "risk" if warn_at is not None and now >= warn_at else "live"
    return "done" if state == State.MET else "wait"


def left(
    state: str,
    due_at: datetime | None,
    breached_at: datetime | None,
    counted: int,
    minutes: int,
    now: datetime,
) -> str:
    """What is left of a clock, or what came of it, in a few words."""
    worked, rest = timedelta(seconds=counted), timedelta(seconds=minutes * 60 - counted)
    if state == State.MET:
        return _("met in %(span)s") % {"span": span(worked)}
    if state == State.STOPPED:
        return _("not needed")
    if breached_at is not None:
        return _("late %(span)s") % {"span": span(-rest)}
    if state == State.PAUSED:
        return _("paused, %(span)s left") % {"span": span(rest)}
    return _("%(span)s left") % {"span": span(due_at - now if due_at else rest)}


@dataclass(frozen=True)
class Covered:
    """The current decision on a ticket, as it was taken."""

    answer: Answer
    taken: CoverageDecision
    version: ContractVersion | None  # whose terms it runs under
    link: str  # to the contract; empty for whoever may not see it

    @property
    def needs_consent(self) -> bool:
        """Whether something is to be billed, which the customer should know before."""
        return self.answer.decision.verdict in (Verdict.EXTRA, Verdict.PARTLY)


def covered(ticket: Ticket, user: User) -> Covered | None:
    """Return what was decided, as `user` may read it; None for a ticket from another system.

    Two statements at most.
    """
    rows = CoverageDecision.objects.filter(ticket=ticket, current=True)
    if ticket.contract_id:
        rows = rows.select_related("contract", "version")
    current = rows.first() if ticket.coverage else None
    if current is None:
        return None
    facts, decision = snapshot.load(current.facts, current.decision)
    answer = Answer(facts, veiled(decision, user), zone_of(ticket.site, ticket.customer))
    under = current.contract if answer.decision.contract else None
    link = under.get_absolute_url() if under else ""
    return Covered(answer, current, current.version, link)


def billed(ticket: Ticket) -> dict[str, Any]:
    """What is extra on a ticket, and what the customer agreed to. Two statements, or none."""
    if not may_have(ticket, "charges"):
        return {}
    charges = list(Charge.objects.filter(ticket=ticket).select_related("extra", "by").order_by("pk"))
    standing = [one for one in charges if one.dropped_at is None]
    sums: dict[str, Any] = {}
    for one in standing:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount
    return {
        "charges": charges,
        "bill": " + ".join(amounts.money(value, currency) for currency, value in sums.items()),
        "consents": list(Consent.objects.filter(ticket=ticket).select_related("recorded_by").order_by("pk")),
    }


@dataclass(frozen=True)
class Line:
    """A stretch of a clock: counted, or paused for a reason."""

    since: datetime
    until: datetime | None
    counted: bool
    reason: str
    length: timedelta


@dataclass(frozen=True)
class Read:
    """A clock with all its stretches, as it is or as it would be."""

    bar: Bar
    reading: Reading
    lines: list[Line]
    has_hours: bool  # whether it stands still outside of some


def read(ticket: Ticket, measure: str, now: datetime) -> Read | None:
    """Return a clock with every stretch; None when the ticket has none of that measure."""
    return _read(ticket, measure, events_of(ticket), now)


def supposed(ticket: Ticket, measure: str, pauses: Collection[str], now: datetime) -> Read | None:
    """Return the clock as it would be if other waiting reasons paused it. Two statements."""
    kept = [one for one in events_of(ticket) if one.kind not in (Kind.PAUSED, Kind.RESUMED)]
    spells = Spell.objects.filter(ticket=ticket).exclude(waiting_for="").order_by("pk")
    waited = promised.waited(spells.values_list("waiting_for", "started_at", "ended_at"), pauses=pauses)
    kept += [ClockEvent(kind=one.kind, at=one.at, reason=one.reason) for one in waited]
    return _read(ticket, measure, kept, now)


def _read(ticket: Ticket, measure: str, events: Sequence[ClockEvent], now: datetime) -> Read | None:
    reading = clocks.read([event(one) for one in events], measure, now=now)
    if reading is None:
        return None
    lines = [
        Line(
            since=one.since,
            until=one.until,
            counted=one.counted,
            reason=str(WaitingReason(one.reason).label) if one.reason in WaitingReason.values else one.reason,
            length=timedelta(seconds=one.seconds) if one.counted else (one.until or now) - one.since,
        )
        for one in reading.stretches
    ]
    promise = target(events, measure, now)
    return Read(_bar(ticket, reading, promise, now), reading, lines, promise.hours_id is not None)
