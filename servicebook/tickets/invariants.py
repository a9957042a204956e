"""What must hold for tickets, as statements that name the rows that break it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, CharField, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from servicebook.core import clock
from servicebook.core.invariants import invariant
from servicebook.core.models import NumberSeries
from servicebook.customers.models import Customer
from servicebook.customers.rules import trees
from servicebook.journal.models import Entry
from servicebook.tickets.clocks import next_deadline, shown
from servicebook.tickets.models import (
    Charge,
    ClockEvent,
    CoverageDecision,
    SlaClock,
    Spell,
    Ticket,
    TimeEntry,
)

NAMED = 50
AT_A_TIME = 1000


@invariant("I2", "A ticket stands in exactly one status, the one of its open spell")
def one_open_spell() -> Iterator[str]:
    fitting = Spell.objects.filter(ticket=OuterRef("pk"), ended_at=None, status=OuterRef("status"))
    for number in Ticket.objects.exclude(Exists(fitting)).values_list("number", flat=True)[:NAMED]:
        yield f"{number} has no open spell of its status"


@invariant("I2", "A ticket's spells follow each other without gap or overlap")
def spells_without_gap() -> Iterator[str]:
    ended_at: dict[int, object] = {}
    rows = Spell.objects.order_by("ticket_id", "pk").values_list("ticket_id", "started_at", "ended_at")
    for ticket, started, ended in rows.iterator():
        if ticket in ended_at and ended_at[ticket] != started:
            yield f"ticket {ticket}: a spell starts at {started}, the one before ended at {ended_at[ticket]}"
        ended_at = {ticket: ended}


@invariant("I2", "Every clock shows what its events say")
def clocks_equal_their_events() -> Iterator[str]:
    now, last, named = clock.now(), 0, 0
    timed = Ticket.objects.filter(Exists(SlaClock.objects.filter(ticket=OuterRef("pk")))).order_by("pk")
    while named < NAMED and (some := list(timed.filter(pk__gt=last)[:AT_A_TIME])):
        last = some[-1].pk
        rows, events = _of(some, SlaClock), _of(some, ClockEvent, "at")
        for one in some:
            kept = {row.measure: _reads(row) for row in rows[one.pk]}
            if kept != {row.measure: _reads(row) for row in shown(one, events[one.pk], at=now)}:
                yield f"{one.number}: its clocks do not show what its events say"
                named += 1
            elif one.contract_id and one.next_deadline_at != next_deadline(rows[one.pk]):
                yield f"{one.number}: its next deadline is none of its clocks'"
                named += 1


def _of(tickets: Sequence[Ticket], model: type[Any], *order: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in model.objects.filter(ticket__in=tickets).order_by(*order, "pk"):
        found[row.ticket_id].append(row)
    return found


def _reads(row: SlaClock) -> tuple[Any, ...]:
    """What the time that goes by does not change; a breach is written when it is told."""
    return row.state, row.minutes, row.started_at, row.due_at, row.met_at, row.counted


@invariant("I2", "A ticket says what its current decision says")
def decisions_are_those_of_their_tickets() -> Iterator[str]:
    current = CoverageDecision.objects.filter(ticket=OuterRef("pk"), current=True)
    decided = Ticket.objects.exclude(coverage="").annotate(
        said=Coalesce(Subquery(current.values("verdict")[:1]), Value("")),
        under=Coalesce(Subquery(current.values("contract")[:1]), 0, output_field=BigIntegerField()),
        own=Coalesce("contract", 0, output_field=BigIntegerField()),
    )
    other = decided.exclude(said=F("coverage"), under=F("own"))
    for number, coverage, said in other.values_list("number", "coverage", "said")[:NAMED]:
        yield f"{number} is {coverage}, its current decision says {said or 'nothing'}"


@invariant("I4", "Time that is billed has its charge, and each charge of time its time")
def time_is_billed_once() -> Iterator[str]:
    source = Concat(Value("time-"), Cast(OuterRef("pk"), CharField()))
    charges = Charge.objects.filter(ticket=OuterRef("ticket"), source=source)
    entries = TimeEntry.objects.annotate(
        charged=Coalesce(Subquery(charges.values("quantity")[:1]), 0, output_field=Charge.quantity.field)
    )
    # Minutes of a charge are exact, those of an entry whole.
    billed = Coalesce("billed_minutes", 0)
    wrong = entries.filter(Q(charged__gte=billed + 1) | Q(charged__lte=billed - 1))
    for pk, minutes, charged in wrong.values_list("pk", "billed_minutes", "charged")[:NAMED]:
        yield f"time entry {pk} bills {minutes or 0} min, its charge {charged} min"


@invariant("I2", "Every open ticket has an owner who is here")
def owners_are_here() -> Iterator[str]:
    lying = Ticket.objects.open().filter(owner__is_active=False)
    for number, name in lying.values_list("number", "owner__name")[:NAMED]:
        yield f"{number} is open, and its owner {name} has left"


@invariant("I4", "Ticket numbers have no gap and no double in a year")
def numbers_without_gap() -> Iterator[str]:
    counted: dict[tuple[str, int], int] = defaultdict(int)
    highest: dict[tuple[str, int], int] = defaultdict(int)
    for number in Ticket.objects.values_list("number", flat=True).iterator():
        series, year, running = [*number.rsplit("-", 2), "", ""][:3]
        if not (year.isdecimal() and running.isdecimal()):
            yield f"{number} is no number of ours"
            continue
        key = (series, int(year))
        counted[key] += 1
        highest[key] = max(highest[key], int(running))
    for row in NumberSeries.objects.filter(series="T"):
        key = (row.series, row.year)
        if not counted[key] == highest[key] == row.last:
            yield f"{row}: {counted[key]} tickets, the highest is {highest[key]}"


@invariant("I7", "While a ticket is open, its site, contact and unit belong to its customer's tree")
def one_tree() -> Iterator[str]:
    """A unit that is sold on, or a branch that left, keeps the closed tickets of its life before."""
    parents: dict[int, int | None] = {}
    for name in ("site", "asset", "contact"):
        near = Q(**{f"{name}__customer": F("customer")})
        near |= Q(**{f"{name}__customer": F("customer__parent")})
        far = Ticket.objects.open().exclude(**{name: None}).exclude(near)
        named = 0
        for number, ours, theirs in far.values_list("number", "customer", f"{name}__customer").iterator():
            parents = parents or dict(Customer.objects.values_list("pk", "parent"))
            if trees.path(ours, parents)[0] != trees.path(theirs, parents)[0]:
                yield f"{number}: its {name} belongs to another customer"
                named += 1
            if named == NAMED:
                break


@invariant("I8", "Every ticket's opening and closing stand in the journal")
def opening_and_closing_recorded() -> Iterator[str]:
    kind = ContentType.objects.get_for_model(Ticket)
    entries = Entry.objects.filter(subject_type=kind, subject_id=OuterRef("pk"))
    for number in Ticket.objects.exclude(Exists(entries)).values_list("number", flat=True)[:NAMED]:
        yield f"{number} has no history"
