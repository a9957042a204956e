"""Odd values in the forms of plans and trips, on pages and through the API: refused and kept, no crash."""

import json
from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role, User
from servicebook.maintenance.models import Occurrence, Plan, Trip
from servicebook.maintenance.tests.test_plan_pages import typed
from servicebook.testing import (
    Program,
    make_asset,
    make_contract,
    make_customer,
    make_occurrence,
    make_reason,
    make_user,
    make_work_type,
)

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.24", "S0.32")]

TEXTS = (
    "\0", "a\0b", " ", "x" * 30_000, "٣", "-1", "0", "9" * 401, "NaN", "0001-01-01", "9999-12-31",
    "2026-02-30", "99:99", "<b>é\u202e", "999999999999", "#1",
)  # fmt: skip
VALUES = (
    None, "", "\0", "x" * 30_000, "٣", -1, 0, 1.5, 10**400, 2**63, True, [], [[]], [None], {}, [1, 1],
    {"a": "\0"}, "0001-01-01", "9999-12-31", "2026-02-30", "NaN", 999_999_999,
)  # fmt: skip


@pytest.fixture
def boss(client: Any, set_clock: Any) -> User:
    set_clock("2026-01-05 09:00")
    make_reason("maintenance")
    user = make_user(Role.MANAGER)
    client.raise_request_exception = False
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return user


READ_BACK = ("a\0b", "-1", "9999-12-31", "scopes")
FIELDS = [
    "title", "customer", "contract", "per", "rule", "every", "every_unit", "anchor_on", "nth", "weekday",
    "counts_from", "meter_name", "meter_step", "shift", "hours", "weekdays", "starts_on", "ends_on",
    "work_type", "standard_minutes", "checklist", "access", "instructions", "window_from",
    "window_until", "needs_window", "lead_days", "may_move_days", "owner", "team", "external_ref",
    "seen", "less", "more", "of", "scopes-count", "scopes-0-asset", "scopes-0-site", "scopes-0-model",
    "scopes-0-category", "scopes-0-region", "parts-count", "parts-0-name", "parts-0-quantity",
]  # fmt: skip
SELECTED = {"per", "rule", "every_unit", "counts_from", "shift", "work_type", "nth", "weekday", "hours",
            "checklist", "owner", "team", "weekdays", "needs_window"}  # fmt: skip
HIDDEN = {"seen", "scopes-count", "parts-count", "less", "more", "of"}


@pytest.mark.parametrize("name", FIELDS)
def test_no_field_of_the_plan_form_falls_over_an_odd_value(client, boss, name):
    make_work_type()
    body = typed(make_customer())
    for text in TEXTS:
        before = Plan.objects.count()
        given = {**body, name: text}
        answer = client.post(reverse("maintenance:new"), given)
        assert answer.status_code in (200, 302, 422), (name, text[:20], answer.status_code)
        if text in READ_BACK:
            read = client.post(reverse("maintenance:reading"), given)
            assert read.status_code in (200, 404), (name, text, read.status_code)
        if answer.status_code == 302:
            assert Plan.objects.count() == before + 1
            continue
        assert Plan.objects.count() == before
        page = unescape(answer.content.decode())
        assert body["title"] in page or name == "title"
        if answer.status_code == 422:
            assert "invalid-feedback" in page or "errorlist" in page or 'role="alert"' in page
        if name not in SELECTED | HIDDEN and len(text) < 500:
            assert text.replace("\0", "").strip() in page, f"{name}: {text!r} is lost"


