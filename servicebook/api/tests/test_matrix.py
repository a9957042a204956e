"""Every operation × every role × own and foreign objects, made from the description."""

import pytest

from servicebook.accounts.models import Role
from servicebook.api.site import openapi
from servicebook.files.actions import attach
from servicebook.maintenance.models import Checklist, PartNeed, Trip, Worksheet
from servicebook.rights import API
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
    make_planned,
    make_reason,
    make_site,
    make_token,
    make_user,
)
from servicebook.tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.trust("B1"), pytest.mark.trust("B2")]
MARKER = "Marker-7d1f"
HOUSE = ("{checklist}", "{language}")  # reference data, which is nobody's
MISSING = {"number": "T-1999-999999"}  # every id that is not there is this one, or a very large one
WORDS = {"uri": "https://x.example", "date": "2026-03-01", "date-time": "2099-03-01T12:00:00Z"}
NAMED = {"email": "a@b.example", "url": "https://tracker.example/1", "phone": ""}


def operations():
    """(operation id, method, path, body) of everything."""
    whole = openapi()
    for path, methods in whole["paths"].items():
        for method, one in methods.items():
            content = one.get("requestBody", {}).get("content", {}).get("application/json")
            body = example(content["schema"], whole) if content else None
            yield one["operationId"], method.upper(), path.removeprefix("/api/v1"), body


def example(schema, whole):
    """The least that fits a schema."""
    if "$ref" in schema:
        return example(whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]], whole)
    if schema.get("type") == "object":
        required = schema.get("required", [])
        return {
            name: NAMED.get(name) or example(one, whole)
            for name, one in schema["properties"].items()
            if name in required
        }
    if schema.get("type") == "array":
        return [example(schema["items"], whole)] * schema.get("minItems", 0)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], whole)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") in ("integer", "number"):
        return max(1, schema.get("minimum", 1))
    return WORDS.get(schema.get("format", ""), "x")


@pytest.fixture
def there():
    """Objects of a customer that only the house's desk sees; by the names that addresses use."""
    make_reason()
    manager = make_user(Role.MANAGER)
    program = Program(manager)
    customer = make_customer(name=MARKER)
    site = make_site(customer, name=MARKER)
    asset = make_asset(customer, site=site, serial=MARKER)
    contact = make_contact(customer, name=MARKER)
    due = {"due_at": "2035-01-01T00:00:00Z", "owner": manager.pk, "customer": customer.pk}
    request = {"customer": customer.pk, "title": MARKER}
    contract = make_contract(customer, title=MARKER)
    number = program.call("POST", "/tickets", request).json()["number"]
    task = make_planned(make_occurrence(make_plan(customer, title=MARKER), asset=asset))
    Worksheet.objects.create(ticket=Ticket.objects.get(number=number), risks=MARKER)
    return {
        "occurrence": task.pk,
        "plan": task.plan.number,
        "trip": _trip(task).pk,
        "part": PartNeed.objects.create(occurrence=task, name=MARKER).pk,
        "checklist": Checklist.objects.create(name="Checklist").pk,
        "ask": make_ask(Ticket.objects.get(number=number), note=MARKER).pk,
        "what": "renewal",
        "code": "step",
        "language": "en",
        "contract": contract.number,
        "balance": make_balance(contract).pk,
        "customer": customer.pk,
        "site": site.pk,
        "asset": asset.pk,
        "contact": contact.pk,
        "meter": program.call("POST", f"/assets/{asset.pk}/meters", {"name": MARKER}).json()["id"],
        "promise": program.call("POST", "/promises", {"text": MARKER, **due}).json()["id"],
        "number": number,
        "charge": make_charge(Ticket.objects.get(number=number), because=MARKER).pk,
        "document": attach(customer, name=f"{MARKER}.txt", data=b"Marker", by=manager).pk,
    }


def _trip(task):
    task.trip = Trip.objects.create(day=task.due_on, title=MARKER)
    task.save(update_fields=["trip"])
    return task.trip


def read(answer):
    """All bytes of an answer. A download read to its end closes its file."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.ACCOUNT_MANAGER])
def test_what_a_role_does_not_see_is_missing_for_every_operation(role, there):
    """The answer is the one for an id that was never given, and nothing of it shows anywhere."""
    program = Program(None, key=make_token(make_user(role)))
    checked = 0
    for name, method, path, body in operations():
        if role not in API[name].roles:
            continue
        answer = program.call(method, path.format(**there), body)
        said = read(answer)
        assert MARKER.encode() not in said, name
        if "{" not in path or any(one in path for one in HOUSE):
            continue
        missing = dict.fromkeys(there, 2**40) | MISSING
        other = program.call(method, path.format(**missing), body)
        assert answer.status_code == other.status_code == 404, (name, answer.content)
        assert answer.content == other.content, name
        checked += 1
    assert checked > 20


@pytest.mark.parametrize("role", Role.values)
def test_a_role_outside_the_table_is_refused_and_one_inside_it_is_not(role, there):
    program = Program(None, key=make_token(make_user(role)))

    for name, method, path, body in operations():
        answer = program.call(method, path.format(**there), body)
        refused = answer.status_code == 403 and answer.json()["code"] in ("not_allowed", "scope_missing")
        assert refused == (role not in API[name].roles), (name, answer.status_code)
        assert answer.status_code < 500
        read(answer)


def test_every_operation_but_the_own_name_needs_its_scope(there):
    manager = make_user(Role.ADMINISTRATOR)

    for name, method, path, body in operations():
        scope = API[name].scope
        other = next(one for one in ("tickets:read", "files:read") if one != scope)
        answer = Program(None, key=make_token(manager, other)).call(method, path.format(**there), body)
        expected = "scope_missing" if scope else None
        said = answer.json() if answer.status_code >= 400 else {}
        assert said.get("code") == expected, name
        read(answer)
