"""The company that is walked: small enough for seconds, with one of everything that owes something."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from servicebook import search
from servicebook.accounts.models import Role, User
from servicebook.contracts.models import ExtraService, RefusalReason
from servicebook.core import clock, reference
from servicebook.customers.models import Contact, Customer, Region, Site
from servicebook.equipment.actions.meters import record_reading, save_meter
from servicebook.equipment.models import Asset, AssetModel, Category, Meter
from servicebook.maintenance.actions import plans
from servicebook.maintenance.actions.checklists import Item, publish
from servicebook.maintenance.models import Checklist, Kit, Plan, PlanScope
from servicebook.testing import (
    make_asset,
    make_contact,
    make_customer,
    make_model,
    make_reason,
    make_region,
    make_site,
    make_user,
    make_work_type,
    sign_contract,
)
from servicebook.tickets.models import Reason, WorkType

ALMATY = ZoneInfo("Asia/Almaty")
FIRST_DAY = datetime(2026, 1, 12, 9, tzinfo=ALMATY)
TERMS: dict[str, Any] = {
    "included": [
        {"code": "visit", "service": "visit", "limit": 4, "period": "quarter"},
        {"code": "labour", "service": "labour", "limit": 600, "period": "month"},
    ],
    "targets": [{"measure": "response", "minutes": 240}, {"measure": "recovery", "minutes": 2880}],
}


@dataclass(frozen=True)
class Company:
    """Who and what does not come or go during a walk."""

    people: tuple[User, ...]
    customers: tuple[Customer, ...]
    models: tuple[AssetModel, ...]
    regions: tuple[Region, ...]
    reasons: tuple[Reason, ...]
    work_type: WorkType
    checklist: Checklist

    @property
    def boss(self) -> User:
        return self.people[0]


def make_company() -> Company:
    """Found it on its first day, with its contracts signed and its plans running."""
    clock.set_to(FIRST_DAY)
    roles = (Role.MANAGER, Role.DISPATCHER, Role.ENGINEER, Role.ENGINEER, Role.ACCOUNT_MANAGER)
    people = tuple(make_user(role) for role in (*roles, Role.STOREKEEPER, Role.ACCOUNTANT))
    boss, owner = people[0], people[4]
    reasons = tuple(make_reason(code) for code in ("failure", "maintenance", "consultation"))
    RefusalReason.objects.get_or_create(name="Too dear")
    ExtraService.objects.get_or_create(
        code="visit", defaults={"name": "Visit", "service": "visit", "price": 18_000, "currency": "KZT"}
    )
    Kit.objects.create(name="Kit")
    categories = [Category.objects.create(name=name) for name in ("Printer", "Router")]
    models = tuple(make_model(category=one) for one in categories)
    regions = (make_region(), make_region())
    customers = tuple(make_customer(owner=owner) for _customer in range(2))
    for customer in customers:
        for number in range(2):
            site = make_site(customer, region=regions[number])
            make_contact(customer, site=site, is_main=not number, is_on_site=True, is_decision_maker=True)
            make_asset(customer, site=site, model=models[number])
    make_asset(customers[0], site=customers[0].sites.first(), model=models[1])
    checklist = Checklist(name="Check")
    publish(checklist, [Item("Clean"), Item("Measure")], by=boss)
    reference.drop()
    company = Company(people, customers, models, regions, reasons, make_work_type(), checklist)
    _meters(company)
    _terms_and_plans(company, owner)
    for model in (Customer, Site, Contact, Asset):
        search.index_many(list(model.objects.all()))
    return company


def _meters(company: Company) -> None:
    for unit in Asset.objects.filter(customer=company.customers[1]):
        meter = save_meter(Meter(asset=unit, name="Runtime", unit="h"), by=company.boss)
        record_reading(meter.pk, value=Decimal(100), read_at=clock.now(), by=company.boss)


def _terms_and_plans(company: Company, owner: User) -> None:
    first, second = company.customers
    signed = sign_contract(first, owner=owner, ends_on=date(2026, 4, 30), terms=TERMS)
    sign_contract(second, owner=owner, ends_on=date(2026, 12, 31), terms=TERMS)
    sign_contract(second, owner=owner, draft=True, terms=TERMS)
    rules: tuple[dict[str, Any], ...] = (
        {"customer": first, "contract": signed, "every": 1, "anchor_on": date(2026, 1, 31)},
        {"customer": second, "every": 6, "every_unit": "weeks", "anchor_on": date(2026, 2, 2), "per": "site"},
        {"customer": second, "rule": "meter", "meter_name": "Runtime", "meter_step": Decimal(200)},
        {"customer": first, "every": 2, "anchor_on": date(2026, 1, 20), "counts_from": "done"},
    )
    for rule in rules:
        plan = draft(company, **rule)
        plans.activate(plan.pk, by=company.boss)
    for scope in (PlanScope(region=company.regions[0]), PlanScope(category=company.models[0].category)):
        plan = draft(company, scope, customer=first, every=3, anchor_on=date(2026, 2, 9))
        plans.activate(plan.pk, by=company.boss)


def draft(company: Company, *scopes: PlanScope, **rule: Any) -> Plan:
    """Draft a plan for what the scopes name, or for everything of its customer."""
    given = {"title": "Check", "work_type": company.work_type, "checklist": company.checklist, **rule}
    parts = [{"name": "Filter", "quantity": 2}]
    return plans.save_plan(Plan(parts=parts, owner=company.people[2], **given), list(scopes), by=company.boss)
