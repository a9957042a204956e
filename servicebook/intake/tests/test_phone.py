"""The phone screen and the internal request, without JavaScript."""

from datetime import timedelta

import pytest
from django.urls import reverse

from servicebook import search
from servicebook.accounts.models import Role
from servicebook.core import clock
from servicebook.customers.actions import make_promise, save_contact, save_customer, save_site
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.intake.phone import queries
from servicebook.testing import (
    PASSWORD,
    make_asset,
    make_contact,
    make_contract,
    make_customer,
    make_reason,
    make_ticket,
    make_user,
)
from servicebook.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db
PHONE = "/phone/"


@pytest.fixture(autouse=True)
def _house(db):
    make_user(Role.MANAGER, name="Service owner", email="owner@house.example")
    make_reason("failure")
    make_reason("maintenance")


@pytest.fixture
def plant(dispatcher):
    return save_customer(Customer(name="Astyk plant", phone="+77212555001"), by=dispatcher)


@pytest.fixture
def bolat(plant, dispatcher):
    site = save_site(
        Site(customer=plant, name="Boiler house", access_rules="Pass at the gate"), by=dispatcher
    )
    return save_contact(
        Contact(customer=plant, name="Bolat Akhmetov", phone="+77015550112", site=site), by=dispatcher
    )


@pytest.fixture
def unit(bolat):
    made = make_asset(bolat.customer, site=bolat.site, serial="7CX-20418")
    search.index(made, new=True)
    return made


@pytest.fixture
def desk(client, dispatcher):
    client.login(email=dispatcher.email, password=PASSWORD)
    return client


@pytest.mark.parametrize(
    "typed", ["+7 701 555 01 12", "87015550112", "8 (701) 555-01-12", "5550112", "bolat", "akhmetov"]
)
@pytest.mark.req("S2.6")
def test_a_caller_is_found_by_number_or_name_in_any_spelling(typed, bolat, dispatcher):
    found = queries.find(typed, dispatcher)

    assert [(one.title, one.customer, one.contact) for one in found] == [
        ("Bolat Akhmetov", bolat.customer_id, bolat.pk)
    ]


@pytest.mark.parametrize("typed", ["7CX-20418", "20418", "7cx-2041"])
@pytest.mark.req("S2.6")
def test_a_unit_is_found_by_serial_or_a_part_of_it(typed, unit, dispatcher):
    assert [one.asset for one in queries.find(typed, dispatcher)] == [unit.pk]


def test_only_what_the_person_may_see_is_found(bolat, unit, engineer):
    assert queries.find("bolat", engineer) == []
    assert queries.find("7CX-20418", engineer) == []
    assert queries.load(engineer, customer=bolat.customer_id, contact=None, asset=None) is None


@pytest.mark.req("S2.6")
def test_the_only_match_is_taken_and_the_screen_shows_what_stands_with_the_caller(
    desk, bolat, unit, dispatcher
):
    make_promise(
        text="Send the offer",
        owner=dispatcher,
        due_at=clock.now() + timedelta(days=1),
        customer=bolat.customer,
        by=dispatcher,
    )
    desk.post(address(bolat, unit), {"title": "Pump leaks", "asset": unit.pk})

    page = desk.get(PHONE, {"q": "+77015550112"}, follow=True)

    text = page.content.decode()
    for shown in (
        "Astyk plant",
        "7CX-20418",
        "Pump leaks",
        "Send the offer",
        "Pass at the gate",
        "asked before",
    ):
        assert shown in text


def address(contact, asset=None):
    query = f"?customer={contact.customer_id}&contact={contact.pk}"
    return f"{PHONE}{query}&asset={asset.pk}" if asset else f"{PHONE}{query}"


@pytest.mark.req("S2.6", "S0.44", "S2.1", "S2.2")
def test_a_call_becomes_a_ticket_with_owner_priority_and_number_shown_at_once(desk, bolat, unit):
    answer = desk.post(
        address(bolat, unit),
        {"title": "The boiler does not work", "asset": unit.pk, "contact": bolat.pk, "downtime": 4},
        follow=True,
    )

    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.contact, ticket.asset, ticket.channel, ticket.downtime) == (
        bolat.customer, bolat, unit, "phone", 4,
    )  # fmt: skip
    assert ticket.reason.code == "failure"
    text = answer.content.decode()
    assert ticket.number in text
    assert ticket.owner.name in text
    assert ticket.get_priority_display() in text


def test_a_call_about_an_open_ticket_is_noted_there(desk, bolat, unit):
    desk.post(address(bolat, unit), {"title": "Leaks", "contact": bolat.pk})
    ticket = Ticket.objects.get()

    desk.post(
        address(bolat, unit), {"title": "It leaks more now", "contact": bolat.pk, "ticket": ticket.number}
    )

    assert Ticket.objects.count() == 1
    assert Message.objects.latest("pk").text == "It leaks more now"