@pytest.mark.parametrize("name", ["customer", "contract", "scopes-0-site", "scopes-0-asset", "owner"])
def test_what_is_of_another_customer_is_no_choice(client, boss, name):
    account_manager = make_user(Role.ACCOUNT_MANAGER)
    client.force_login(account_manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    mine, other = make_customer(owner=account_manager), make_customer(name="Another house")
    theirs: dict[str, Any] = {
        "customer": f"#{other.pk}",
        "contract": make_contract(other).number,
        "scopes-0-site": f"#{make_asset(other).site_id}",
        "scopes-0-asset": f"#{make_asset(other).pk}",
        "owner": "999999",
    }
    answer = client.post(reverse("maintenance:new"), {**typed(mine), name: theirs[name]})
    assert answer.status_code in (403, 422)
    assert "Another house" not in answer.content.decode()
    assert not Plan.objects.exists()


@pytest.fixture
def document() -> dict[str, Any]:
    asset = make_asset(make_customer())
    return {
        "title": "Check", "customer": asset.customer_id, "contract": None, "rule": "calendar", "every": 3,
        "every_unit": "months", "anchor_on": "2026-01-31", "nth": None, "weekday": None,
        "counts_from": "anchor", "meter_name": "", "meter_step": None, "shift": "next", "hours": None,
        "weekdays": [], "window_from": None, "window_until": None, "starts_on": None, "ends_on": None,
        "per": "unit", "lead_days": 14, "may_move_days": 7, "needs_window": True,
        "work_type": make_work_type().pk, "standard_minutes": None, "checklist": None, "parts": [],
        "access": "", "instructions": "", "owner": None, "team": None, "external_ref": "", "custom": {},
        "scopes": [{"asset": asset.pk}],
    }  # fmt: skip


def test_no_field_of_a_plan_falls_over_an_odd_value_of_a_program(boss, document):
    for name in document:
        program = Program(boss, raise_request_exception=False)  # each has its own limit of requests
        for value in VALUES:
            answer = program.call("POST", "/maintenance-plans", {**document, name: value})
            told(answer, 201, name, value)
    for name in ("asset", "site", "model", "category", "region"):
        program = Program(boss, raise_request_exception=False)
        for value in VALUES:
            scopes = [{name: value}, {name: value}]
            told(program.call("POST", "/maintenance-plans", {**document, "scopes": scopes}), 201, name, value)


def told(answer: Any, made: int, name: str, value: Any) -> None:
    """It was made, or refused with a sentence and the field."""
    said = (name, str(value)[:20], answer.status_code, answer.content[:300])
    assert answer.status_code in (made, 409, 422), said
    if answer.status_code != made:
        problem = json.loads(answer.content)
        assert problem["detail"], said
        assert problem["fields"], said


@pytest.fixture
def due(boss: User) -> list[Occurrence]:
    return [make_occurrence() for _n in range(2)]


def trip_of(due: list[Occurrence], **changes: Any) -> dict[str, Any]:
    day = due[0].due_on.isoformat()
    return {"title": "Schools of Aktobe", "day": day, "occurrence": [one.pk for one in due], **changes}


@pytest.mark.parametrize("name", ["title", "day", "occurrence", "query"])
def test_no_field_of_the_trip_form_falls_over_an_odd_value(client, boss, due, name):
    for text in TEXTS:
        answer = client.post(reverse("maintenance:make_trip"), trip_of(due, **{name: text}))
        assert answer.status_code in (302, 422), (name, text[:20], answer.status_code)
        if answer.status_code == 302:
            Occurrence.objects.update(trip=None)
            Trip.objects.all().delete()
            continue
        page = unescape(answer.content.decode())
        assert 'role="alert"' in page
        assert "Schools of Aktobe" in page or name == "title"
        if name in ("title", "day") and len(text) < 40:
            assert f'value="{text}"'.replace("\0", "") in page.replace("&quot;", '"'), f"{text!r} is lost"


def test_a_refused_trip_keeps_its_name_its_day_and_its_tasks(client, boss, due):
    Occurrence.objects.filter(pk=due[1].pk).update(site=None)
    body = trip_of(due, title="My own name", query="horizon=60")
    answer = client.post(reverse("maintenance:make_trip"), body)
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert 'name="title" value="My own name"' in page
    assert f'type="date" value="{body["day"]}"' in page
    assert page.count('name="occurrence"') >= 2
    assert "It is at no site. Say first where the equipment stands." in page
    assert 'name="query" value="horizon=60"' in page
    assert not Trip.objects.exists()


def test_the_tasks_of_others_are_no_part_of_a_refused_trip(client, boss, due):
    account_manager = make_user(Role.ACCOUNT_MANAGER)
    client.force_login(account_manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post(reverse("maintenance:make_trip"), trip_of(due))
    assert answer.status_code in (403, 422)
    assert due[0].customer.name not in answer.content.decode()


def test_no_field_of_a_trip_falls_over_an_odd_value_of_a_program(boss, due):
    body = {"day": due[0].due_on.isoformat(), "title": "Schools", "occurrences": [one.pk for one in due]}
    lists = ([due[0].pk] * 2, [1], [0, -1], [2**63, 1], ["a", "b"], [[1], [2]], [True, False])
    for name in body:
        program = Program(boss, raise_request_exception=False)
        for value in (*VALUES, *lists):
            answer = program.call("POST", "/trips", {**body, name: value})
            told(answer, 201, name, value)
            Occurrence.objects.update(trip=None)
            Trip.objects.all().delete()
