"""What the demo company has agreed with its customers: rate card, service hours, templates, contracts.

Days are counted from the first day of the play. The demo shows the 25th, so what it should show then
is placed around that day.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from servicebook.contracts import actions, patterns
from servicebook.contracts.document import (
    Document,
    Exclusion,
    Included,
    Rate,
    Scope,
    Target,
    Terms,
)
from servicebook.contracts.models import Contract, ContractTemplate, ExtraService
from servicebook.contracts.models.choices import (
    BillingCycle,
    Channel,
    ContractType,
    Measure,
    Pause,
    Period,
    Service,
    Unless,
)
from servicebook.contracts.rules.periods import months_later
from servicebook.core import reference
from servicebook.customers.models import Region, Site
from servicebook.equipment.models import Category
from servicebook.simulator.company import Company
from servicebook.sla import actions as sla
from servicebook.sla.models import ServiceHours

CURRENCY = "KZT"
HOUR = 60  # minutes
AROUND_THE_CLOCK, OFFICE_HOURS, LONG_DAY = "24/7", "Mon–Fri 9–18", "Mon–Sat 8–20"

# Code, name, kind, price of one, whether it is the usual one of its kind.
RATE_CARD = (
    ("diagnostic", "Diagnostic with a written finding", Service.DIAGNOSTIC, "15000", True),
    ("visit", "Visit", Service.VISIT, "18000", True),
    ("engineer-hour", "Engineer hour on site", Service.LABOUR, "12000", True),
    ("remote-hour", "Remote hour", Service.REMOTE, "8000", True),
    ("parts", "Spare parts, list price × 1.15", Service.PARTS, "1.15", True),
    ("visit-today", "Visit on the same day", Service.VISIT, "27000", False),
    ("night-hour", "Engineer hour at night or on a holiday", Service.LABOUR, "18000", False),
)


class Directory:
    """Finds by name what terms refer to by id."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.hours = dict(ServiceHours.objects.values_list("name", "pk"))
        self.regions = dict(Region.objects.values_list("name", "pk"))
        self.sites = dict(Site.objects.values_list("name", "pk"))
        self.categories = dict(Category.objects.values_list("name", "pk"))


@dataclass(frozen=True)
class Agreement:
    """A contract of the demo company, and what becomes of it.

    Attributes:
        ends_in: days from the start of the play to its last day.
        months: its length.
        template: the name of the template that is made from it; empty: none.
        going_on: how it is renewed, as fields of the document.
        in_force: False: it stays a draft.
        held_on, resumed_on, at_risk_on, dearer_from: days of the play.
    """

    key: str
    customer: str
    title: str
    type: ContractType
    ends_in: int
    price: int
    terms: Callable[[Directory], Terms]
    billed: BillingCycle = BillingCycle.YEAR
    months: int = 12
    considerations: str = ""
    template: str = ""
    going_on: dict[str, object] = field(default_factory=dict)
    in_force: bool = True
    held_on: int | None = None
    resumed_on: int | None = None
    at_risk_on: int | None = None
    dearer_from: int | None = None


def _included(
    service: Service, limit: int | None = None, period: Period | None = None, **more: object
) -> Included:
    amount = None if limit is None else Decimal(limit)
    return Included.model_validate({"service": service, "limit": amount, "period": period, **more})


def _rates(**prices: int) -> list[Rate]:
    return [Rate(service=Service(name), price=Decimal(price)) for name, price in prices.items()]


def _school_network(at: Directory) -> Terms:
    return Terms(
        hours=at.hours[LONG_DAY],
        channels=[Channel.PHONE, Channel.MAIL, Channel.API],
        pauses=[Pause.PART, Pause.ACCESS, Pause.CLIENT],
        closure_criteria="The school's signer confirms that lessons can go on.",
        customer_does="Access to sites, power, network ports, one contact per school",
        we_do="Work and deadlines, confirmation of closure with the school's signer",
        vendor_does="Warranty replacement within 10 days, returns through us",
        access_by="the building manager",
        closure_by="the building manager or the head of IT",
        scopes=[Scope()],
        included=[
            _included(Service.VISIT, 12, Period.YEAR),
            _included(Service.DIAGNOSTIC),
            _included(Service.REMOTE),
            _included(
                Service.LABOUR,
                40 * HOUR,
                Period.PACK,
                code="hours-pack",
                outside_factor=Decimal("1.5"),
                expires_on=at.today + timedelta(days=70),
            ),
            _included(Service.PARTS, 150_000, Period.YEAR),
        ],
        targets=[
            Target(measure=Measure.RESPONSE, minutes=HOUR, region=at.regions["Karaganda"]),
            Target(measure=Measure.RESPONSE, minutes=4 * HOUR),
            Target(measure=Measure.RECOVERY, minutes=8 * HOUR, priority=1),
        ],
        exclusions=[Exclusion(unless=Unless.TAMPERING), Exclusion(unless=Unless.UNSUPPORTED)],
        rates=_rates(visit=18_000, labour=12_000),
    )