@pytest.mark.req("S2.6")
def test_an_unknown_caller_is_kept_with_a_new_customer_on_the_same_screen(desk):
    page = desk.get(PHONE, {"q": "+77770001122"})
    assert "New caller" in page.content.decode()

    desk.post(
        f"{PHONE}?q=%2B77770001122",
        {"company": "School 12", "name": "Gulnar", "phone": "+77770001122", "title": "No light"},
    )

    ticket = Ticket.objects.get()
    assert (ticket.customer.name, ticket.contact.name, ticket.contact.phone) == (
        "School 12",
        "Gulnar",
        "+77770001122",
    )


def test_a_customer_who_may_be_known_is_asked_for_before_it_is_doubled(desk, plant):
    typed = {"company": "Astyk Plant LLP", "name": "Gulnar", "phone": "+77770001122", "title": "No light"}

    refused = desk.post(PHONE, typed)
    assert refused.status_code == 422
    assert "Astyk plant" in refused.content.decode()
    assert "No light" in refused.content.decode()

    desk.post(PHONE, typed | {"company": "astyk plant"})
    assert Ticket.objects.get().customer == plant
    desk.post(PHONE, typed | {"is_new": "on"})
    assert Customer.objects.filter(name="Astyk Plant LLP").exists()


def test_a_refusal_keeps_what_was_typed(desk, bolat):
    answer = desk.post(address(bolat), {"title": "No light", "name": "New one", "phone": "12"})

    assert answer.status_code == 422
    assert 'value="No light"' in answer.content.decode()
    assert Ticket.objects.count() == 0
    assert desk.post(address(bolat), {"title": ""}).status_code == 422


@pytest.mark.parametrize(
    "query", ["customer=99999999", "customer=x", f"customer={'9' * 40}", "customer=1&asset=-1"]
)
def test_a_foreign_or_broken_choice_shows_the_empty_screen(desk, query):
    assert desk.get(f"{PHONE}?{query}").status_code == 200


@pytest.mark.req("S0.44", "S0.47")
def test_any_person_of_the_house_can_ask_for_service_internally(client, bolat, unit):
    storekeeper = make_user(Role.STOREKEEPER)
    client.login(email=storekeeper.email, password=PASSWORD)

    client.post(
        f"/request/?customer={bolat.customer_id}&asset={unit.pk}",
        {
            "title": "Change the filter",
            "asset": unit.pk,
            "preferred_window": "Fri 9-12",
            "on_site_contact": "Guard",
        },
    )

    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.opened_by, ticket.preferred_window, ticket.on_site_contact) == (
        "internal", storekeeper, "Fri 9-12", "Guard",
    )  # fmt: skip
    assert Message.objects.get().author_name == storekeeper.name


def test_a_partial_answers_htmx(desk, bolat):
    answer = desk.get(
        reverse("intake:phone"), {"q": "bolat"}, headers={"HX-Request": "true", "HX-Target": "found"}
    )

    assert "<html" not in answer.content.decode()
    assert "Bolat Akhmetov" in answer.content.decode()


@pytest.mark.parametrize("units", [1, 12])
def test_the_screen_takes_a_fixed_number_of_queries(units, dispatcher, bolat, django_assert_max_num_queries):
    for _number in range(units):
        make_asset(bolat.customer, site=bolat.site)
    assert Asset.objects.count() == units

    with django_assert_max_num_queries(7):
        queries.load(dispatcher, customer=bolat.customer_id, contact=bolat.pk, asset=None)


def test_the_empty_screen_offers_who_called_lately_each_once(desk):
    gulnar = make_contact(make_customer(), name="Gulnar Seitova")
    other = make_contact(make_customer(), name="Bolat Akhmetov")
    for contact in (gulnar, other, gulnar):
        make_ticket(customer=contact.customer, contact=contact, channel="phone")
    make_ticket(customer=make_customer(name="By mail"), channel="mail")

    answer = desk.get(PHONE)

    assert [one.title for one, _ticket in answer.context["recent"]] == ["Gulnar Seitova", "Bolat Akhmetov"]
    assert f"?customer={gulnar.customer_id}&amp;contact={gulnar.pk}" in answer.content.decode()
    assert not desk.get(PHONE, {"q": "zz"}).context.get("recent")


@pytest.mark.req("S0.23", "S2.6")
def test_the_verdict_stands_there_while_the_call_is_noted(desk, bolat, set_clock):
    set_clock("2026-10-14 09:00")
    covered = make_asset(bolat.customer, site=bolat.site)
    other = make_asset(bolat.customer, site=bolat.site)
    make_contract(
        bolat.customer,
        number="SC-2031",
        scopes=[{"asset": covered}],
        included=[{"code": "visits", "service": "visit", "limit": 12}],
        targets=[{"measure": "response", "minutes": 60}],
    )
    chosen = {"customer": bolat.customer_id, "contact": bolat.pk}

    page = desk.get(PHONE, {**chosen, "asset": covered.pk}).content.decode()
    assert "Covered in part" in page
    assert "On-site visits <small>a year · SC-2031" in page

    def verdict(**typed):
        answer = desk.get(PHONE, {**chosen, **typed}, headers={"HX-Request": "true", "HX-Target": "verdict"})
        return answer.content.decode()

    assert "<html" not in verdict(asset=covered.pk)
    assert "Response" in verdict(asset=covered.pk, title="Does not start")
    assert "Extra work" in verdict(asset=other.pk)
    assert not Ticket.objects.exists()
