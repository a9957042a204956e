"""Coverage, clocks and what is billed, as programs see them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from servicebook.contracts.models import ExtraService
from servicebook.core import clock, reference
from servicebook.testing import Program, make_asset, make_contact, make_contract, make_reason

pytestmark = pytest.mark.django_db(transaction=True)

TERMS = {
    "included": [{"code": "visits", "service": "visit", "limit": 1}],
    "targets": [{"measure": "response", "minutes": 60}, {"measure": "recovery", "minutes": 480}],
    "rates": [{"service": "visit", "price": 18000}],
}


@pytest.fixture
def program(manager, set_clock):
    set_clock("2026-10-14 09:00")
    make_reason()
    return Program(manager)


@pytest.fixture
def body():
    asset = make_asset()
    make_contract(asset.customer, number="SC-2031", version={"pauses": ["part"]}, **TERMS)
    contact = make_contact(asset.customer)
    return {"customer": asset.customer_id, "asset": asset.pk, "contact": contact.pk, "title": "Dark"}


def done(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.json()


@pytest.mark.req("S0.23")
def test_a_created_ticket_says_what_covers_it_and_by_when_in_few_statements(program, body):
    program.call("POST", "/tickets", body)  # reference data and terms are kept now

    with CaptureQueriesContext(connection) as asked:
        created = done(program.call("POST", "/tickets", body), 201)

    own = [q["sql"] for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    # SQLite counts each row's statement, PostgreSQL gets them in one trip.
    assert len(own) <= (18 if connection.vendor == "sqlite" else 12), "\n".join(own)
    assert (created["coverage"], bool(created["contract"])) == ("partly", True)
    assert [(one["measure"], one["state"]) for one in created["clocks"]] == [
        ("response", "running"), ("recovery", "running"),
    ]  # fmt: skip
    assert created["next_deadline_at"] == created["clocks"][0]["due_at"]
    assert done(program.call("GET", f"/tickets/{created['number']}"))["clocks"] == created["clocks"]


@pytest.mark.req("S0.23", "S0.20", "S1.6")
def test_coverage_and_clocks_are_read_and_decided_again(program, body, set_clock):
    number = done(program.call("POST", "/tickets", body), 201)["number"]
    at = f"/tickets/{number}"

    decided = done(program.call("GET", f"{at}/coverage"))
    assert (decided["verdict"], decided["contract"]) == ("partly", "SC-2031")
    assert any("SC-2031" in step["text"] for step in decided["steps"])
    assert done(program.call("POST", f"{at}/coverage")) == decided
    done(program.call("POST", f"{at}/found", {"signs": ["misuse"]}))

    set_clock("2026-10-14 09:30")
    wait = {"waiting_for": "part", "expected_on": "2026-10-15"}
    done(program.call("POST", f"{at}/wait", wait))
    set_clock("2026-10-14 10:00")
    response, recovery = done(program.call("GET", f"{at}/clocks"))
    assert (response["state"], response["due_at"]) == ("paused", None)
    assert [(one["counted"], one["reason"], one["seconds"]) for one in recovery["stretches"]] == [
        (True, "", 1800), (False, "part", 0),
    ]  # fmt: skip

    arrived = done(program.call("POST", f"{at}/arrived", {}))
    assert arrived["clocks"][0]["state"] == "met"
    now = clock.now()
    event = {
        "kind": "recovered",
        "device_at": (now - timedelta(minutes=10)).isoformat(),
        "device_now": now.isoformat(),
    }
    recovered = done(program.call("POST", f"{at}/device-events", event))
    assert recovered["recovered_at"] == recovered["clocks"][1]["met_at"]
    done(program.call("POST", f"{at}/recovered", {}))


@pytest.mark.req("S0.21", "S0.14")
def test_what_is_billed_is_kept_and_dropped(program, body):
    line = ExtraService.objects.create(
        code="out", name="Call-out", service="visit", price=15000, currency="KZT"
    )
    reference.drop()
    at = f"/tickets/{done(program.call('POST', '/tickets', body), 201)['number']}"

    used = done(program.call("POST", f"{at}/uses", {"service": "visit", "amount": "2"}), 201)
    assert (used["covered"], used["billed"], used["left"]) == ("1.00", "1.00", "0.00")
    refused = program.call("POST", f"{at}/charges", {"extra": line.pk, "quantity": "1"})
    assert "without_consent" in done(refused, 422)["fields"]
    agreed = {"what": "A call-out", "how": "phone", "who": "B. Akhmetov", "amount": "15000"}
    done(program.call("POST", f"{at}/consents", agreed), 201)
    done(program.call("POST", f"{at}/charges", {"extra": line.pk, "quantity": "1"}), 201)
    time = {"minutes": 30, "service": "labour", "outside": False}
    assert done(program.call("POST", f"{at}/time", time), 201)["service"] == "labour"

    first, second = done(program.call("GET", f"{at}/charges"))
    assert (float(first["amount"]), float(second["amount"])) == (18000, 15000)
    assert [one["id"] for one in done(program.call("GET", at))["charges"]] == [first["id"], second["id"]]
    dropped = done(program.call("POST", f"{at}/charges/{first['id']}/drop", {"because": "Goodwill"}))
    assert dropped["dropped_because"] == "Goodwill"
    assert [one["who"] for one in done(program.call("GET", f"{at}/consents"))] == ["B. Akhmetov"]
