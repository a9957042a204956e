"""What the demo company has planned for its customers: plans, their checklists, kits and parts.

Days are counted from the first day of the play. The demo shows the 25th: by then one plan has been done,
one is being asked for, and one is still ahead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from servicebook.contracts.models import Contract
from servicebook.equipment.models import Category
from servicebook.maintenance.actions import checklists, plans
from servicebook.maintenance.actions.checklists import Item
from servicebook.maintenance.models import Checklist, ChecklistItem, Kit, Plan, PlanScope
from servicebook.simulator.company import Company
from servicebook.tickets.models import WorkType

MEASURE = ChecklistItem.Kind.MEASURE
SERVER_ROOM = (
    Item("Clean the filters and fans"),
    Item("Load of the UPS", kind=MEASURE, unit="%", high=Decimal(80), asks_before=True),
    Item("Temperature at the intake", kind=MEASURE, unit="°C", low=Decimal(16), high=Decimal(27)),
    Item("Event log read", kind=ChecklistItem.Kind.TEXT, required=False),
)
CLASSROOM = (
    Item("Dust removed"),
    Item("Updates installed"),
    Item("Picture and touch tried", hint="All four corners."),
)
COOLING = (
    Item("Condenser and fans cleaned"),
    Item("Temperature inside", kind=MEASURE, unit="°C", low=Decimal(2), high=Decimal(6)),
    Item("Door seals and lights tried"),
)
PRINTER = (
    Item("Rollers and paper path cleaned"),
    Item("Updates installed"),
    Item("Test page printed"),
)
MACHINE = (
    Item("Oil and filters changed"),
    Item("Bearing temperature", kind=MEASURE, unit="°C", high=Decimal(80), asks_before=True),
    Item("Guards and emergency stop tried"),
)
CHECKLISTS: Mapping[str, tuple[tuple[Item, ...], str]] = {
    "Server room": (SERVER_ROOM, "Makers' manuals; electrical safety group 3."),
    "Classroom": (CLASSROOM, ""),
    "Printer": (PRINTER, ""),
    "Refrigerator": (COOLING, ""),
    "Rotating machine": (MACHINE, "Lock out and tag out before a guard is opened."),
}
KITS = (
    ("Measuring kit 1", "Multimeter, thermometer"),
    ("Measuring kit 2", "Vibration pen, infrared thermometer"),
)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan and the day of its first date.

    Attributes:
        contract: the key of the agreement that it stands under.
        categories: what it serves.
        rule: its other columns, as `Plan` has them.
    """

    title: str
    contract: str
    categories: Sequence[str]
    day: int
    every: int
    checklist: str
    rule: Mapping[str, object] = field(default_factory=dict)


PLANS = (
    Planned(
        title="Quarterly check of servers and UPS",
        contract="schools",
        categories=("Server", "UPS"),
        day=16,
        every=3,
        checklist="Server room",
        rule={"access": "The head teacher opens the server room."},
    ),
    Planned(
        title="Half-yearly check of printers",
        contract="schools",
        categories=("Printer",),
        day=32,
        every=6,
        checklist="Printer",
        rule={"per": Plan.Per.SITE, "parts": [{"name": "Roller set", "quantity": 2}]},
    ),
    Planned(
        title="Yearly check of the boards",
        contract="schools",
        categories=("Classroom set",),
        day=48,
        every=12,
        checklist="Classroom",
        rule={"per": Plan.Per.SITE},
    ),
    Planned(
        title="Compressors, by running hours",
        contract="plant",
        categories=("Compressor",),
        day=37,
        every=6,
        checklist="Rotating machine",
        rule={
            "rule": Plan.Rule.FIRST,
            "meter_name": "Running hours",
            "meter_step": Decimal(1000),
            "parts": [{"name": "Oil filter", "quantity": 1}],
            "access": "The foreman at gate 3 locks the machine out.",
        },
    ),
    Planned(
        title="Refrigerators of the showroom",
        contract="showroom",
        categories=("Refrigerator",),
        day=27,
        every=1,
        checklist="Refrigerator",
        rule={"per": Plan.Per.SITE},
    ),
)  # fmt: skip


def found(company: Company, today: date, planned: Sequence[Planned] = PLANS) -> list[Plan]:
    """Publish the checklists and put the plans into force, as a dispatcher does."""
    lists = {name: _checklist(company, name) for name in dict.fromkeys(one.checklist for one in planned)}
    for name, contents in KITS:
        Kit.objects.get_or_create(name=name, defaults={"contents": contents})
    return [_start(company, one, lists[one.checklist], today) for one in planned]


def _checklist(company: Company, name: str) -> Checklist:
    items, regulation = CHECKLISTS[name]
    checklist = Checklist(name=name)
    checklists.publish(checklist, items, by=company.people["aigul"], regulation=regulation)
    return checklist


def _start(company: Company, one: Planned, checklist: Checklist, today: date) -> Plan:
    contract = Contract.objects.get(pk=company.contracts[one.contract])
    known, dana = WorkType.objects.filter(active=True), company.people["dana"]
    plan = Plan(
        title=one.title,
        customer=contract.customer,
        contract=contract,
        every=one.every,
        anchor_on=today + timedelta(days=one.day),
        checklist=checklist,
        work_type=known.filter(code="maintenance").first() or known[0],
        owner=company.people["timur"],
        **one.rule,
    )
    scopes = [PlanScope(category=kind) for kind in Category.objects.filter(name__in=one.categories)]
    plans.save_plan(plan, scopes, by=dana)
    return plans.activate(plan.pk, by=dana)
