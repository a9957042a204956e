"""What covers a ticket and what it is promised: decided for the moment in which it was opened.

Asked again, the same facts give the same decision; when a fact of the ticket changes, the new decision
takes the old one's place, which stays for whoever asks what was said then.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from servicebook import journal
from servicebook.accounts.models import User
from servicebook.contracts import deciding
from servicebook.contracts.deciding import Answer, Question
from servicebook.contracts.rules import snapshot
from servicebook.contracts.rules.terms import ContractType, Measure, Promised, Unless
from servicebook.core import clock, inserts
from servicebook.sla.rules.clock import Kind
from servicebook.sla.rules.hours import NoWorkingTime
from servicebook.tickets import clocks
from servicebook.tickets.actions import _clocks, _outages, _weighing
from servicebook.tickets.models import (
    Channel,
    ClockEvent,
    CoverageDecision,
    Priority,
    SlaClock,
    Spell,
    Status,
    Ticket,
)
from servicebook.tickets.models import (
    Kind as TicketKind,
)
from servicebook.tickets.rules import promised
from servicebook.tickets.rules.priority import Urgency

# The customer did not choose these ways, so a contract cannot hold them against it.
OURS = frozenset({Channel.INTERNAL, Channel.PROGRAM, Channel.IMPORT})
DONE = (SlaClock.State.MET, SlaClock.State.MISSED)
_BLANK = CoverageDecision()  # each new ticket has one like it


@dataclass
class First:
    """What a new ticket gets with its first decision. Its rows name the ticket, which is not saved yet."""

    answer: Answer
    events: list[ClockEvent]
    clocks: list[SlaClock]

    def add(self, ticket: Ticket, *, by: User | None) -> None:
        """Add the rows, now that the ticket has its id."""
        inserts.add([self.row(ticket, by=by)])
        for rows in (self.events, self.clocks, _outages.of_new(ticket)):
            for one in rows:
                one.ticket = ticket
            if rows:
                inserts.add(rows)

    def row(self, ticket: Ticket, *, by: User | None = None) -> CoverageDecision:
        """The decision, of a ticket that has its id."""
        return _row(ticket, self.answer, by)

    def happened(self, ticket: Ticket) -> journal.Happening:
        """How the history says it."""
        return journal.Happening("ticket.covered", ticket, _facts(self.answer))


def first(ticket: Ticket) -> First:
    """Decide what covers a ticket that is not saved yet, and what it is promised; put both on it.

    The targets follow from the priority, and the priority is then lifted by the recovery deadline.
    """
    urgency, answer = _decided(ticket)
    events, rows = _started(ticket, answer)
    _put(ticket, answer)
    ticket.clocks_at_hand, ticket.next_deadline_at = rows, clocks.next_deadline(rows, ticket.due_at)
    _weighing.put(ticket, _weighing.lifted(urgency, rows, ticket.opened_at))
    return First(answer, events, rows)


def again(ticket: Ticket, *, by: User | None) -> dict[str, Any]:
    """Decide again for a ticket whose facts changed; return the changes of its row.

    Where the facts and the terms are those of the current decision, it stays. A target that changed
    holds from now on, a clock that is new runs from the opening of the ticket, and one that is not
    promised any more stops. On a closed ticket the clocks stay as they are.
    """
    urgency, answer = _decided(ticket, known_at=ticket.opened_at)
    now = clock.now()
    events = clocks.events_of(ticket)
    _keep(ticket, answer, by)
    changes = _put(ticket, answer)
    rows = clocks.shown(ticket, events, at=now)
    fresh = _targets_changed(ticket, answer, events, rows, now) if ticket.status != Status.CLOSED else []
    if fresh:
        changes |= _clocks.keep(ticket, events, fresh)
        rows = ticket.clocks_at_hand or []
    return changes | _weighing.put(ticket, _weighing.lifted(urgency, rows, now))


def question_of(ticket: Ticket, *, known_at: datetime | None = None) -> Question:
    """Return what is asked about a ticket's coverage; `known_at` as in `Question`."""
    found = ticket.circumstances
    return Question(
        customer=ticket.customer,
        moment=ticket.opened_at,
        asset=ticket.asset,
        site=ticket.site,
        channel="" if ticket.channel in OURS else ticket.channel,
        reason=ticket.reason.code,
        priority=ticket.priority or Priority.NORMAL,
        signs=frozenset(Unless(one) for one in found.get("signs", ())),
        component=found.get("component", ""),
        consumable=found.get("consumable"),
        known_at=known_at,
    )


def _decided(ticket: Ticket, *, known_at: datetime | None = None) -> tuple[Urgency, Answer]:
    """Weigh and decide: the type of the contract weighs, and its targets follow from the weight.

    Args:
        known_at: the balances of that moment count: what was used since, for this ticket too, changes
            nothing of what was said on its day.
    """
    urgencies: dict[ContractType | None, Urgency] = {}

    def weigh(contract: ContractType | None) -> int:
        urgencies[contract] = _weighing.urgency_of(ticket, contract)
        return urgencies[contract].level

    answer = deciding.decide(question_of(ticket, known_at=known_at), weigh=weigh)
    ((_contract, urgency),) = urgencies.items()
    return urgency, answer


def _put(ticket: Ticket, answer: Answer) -> dict[str, Any]:
    decision = answer.decision
    ticket.coverage, ticket.contract_id = decision.verdict.value, decision.contract
    return {"coverage": ticket.coverage, "contract_id": ticket.contract_id}


