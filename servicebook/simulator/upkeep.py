"""Planned maintenance plays: customers answer or stay silent, somebody decides, engineers fill worksheets."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Protocol

from django.db.models import Model

from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.customers.actions import keep_promise
from servicebook.customers.models import Promise
from servicebook.equipment.actions import record_reading
from servicebook.equipment.models import Meter
from servicebook.files.actions import attach
from servicebook.files.models import Document
from servicebook.maintenance import schedules, worksheets
from servicebook.maintenance.actions import moving, parts, results, trips, windows
from servicebook.maintenance.actions.results import Result
from servicebook.maintenance.models import (
    ChecklistItem,
    Occurrence,
    PartNeed,
    Plan,
    Window,
    Worksheet,
    WorksheetLine,
)
from servicebook.maintenance.models.occurrences import OccurrenceQuerySet
from servicebook.maintenance.queries import trips as proposals
from servicebook.maintenance.rules.windows import Span
from servicebook.reminders import links
from servicebook.reminders.actions import asks, reacting
from servicebook.reminders.actions.deciding import decide
from servicebook.reminders.actions.reacting import Reaction
from servicebook.reminders.models import Ask, Asks
from servicebook.simulator import letters, planned
from servicebook.simulator.company import Company
from servicebook.simulator.planned import MEASURE, PLANS, Planned
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Kind, Ticket

SATURDAY, DAY = 5, timedelta(days=1)
# What customers do with a question: drawn once for each, so who is silent stays silent.
AGREES, WISHES, CALLS_BACK = 0.62, 0.72, 0.76
DECIDED_AFTER = (6, 9)  # days; what is younger stands under escalation
LATE, FAILS, LEFT = 0.1, 0.03, 0.015
STEPS_KEPT = 0.85
REARRANGED_EVERY, READ_EVERY = 28, 30  # days


class Planner(Protocol):
    """Lets something happen on a day of the play, at an hour of it."""

    def __call__(self, day: int, hour: int, happen: Callable[[], object]) -> None: ...


class Upkeep:
    """The dispatcher who plans, the customers who answer or do not, and the engineers who do the work."""

    def __init__(
        self, company: Company, on: Planner, start: date, *, rng: Random, plans: Sequence[Planned] = PLANS
    ) -> None:
        self.company, self.on, self.start, self.plans = company, on, start, plans
        self.rng = rng  # of its own, so that everything else goes as it went
        self._met: dict[tuple[type[Model], int], int] = {}
        people = company.people
        self.dana, self.aigul, self.yerlan = people["dana"], people["aigul"], people["yerlan"]

    def plan(self) -> None:
        """Plan the first day, and the round of every working day."""
        self.on(0, 9, lambda: planned.found(self.company, self.start, self.plans))
        self.on(8, 12, lambda: self._rearranges(8))
        self.on(6, 16, lambda: self._reads_meters(6))
        self._round(1)

    def _round(self, day: int) -> None:
        if (self.start + day * DAY).weekday() < SATURDAY:
            self.on(day, 10, self._customers_answer)
            self.on(day, 11, self._somebody_decides)
            self.on(day, 12, self._dispatcher_agrees)
            self.on(day, 13, self._engineers_work)
            self.on(day, 14, self._storekeeper_prepares)
            self.on(day, 15, self._steps_are_taken)
        coming = next(one for one in range(day + 1, day + 4) if self._is_workday(one))
        self.on(day, 17, lambda: self._round(coming))

    def _is_workday(self, day: int) -> bool:
        return (self.start + day * DAY).weekday() < SATURDAY

    # -- the customers

    def _customers_answer(self) -> None:
        """Behind the link of the message: most confirm, some want another day, some let it lie."""
        rows = Ask.objects.open().filter(what__in=[Asks.WINDOW, Asks.ACCESS], contact__isnull=False)
        for ask in rows.select_related("contact").order_by("pk"):
            opened = links.find(links.token_of(ask.pk, ask.contact_id or 0))
            reaction = self._reaction(ask)
            if opened is None or reaction is None:
                continue
            asks.opened(ask.pk, by_name=opened.contact.name)
            reacting.react(ask.pk, reaction, contact=opened.contact)

    def _reaction(self, ask: Ask) -> Reaction | None:
        draw, one = self._dice(ask).random(), ask.about
        if not isinstance(one, Occurrence) or draw > CALLS_BACK:
            return None
        if draw > WISHES:
            return Reaction(answer="call")
        if ask.what == Asks.ACCESS:
            return Reaction(answer="agreed")
        usual = windows.usual_window(one)
        if usual.starts_at <= clock.now():
            return Reaction(answer="call")
        if draw > AGREES:
            days = (2, 3) if usual.starts_at.weekday() < 2 else (7, 8)
            others = [
                Span(usual.starts_at + days_on * DAY, usual.ends_at + days_on * DAY) for days_on in days
            ]
            return Reaction(answer="other_windows", wishes=others, note="Lessons until noon")
        return Reaction(answer="agreed", window=usual, on_site="The head teacher")

    # -- the house

    def _somebody_decides(self) -> None:
        """Who kept silent for long is called, and it is decided: come as planned, later, or not at all."""
        for ask in Ask.objects.open().order_by("pk"):
            rng = self._dice(ask)
            if ask.asked_at > clock.now() - rng.randint(*DECIDED_AFTER) * DAY:
                continue
            if isinstance(ask.about, Occurrence):
                self._decides(ask, ask.about, rng.random())
                continue
            try:
                decide(ask.pk, decision="close", note="Called: we go on as planned", by=self.aigul)
            except Refused:
                asks.withdraw(ask.pk, because="No longer needed", by=self.aigul)

    def _decides(self, ask: Ask, one: Occurrence, draw: float) -> None:
        later = self._workday(one.due_on + 7 * DAY)
        if draw < 0.25 and self._may_be_on(one, later):
            note = "Called: the school is closed that week"
            decide(ask.pk, decision="reschedule", note=note, next_on=later, by=self.aigul)
        elif draw < 0.4:
            decide(ask.pk, decision="cancel", note="Called: the room is being rebuilt", by=self.aigul)
        else:
            decide(ask.pk, decision="close", note="Called: we come as planned", by=self.aigul)

    def _dispatcher_agrees(self) -> None:
        """A window that the customer wishes for is taken; who asked to be called is called."""
        wished = Window.objects.filter(ours=False, state=Window.State.OPEN, starts_at__gt=clock.now() + DAY)
        for window in wished.filter(occurrence__in=self._to_do()).order_by("starts_at", "pk"):
            if not Window.objects.filter(occurrence=window.occurrence_id, state="accepted").exists():
                windows.agree_window(
                    window.occurrence_id,
                    window_id=window.pk,
                    by_name=window.by_name,
                    channel="phone",
                    by=self.dana,
                )
        called = Ask.objects.filter(what=Asks.WINDOW, answer="call").values("about_id")
        for one in self._to_do().filter(pk__in=called, window_agreed_at=None).order_by("pk"):
            span = windows.usual_window(one)
            if span.starts_at > clock.now():
                windows.agree_window(
                    one.pk,
                    starts_at=span.starts_at,
                    ends_at=span.ends_at,
                    by_name="The office",
                    channel="phone",
                    by=self.dana,
                )

    def _rearranges(self, day: int) -> None:
        """Once a month one visit is moved, one is left out, and two or three go on one journey."""
        today = clock.now().date()
        ahead = self._to_do().filter(
            part=0, due_on__gt=today + 3 * DAY, due_on__lt=today + 40 * DAY, window_agreed_at=None, trip=None
        )
        rows = list(ahead.order_by("pk"))
        self.rng.shuffle(rows)
        if len(rows) > 2:
            moving.skip(rows[0].pk, because="Exams: nobody may enter the rooms", by=self.dana)
            later = self._workday(rows[1].due_on + self.rng.randrange(1, 5) * DAY)
            if self._may_be_on(rows[1], later):
                moving.move(rows[1].pk, to=later, because="The school asks for another day", by=self.dana)
        proposed = proposals.propose(self._to_do().filter(due_on__lt=today + 40 * DAY), now=clock.now())
        for trip in proposed.shared[:1]:
            cities = ", ".join(dict.fromkeys(site.city for site in trip.sites))
            trips.make_trip(trip.day, trip.ids, title=f"Round through {cities}", by=self.dana)
        self.on(day + REARRANGED_EVERY, 12, lambda: self._rearranges(day + REARRANGED_EVERY))

    def _storekeeper_prepares(self) -> None:
        """Parts are reserved in the days before the visit, and issued on its day."""
        soon = PartNeed.objects.filter(occurrence__in=self._to_do(), occurrence__ticket__isnull=False)
        today = clock.now().date()
        for need in soon.filter(state="needed", occurrence__due_on__lte=today + 4 * DAY).order_by("pk"):
            parts.reserve(need.pk, by=self.yerlan)
        for need in soon.filter(state="reserved", occurrence__due_on__lte=today).order_by("pk"):
            parts.issue(need.pk, by=self.yerlan)

    def _steps_are_taken(self) -> None:
        """Most next steps that reminders made are done by the day; the act is scanned for its ticket."""
        steps = Promise.objects.open().filter(source__startswith="reminders.", needs_decision=False)
        for step in steps.filter(due_at__lt=clock.now() + DAY).select_related("owner").order_by("pk"):
            draw = self._dice(step).random()
            if draw > STEPS_KEPT or not Promise.objects.open().filter(pk=step.pk).exists():
                continue  # one that looks after another ends with it
            if step.source == "reminders.act" and isinstance(step.about, Ticket):
                self._attaches_act(step.about)  # with which the step ends
            else:
                keep_promise(step.pk, by=step.owner)

    def _attaches_act(self, ticket: Ticket) -> None:
        attach(
            ticket,
            name=f"act-{ticket.number}.png",
            data=letters.picture(self.rng),
            content_type="image/png",
            kind=Document.Kind.ACT,
            by=ticket.owner,
        )

    # -- the engineers

    def _engineers_work(self) -> None:
        """What is due is done: the worksheet is filled, and the ticket closed with what it says."""
        now = clock.now()
        due = Ticket.objects.open().filter(kind=Kind.PLANNED, due_at__lt=now + 12 * timedelta(hours=1))
        for ticket in due.select_related("owner").order_by("due_at", "pk"):
            late = self._dice(ticket).random() < LATE
            if ticket.due_at and (not late or ticket.due_at < now - 2 * DAY):
                self._does(ticket)
        found = WorksheetLine.objects.filter(follow_up__isnull=False).values("follow_up")
        follow_ups = Ticket.objects.open().filter(pk__in=found, opened_at__lt=now - 4 * DAY)
        for ticket in follow_ups.select_related("owner").order_by("pk"):
            self._does(ticket)

    def _does(self, ticket: Ticket) -> None:
        if ticket.status == "queued":
            tickets.start(ticket.pk, by=ticket.owner)
        self._uses_parts(ticket)
        self._fills(ticket)
        said = worksheets.closing_texts(ticket)
        tickets.close(
            ticket.pk,
            done=said.done or "Mended as found",
            result=said.result or "Everything works",
            proof=said.proof or "Worksheet",
            replaced_parts=said.replaced_parts or "none",
            recommendations=said.recommendations or "none",
            agreement=Ticket.Agreement.PHONE,
            agreed_by="The head teacher",
            by=ticket.owner,
        )

    def _uses_parts(self, ticket: Ticket) -> None:
        for need in PartNeed.objects.filter(occurrence__ticket=ticket, state="issued", kit=None).order_by(
            "pk"
        ):
            parts.use(need.pk, by=ticket.owner)

    def _fills(self, ticket: Ticket) -> None:
        sheet = Worksheet.objects.filter(ticket=ticket).first()
        given = [self._result(line) for line in worksheets.lines_of(sheet)] if sheet else []
        if given:
            results.record_many(ticket.pk, given, by=ticket.owner)

    def _result(self, line: WorksheetLine) -> Result:
        draw, item = self.rng.random(), line.item
        if draw < LEFT:
            return Result(line=line.pk, outcome="not_done", note="No time left")
        failed = draw < LEFT + FAILS
        measures = item.kind == MEASURE
        why = "Beyond the limit" if measures else "Needs a repair"
        found = "Errors that were not there last time" if failed else "Nothing unusual"
        return Result(
            line=line.pk,
            outcome="failed" if failed else "ok",
            note=why if failed else "",
            after=self._reading(item, failed=failed) if measures else None,
            before=Decimal(self.rng.randrange(30, 95)) if measures and item.asks_before else None,
            text=found if item.kind == ChecklistItem.Kind.TEXT else "",
        )

    def _reading(self, item: ChecklistItem, *, failed: bool) -> Decimal:
        """A value within the limits of an item, or beyond the one that it has."""
        usual = Decimal(self.rng.randrange(18, 26))
        if failed:
            return item.high + 7 if item.high is not None else (item.low or usual) - 7
        if item.low is not None and item.high is not None:
            return item.low + usual % (item.high - item.low)
        return usual

    def _reads_meters(self, day: int) -> None:
        """Once a month the meters that a plan goes by are read."""
        named = Plan.objects.running().exclude(meter_name="").values("meter_name")
        for meter in Meter.objects.filter(name__in=named).order_by("pk"):
            last = meter.readings.order_by("-read_at").first()
            if last is not None:
                value = last.value + self.rng.randrange(150, 400)
                record_reading(meter.pk, value=value, read_at=clock.now(), by=self.dana)
        self.on(day + READ_EVERY, 16, lambda: self._reads_meters(day + READ_EVERY))

    # -- what several of them look at

    def _dice(self, row: Model) -> Random:
        """A dice of the row's own, the same each time: by when it was met, for ids are the database's."""
        met = self._met.setdefault((type(row), row.pk), len(self._met))
        return Random(met)  # noqa: S311 - a play

    def _to_do(self) -> OccurrenceQuerySet:
        return Occurrence.objects.unfinished()

    def _workday(self, day: date) -> date:
        return day + max(0, 7 - day.weekday()) * DAY if day.weekday() >= SATURDAY else day

    def _may_be_on(self, one: Occurrence, day: date) -> bool:
        """Whether it may be moved to a day: still to come, and not after its contract."""
        last = schedules.last_day(one.plan)
        return day > clock.now().date() + DAY and (last is None or day <= last)
