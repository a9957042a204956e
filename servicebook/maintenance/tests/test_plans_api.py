"""Plans for programs: drafted, switched on, replaced, paused, ended (S0.24, S0.25)."""

import pytest

from servicebook.accounts.models import Role
from servicebook.agenda.worker import run_due
from servicebook.maintenance.models import Checklist, Occurrence, Plan
from servicebook.testing import (
    Program,
    make_asset,
    make_contract,
    make_customer,
    make_reason,
    make_site,
    make_user,
    make_work_type,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def school(set_clock):
    set_clock("2026-01-10 09:00")
    make_reason("maintenance")
    return make_customer(name="School 12")


@pytest.fixture
def program(school, manager):
    return Program(manager)


@pytest.fixture
def body(school):
    return {
        "title": "Server room, quarterly",
        "customer": school.pk,
        "every": 1,
        "every_unit": "quarters",
        "anchor_on": "2026-01-31",
        "window_from": "22:00",
        "window_until": "06:00",
        "work_type": make_work_type().pk,
        "checklist": Checklist.objects.create(name="UPS").pk,
        "parts": [{"name": "Battery pack", "quantity": 2}],
    }


@pytest.mark.req("S0.24", "S0.25")
def test_a_plan_lives_its_life_through_the_api_alone(program, body, school):
    asset = make_asset(school)
    made = program.call("POST", "/maintenance-plans", {**body, "scopes": [{"asset": asset.pk}]})
    assert made.status_code == 201, made.content
    plan = made.json()
    assert (plan["state"], plan["window_from"], plan["parts"][0]["quantity"]) == ("draft", "22:00:00", 2)
    assert plan["scopes"] == [
        {"asset": asset.pk, "site": None, "model": None, "category": None, "region": None}
    ]
    path = f"/maintenance-plans/{plan['number']}"

    changed = program.call("PUT", path, {**body, "every": 2, "seen": plan["seen"]}).json()
    assert (changed["every"], changed["scopes"], changed["lead_days"]) == (2, [], 14)
    stale = program.call("PUT", path, {**body, "seen": plan["seen"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_meanwhile")

    assert program.call("POST", f"{path}/activate", {}).json()["state"] == "active"
    run_due()
    due = program.call("GET", f"/due-maintenance?plan={plan['number']}").json()["items"]
    assert [one["due_on"] for one in due] == ["2026-02-02", "2026-07-31"]

    assert program.call("POST", f"{path}/pause", {"because": "rebuilding"}).json()["state"] == "paused"
    assert program.call("POST", f"{path}/resume", {}).json()["state_because"] == "rebuilding"
    assert program.call("POST", f"{path}/activate", {}).status_code == 409
    assert program.call("POST", f"{path}/end", {"because": "the school is closed"}).json()["state"] == "ended"
    run_due()
    assert not Occurrence.objects.uncalled().exists()
    verbs = [one["verb"] for one in program.call("GET", f"{path}/history").json()["items"]]
    assert (verbs[0], verbs[-1]) == ("plan.ended", "plan.drafted")


def test_lists_are_narrowed(program, body, school):
    contract = make_contract(school)
    first = program.call("POST", "/maintenance-plans", body).json()
    second = program.call("POST", "/maintenance-plans", {**body, "contract": contract.number}).json()
    for query, wanted in {
        "": [second, first],
        f"contract={contract.number}": [second],
        f"customer={school.pk}&limit=1": [second],
        "state=active": [],
    }.items():
        found = program.call("GET", f"/maintenance-plans?{query}").json()["items"]
        assert [one["number"] for one in found] == [one["number"] for one in wanted], query


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"work_type": 987654}, "work_type"),
        ({"contract": "C-NONE"}, "contract"),
        ({"scopes": [{}, {"site": 987654}]}, "scopes.1.site"),
        ({"custom": {"colour": "red"}}, "custom"),
        ({"every": 0}, "every"),
        ({"weekday": 3}, "weekday"),
        ({"number": "PM-1"}, "number"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(change, field, program, body):
    answer = program.call("POST", "/maintenance-plans", {**body, **change})

    assert answer.status_code == 422
    assert field in answer.json()["fields"]
    assert not Plan.objects.exists()


@pytest.mark.trust("B1")
def test_nobody_plans_for_customers_that_he_does_not_see(body, school):
    account_manager = make_user(Role.ACCOUNT_MANAGER)
    program = Program(account_manager)
    mine = make_customer(owner=account_manager)
    hidden = program.call("POST", "/maintenance-plans", body)
    missing = program.call("POST", "/maintenance-plans", {**body, "customer": 987654})
    assert (hidden.status_code, hidden.content) == (422, missing.content)
    everybody = program.call("POST", "/maintenance-plans", {**body, "customer": None})
    assert list(everybody.json()["fields"]) == ["customer"]

    site = make_site(school)
    foreign = program.call(
        "POST", "/maintenance-plans", {**body, "customer": mine.pk, "scopes": [{"site": site.pk}]}
    )
    assert list(foreign.json()["fields"]) == ["scopes.0.site"]
    assert program.call("POST", "/maintenance-plans", {**body, "customer": mine.pk}).status_code == 201