def _keep(ticket: Ticket, answer: Answer, by: User | None) -> None:
    """Let a decision that differs from the current one take its place."""
    current = CoverageDecision.objects.filter(ticket=ticket, current=True).first()
    if current and snapshot.load(current.facts, current.decision) == (answer.facts, answer.decision):
        return
    CoverageDecision.objects.filter(ticket=ticket, current=True).update(current=False)
    _row(ticket, answer, by).save(force_insert=True)
    journal.record("ticket.covered", ticket, by=by, **_facts(answer))


def _row(ticket: Ticket, answer: Answer, by: User | None) -> CoverageDecision:
    facts, decision = snapshot.dump(answer.facts, answer.decision)
    return inserts.like(
        _BLANK,
        ticket_id=ticket.pk,
        taken_at=clock.now(),
        verdict=answer.decision.verdict.value,
        contract_id=answer.decision.contract,
        version_id=answer.decision.version,
        facts=facts,
        decision=decision,
        by_id=by and by.pk,
    )


def _facts(answer: Answer) -> dict[str, Any]:
    """What the history says to everybody: of a sensitive contract the verdict alone."""
    verdict, because = answer.decision.verdict.value, answer.decision.because
    if answer.sensitive:
        return {"verdict": verdict}
    return {"verdict": verdict, "code": because.code, "facts": dict(because.facts)}


def _started(ticket: Ticket, answer: Answer) -> tuple[list[ClockEvent], list[SlaClock]]:
    """The clocks of a new ticket."""
    events, rows = [], []
    for target in _targets(ticket, answer):
        for event, row in _start(ticket, target, answer):
            events.append(event)
            rows.append(row)
    return events, rows


def _targets(ticket: Ticket, answer: Answer) -> Sequence[Promised]:
    """What is promised of a ticket: nobody waits for the answer to work that we planned ourselves."""
    return () if ticket.kind == TicketKind.PLANNED else answer.decision.targets


def _start(ticket: Ticket, target: Promised, answer: Answer) -> Iterator[tuple[ClockEvent, SlaClock]]:
    """The start of a clock, and what it shows then; nothing where the target's hours never open."""
    at = ticket.opened_at
    event = _event(ticket, Kind.STARTED, target.measure, at=at, target=target, answer=answer)
    with suppress(NoWorkingTime):
        for row in clocks.shown(ticket, [event], at=at):
            yield event, row


def _targets_changed(
    ticket: Ticket, answer: Answer, events: Sequence[ClockEvent], rows: Sequence[SlaClock], now: datetime
) -> list[ClockEvent]:
    """What the decision changes of clocks that run already."""
    targets = {one.measure: one for one in _targets(ticket, answer)}
    standing = {Measure(one.measure): one for one in rows}
    fresh: list[ClockEvent] = []
    for measure, target in targets.items():
        if measure not in standing:
            fresh += _in_retrospect(ticket, target, answer)
            continue
        state = standing[measure].state
        if state not in DONE and _is_other(target, answer, [e for e in events if e.measure == measure]):
            fresh.append(_event(ticket, Kind.TARGET, measure, at=now, target=target, answer=answer))
        if state == SlaClock.State.STOPPED:
            fresh.append(_event(ticket, Kind.REOPENED, measure, at=now))
    for measure, row in standing.items():
        if measure not in targets and row.state not in (*DONE, SlaClock.State.STOPPED):
            fresh.append(_event(ticket, Kind.STOPPED, measure, at=now))
    return fresh + _pauses_changed(ticket, answer, events, rows, now)


def _pauses_changed(
    ticket: Ticket, answer: Answer, events: Sequence[ClockEvent], rows: Sequence[SlaClock], now: datetime
) -> list[ClockEvent]:
    """A first clock knows where the ticket waited before; another goes on as the new terms pause it."""
    pauses = answer.decision.pauses
    if not events and _targets(ticket, answer):
        spells = Spell.objects.filter(ticket=ticket).exclude(waiting_for="").order_by("pk")
        past = promised.waited(spells.values_list("waiting_for", "started_at", "ended_at"), pauses=pauses)
        return [_event(ticket, one.kind, at=one.at, reason=one.reason) for one in past]
    is_paused = any(one.state == SlaClock.State.PAUSED for one in rows)
    if is_paused and ticket.waiting_for not in pauses:
        return [_event(ticket, Kind.RESUMED, at=now)]
    if not is_paused and ticket.waiting_for in pauses:
        return [_event(ticket, Kind.PAUSED, at=now, reason=ticket.waiting_for)]
    return []


def _in_retrospect(ticket: Ticket, target: Promised, answer: Answer) -> list[ClockEvent]:
    """A clock that was not known when the ticket was opened, with what has happened to it since."""
    measure = target.measure
    reached: datetime | None = getattr(ticket, promised.REACHED_BY[measure])
    met = [_event(ticket, Kind.MET, measure, at=reached)] if reached else []
    return [*(event for event, _row in _start(ticket, target, answer)), *met]


def _is_other(target: Promised, answer: Answer, events: Iterable[ClockEvent]) -> bool:
    holds = [one for one in events if one.minutes][-1]
    return (target.minutes, target.hours, answer.decision.warn_percent, target.binding) != (
        holds.minutes,
        holds.hours_id,
        holds.warn_percent,
        holds.binding,
    )


def _event(
    ticket: Ticket,
    kind: Kind,
    measure: str = "",
    *,
    at: datetime,
    reason: str = "",
    target: Promised | None = None,
    answer: Answer | None = None,
) -> ClockEvent:
    event = ClockEvent(
        ticket=ticket, kind=kind.value, measure=measure, at=at, recorded_at=clock.now(), reason=reason
    )
    if target and answer:
        event.minutes, event.hours_id, event.binding = target.minutes, target.hours, target.binding
        event.zone, event.warn_percent = answer.tz, answer.decision.warn_percent
    return event