def _conveyor_line(at: Directory) -> Terms:
    return Terms(
        hours=at.hours[AROUND_THE_CLOCK],
        pauses=[Pause.ACCESS],
        uptime_percent=Decimal("98.5"),
        customer_does="A foreman at gate 3, the drive locked out and tagged",
        we_do="Arrival, repair, a test run under load",
        access_by="the shift foreman",
        closure_by="the chief mechanic",
        scopes=[Scope(site=at.sites["Shop 2"])],
        included=[
            _included(Service.VISIT),
            _included(Service.DIAGNOSTIC),
            _included(Service.REMOTE),
            _included(Service.LABOUR, 40 * HOUR, Period.MONTH),
            _included(Service.PARTS, 900_000, Period.YEAR),
        ],
        targets=[
            Target(measure=Measure.RESPONSE, minutes=HOUR),
            Target(measure=Measure.ARRIVAL, minutes=12 * HOUR),
            Target(measure=Measure.RECOVERY, minutes=24 * HOUR, priority=1),
        ],
        exclusions=[Exclusion(unless=Unless.MISUSE)],
        rates=_rates(labour=14_000),
    )


def _ledger_support(at: Directory) -> Terms:
    return Terms(
        hours=at.hours[OFFICE_HOURS],
        channels=[Channel.PHONE, Channel.MAIL, Channel.API],
        pauses=[Pause.CLIENT],
        customer_does="One person who knows the case, screenshots, a copy of the data",
        we_do="Answers, workarounds, fixes through the developers",
        scopes=[Scope(category=at.categories["Application"])],
        included=[_included(Service.REMOTE, 1_000, Period.MONTH), _included(Service.DIAGNOSTIC)],
        targets=[
            Target(measure=Measure.RESPONSE, minutes=4 * HOUR),
            Target(measure=Measure.RECOVERY, minutes=24 * HOUR),
        ],
        rates=_rates(remote=8_000),
    )


def _printers(at: Directory) -> Terms:
    return Terms(
        hours=at.hours[OFFICE_HOURS],
        scopes=[Scope(category=at.categories["Printer"])],
        included=[
            _included(Service.VISIT, 6, Period.YEAR),
            _included(Service.LABOUR),
            _included(Service.PARTS, 60_000, Period.YEAR, parts="consumables"),
        ],
        targets=[Target(measure=Measure.RESPONSE, minutes=8 * HOUR)],
        exclusions=[Exclusion(unless=Unless.MISUSE)],
    )


def _showroom(at: Directory) -> Terms:
    return Terms(
        scopes=[Scope(site=at.sites["Showroom Dostyk"])],
        included=[
            _included(Service.VISIT, 8, Period.TERM),
            _included(Service.LABOUR, 30 * HOUR, Period.TERM),
            _included(Service.DIAGNOSTIC),
        ],
        targets=[Target(measure=Measure.RECOVERY, minutes=5 * 24 * HOUR)],
    )


def _warehouse(at: Directory) -> Terms:
    return Terms(
        hours=at.hours[LONG_DAY],
        pauses=[Pause.PART, Pause.ACCESS, Pause.PAYMENT],
        scopes=[Scope(site=at.sites["Warehouse Raimbek"])],
        included=[
            _included(Service.VISIT, 2, Period.MONTH),
            _included(Service.LABOUR),
            _included(Service.DIAGNOSTIC),
        ],
        targets=[
            Target(measure=Measure.RESPONSE, minutes=2 * HOUR),
            Target(measure=Measure.RECOVERY, minutes=48 * HOUR),
        ],
        exclusions=[Exclusion(unless=Unless.TAMPERING), Exclusion(unless=Unless.MISUSE)],
    )


def _charging(at: Directory) -> Terms:
    """It contradicts itself: who is always served is never outside the hours, and P4 has no deadline."""
    return Terms(
        hours=at.hours[AROUND_THE_CLOCK],
        scopes=[Scope(category=at.categories["Charging station"])],
        included=[
            _included(Service.REMOTE),
            _included(Service.LABOUR),
            _included(Service.LABOUR, 20 * HOUR, Period.YEAR),
        ],
        targets=[
            Target(measure=Measure.RESPONSE, minutes=30, priority=1),
            Target(measure=Measure.RECOVERY, minutes=12 * HOUR, priority=1),
            Target(measure=Measure.RECOVERY, minutes=8 * HOUR, priority=2),
        ],
        exclusions=[Exclusion(unless=Unless.OUTSIDE_HOURS)],
    )


