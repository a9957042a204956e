"""Planned maintenance plays: plans are made, customers answer or stay silent, engineers fill worksheets."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Protocol

from servicebook.contracts.models import Contract
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.equipment.models import Category
from servicebook.maintenance import worksheets
from servicebook.maintenance.actions import access, checklists, plans, results, windows
from servicebook.maintenance.actions.checklists import Item
from servicebook.maintenance.actions.results import Result
from servicebook.maintenance.models import (
    Checklist,
    ChecklistItem,
    Kit,
    Occurrence,
    Plan,
    PlanScope,
    Worksheet,
    WorksheetLine,
)
from servicebook.reminders.actions import asks
from servicebook.reminders.actions.deciding import decide
from servicebook.reminders.models import Ask, Asks
from servicebook.simulator.company import Company
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Kind, Ticket, WorkType

ANSWERS, IS_SILENT = 0.75, timedelta(days=5)
FAILS, LEFT = 0.04, 0.02
MEASURE = ChecklistItem.Kind.MEASURE
SERVER_ROOM = (
    Item("Clean the filters and fans"),
    Item("Load of the UPS", kind=MEASURE, unit="%", high=Decimal(80), asks_before=True),
    Item("Temperature at the intake", kind=MEASURE, unit="°C", low=Decimal(16), high=Decimal(27)),
    Item("Event log read", kind=ChecklistItem.Kind.TEXT, required=False),
)
WORKSTATION = (
    Item("Dust removed"),
    Item("Updates installed"),
    Item("Disk healthy", hint="Read the SMART values."),
)


class Planner(Protocol):
    """Lets something happen on a day of the play, at an hour of it."""

    def __call__(self, day: int, hour: int, happen: Callable[[], object]) -> None: ...


class Upkeep:
    """The dispatcher who plans, the customers who answer or do not, and the engineers who do the work."""

    def __init__(self, company: Company, seed: int, on: Planner, start: date) -> None:
        self.company, self.on, self.start = company, on, start
        # Of its own, so that everything else goes as it went.
        self.rng = Random(seed)  # noqa: S311 - a play
        self.dana, self.aigul = company.people["dana"], company.people["aigul"]

    def plan(self) -> None:
        """Plan the first day, and the round of every day."""
        self.on(0, 9, self._make_plans)
        self._round(1)

    def _round(self, day: int) -> None:
        self.on(day, 10, self._customers_answer)
        self.on(day, 11, self._somebody_decides)
        self.on(day, 13, self._engineers_work)
        self.on(day, 17, lambda: self._round(day + 1))

    def _make_plans(self) -> None:
        room = self._checklist("Server room", SERVER_ROOM, "Makers' manuals; electrical safety group 3.")
        station = self._checklist("Workstation", WORKSTATION, "")
        Kit.objects.get_or_create(name="Measuring kit 1", defaults={"contents": "Multimeter, thermometer"})
        servers = Plan(
            title="Quarterly check of servers and UPS",
            every=3,
            checklist=room,
            access="The head teacher opens the server room.",
        )
        stations = Plan(
            title="Half-yearly check of workstations", every=6, checklist=station, per=Plan.Per.SITE
        )
        self._start(servers, ("Server", "UPS"), day=16)
        self._start(stations, ("Workstation", "Printer"), day=17)

    def _start(self, plan: Plan, categories: tuple[str, ...], *, day: int) -> None:
        """Put a plan for the schools into force, for the kinds of equipment that stand there."""
        schools = Contract.objects.get(pk=self.company.contracts["schools"])
        known = WorkType.objects.filter(active=True)
        plan.customer, plan.contract = schools.customer, schools
        plan.work_type = known.filter(code="maintenance").first() or known[0]
        plan.owner, plan.anchor_on = self.company.people["timur"], self.start + timedelta(days=day)
        scopes = [PlanScope(category=one) for one in Category.objects.filter(name__in=categories)]
        try:
            plans.save_plan(plan, scopes, by=self.dana)
            plans.activate(plan.pk, by=self.dana)
        except plans.NotReady:
            return  # nothing of that kind stands at the schools of this cast

    def _checklist(self, name: str, items: tuple[Item, ...], regulation: str) -> Checklist:
        checklist = Checklist(name=name)
        checklists.publish(checklist, items, by=self.aigul, regulation=regulation)
        return checklist

    def _customers_answer(self) -> None:
        """Most customers confirm the window; some let the question lie."""
        for ask in Ask.objects.open().filter(what=Asks.WINDOW).select_related("contact").order_by("pk"):
            # Drawn once per question: who is silent stays silent.
            draw = Random(ask.pk).random()  # noqa: S311 - a play
            if draw > ANSWERS or not isinstance(ask.about, Occurrence):
                continue
            span = windows.usual_window(ask.about)
            if span.starts_at > clock.now() and ask.about.window_agreed_at is None:
                name = ask.contact.name if ask.contact else "The school"
                windows.agree_window(
                    ask.about_id, starts_at=span.starts_at, ends_at=span.ends_at, by_name=name, channel="link"
                )
                if ask.about.plan.access:
                    access.agree_access(ask.about_id, by_name=name, channel="link")

    def _somebody_decides(self) -> None:
        """Who kept silent for five days is called, and it is decided."""
        for ask in Ask.objects.open().filter(asked_at__lt=clock.now() - IS_SILENT).order_by("pk")[:20]:
            try:
                decide(ask.pk, decision="close", note="Called: we come as planned", by=self.aigul)
            except Refused:
                asks.withdraw(ask.pk, because="No longer needed", by=self.aigul)

    def _engineers_work(self) -> None:
        """What is due is done: the worksheet is filled, and the ticket closed with what it says."""
        due = Ticket.objects.open().filter(kind=Kind.PLANNED, due_at__lt=clock.now() + timedelta(hours=12))
        for ticket in due.select_related("owner").order_by("due_at", "pk")[:10]:
            if ticket.status == "queued":
                tickets.start(ticket.pk, by=ticket.owner)
            self._fills(ticket)
            said = worksheets.closing_texts(ticket)
            tickets.close(
                ticket.pk,
                done=said.done or "Maintenance done as planned",
                result=said.result or "Everything works",
                proof=said.proof or "Worksheet",
                replaced_parts=said.replaced_parts or "none",
                recommendations=said.recommendations or "none",
                agreement=Ticket.Agreement.PHONE,
                agreed_by="The head teacher",
                by=ticket.owner,
            )

    def _fills(self, ticket: Ticket) -> None:
        sheet = Worksheet.objects.filter(ticket=ticket).first()
        if sheet is None:
            return
        given = [self._result(line) for line in worksheets.lines_of(sheet)]
        if given:
            results.record_many(ticket.pk, given, by=ticket.owner)

    def _result(self, line: WorksheetLine) -> Result:
        draw, item = self.rng.random(), line.item
        if draw < LEFT:
            return Result(line=line.pk, outcome="not_done", note="No time left")
        failed = draw < LEFT + FAILS
        measures = item.kind == MEASURE
        return Result(
            line=line.pk,
            outcome="failed" if failed else "ok",
            note="Does not meet the limit" if failed else "",
            after=Decimal(self.rng.randrange(18, 26)) if measures else None,
            before=Decimal(self.rng.randrange(30, 95)) if measures and item.asks_before else None,
            text="Nothing unusual" if item.kind == ChecklistItem.Kind.TEXT else "",
        )
