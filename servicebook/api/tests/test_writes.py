"""What a caller may set, and what not; and that writes do what the desk's own do."""

import json
from typing import Any

import pytest
from django.apps import apps

from servicebook.api.site import openapi
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.maintenance.models import Checklist, PartNeed
from servicebook.testing import (
    Program,
    make_ask,
    make_asset,
    make_charge,
    make_contact,
    make_contract,
    make_customer,
    make_occurrence,
    make_plan,
    make_reason,
    make_site,
)
from servicebook.tickets.models import Ticket

MODEL_FIELDS = {
    field.name
    for app in ("customers", "equipment", "contracts", "tickets", "accounts", "messaging", "files")
    for model in apps.get_app_config(app).get_models()
    for field in model._meta.concrete_fields
} | {"customer_id", "owner_id", "is_superuser", "is_staff", "pk"}


def bodies():
    """(method, path, schema) of everything that takes a JSON body."""
    whole = openapi()
    for path, methods in whole["paths"].items():
        for method, one in methods.items():
            content = one.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                name = content["schema"]["$ref"].rpartition("/")[2]
                yield pytest.param(method, path, whole["components"]["schemas"][name], id=one["operationId"])


@pytest.mark.trust("B3")
@pytest.mark.parametrize(("method", "path", "schema"), list(bodies()))
def test_a_field_outside_the_list_is_refused_and_never_ignored(method, path, schema, manager, rows):
    """Every field of every model, with a marker as its value."""
    program = Program(manager)
    path = path.removeprefix("/api/v1").format(**rows)
    outside = MODEL_FIELDS - schema["properties"].keys()
    assert schema["additionalProperties"] is False
    assert outside >= {"hash", "roles", "is_active", "number", "closed_at", "replaced_by"}

    answer = program.call(method.upper(), path, dict.fromkeys(outside, "marker-51c"))

    assert answer.status_code == 422
    assert outside <= answer.json()["fields"].keys()
    assert "marker-51c" not in everything()


def everything() -> str:
    models = [Customer, Site, Contact, Asset, Ticket]
    return json.dumps([list(model.objects.values()) for model in models], default=str)


@pytest.fixture
def rows(manager):
    """The ids that stand in the addresses."""
    customer = make_customer()
    site = make_site(customer)
    asset = make_asset(customer, site=site)
    make_reason()
    program = Program(manager)
    meter = program.call("POST", f"/assets/{asset.pk}/meters", {"name": "Hours"}).json()["id"]
    ticket = program.call("POST", "/tickets", {"customer": customer.pk, "title": "No power"})
    task = make_occurrence(make_plan(customer), asset=asset)
    promise = {"text": "Call", "owner": manager.pk, "customer": customer.pk, "due_at": "2035-01-01T00:00:00Z"}
    return {
        "customer": customer.pk,
        "site": site.pk,
        "contact": make_contact(customer).pk,
        "asset": asset.pk,
        "contract": make_contract(customer).number,
        "meter": meter,
        "occurrence": task.pk,
        "plan": task.plan.number,
        "trip": 1,
        "part": PartNeed.objects.create(occurrence=task, name="Filter").pk,
        "checklist": Checklist.objects.create(name="UPS").pk,
        "ask": make_ask(Ticket.objects.get(number=ticket.json()["number"])).pk,
        "what": "renewal",
        "code": "step",
        "language": "en",
        "promise": program.call("POST", "/promises", promise).json()["id"],
        "number": ticket.json()["number"],
        "charge": make_charge(Ticket.objects.get(number=ticket.json()["number"])).pk,
    }


@pytest.mark.trust("B1")
@pytest.mark.parametrize(
    ("path", "field", "body"),
    [
        ("/customers", "parent", {"name": "Branch"}),
        ("/sites", "customer", {"name": "Site"}),
        ("/contacts", "customer", {"name": "Aigul"}),
        ("/tickets", "customer", {"title": "No power"}),
    ],
)
def test_a_foreign_id_in_a_body_looks_like_a_missing_one(path, field, body, engineer, monkeypatch):
    from servicebook.rights import API, EVERYBODY

    for name in ("add_customer", "add_site", "add_contact"):
        monkeypatch.setitem(API, name, API[name]._replace(roles=EVERYBODY))
    foreign = make_customer()
    make_reason()
    program = Program(engineer)

    hidden = program.call("POST", path, {**body, field: foreign.pk})
    missing = program.call("POST", path, {**body, field: foreign.pk + 999})

    assert hidden.status_code == missing.status_code == 422
    assert hidden.content == missing.content
    assert hidden.json()["fields"].keys() == {field}


@pytest.mark.req("S0.3")
def test_a_customer_grows_from_the_api_alone(manager):
    program = Program(manager)

    def made(path: str, body: dict[str, Any]) -> Any:
        answer = program.call("POST", path, body)
        assert answer.status_code == 201, answer.content
        return answer.json()

    customer = made("/customers", {"name": "  School 12 ", "phone": "8 701 555 12 34"})
    assert (customer["name"], customer["phone"]) == ("School 12", "+77015551234")
    site = made("/sites", {"customer": customer["id"], "name": "Main", "accessibility": "pass"})
    old = made("/contacts", {"customer": customer["id"], "name": "Old", "email": "old@school12.kz"})
    new = made("/contacts", {"customer": customer["id"], "name": "New", "email": "new@school12.kz"})
    changed = program.call("PATCH", f"/sites/{site['id']}", {"responsible": old["id"]}).json()
    assert changed["responsible_name"] == "Old"

    gone = program.call("POST", f"/contacts/{old['id']}/replace", {"by": new["id"]}).json()

    assert (gone["active"], gone["replaced_by"]) == (False, new["id"])
    assert program.call("GET", f"/sites/{site['id']}").json()["responsible"] == new["id"]
    told = program.call("GET", f"/contacts/{old['id']}/history").json()["items"]
    assert told[0]["verb"] == "contact.replaced"
    assert "New" in told[0]["text"]


def test_a_change_leaves_what_was_not_sent(manager):
    customer = make_customer(name="School 12", notes="Ring twice")

    answer = Program(manager).call("PATCH", f"/customers/{customer.pk}", {"address": "Abay 5"})

    assert answer.json() | {"notes": "Ring twice", "address": "Abay 5"} == answer.json()


@pytest.mark.parametrize("body", [{"name": None}, {"active": None}, {"criticality": 9}, {"name": "a\0b"}])
def test_what_does_not_fit_is_refused_at_its_field(manager, body):
    customer = make_customer()

    answer = Program(manager).call("PATCH", f"/customers/{customer.pk}", body)

    assert answer.status_code == 422
    assert [name.partition(".")[0] for name in answer.json()["fields"]] == list(body)
