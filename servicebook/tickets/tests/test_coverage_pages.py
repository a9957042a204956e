"""Coverage and clocks as people see them."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from servicebook.agenda.worker import run_due
from servicebook.contracts import actions as contracts
from servicebook.contracts.models import ExtraService
from servicebook.core import clock, reference
from servicebook.testing import Program, make_asset, make_contract, make_ticket, sign_contract
from servicebook.tickets import actions
from servicebook.tickets.models import Charge, Consent

pytestmark = pytest.mark.django_db

TERMS = {
    "included": [{"code": "labour", "service": "labour", "limit": 60}],
    "targets": [{"measure": "response", "minutes": 60}, {"measure": "recovery", "minutes": 480}],
    "rates": [{"service": "labour", "price": 9000}],
}


@pytest.fixture
def desk(client, dispatcher, manager):
    client.force_login(dispatcher)
    return client


@pytest.fixture
def ticket(manager, set_clock):
    set_clock("2026-10-14 09:00")
    asset = make_asset()
    make_contract(
        asset.customer,
        number="SC-2031",
        version={"pauses": ["part"], "we_do": "Arrive with the parts", "access_by": "B. Akhmetov"},
        **TERMS,
    )
    return make_ticket(asset=asset, downtime=2)


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def act(client, ticket, do, **values):
    return client.post(reverse("tickets:act", args=[ticket.number, do]), values, follow=True)


@pytest.mark.req("S0.22", "S0.23")
def test_the_page_says_what_covers_it_by_when_and_who_does_what(desk, ticket, set_clock):
    set_clock("2026-10-14 09:18")

    said = text(desk.get(ticket.get_absolute_url()))

    assert "Covered in part" in said
    assert "SC-2031" in said
    assert re.search(r"Response 1 h · around the clock 42 min left", said)
    assert "Arrive with the parts" in said
    assert "Access is arranged by B. Akhmetov" in said
    assert "has not agreed to the extra work yet" in said


@pytest.mark.req("S1.2")
def test_the_number_of_a_sensitive_contract_is_for_whoever_may_see_it(desk, client, manager, set_clock):
    set_clock("2026-10-14 09:00")
    asset = make_asset()
    make_contract(asset.customer, number="SC-2032", sensitive=True, **TERMS)
    ticket = make_ticket(asset=asset)

    veiled = desk.get(ticket.get_absolute_url()).content.decode()
    assert "Covered in part" in veiled
    assert "SC-2032" not in veiled
    client.force_login(manager)
    assert ticket.contract.get_absolute_url() in client.get(ticket.get_absolute_url()).content.decode()


@pytest.mark.req("S1.2")
@pytest.mark.trust("B1")
def test_work_under_a_sensitive_contract_tells_nobody_its_number(
    desk, client, dispatcher, manager, set_clock
):
    set_clock("2026-10-14 09:00")
    asset = make_asset()
    contract = sign_contract(
        asset.customer,
        title="Secret servers",
        sensitive=True,
        terms={
            "included": [{"code": "secret-hours", "service": "labour", "limit": 60, "period": "year"}],
            "targets": [{"measure": "response", "minutes": 60}],
            "rates": [{"service": "labour", "price": 9000}],
            "thresholds": [50],
        },
    )
    ticket = make_ticket(asset=asset)
    actions.log_time(ticket.pk, minutes=90, service="labour", by=manager)
    set_clock("2026-10-14 11:00")
    run_due()

    program = Program(dispatcher)
    pages = [ticket, asset, asset.customer]
    said = [desk.get(one.get_absolute_url()).content.decode() for one in pages]
    said.append(desk.get(reverse("customers:promises")).content.decode())
    paths = [f"/tickets/{ticket.number}{part}" for part in ("", "/coverage", "/charges", "/history")]
    paths += [f"/customers/{asset.customer_id}/history", "/promises"]
    answers = [program.call("get", path) for path in paths]
    assert {one.status_code for one in answers} == {200}
    said += [one.content.decode() for one in answers]
    said.append(program.call("post", "/coverage", {"asset": asset.pk}).content.decode())
    for secret in (contract.number, "Secret servers", "secret-hours"):
        assert not [at for at, text in enumerate(said) if secret in text], secret
    client.force_login(manager)
    assert contract.number in client.get(asset.customer.get_absolute_url()).content.decode()


@pytest.mark.req("S1.2")
def test_what_was_asked_for_about_a_contract_is_hidden_with_it(desk, manager, set_clock):
    set_clock("2026-10-14 09:00")
    contract = sign_contract(terms={"included": [{"service": "labour", "limit": 60, "period": "year"}]})
    run_due()  # it ends within 90 days: the owner is asked to prepare the offer
    page = contract.customer.get_absolute_url()
    assert contract.number in desk.get(page).content.decode()

    contracts.change(contract.pk, sensitive=True, by=manager)

    assert contract.number not in desk.get(page).content.decode()


@pytest.mark.req("S1.6", "S0.49")
def test_a_clock_lists_every_stretch_and_says_what_would_be_if(desk, ticket, manager, set_clock):
    set_clock("2026-10-14 10:00")
    actions.wait(ticket.pk, waiting_for="part", expected_on=clock.now().date(), by=manager)
    set_clock("2026-10-14 12:00")
    actions.wait(ticket.pk, waiting_for="client", by=manager)
    set_clock("2026-10-14 13:00")
    address = reverse("tickets:clock", args=[ticket.number, "recovery"])

    said = text(desk.get(address))
    assert "6 h left" in said
    assert re.search(r"counted.* 1 h .*paused Part 2 h .*counted", said)
    assert "As it would be" not in said

    supposed = text(desk.get(address, {"suppose": "1", "pauses": ["client"]}))
    assert re.search(r"As it would be.*paused, 5 h left.*paused Client decision 1 h", supposed)

    assert desk.get(reverse("tickets:clock", args=[ticket.number, "arrival"])).status_code == 404
    assert desk.get(reverse("tickets:clock", args=[ticket.number, "beauty"])).status_code == 404


@pytest.mark.req("S1.6")
def test_the_queue_shows_and_finds_deadlines_and_coverage(desk, ticket, set_clock):
    plain = make_ticket()

    def asked(**query):
        answer = desk.get("/tickets/", query)
        return [row.number for row in answer.context["listing"].page.rows]

    assert asked(coverage="partly") == [ticket.number]
    assert asked(coverage="extra") == [plain.number]
    assert asked(contract=ticket.contract_id) == [ticket.number]
    assert asked(due="0") == []
    assert asked(due="1") == [ticket.number]
    assert asked(sort="due") == [ticket.number, plain.number]
    set_clock("2026-10-14 11:00")
    assert asked(due="0") == [ticket.number]
    row = text(desk.get("/tickets/", {"due": "0"}))
    assert "1 h ago" in row
    assert "Partly covered" in row


@pytest.mark.req("S1.6")
def test_today_shows_running_clocks_and_counts_what_is_overdue(desk, ticket, set_clock):
    set_clock("2026-10-14 09:50")
    said = text(desk.get("/"))
    assert re.search(rf"{ticket.number} Response · .* 10 min", said)
    assert "all deadlines kept" in said

    set_clock("2026-10-14 10:30")
    said = text(desk.get("/"))
    assert re.search(r"Overdue 1 a deadline passed", said)
    assert re.search(rf"{ticket.number} Response · .* late 30 min", said)


@pytest.mark.req("S2.7", "S0.17")
def test_time_that_is_logged_says_what_it_cost_and_what_is_left(desk, ticket):
    first = act(desk, ticket, "time", minutes="45", worked_on="2026-10-14", service="labour")
    assert "45 min kept. Nothing to bill. Left: 15 min." in text(first)

    second = act(desk, ticket, "time", minutes="45", worked_on="2026-10-14", service="labour")
    assert "15 min covered, 30 min billed: 4,500 ₸. Left: 0 min." in text(second).replace("\xa0", " ")
    assert "30 min billed" in text(desk.get(ticket.get_absolute_url()))


@pytest.mark.req("S0.21", "S0.20")
def test_the_acts_of_coverage_do_what_they_say(desk, ticket):
    line = ExtraService.objects.create(
        code="out", name="Call-out", service="visit", price=15000, currency="KZT"
    )
    reference.drop()

    assert "On site." in text(act(desk, ticket, "arrived"))
    assert "What was found" in text(desk.get(reverse("tickets:act", args=[ticket.number, "found"])))
    assert "Kept. Partly covered." in text(act(desk, ticket, "found", component="Battery"))
    assert "Decided again: Partly covered." in text(act(desk, ticket, "decide"))
    refused = act(desk, ticket, "extra", extra=line.pk, quantity="1")
    assert refused.status_code == 422
    assert "Record the customer" in text(refused)
    agreed = act(desk, ticket, "consent", what="One call-out", amount="15000", how="phone", who="B. Akhmetov")
    assert "word is kept" in text(agreed)
    assert "To be billed: 15,000 ₸" in text(act(desk, ticket, "extra", extra=line.pk, quantity="1")).replace(
        "\xa0", " "
    )
    assert "Nothing to bill" not in text(act(desk, ticket, "use", service="visit", amount="1"))
    dropped = act(desk, ticket, "drop-charge", charge=Charge.objects.first().pk, because="Goodwill")
    assert "Not billed" in text(dropped)
    assert Consent.objects.get().amount == Decimal(15000)
    assert "It works again." in text(act(desk, ticket, "recovered"))

    page = text(desk.get(ticket.get_absolute_url()))
    assert "Goodwill" in page
    assert "Works again…" not in page


def test_starting_extra_work_without_the_customers_word_is_said(desk, manager):
    ticket = make_ticket()

    assert "consent is not recorded yet" in text(act(desk, ticket, "start"))
