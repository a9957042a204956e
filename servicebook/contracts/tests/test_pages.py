from datetime import date, timedelta

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.contracts.models import Balance, BalanceEntry, ExtraService
from servicebook.core import clock
from servicebook.sla.models import ServiceHours, SpecialDay
from servicebook.testing import make_asset, make_contract, make_customer, make_region, make_site, make_user

pytestmark = pytest.mark.django_db


def sign_in(client, *roles):
    user = make_user(*roles)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return user


@pytest.fixture
def boss(client):
    return sign_in(client, Role.MANAGER)


def page(client, name, *args, status=200, **query):
    response = client.get(reverse(f"contracts:{name}", args=args), query)
    assert response.status_code == status
    return response.content.decode()


@pytest.mark.req("S1.1")
def test_the_list_filters_by_state_type_owner_customer_and_end(client, boss, set_clock):
    set_clock("2026-10-14 09:00")
    owner, school = make_user(Role.ACCOUNT_MANAGER), make_customer(name="School 12")
    make_contract(school, title="Soon over", ends_on=date(2026, 11, 1), owner=owner)
    make_contract(title="Long one", ends_on=date(2028, 1, 1), type="subscription")
    make_contract(title="Old one", state="expired", starts_on=date(2024, 1, 1), ends_on=date(2025, 1, 1))

    def titles(**query):
        shown = page(client, "contracts", **query)
        return {one for one in ("Soon over", "Long one", "Old one") if one in shown}

    assert titles() == {"Soon over", "Long one"}
    assert titles(state="") == {"Soon over", "Long one", "Old one"}
    assert titles(state="expired") == {"Old one"}
    assert titles(state="", type="subscription") == {"Long one"}
    assert titles(state="", owner=owner.pk) == {"Soon over"}
    assert titles(state="", customer=f"School 12 #{school.pk}") == {"Soon over"}
    assert titles(state="", ends="30") == {"Soon over"}


@pytest.mark.req("S1.1")
@pytest.mark.parametrize("count", [1, 4])
def test_the_list_costs_the_same_however_long(client, boss, django_assert_num_queries, count):
    for _number in range(count):
        make_contract()
    page(client, "contracts")

    with django_assert_num_queries(7):
        page(client, "contracts")


@pytest.mark.req("S1.2")
def test_a_sensitive_contract_is_only_for_its_owner_and_the_leads(client):
    secret = make_contract(title="Nuclear plant", sensitive=True)

    for roles, sees in ((Role.MANAGER, True), (Role.ADMINISTRATOR, True), (Role.DISPATCHER, False)):
        sign_in(client, roles)
        assert ("Nuclear plant" in page(client, "contracts")) is sees
        exported = client.get(reverse("contracts:contracts"), {"export": "csv"}).getvalue().decode()
        assert ("Nuclear plant" in exported) is sees
        page(client, "contract", secret.number, status=200 if sees else 404)
        page(client, "balance", secret.number, "visit", status=404)
    client.force_login(secret.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Nuclear plant" in page(client, "contracts")


@pytest.mark.req("S0.14", "S0.16", "S0.19", "S0.20", "S0.22")
def test_the_page_shows_the_terms_in_the_order_in_which_they_are_tested(client, boss, set_clock):
    set_clock("2026-10-14 09:00")
    ExtraService.objects.create(
        code="visit", name="Visit", service="visit", price=18_000, currency="KZT", is_standard=True
    )
    city = make_region(name="Karaganda")
    one = make_contract(
        included=[
            {"code": "visit", "service": "visit", "limit": 12},
            {"code": "remote", "service": "remote"},
            {
                "code": "night",
                "service": "labour",
                "limit": 1200,
                "period": "pack",
                "expires_on": "2026-11-30",
            },
        ],
        targets=[{"measure": "response", "minutes": 60, "priority": 1, "region": city}],
        exclusions=[{"unless": "tampering"}, {"unless": "outside_hours", "factor": "1.5"}],
        rates=[{"service": "labour", "price": 9000}],
        version={"we_do": "Work and deadlines"},
    )
    Balance.objects.create(
        contract=one, code="visit", service="visit", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31),
        granted=12, used=10,
    )  # fmt: skip

    shown = page(client, "contract", one.number).replace("\N{NO-BREAK SPACE}", " ")

    order = ["Signs of tampering", "On-site visits", "Remote support", "Response 1 h"]
    places = [shown.index(f'scope="row">{name}') for name in order]
    assert places == sorted(places)
    for said in (
        "12 a year", "18,000 ₸ a visit", "10 of 12", "2 of 12", "no limit", "20 h, prepaid until 30 Nov 2026",
        "9,000 ₸ an hour", "P1, Karaganda", "Ends in 78 days", "Work and deadlines",
    ):  # fmt: skip
        assert said in shown, said


