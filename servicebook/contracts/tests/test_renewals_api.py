"""Renewals for programs: the same lookups, the same actions."""

from datetime import date
from decimal import Decimal

import pytest

from servicebook.accounts.models import Role
from servicebook.contracts.models import Contract
from servicebook.core.models import IdempotentAnswer
from servicebook.testing import Program, make_user, make_why, sign_contract

pytestmark = pytest.mark.django_db
SCOPES = ("contracts:read", "contracts:write")


@pytest.fixture(autouse=True)
def _autumn(set_clock):
    set_clock("2026-10-14 09:00")


@pytest.fixture
def program(manager):
    return Program(manager, *SCOPES)


@pytest.fixture
def doubt(db):
    return {"reason": make_why().reason.pk, "initiator": "customer", "known_on": "2026-10-12"}


@pytest.mark.req("S0.12", "S0.34")
def test_what_ends_is_listed(program):
    soon, _later = sign_contract(), sign_contract(ends_on=date(2027, 6, 30))

    answer = program.call("GET", "/renewals?ends_to=2026-12-31")

    assert [row["number"] for row in answer.json()["items"]] == [soon.number]
    assert answer.json()["items"][0]["ends_on"] == "2026-12-31"


@pytest.mark.req("S0.12")
def test_a_contract_is_renewed(program):
    contract = sign_contract(price=Decimal(100))

    answer = program.call("POST", f"/renewals/{contract.number}", {"months": 6, "in_force": True})

    assert answer.status_code == 201
    made = answer.json()
    assert (made["state"], made["starts_on"], made["ends_on"]) == ("active", "2027-01-01", "2027-06-30")
    assert (made["predecessor"], made["successor"]) == (contract.number, None)
    again = program.call("POST", f"/renewals/{contract.number}", {})
    assert (again.status_code, again.json()["code"]) == (409, "renewed_already")


@pytest.mark.req("S0.66")
def test_a_renewal_is_refused_marked_and_opened_again(program, doubt):
    contract = sign_contract()

    missing = program.call("POST", f"/renewals/{contract.number}/refuse", {"note": "Too dear"})
    assert missing.status_code == 422
    assert set(missing.json()["fields"]) == {"reason", "initiator", "known_on"}

    marked = program.call("POST", f"/renewals/{contract.number}/risk", doubt).json()
    assert (marked["at_risk"], marked["refused"]) == (True, False)
    refused = program.call("POST", f"/renewals/{contract.number}/refuse", doubt).json()
    assert (refused["at_risk"], refused["refused"], refused["refusal_known_on"]) == (
        False,
        True,
        "2026-10-12",
    )
    opened = program.call("POST", f"/renewals/{contract.number}/reopen").json()
    assert (opened["refused"], opened["refusal_reason"]) == (False, None)


@pytest.mark.req("S0.13")
def test_a_price_is_announced_and_taken_back(program):
    contract = sign_contract(ends_on=date(2028, 12, 31), price=Decimal(1000), index_percent=8)
    path = f"/renewals/{contract.number}/prices"

    late = program.call("POST", path, {"applies_on": "2026-10-20"})
    assert (late.status_code, late.json()["code"]) == (422, "rise_without_notice")
    assert "13 Nov 2026" in late.json()["fields"]["applies_on"]

    change = program.call("POST", path, {"applies_on": "2027-01-01"}).json()
    assert (change["before"], change["after"], change["contract"]) == ("1000.00", "1080.00", contract.number)
    twice = program.call("POST", path, {"applies_on": "2027-03-01"})
    assert twice.json()["code"] == "rise_twice_in_a_year"

    withdrawn = program.call("POST", f"{path}/withdraw", {"because": "Agreed otherwise"})
    assert withdrawn.json()["withdrawn_at"]
    assert program.call("POST", f"{path}/withdraw", {"because": "Again"}).status_code == 404


def test_a_repeat_with_its_key_renews_once(program):
    contract = sign_contract()

    answers = [
        program.call("POST", f"/renewals/{contract.number}", {}, key="k-1").json()["number"]
        for _number in range(2)
    ]

    assert answers[0] == answers[1]
    assert Contract.objects.count() == 2
    assert IdempotentAnswer.objects.count() == 1


@pytest.mark.trust("B2")
def test_an_engineer_does_not_renew():
    program = Program(make_user(Role.ENGINEER), *SCOPES)

    assert program.call("POST", f"/renewals/{sign_contract().number}", {}).status_code == 403
