"""What will happen is seen before it is switched on, and looking writes nothing."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from servicebook.agenda.worker import run_due
from servicebook.core import reference
from servicebook.customers.models import Place
from servicebook.reminders.models import Ladder, What
from servicebook.reminders.tests.test_ladder_pages import typed
from servicebook.testing import (
    make_asset,
    make_contact,
    make_customer,
    make_plan,
    make_region,
    make_site,
    make_user,
    sign_contract,
)

pytestmark = pytest.mark.django_db

HOUSE = "reminders:rehearsal"


@pytest.fixture
def manager(client: Client, set_clock: Any) -> Any:
    set_clock("2026-11-25 12:00")
    manager = make_user("manager", name="Aigul Kassenova")
    client.force_login(manager)
    return manager


def ending(name: str, **customer: Any) -> Any:
    """A contract of which the stage 30 days before its end is to come."""
    whose = make_customer(name=name, **customer)
    make_contact(whose, name=f"Head of {name}", is_main=True, is_decision_maker=True)
    return sign_contract(whose, title="Servers")


def everything() -> dict[str, int]:
    """How many rows stand in each table."""
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models()
        if model._meta.app_label != "sessions"
    }


@pytest.mark.req("S0.33", "S0.41")
def test_each_unit_of_a_plan_is_named_with_its_place(client: Client, manager: Any) -> None:
    customer = make_customer(name="Kidney Centre")
    make_contact(customer, name="Head nurse", is_main=True)
    site = make_site(customer, name="Main building")
    plan = make_plan(customer, state="draft", title="Quarterly check", anchor_on=date(2026, 12, 10))
    for serial, room in (("K-1", "Room 4"), ("K-2", "Room 5")):
        make_asset(customer, serial=serial, site=site, place=Place.objects.create(site=site, name=room))

    page = client.get(reverse("reminders:of_plan", args=[plan.number])).content.decode()

    for unit in ("K-1 · Room 4", "K-2 · Room 5"):
        assert f"{unit} · " in page  # the row
        assert f"{unit} on " in page  # what the customer reads


@pytest.mark.req("S0.33")
def test_the_coming_days_are_shown_and_nothing_is_written(client: Client, manager: Any) -> None:
    contract = ending("School 12")
    run_due()
    before = everything()

    answer = client.get(reverse(HOUSE))

    page = answer.content.decode()
    assert "Tuesday 1 December 2026" in page
    assert "30 days before" in page
    assert "Head of School 12" in page
    assert contract.number in page
    assert "/a/…" in page  # the text as it will be written, without a link that works
    assert (answer.context["ahead"].sums.tickets, answer.context["ahead"].sums.unheard) == (0, 0)
    assert answer.context["ahead"].sums.messages > 0
    assert everything() == before


@pytest.mark.req("S0.33")
def test_it_costs_as_much_for_many_contracts_as_for_one(client: Client, manager: Any) -> None:
    ending("School 1")
    run_due()
    client.get(reverse(HOUSE))  # what is read once and kept

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(reverse(HOUSE)).status_code == 200
        assert not [
            one for one in seen if not one["sql"].startswith(("SELECT", "DECLARE", "SAVEPOINT", "RELEASE"))
        ]
        return len(seen)

    one = statements()
    for number in range(2, 7):
        ending(f"School {number}")
    run_due()
    client.get(reverse(HOUSE))
    assert statements() == one


@pytest.mark.req("S0.33")
def test_a_pilot_region_and_what_is_below_it(client: Client, manager: Any) -> None:
    city = make_region(name="Almaty")
    district = make_region(name="Bostandyk", parent=city)
    elsewhere, nowhere = make_region(name="Astana"), make_region(name="Nowhere")
    ending("School 12", region=district)
    ending("School 40", region=elsewhere)

    page = client.get(reverse(HOUSE), {"region": city.pk, "what": "renewal", "days": 60}).content.decode()

    assert "School 12" in page
    assert "School 40" not in page
    empty = client.get(reverse(HOUSE), {"region": nowhere.pk}).content.decode()
    assert "Nothing happens there in this time" in empty
    assert client.get(reverse(HOUSE), {"region": "x", "days": "many", "what": "?"}).status_code == 200


@pytest.mark.req("S0.33", "S0.41")
def test_who_cannot_be_reached_is_named(client: Client, manager: Any) -> None:
    contract = sign_contract(make_customer(name="Without anybody"))

    answer = client.get(reverse(HOUSE))

    assert "Nobody at the customer can be asked" in answer.content.decode()
    assert answer.context["ahead"].sums.unheard > 0
    lines = b"".join(client.get(reverse(HOUSE), {"export": "csv"})).decode()
    assert "Nobody at the customer can be asked." in lines
    assert contract.owner.name in lines


@pytest.mark.req("S0.33")
def test_a_rule_is_rehearsed_as_it_is_typed(client: Client, manager: Any) -> None:
    contract = ending("School 12")
    Ladder.objects.filter(what=What.RENEWAL).update(active=False)
    reference.changed()
    run_due()
    address = reverse("reminders:ladder", args=["renewal"])
    before = everything()
    given = typed({"offset": 20, "step": "Bring the offer to {customer}"}, {"offset": 10}, rehearse="1")
    del given["active"]  # it is rehearsed as if it were on

    page = client.post(address, given).content.decode()

    assert "Bring the offer to School 12" in page
    assert "20 days before" in page
    assert contract.number in page
    assert everything() == before
    assert not Ladder.objects.get(what=What.RENEWAL).active
    again = client.post(address, typed({"offset": 3}, {"offset": 3}, rehearse="1"))
    assert again.status_code == 422
    assert b"Two stages stand at the same moment" in again.content


@pytest.mark.req("S0.33")
def test_the_rule_of_the_house_leaves_a_contract_with_its_own_alone(client: Client, manager: Any) -> None:
    own, other = ending("School 12"), ending("School 40")
    address = reverse("reminders:own_ladder", args=[own.number, "renewal"])
    assert client.post(address, typed({"offset": 15, "step": "Its own step"})).status_code == 302

    house = reverse("reminders:ladder", args=["renewal"])
    page = client.post(
        house, typed({"offset": 20, "step": "That of the house"}, rehearse="1")
    ).content.decode()
    assert other.number in page
    assert own.number not in page
    mine = client.post(address, typed({"offset": 16, "step": "Another own"}, rehearse="1")).content.decode()
    assert own.number in mine
    assert other.number not in mine


@pytest.mark.req("S0.25", "S0.33")
def test_a_draft_plan_leads_to_its_rehearsal(client: Client, manager: Any) -> None:
    customer = make_customer(name="School 12")
    make_contact(customer, name="Head", is_main=True)
    make_asset(customer)
    plan = make_plan(customer, state="draft", anchor_on=date(2026, 12, 10), owner=manager)
    address = reverse("reminders:of_plan", args=[plan.number])
    assert address in client.get(plan.get_absolute_url()).content.decode()
    before = everything()

    answer = client.get(address)

    page = answer.content.decode()
    assert "As if the plan were switched on." in page
    assert "The ticket is made" in page
    assert answer.context["ahead"].sums.tickets == 1
    assert answer.context["ahead"].sums.steps == 4
    assert everything() == before


@pytest.mark.req("S0.33", "S1.3")
def test_a_draft_contract_is_rehearsed_with_its_draft_plans(client: Client, manager: Any) -> None:
    customer = make_customer(name="School 12")
    make_contact(customer, name="Head", is_main=True, is_decision_maker=True)
    make_asset(customer)
    contract = sign_contract(customer, draft=True, review_on=date(2026, 12, 10))
    make_plan(customer, contract=contract, state="draft", anchor_on=date(2026, 12, 15), title="Winter check")
    ending("School 40")
    address = reverse("reminders:of_contract", args=[contract.number])
    assert address in client.get(contract.get_absolute_url()).content.decode()
    before = everything()

    answer = client.get(address)

    page = answer.content.decode()
    assert "As if the contract were in force" in page
    assert "Contract is to be reviewed" in page
    assert "Winter check" in page
    assert answer.context["ahead"].sums.tickets == 1
    assert "School 40" not in page
    assert everything() == before


@pytest.mark.req("S0.33")
def test_the_page_of_a_contract_leads_to_its_own_rules(client: Client, manager: Any) -> None:
    contract = ending("School 12")
    address = reverse("reminders:own_ladder", args=[contract.number, "renewal"])
    page = client.get(contract.get_absolute_url()).content.decode()
    assert address in page
    assert page.count("as the house") == 8

    client.post(address, typed({"offset": 15}))

    assert client.get(contract.get_absolute_url()).content.decode().count("as the house") == 7


@pytest.mark.req("S0.25", "S0.33")
def test_a_draft_plan_by_meter_says_where_its_forecast_stands(client: Client, manager: Any) -> None:
    plan = make_plan(state="draft", rule="meter", every=None, meter_name="Runtime", meter_step=500)
    page = client.get(reverse("reminders:of_plan", args=[plan.number])).content.decode()
    assert reverse("maintenance:preview", args=[plan.number]) in page


def test_whoever_may_not_draft_a_contract_does_not_see_what_it_brings(client: Client, manager: Any) -> None:
    contract = ending("School 12")
    client.force_login(make_user("dispatcher"))
    address = reverse("reminders:of_contract", args=[contract.number])
    assert client.get(address).status_code == 403
    assert address not in client.get(contract.get_absolute_url()).content.decode()
    assert client.get(reverse(HOUSE)).status_code == 403