_INDEX = {"index_percent": Decimal(8), "index_notice_days": 30, "index_rule": "consumer price index"}
AGREEMENTS = (
    Agreement(
        key="schools",
        customer="Karaganda Education Department",
        title="School network, servers and classrooms",
        type=ContractType.SLA,
        ends_in=25 + 78,
        price=4_800_000,
        terms=_school_network,
        considerations="No visits during exams (25 May – 15 June). The department pays in December.",
        template="Servers and classrooms, Mon–Sat",
        going_on=_INDEX,
    ),
    Agreement(
        key="plant",
        customer="Temirtau Conveyor Plant",
        title="Conveyor line, around the clock",
        type=ContractType.SLA,
        ends_in=18,
        price=800_000,
        billed=BillingCycle.MONTH,
        terms=_conveyor_line,
        template="Production line, 24/7",
        going_on={
            "renews_itself": True,
            "notice_days": 30,
            "index_percent": Decimal(9),
            "index_notice_days": 14,
            "index_rule": "producer price index",
        },
        dearer_from=19,  # with the renewal
    ),
    Agreement(
        key="ledger",
        customer="Ledgerline",
        title="Ledger Cloud, remote support",
        type=ContractType.SUBSCRIPTION,
        ends_in=210,
        price=260_000,
        billed=BillingCycle.MONTH,
        terms=_ledger_support,
        template="Software, remote hours by the month",
        going_on={**_INDEX, "renews_itself": True, "index_percent": Decimal(6)},
        dearer_from=50,
    ),
    Agreement(
        key="printers",
        customer="Ledgerline",
        title="Office printers",
        type=ContractType.SLA,
        ends_in=25 + 30,
        price=180_000,
        terms=_printers,
        going_on=_INDEX,
        at_risk_on=8,
    ),
    Agreement(
        key="showroom",
        customer="Aral Appliances",
        title="Showroom refit, twelve refrigerators",
        type=ContractType.ONE_OFF,
        ends_in=40,
        months=3,
        price=720_000,
        billed=BillingCycle.ONCE,
        terms=_showroom,
    ),
    Agreement(
        key="warehouse",
        customer="Aral Appliances",
        title="Warehouse Raimbek, cold chain",
        type=ContractType.SLA,
        ends_in=150,
        price=1_900_000,
        terms=_warehouse,
        going_on=_INDEX,
        held_on=9,
        resumed_on=38,
    ),
    Agreement(
        key="charging",
        customer="Kolesa Motors",
        title="Charging stations of both dealers",
        type=ContractType.SLA,
        ends_in=390,
        price=3_100_000,
        terms=_charging,
        in_force=False,
    ),
)  # fmt: skip


def found(company: Company, today: date, agreements: Sequence[Agreement] = AGREEMENTS) -> None:
    """Write the rate card, the templates and the contracts as they stand at the start of the play."""
    _rate_card()
    _holidays(company)
    at, manager = Directory(today), company.people["aigul"]
    customers = {spec.name: customer for customer, spec in company.served}
    for one in agreements:
        ends_on = today + timedelta(days=one.ends_in)
        draft = actions.save_draft(
            Document.model_validate(
                {
                    "title": one.title,
                    "customer": customers[one.customer].pk,
                    "type": one.type,
                    "starts_on": months_later(ends_on + timedelta(days=1), -one.months),
                    "ends_on": ends_on,
                    "price": one.price,
                    "billing_cycle": one.billed,
                    "considerations": one.considerations,
                    "terms": one.terms(at),
                    **one.going_on,
                }
            ),
            by=manager,
        )
        company.contracts[one.key] = draft.pk
        if one.in_force:
            _put_into_force(draft, one, company, today)


def _put_into_force(draft: Contract, one: Agreement, company: Company, today: date) -> None:
    contract = actions.activate(draft.pk, by=company.people["aigul"])
    if one.dearer_from is not None:
        applies_on = today + timedelta(days=one.dearer_from)
        actions.announce_price(contract.pk, applies_on=applies_on, by=company.people["marat"])
    if one.template:
        pattern = patterns.of(contract)
        ContractTemplate.objects.create(
            name=one.template, type=pattern.type, terms=pattern.model_dump(mode="json")
        )


def _rate_card() -> None:
    for position, (code, name, service, price, usual) in enumerate(RATE_CARD, start=1):
        ExtraService.objects.create(
            code=code,
            name=name,
            service=service,
            price=Decimal(price),
            currency=CURRENCY,
            is_standard=usual,
            position=position,
        )
    reference.changed()


def _holidays(company: Company) -> None:
    """Who works by the week does not work on the country's holidays."""
    for hours in ServiceHours.objects.filter(name__in=(OFFICE_HOURS, LONG_DAY)).order_by("pk"):
        hours.holiday_country = "KZ"
        sla.save(hours, by=company.people["admin"])
