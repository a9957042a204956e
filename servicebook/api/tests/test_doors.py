"""Who comes in: tokens, scopes, roles, limits; and that nothing else does."""

import re

import pytest

from servicebook.accounts import tokens
from servicebook.accounts.api_auth import Allowance, requests_of_a_token, wrong_keys_of_an_address
from servicebook.accounts.models import Role
from servicebook.accounts.scopes import SCOPES
from servicebook.api.site import openapi, operations
from servicebook.core.api import In, Out
from servicebook.rights import API
from servicebook.testing import PASSWORD, Program, make_customer, make_token, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.trust("B2")
def test_every_operation_stands_in_the_table_of_rights_and_nothing_else_does():
    assert {one.id for one in operations().values()} == set(API)
    described = [one["operationId"] for path in openapi()["paths"].values() for one in path.values()]
    assert sorted(described) == sorted(set(described)) == sorted(API)
    assert {need.scope for need in API.values()} - {""} <= SCOPES.keys()


def test_no_two_shapes_have_one_name():
    """The description keeps shapes by their name alone; of two, one would be described wrongly."""

    def below(shape):
        return {shape}.union(*(below(one) for one in shape.__subclasses__()))

    names = [shape.__name__ for shape in below(In) | below(Out) if "[" not in shape.__name__]

    assert sorted(names) == sorted(set(names))
    assert not [name for name, one in openapi()["components"]["schemas"].items() if "enum" in one]


@pytest.mark.trust("B2")
def test_an_operation_without_a_need_is_refused(dispatcher, monkeypatch):
    monkeypatch.delitem(API, "list_customers")

    assert Program(dispatcher).call("GET", "/customers").status_code == 403


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic eDp5", "Bearer sb_\N{SNOWMAN}"])
def test_without_a_token_in_force_nothing_is_answered(client, header):
    headers = {"Authorization": header} if header else {}

    answer = client.get("/api/v1/customers", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["code"] == "token_needed"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_session_is_not_a_token(client, dispatcher):
    assert client.login(email=dispatcher.email, password=PASSWORD)

    assert client.get("/api/v1/customers").status_code == 401


@pytest.mark.trust("B16")
def test_a_token_ends_with_its_revocation_its_date_and_its_person(dispatcher, set_clock):
    set_clock("2026-10-14 09:00")
    token, key = tokens.issue(dispatcher, name="ERP", scopes=["customers:read"], by=dispatcher)
    program = Program(dispatcher, key=key)
    assert program.call("GET", "/customers").status_code == 200

    tokens.revoke(token.pk, by=dispatcher)
    assert program.call("GET", "/customers").status_code == 401

    ends = set_clock("2026-10-15 09:00")
    _token, key = tokens.issue(
        dispatcher, name="ERP", scopes=["customers:read"], by=dispatcher, expires_at=ends.replace(hour=10)
    )
    assert Program(dispatcher, key=key).call("GET", "/customers").status_code == 200
    set_clock("2026-10-15 10:00")
    assert Program(dispatcher, key=key).call("GET", "/customers").status_code == 401

    lasting = Program(dispatcher)
    dispatcher.is_active = False
    dispatcher.save()
    assert lasting.call("GET", "/customers").status_code == 401


@pytest.mark.trust("B2")
def test_the_scope_and_the_role_are_both_needed(dispatcher, monkeypatch):
    answer = Program(dispatcher, "tickets:read").call("GET", "/customers")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")

    monkeypatch.setitem(
        API, "list_customers", API["list_customers"]._replace(roles=frozenset({Role.MANAGER}))
    )
    answer = Program(dispatcher).call("GET", "/customers")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@pytest.mark.trust("B1")
def test_a_foreign_object_looks_like_a_missing_one(engineer):
    foreign = make_customer(name="Marker 9f2c")
    program = Program(engineer)

    hidden = program.call("GET", f"/customers/{foreign.pk}")
    missing = program.call("GET", f"/customers/{foreign.pk + 1000}")

    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content
    assert b"Marker" not in program.call("GET", "/customers").content


@pytest.mark.trust("B20")
def test_a_token_has_so_many_requests_a_minute(dispatcher, monkeypatch):
    monkeypatch.setattr(requests_of_a_token, "per_minute", 3)
    program = Program(dispatcher)

    codes = [program.call("GET", "/customers").status_code for _ in range(4)]
    refused = program.call("GET", "/customers")

    assert codes == [200, 200, 200, 429]
    assert 1 <= int(refused["Retry-After"]) <= 20
    assert Program(make_user()).call("GET", "/customers").status_code == 200


@pytest.mark.trust("B20")
def test_wrong_keys_from_one_address_are_slowed_down(client, monkeypatch):
    monkeypatch.setattr(wrong_keys_of_an_address, "per_minute", 2)

    codes = [
        client.get("/api/v1/customers", headers={"Authorization": "Bearer sb_wrong"}).status_code
        for _ in range(3)
    ]

    assert codes == [401, 401, 429]


def test_an_allowance_forgets_whom_it_has_not_seen():
    allowance = Allowance(60)
    allowance.LARGEST = 10
    for key in range(100):
        assert allowance.take(key) == 0

    assert len(allowance._left) <= 10


def test_what_the_api_does_not_know_is_answered_in_its_own_words(dispatcher):
    program = Program(dispatcher)

    assert program.call("GET", "/nothing").json()["code"] == "not_found"
    answer = program.call("DELETE", "/customers")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer["Allow"]
    assert program.call("GET", "/customers?external_ref=a%00b").status_code == 422
    assert program.call("GET", "/customers?limit=201").json()["fields"].keys() == {"limit"}


def test_a_misspelt_filter_is_refused_and_does_not_list_everything(dispatcher):
    answer = Program(dispatcher).call("GET", "/customers?exernal_ref=17")

    assert answer.status_code == 422
    assert answer.json()["fields"].keys() == {"exernal_ref"}


@pytest.mark.parametrize("size", [2, 40])
def test_a_list_takes_two_statements(size, dispatcher, django_assert_num_queries):
    for _ in range(size):
        make_customer(owner=dispatcher)
    key = make_token(dispatcher)
    program = Program(dispatcher, key=key)
    program.call("GET", "/customers")

    with django_assert_num_queries(2):
        answer = program.call("GET", "/customers?limit=20")

    assert len(answer.json()["items"]) == min(size, 20)


def test_pages_go_on_by_key_and_give_every_row_once(dispatcher):
    made = [make_customer().pk for _ in range(7)]
    program, seen, after = Program(dispatcher), [], None

    while True:
        answer = program.call("GET", "/customers?limit=3" + (f"&after={after}" if after else "")).json()
        seen += [one["id"] for one in answer["items"]]
        after = answer["next"]
        if after is None:
            break

    assert seen == made


def test_the_reference_shows_every_operation_and_loads_nothing_from_elsewhere(client):
    page = client.get("/api/docs")
    text = page.content.decode()

    assert page.status_code == 200
    assert all(f'id="{one}"' in text for one in API)
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert not re.search(r"<script|<style|style=|https?://", text)
    assert client.get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")
