"""Made-up requests to every operation, by several roles: no error of ours, no answer undeclared."""

import os

import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from servicebook.accounts.api_auth import requests_of_a_token
from servicebook.accounts.models import Role
from servicebook.api.site import openapi
from servicebook.contracts.models import Balance, Contract
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset, Meter
from servicebook.maintenance.models import Checklist, Occurrence, PartNeed, Plan, Trip, Worksheet
from servicebook.reminders.models import Ask
from servicebook.testing import (
    Program,
    make_ask,
    make_asset,
    make_balance,
    make_charge,
    make_contact,
    make_contract,
    make_customer,
    make_occurrence,
    make_plan,
    make_reason,
    make_token,
    make_user,
)
from servicebook.tickets.models import Charge, Ticket
from servicebook.wsgi import application

# `API_CASES=500 make test` for the long run.
CASES = int(os.environ.get("API_CASES", "10"))
ROLES = [Role.ADMINISTRATOR, Role.DISPATCHER, Role.ENGINEER, Role.ACCOUNTANT]

schema = schemathesis.openapi.from_dict(openapi())
schema.app = application
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def keys(db):
    """A token for each role, and something to meet."""
    make_reason()
    people = [make_user(role) for role in ROLES]
    customer = make_customer(owner=people[0])
    asset = make_asset(customer)
    make_contact(customer)
    make_balance(make_contract(customer))
    program = Program(people[0])
    program.call("POST", "/tickets", {"customer": customer.pk, "asset": asset.pk, "title": "No power"})
    program.call("POST", f"/assets/{asset.pk}/meters", {"name": "Hours"})
    make_charge(Ticket.objects.get())
    make_ask(Ticket.objects.get())
    Worksheet.objects.create(ticket=Ticket.objects.get())
    task = make_occurrence(make_plan(customer), asset=asset)
    PartNeed.objects.create(occurrence=task, name="Filter")
    Checklist.objects.create(name="Checklist")
    Trip.objects.create(day=task.due_on, title="Trip")
    return [make_token(person) for person in people]


def operations():
    """Every operation of the description."""
    return [
        pytest.param(one.ok(), id=one.ok().definition.raw["operationId"])
        for one in schema.get_all_operations()
    ]


@pytest.fixture
def known(keys):
    """What can stand in an address and be there."""
    return {
        "customer": Customer.objects.get().pk,
        "site": Site.objects.get().pk,
        "contact": Contact.objects.get().pk,
        "asset": Asset.objects.get().pk,
        "contract": Contract.objects.get().number,
        "balance": Balance.objects.get().pk,
        "meter": Meter.objects.get().pk,
        "number": Ticket.objects.get().number,
        "charge": Charge.objects.get().pk,
        "trip": Trip.objects.get().pk,
        "plan": Plan.objects.get().number,
        "occurrence": Occurrence.objects.get().pk,
        "part": PartNeed.objects.get().pk,
        "checklist": Checklist.objects.get().pk,
        "ask": Ask.objects.get().pk,
        "what": "renewal",
        "promise": 1,
        "document": 1,
    }


@pytest.mark.slow
@pytest.mark.trust("B11")
@pytest.mark.parametrize("operation", operations())
def test_made_up_requests_get_declared_answers_and_no_error_of_ours(operation, keys, known):
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])

    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        derandomize="API_CASES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, key=st.sampled_from(keys), there=st.booleans())
    def ask(case, key, there):
        if there:  # a made-up id is hardly ever there
            case.path_parameters = {
                name: known.get(name, value) for name, value in case.path_parameters.items()
            }
        requests_of_a_token.forget()
        with transaction.atomic():
            answer = case.call(headers={"Authorization": f"Bearer {key}"})
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    ask()


def test_the_description_is_valid_openapi():
    validate(openapi())