@pytest.mark.req("S0.16", "S0.19", "S0.20")
def test_promised_times_stand_by_measure_the_most_exact_first_and_say_what_is_beyond_their_hours(
    client, boss, set_clock
):
    set_clock("2026-10-14 09:00")
    city = make_region(name="Karaganda")
    always = ServiceHours.objects.create(name="Always", week=[[[0, 1440]]] * 7)
    office = ServiceHours.objects.create(name="Office", week=[[[480, 1200]]] * 5 + [[], []])
    shut = ServiceHours.objects.create(name="But New Year", week=[[[0, 1440]]] * 7)
    SpecialDay.objects.create(hours=shut, day=date(2027, 1, 1))
    one = make_contract(
        targets=[
            {"measure": "recovery", "minutes": 480, "hours": shut},
            {"measure": "response", "minutes": 240, "hours": office},
            {"measure": "response", "minutes": 120, "region": city},
            {"measure": "response", "minutes": 60, "priority": 1, "hours": always},
        ],
        exclusions=[{"unless": "outside_hours"}],
    )

    rows = client.get(one.get_absolute_url()).context["lines"][1:]

    assert [(row.name, row.limit, row.beyond) for row in rows] == [
        ("Response 1 h", "Always", "–"),
        ("Response 2 h", "around the clock", "–"),
        ("Response 4 h", "Office", "after hours extra work"),
        ("Recovery 8 h", "But New Year", "after hours extra work"),
    ]


def test_the_page_counts_what_the_scope_names(client, boss):
    customer = make_customer()
    north, south = make_site(customer), make_site(customer)
    for site in (north, north, south):
        make_asset(customer, site=site)
    whole, part = make_contract(customer), make_contract(customer, scopes=[{"site": north}])

    assert "3 units" in page(client, "contract", whole.number)
    assert "2 units" in page(client, "contract", part.number)


@pytest.mark.parametrize("count", [1, 5])
def test_the_page_costs_the_same_however_much_there_is(client, boss, kept, django_assert_num_queries, count):
    customer = make_customer()
    one = make_contract(
        customer,
        included=[{"code": f"visit-{n}", "service": "visit", "limit": 1} for n in range(count)],
        scopes=[{"asset": make_asset(customer)} for _n in range(count)],
        exclusions=[{"unless": each} for each in ("tampering", "misuse", "channel")[:count]],
    )
    kept(one)
    page(client, "contract", one.number)

    with django_assert_num_queries(30):
        page(client, "contract", one.number)


@pytest.mark.req("S0.17", "S2.7")
def test_the_ledger_shows_who_used_what_and_when(client, boss):
    one = make_contract(included=[{"code": "labour", "service": "labour", "limit": 1200}])
    kept = Balance.objects.create(
        contract=one, code="labour", service="labour", starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31), granted=1200, used=90,
    )  # fmt: skip
    now = clock.now()
    for kind, amount, by in (("grant", 1200, None), ("use", 90, boss)):
        BalanceEntry.objects.create(
            balance=kept, kind=kind, amount=amount, key=kind, at=now - timedelta(days=1), by=by
        )

    shown = page(client, "balance", one.number, "labour")

    assert "18 h 30 min left of 20 h" in shown
    assert "−1 h 30 min" in shown
    assert "+20 h" in shown
    assert boss.name in shown
    page(client, "balance", one.number, "visit", status=404)


@pytest.mark.req("S0.20", "S0.23")
def test_a_case_is_tried_without_a_ticket(client, boss, set_clock):
    set_clock("2026-10-14 09:00")
    ExtraService.objects.create(
        code="visit", name="Visit", service="visit", price=18_000, currency="KZT", is_standard=True
    )
    one = make_contract(
        included=[{"code": "visit", "service": "visit", "limit": 12}],
        exclusions=[{"unless": "tampering"}],
        targets=[{"measure": "response", "minutes": 60}],
    )
    case = {
        "reason": "failure", "priority": 1, "channel": "phone", "moment": "2026-10-14T09:00",
        "services": "visit",
    }  # fmt: skip

    assert "Say what is asked" in page(client, "case", one.number)
    covered = page(client, "case", one.number, **case)
    assert "<b>Covered</b>" in covered
    assert "nothing to bill" in covered
    assert "Response" in covered
    extra = page(client, "case", one.number, **case, signs="tampering")
    assert "<b>Extra work</b>" in extra
    assert "Without signs of tampering" in extra
    assert "18,000\N{NO-BREAK SPACE}₸ a visit" in extra
    assert 'id="id_moment_error"' in page(client, "case", one.number, **{**case, "moment": "soon"})


def test_a_draft_is_tried_as_if_it_were_active(client, boss, set_clock):
    set_clock("2026-10-14 09:00")
    draft = make_contract(state="draft", included=[{"code": "remote", "service": "remote"}])
    case = {"reason": "consultation", "priority": 3, "channel": "phone", "moment": "2026-10-14T09:00"}

    assert "<b>Covered</b>" in page(client, "case", draft.number, **case)
    assert "<b>Covered</b>" not in page(client, "case", make_contract(draft.customer).number, **case)
