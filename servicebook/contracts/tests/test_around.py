"""What stands around contracts: templates, the rate card, the pages of customers and units."""

from datetime import date

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.contracts import patterns
from servicebook.contracts.models import Balance, ContractTemplate, ExtraService
from servicebook.equipment.models import Category
from servicebook.testing import make_asset, make_contract, make_customer, make_site, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    user = make_user(Role.MANAGER)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return user


def get(client, route, *args, **query):
    answer = client.get(reverse(route, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.req("S2.5")
def test_a_template_is_made_from_a_contract_and_begins_the_next_one(client, boss):
    site = make_site()
    servers = Category.objects.get_or_create(name="Server")[0]
    one = make_contract(
        site.customer, price=900, billing_cycle="month", renews_itself=True,
        included=[{"code": "visit", "service": "visit", "limit": 12}],
        scopes=[{"site": site}, {"category": servers}],
    )  # fmt: skip

    answer = client.post(
        reverse("contracts:templates_add"), {"name": "Servers", "contract": f"{one} #{one.pk}"}
    )
    assert answer.status_code == 302, answer.content.decode()

    template = ContractTemplate.objects.get(name="Servers")
    pattern = patterns.read(template)
    assert (pattern.price, pattern.billing_cycle, pattern.months) == (900, "month", 12)
    assert [(scope.site, scope.category) for scope in pattern.terms.scopes] == [(None, servers.pk)]
    other = make_customer(name="Hospital", currency="EUR")
    shown = get(client, "contracts:new", template=template.pk, customer=other.pk)
    assert f'value="Hospital #{other.pk}"' in shown
    assert 'name="included-0-limit" value="12"' in shown
    assert 'name="template" value="Servers"' in shown


def test_a_template_gets_another_name_and_is_switched_off(client, boss):
    template = ContractTemplate.objects.create(name="Old", type="sla", terms={})
    client.post(reverse("contracts:templates_change", args=[template.pk]), {"name": "Renamed"})
    client.post(reverse("contracts:templates_switch", args=[template.pk]))

    template.refresh_from_db()
    assert (template.name, template.active, template.terms) == ("Renamed", False, {})
    assert f"?template={template.pk}" not in get(client, "contracts:new")


def test_a_template_with_an_unknown_clause_is_refused():
    strange = ContractTemplate(name="x", type="sla", terms={"terms": {"magic": []}})

    assert patterns.read(strange) is None


@pytest.mark.req("S0.21")
def test_the_rate_card_has_one_usual_line_of_a_kind(client, boss):
    line = {"name": "Visit", "service": "visit", "price": "18000", "currency": "kzt", "is_standard": "on"}
    client.post(reverse("contracts:rate_card_add"), line)
    assert ExtraService.objects.get().code == "visit"

    shown = client.post(reverse("contracts:rate_card_add"), {**line, "name": "Night visit"}).content.decode()
    assert "is the usual one of its kind already" in shown
    shown = client.post(
        reverse("contracts:rate_card_add"), {**line, "price": "0", "currency": "TEN"}
    ).content.decode()
    assert "above zero" in shown
    assert "This is no currency" in shown
    assert "18,000\N{NO-BREAK SPACE}₸ a visit" in get(client, "contracts:rate_card")


@pytest.mark.req("S0.1", "S2.8")
def test_the_customers_page_shows_its_contracts_and_what_is_nearly_used_up(client, boss, set_clock):
    set_clock("2026-06-01 09:00")
    customer = make_customer()
    one = make_contract(customer, title="Servers", included=[{"code": "v", "service": "visit", "limit": 10}])
    shown = get(client, "customers:customer", customer.pk)
    assert "Servers" in shown
    assert "nearly used up" not in shown

    Balance.objects.create(
        contract=one, code="v", service="visit", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31),
        granted=10, used=8,
    )  # fmt: skip

    assert "On-site visits: nearly used up" in get(client, "customers:customer", customer.pk)


@pytest.mark.req("S0.7")
def test_the_units_page_says_which_contract_covers_it(client, boss, set_clock):
    set_clock("2026-06-01 09:00")
    customer = make_customer()
    covered, other = make_asset(customer), make_asset(customer)
    make_contract(
        customer, title="Wide one", state="on_hold", state_because="Unpaid", scopes=[{"site": covered.site}]
    )
    make_contract(customer, title="Exact one", scopes=[{"asset": covered}])
    make_contract(customer, title="Ended one", ends_on=date(2026, 5, 1))
    make_contract(customer, title="Secret one", sensitive=True, scopes=[{"asset": other}])

    shown = get(client, "equipment:asset", covered.pk)
    assert shown.index("Exact one") < shown.index("Wide one")
    assert "Ended one" not in shown
    user = make_user(Role.DISPATCHER)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = get(client, "equipment:asset", other.pk)
    assert "Secret one" not in shown
    assert "a contract that you may not see" in shown
    assert "No contract covers it" in get(client, "equipment:asset", make_asset().pk)


@pytest.mark.req("S2.7")
def test_a_pack_is_sold_from_the_page_and_once_for_an_invoice(client, boss, set_clock):
    set_clock("2026-06-01 09:00")
    one = make_contract(
        included=[
            {
                "code": "night",
                "service": "labour",
                "limit": 600,
                "period": "pack",
                "expires_on": date(2026, 11, 30),
            }
        ]
    )
    sell = reverse("contracts:act", args=[one.number, "pack"])
    assert "Sell a pack…" in get(client, "contracts:contract", one.number)

    pack = {"code": "night", "amount": "20 h", "key": "INV-7", "seen": one.version}
    wrong = client.post(sell, {**pack, "amount": "20 nights"})
    assert 'id="id_amount_error"' in wrong.content.decode()
    for _again in range(2):
        assert client.post(sell, pack).status_code == 302

    assert one.balances.get().granted == 1800
    shown = get(client, "contracts:balance", one.number, "night")
    assert "30 h left of 30 h" in shown
    assert boss.name in shown
    plain = make_contract()
    assert "Sell a pack…" not in get(client, "contracts:contract", plain.number)
