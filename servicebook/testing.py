"""Makers of the least that a test needs. Each gives a saved row; say only what the test is about."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from django.test import Client

from servicebook.accounts import tokens
from servicebook.accounts.models import Role, User
from servicebook.accounts.scopes import SCOPES
from servicebook.contracts import actions as contracts
from servicebook.contracts.actions import Why
from servicebook.contracts.document import Document
from servicebook.contracts.models import (
    Balance,
    BalanceEntry,
    Contract,
    ContractSpell,
    ContractVersion,
    CoverageScope,
    Exclusion,
    IncludedService,
    Rate,
    RefusalReason,
    SlaTarget,
)
from servicebook.core import clock, reference
from servicebook.customers.models import Contact, Customer, Region, Site
from servicebook.equipment.models import Asset, AssetModel, Category
from servicebook.maintenance.actions import calling
from servicebook.maintenance.models import Enrolment, Occurrence, Plan
from servicebook.reminders.models import Ask
from servicebook.tickets import actions as tickets
from servicebook.tickets.models import Charge, Reason, Ticket, WorkType

_serial = count(1)


PASSWORD = "correct horse"  # noqa: S105 - of people who exist only in tests


def make_user(*roles: str, **fields: Any) -> User:
    """A person with `roles` (a dispatcher if none); password `PASSWORD`."""
    number = next(_serial)
    fields.setdefault("name", f"Person {number}")
    fields.setdefault("email", f"person{number}@house.example")
    return User.objects.create_user(password=PASSWORD, roles=list(roles or [Role.DISPATCHER]), **fields)


def make_region(**fields: Any) -> Region:
    fields.setdefault("name", f"Region {next(_serial)}")
    return Region.objects.create(**fields)


def make_customer(**fields: Any) -> Customer:
    fields.setdefault("name", f"Customer {next(_serial)}")
    return Customer.objects.create(**fields)


def make_site(customer: Customer | None = None, **fields: Any) -> Site:
    fields.setdefault("name", f"Site {next(_serial)}")
    return Site.objects.create(customer=customer or make_customer(), **fields)


def make_contact(customer: Customer | None = None, **fields: Any) -> Contact:
    number = next(_serial)
    fields.setdefault("name", f"Contact {number}")
    fields.setdefault("email", f"contact{number}@customer.example")
    return Contact.objects.create(customer=customer or make_customer(), **fields)


def make_model(**fields: Any) -> AssetModel:
    fields.setdefault("name", f"Model {next(_serial)}")
    fields.setdefault("maker", "GSE")
    if "category" not in fields:
        fields["category"] = Category.objects.get_or_create(name="Server")[0]
    return AssetModel.objects.create(**fields)


def make_asset(customer: Customer | None = None, **fields: Any) -> Asset:
    """A unit; at a site of its own unless `site` is given (None for an untied one)."""
    owner = customer or (fields["site"].customer if fields.get("site") else make_customer())
    if "site" not in fields:
        fields["site"] = make_site(owner)
    fields.setdefault("model", None)
    fields["model"] = fields["model"] or make_model()
    fields.setdefault("serial", f"SN-{next(_serial):05d}")
    return Asset.objects.create(customer=owner, **fields)


CLAUSES: dict[str, Any] = {
    "scopes": CoverageScope,
    "included": IncludedService,
    "targets": SlaTarget,
    "exclusions": Exclusion,
    "rates": Rate,
}


def make_contract(
    customer: Customer | None = None, *, version: Mapping[str, Any] | None = None, **fields: Any
) -> Contract:
    """A contract with one version, in force unless it is a draft; active through 2026 if nothing is said.

    `version` holds the version's own columns; `scopes`, `included`, `targets`, `exclusions` and
    `rates` its clauses, a mapping of columns each.
    """
    clauses = {name: fields.pop(name, ()) for name in CLAUSES}
    number = next(_serial)
    fields.setdefault("number", f"C-2026-{number:06d}")
    fields.setdefault("title", f"Contract {number}")
    fields.setdefault("state", "active")
    fields.setdefault("starts_on", date(2026, 1, 1))
    fields.setdefault("ends_on", date(2026, 12, 31))
    fields.setdefault("currency", "KZT")
    if "owner" not in fields:
        fields["owner"] = make_user(Role.ACCOUNT_MANAGER)
    one = Contract.objects.create(customer=customer or make_customer(), **fields)
    starts = datetime.combine(one.starts_on, time(), UTC)
    ContractSpell.objects.create(contract=one, state=one.state, started_at=starts)
    draft = {"number": 1, "valid_from": one.starts_on, "in_force": one.state != "draft"}
    terms = ContractVersion.objects.create(contract=one, **{**draft, **(version or {})})
    for name, model in CLAUSES.items():
        model.objects.bulk_create([model(version=terms, **columns) for columns in clauses[name]])
    return one


def sign_contract(customer: Customer | None = None, *, draft: bool = False, **fields: Any) -> Contract:
    """A contract as people make it: drafted and activated, with all that is due of it; of 2026."""
    fields.setdefault("title", f"Contract {next(_serial)}")
    fields.setdefault("starts_on", date(2026, 1, 1))
    fields.setdefault("ends_on", date(2026, 12, 31))
    owner = fields.pop("owner", None) or make_user(Role.ACCOUNT_MANAGER)
    document = Document(customer=(customer or make_customer()).pk, owner=owner.pk, **fields)
    contract = contracts.save_draft(document, by=owner)
    return contract if draft else contracts.activate(contract.pk, by=owner)


def make_why(**facts: Any) -> Why:
    """Why a customer does not go on: complete, known since 2026-01-05."""
    facts.setdefault("reason", RefusalReason.objects.get_or_create(name="Too dear")[0])
    return Why(**{"initiator": "customer", "known_on": date(2026, 1, 5), **facts})


def make_charge(ticket: Ticket, **fields: Any) -> Charge:
    """A visit that is billed."""
    fields = {"because": "Call-out", "source": f"test-{next(_serial)}", "at": clock.now(), **fields}
    price = {"quantity": 1, "unit_price": 18000, "amount": 18000, "currency": "KZT"}
    return Charge.objects.create(ticket=ticket, **{"service": "visit", **price, **fields})


def make_ask(ticket: Ticket, **fields: Any) -> Ask:
    """An open question about a ticket that waits for its customer."""
    now = clock.now()
    who = {"customer": ticket.customer, "contact": ticket.contact, "owner": ticket.owner}
    when = {"occurrence": now.isoformat(), "asked_at": now, "next_at": now}
    return Ask.objects.create(**{"what": "reply", "about": ticket, **who, **when, **fields})


def make_balance(contract: Contract, **fields: Any) -> Balance:
    """A balance of 12 visits in the year of the contract, with the entry that granted them."""
    fields = {
        "code": "visit",
        "service": "visit",
        "starts_on": contract.starts_on,
        "ends_on": contract.ends_on,
        "granted": 12,
        **fields,
    }
    balance = Balance.objects.create(contract=contract, **fields)
    if balance.granted:
        grant = {"kind": "grant", "amount": balance.granted, "key": "version-1", "at": clock.now()}
        BalanceEntry.objects.create(balance=balance, **grant)
    return balance


def make_reason(code: str = "failure", **fields: Any) -> Reason:
    fields.setdefault("name", code.capitalize())
    return Reason.objects.get_or_create(code=code, defaults=fields)[0]


def numbers(things: Sequence[Any]) -> list[str]:
    """The numbers of tickets, for short assertions."""
    return [thing.number for thing in things]


now = clock.now


def make_token(user: User, *scopes: str, **fields: Any) -> str:
    """The key of a token for `user`; with every scope if none is said."""
    fields.setdefault("name", f"Program {next(_serial)}")
    _token, key = tokens.issue(user, scopes=scopes or list(SCOPES), by=user, **fields)
    return key


class Program(Client):
    """A program that calls the API with a token and JSON bodies."""

    def __init__(self, user: User, *scopes: str, key: str = "", **options: Any) -> None:
        super().__init__(headers={"Authorization": f"Bearer {key or make_token(user, *scopes)}"}, **options)

    def call(self, method: str, path: str, body: Any = None, *, key: str = "", **options: Any) -> Any:
        """Send a request to /api/v1`path`; `key` is its Idempotency-Key."""
        headers = {"Idempotency-Key": key} if key else {}
        text = "" if body is None else json.dumps(body)
        return self.generic(
            method, f"/api/v1{path}", text, content_type="application/json", headers=headers, **options
        )


def make_ticket(**request: Any) -> Ticket:
    """A ticket through its action, opened by mail; a manager owns it if no rule says otherwise."""
    if "customer" not in request:
        request["customer"] = request["asset"].customer if request.get("asset") else make_customer()
    if "contact" not in request:
        request["contact"] = make_contact(request["customer"])
    request.setdefault("reason", make_reason())
    request.setdefault("title", f"Trouble {next(_serial)}")
    request.setdefault("text", request["title"])
    request.setdefault("channel", "mail")
    request.setdefault("by", None)
    return tickets.open_ticket(**request)


def close_ticket(ticket: Ticket, *, by: User, **answers: Any) -> Ticket:
    """Close `ticket` with every answer there; say only what the test is about."""
    complete = {
        "done": "Power supply replaced",
        "result": "Starts again",
        "proof": "Photo 12",
        "replaced_parts": "PSU-750",
        "recommendations": "none",
        "agreement": "phone",
        "agreed_by": "B. Akhmetov",
    }
    return tickets.close(ticket.pk, by=by, **{**complete, **answers})


def make_work_type(code: str = "maintenance", **fields: Any) -> WorkType:
    fields.setdefault("name", code.capitalize())
    return WorkType.objects.get_or_create(code=code, defaults=fields)[0]


def make_plan(customer: Customer | None = None, **fields: Any) -> Plan:
    """A plan that runs: every quarter from 2026-01-31, one task per unit."""
    number = next(_serial)
    fields.setdefault("number", f"MP-2026-{number:06d}")
    fields.setdefault("title", f"Plan {number}")
    fields.setdefault("state", Plan.State.ACTIVE)
    fields.setdefault("every", 1)
    fields.setdefault("every_unit", Plan.Unit.QUARTERS)
    fields.setdefault("anchor_on", date(2026, 1, 31))
    fields.setdefault("followed", 0)
    if "work_type" not in fields:
        fields["work_type"] = make_work_type()
    return Plan.objects.create(customer=customer or make_customer(), **fields)


def make_occurrence(plan: Plan | None = None, *, asset: Asset | None = None, **fields: Any) -> Occurrence:
    """One due instance of a plan for a unit, due on 2026-04-30; without a ticket."""
    plan = plan or make_plan()
    unit = asset or make_asset(plan.customer)
    fields.setdefault("due_on", date(2026, 4, 30))
    fields.setdefault("nominal_on", fields["due_on"])
    fields.setdefault("key", fields["nominal_on"].isoformat())
    whose = {"customer": unit.customer, "site": unit.site}
    seen = {"since": fields["nominal_on"], "plan_seen": plan.version}
    enrolment, _new = Enrolment.objects.get_or_create(plan=plan, asset=unit, defaults={**whose, **seen})
    return Occurrence.objects.create(enrolment=enrolment, plan=plan, asset=unit, **{**whose, **fields})


def make_planned(occurrence: Occurrence | None = None) -> Occurrence:
    """An occurrence with its ticket. Somebody must be there who can own it."""
    one = occurrence or make_occurrence()
    make_reason("maintenance")
    reference.drop()
    calling.call([one.pk])
    return Occurrence.objects.select_related("plan", "customer", "site", "asset", "ticket").get(pk=one.pk)
