"""Contracts for programs: drafted, amended, asked what they cover (S0.23, S1.1, S1.2, S2.7)."""

from datetime import date
from decimal import Decimal

import pytest

from servicebook.accounts.models import Role
from servicebook.contracts.actions import balances
from servicebook.contracts.models import Contract, RefusalReason
from servicebook.testing import Program, make_asset, make_contract, make_customer, make_ticket, make_user

pytestmark = pytest.mark.django_db
VISITS = {"service": "visit", "limit": 12, "period": "year"}


@pytest.fixture
def program(manager, set_clock):
    set_clock("2026-03-02 10:00")
    return Program(manager)


@pytest.fixture
def draft(program, school):
    """Send a draft for the school; say only what the test is about."""

    def send(*, expect=201, **body):
        body = {"title": "Servers", "customer": school.pk, "starts_on": "2026-01-01", **body}
        answer = program.call("POST", "/contracts", {"ends_on": "2026-12-31", **body})
        assert answer.status_code == expect, answer.content
        return answer.json()

    return send


@pytest.mark.req("S2.4", "S2.5", "S3.1")
def test_a_contract_lives_its_life_through_the_api_alone(program, draft):
    made = draft(terms={"included": [VISITS], "thresholds": [80]})
    path = f"/contracts/{made['number']}"
    assert (made["state"], made["version"], made["terms"]["included"][0]["code"]) == ("draft", 1, "visit")

    whole = {name: made[name] for name in ("customer", "starts_on", "ends_on")}
    changed = program.call("PUT", path, {**whole, "title": "Servers, 24/7", "seen": made["seen"]}).json()
    assert (changed["title"], changed["terms"]["included"]) == ("Servers, 24/7", [])
    stale = program.call("POST", f"{path}/activate", {"seen": made["seen"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_meanwhile")

    assert program.call("POST", f"{path}/activate", {}).json()["state"] == "active"
    assert program.call("POST", f"{path}/hold", {"because": "Not paid"}).json()["state"] == "on_hold"
    assert program.call("POST", f"{path}/resume", {}).json()["state"] == "active"
    amended = program.call(
        "POST",
        f"{path}/versions",
        {"valid_from": "2026-04-01", "what_changed": "Visits", "terms": {"included": [VISITS]}},
    )
    assert (amended.status_code, amended.json()["number"]) == (201, 2)
    assert [one["number"] for one in program.call("GET", f"{path}/versions").json()] == [1, 2]
    changed = program.call("PATCH", path, {"review_on": "2026-10-01"}).json()
    assert (changed["review_on"], changed["version"]) == ("2026-10-01", 1)  # the terms of today

    why = {
        "because": "Moves abroad",
        "reason": RefusalReason.objects.first().pk,
        "initiator": "customer",
        "known_on": "2026-03-01",
    }
    ahead = program.call("POST", f"{path}/cancel", {**why, "on": "2026-05-31"}).json()
    assert (ahead["state"], ahead["cancelled_on"]) == ("active", "2026-05-31")
    back = program.call("POST", f"{path}/withdraw-cancellation", {}).json()
    assert back["cancelled_on"] is None
    assert program.call("POST", f"{path}/cancel", why).json()["state"] == "cancelled"
    verbs = [one["verb"] for one in program.call("GET", f"{path}/history").json()["items"]]
    assert verbs[0] == "contract.cancelled"
    assert verbs[-1] == "contract.drafted"


def test_a_refusal_stands_where_the_program_wrote_it(draft):
    lines = [VISITS, {"service": "visit", "limit": 3}]

    answer = draft(expect=422, ends_on="2025-12-31", terms={"included": lines})

    assert answer["code"] == "not_valid"
    assert answer["fields"].keys() == {"ends_on", "terms.included.1.period"}


@pytest.mark.parametrize("clause", ["wishes", "prices"])
def test_an_unknown_clause_is_refused(draft, clause):
    assert draft(expect=422, terms={clause: []})["fields"].keys() == {f"terms.{clause}"}


@pytest.mark.req("S1.1")
def test_lists_are_narrowed_by_customer_owner_type_and_state(program, school, manager):
    mine = make_contract(school, owner=manager, type="subscription")
    other = make_contract(state="expired", starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))

    def numbers(query):
        return [one["number"] for one in program.call("GET", f"/contracts?{query}").json()["items"]]

    assert numbers("") == [other.number, mine.number]
    for query in (f"customer={school.pk}", f"owner={manager.pk}", "type=subscription", "state=active"):
        assert numbers(query) == [mine.number]


@pytest.mark.req("S1.2")
def test_a_sensitive_contract_is_missing_for_others(program, school):
    secret = make_contract(school, sensitive=True, included=[{"code": "visit", "service": "visit"}])
    dispatcher = Program(make_user(Role.DISPATCHER))

    assert program.call("GET", f"/contracts/{secret.number}").status_code == 200
    for end in ("", "/versions", "/balances", "/history"):
        assert dispatcher.call("GET", f"/contracts/{secret.number}{end}").status_code == 404
    assert dispatcher.call("GET", "/contracts").json()["items"] == []


@pytest.mark.req("S1.2", "S0.23")
def test_a_sensitive_contract_covers_for_everybody_and_names_itself_to_few(program, school):
    secret = make_contract(school, sensitive=True, included=[{"code": "visit", "service": "visit"}])
    case = {"customer": school.pk, "needs": [{"service": "visit", "amount": 1}, {"service": "remote"}]}

    seen = program.call("POST", "/coverage", case).json()
    veiled = Program(make_user(Role.DISPATCHER)).call("POST", "/coverage", case)

    assert seen["contract"] == secret.number
    assert seen["verdict"] == veiled.json()["verdict"] == "partly"
    assert secret.number not in veiled.content.decode()
    assert veiled.json()["contract"] is None
    assert [step["passed"] for step in veiled.json()["steps"]] == [step["passed"] for step in seen["steps"]]


@pytest.mark.req("S0.23")
def test_what_if_answers_without_a_ticket(program, school):
    asset = make_asset(school)
    contract = make_contract(
        school,
        included=[{"code": "visit", "service": "visit", "limit": 1}],
        targets=[{"measure": "response", "minutes": 60}],
        rates=[{"service": "visit", "price": 18_000}],
    )

    case = {"asset": asset.pk, "needs": [{"service": "visit", "amount": 2}], "moment": "2026-03-02T10:00:00Z"}
    answer = program.call("POST", "/coverage", case).json()

    assert (answer["verdict"], answer["contract"]) == ("partly", contract.number)
    (visit,) = answer["services"]
    assert [float(visit[name]) for name in ("covered", "extra", "unit_price", "amount")] == [
        1,
        1,
        18_000,
        18_000,
    ]
    assert answer["promised"][0]["due_at"] == "2026-03-02T11:00:00Z"
    assert all(step["text"] for step in answer["steps"])


def test_what_if_needs_a_customer_that_is_seen(program, engineer):
    foreign = make_customer()

    nobody = program.call("POST", "/coverage", {})
    hidden = Program(engineer).call("POST", "/coverage", {"customer": foreign.pk})
    missing = Program(engineer).call("POST", "/coverage", {"customer": foreign.pk + 99})

    assert nobody.json()["fields"].keys() == {"customer"}
    assert hidden.status_code == missing.status_code == 422
    assert hidden.content == missing.content


@pytest.mark.req("S0.17", "S2.7")
def test_the_balance_is_live_and_every_movement_is_there(program, school, manager):
    line = {
        "code": "pack",
        "service": "remote",
        "limit": 60,
        "period": "pack",
        "expires_on": date(2026, 12, 1),
    }
    contract = make_contract(school, included=[line])
    ticket = make_ticket(customer=school)
    how = {"version_id": contract.versions.get().pk, "on": date(2026, 3, 2), "about": ticket, "by": manager}
    balances.use(contract.pk, "remote", Decimal(45), key="time-1", **how)
    path = f"/contracts/{contract.number}"

    bought = program.call("POST", f"{path}/packs", {"code": "pack", "amount": 30, "key": "INV-7"})
    (balance,) = program.call("GET", f"{path}/balances").json()["items"]
    entries = program.call("GET", f"{path}/balances/{balance['id']}/entries").json()["items"]

    assert bought.status_code == 201
    assert [float(balance[name]) for name in ("granted", "reserved", "used")] == [90, 0, 45]
    assert [(one["kind"], one["key"]) for one in entries] == [
        ("grant", "INV-7"),
        ("use", "time-1"),
        ("grant", "version-1"),
    ]
    assert entries[1]["by_name"] == manager.name


def test_templates_and_reasons_and_the_rate_card_are_listed(program):
    names = [one["name"] for one in program.call("GET", "/contract-templates").json()]
    assert "School network" in names
    assert program.call("GET", "/refusal-reasons").json()[0]["name"] == "Too dear"
    assert program.call("GET", "/rate-card").json() == []


def test_the_list_of_versions_costs_the_same_however_many_there_are(
    program, school, django_assert_max_num_queries
):
    contract = make_contract(school, included=[{"code": "visit", "service": "visit"}])
    for month in (4, 5, 6):
        body = {
            "valid_from": f"2026-0{month}-01",
            "what_changed": "More",
            "terms": {"included": [{"service": "visit", "code": "visit"}], "warn_percent": 70 + month},
        }
        program.call("POST", f"/contracts/{contract.number}/versions", body)

    with django_assert_max_num_queries(10):
        versions = program.call("GET", f"/contracts/{contract.number}/versions").json()

    assert len(versions) == 4
    assert Contract.objects.get().version == 3
