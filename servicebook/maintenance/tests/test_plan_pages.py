"""The pages of plans: list, one-page form, words read back, a year's preview, the plan itself."""

from datetime import date

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.maintenance.models import Enrolment, Plan, PlanScope
from servicebook.maintenance.whom import whom
from servicebook.testing import (
    make_asset,
    make_contract,
    make_customer,
    make_occurrence,
    make_plan,
    make_site,
    make_user,
    make_work_type,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    user = make_user(Role.MANAGER)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return user


def page(client, name, *args, status=200, headers=None, **query):
    answer = client.get(reverse(f"maintenance:{name}", args=args), query, headers=headers)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def post(client, name, *args, status=302, headers=None, **values):
    answer = client.post(reverse(f"maintenance:{name}", args=args), values, headers=headers)
    assert answer.status_code == status, answer.content.decode()[-4000:]
    return answer.content.decode()


def typed(customer, **changes):
    """What a browser sends of a plan."""
    return {
        "title": "Quarterly check of the servers",
        "customer": f"{customer} #{customer.pk}" if customer else "",
        "contract": "",
        "per": "unit",
        "rule": "calendar",
        "every": "3",
        "every_unit": "months",
        "anchor_on": "2026-01-31",
        "counts_from": "anchor",
        "shift": "next",
        "lead_days": "14",
        "may_move_days": "7",
        "needs_window": "on",
        "work_type": make_work_type().pk,
        "standard_minutes": "1 h 30 min",
        "window_from": "22:00",
        "window_until": "06:00",
        "scopes-count": "1",
        "scopes-0-site": "",
        "parts-count": "2",
        "parts-0-name": "Battery pack",
        "parts-0-quantity": "2",
        "parts-1-name": "",
        "parts-1-quantity": "1",
        **changes,
    }


def test_an_address_that_names_nonsense_begins_a_blank_plan(client, boss):
    for name in ("contract", "customer", "site", "asset", "model"):
        assert "id_title" in page(client, "new", **{name: "\0"})


@pytest.mark.req("S0.24", "S0.25", "S0.26")
def test_a_plan_is_written_on_one_page_and_a_year_is_looked_at_next(client, boss, set_clock):
    set_clock("2026-02-10 09:00")
    customer = make_customer(name="School 12")
    site = make_site(customer)

    post(client, "new", **typed(customer, **{"scopes-0-site": f"{site} #{site.pk}", "weekdays": ["0", "1"]}))

    one = Plan.objects.get()
    assert (one.title, one.customer, one.state) == ("Quarterly check of the servers", customer, "draft")
    assert (one.every, one.every_unit, one.anchor_on) == (3, "months", date(2026, 1, 31))
    assert (one.standard_minutes, one.lead_days, one.weekdays) == (90, 14, [0, 1])
    assert one.parts == [{"name": "Battery pack", "quantity": 2}]
    assert [scope.site for scope in one.scopes.all()] == [site]
    assert "A year's preview" in page(client, "preview", one.number)


def test_every_mistake_stands_at_its_field_and_nothing_typed_is_lost(client, boss):
    wrong = typed(
        make_customer(), title="", every="0", standard_minutes="soon", window_until="",
        instructions="The guard needs a list", **{"parts-0-quantity": "many"},
    )  # fmt: skip

    shown = post(client, "new", status=422, **wrong)

    for field in ("id_title", "id_every", "id_standard_minutes", "id_parts-0-quantity"):
        assert f'id="{field}_error"' in shown, field
    for kept in ("soon", "The guard needs a list", "Battery pack", "many"):
        assert kept in shown
    shown = post(client, "new", status=422, **typed(make_customer(), window_until=""))
    assert 'id="id_window_until_error"' in shown
    assert not Plan.objects.exists()


@pytest.mark.parametrize("nasty", ["\0", "x" * 1_000_000, "\"'<script>alert(1)</script>&#39;", "9" * 400])
def test_what_nobody_means_is_answered_with_a_sentence(client, boss, nasty):
    fields = ("title", "customer", "every", "anchor_on", "meter_step", "standard_minutes", "instructions")
    for field in fields:
        answer = client.post(
            reverse("maintenance:new"), {**typed(make_customer()), field: nasty, "parts-0-name": nasty}
        )
        assert answer.status_code in (302, 400, 413, 422)
        assert "<script>alert(1)" not in answer.content.decode()
        answer = client.post(reverse("maintenance:reading"), {**typed(None), field: nasty})
        assert answer.status_code in (200, 400, 413)


@pytest.mark.parametrize("htmx", [False, True])
def test_one_more_row_keeps_what_was_typed_and_judges_nothing(client, boss, htmx):
    half = typed(make_customer(), title="", more="parts", every="0")

    shown = post(client, "new", status=200, headers={"HX-Request": "true"} if htmx else None, **half)

    assert "Battery pack" in shown
    assert 'name="parts-2-name"' in shown
    assert "_error" not in shown
    assert ('name="title"' in shown) is not htmx


@pytest.mark.req("S0.24")
def test_the_rule_is_read_back_with_its_first_days_while_it_is_typed(client, boss, set_clock):
    set_clock("2026-01-10 09:00")
    customer = make_customer()
    make_asset(customer)

    said = post(client, "reading", status=200, **typed(customer))

    assert "Every 3 months from 31 Jan 2026." in said
    assert "On a day off: the next working day (Monday to Friday)." in said
    for day in ("Mon 2 Feb", "Thu 30 Apr", "Fri 31 Jul"):  # the last of January is a Saturday
        assert day in said, day
    assert "1 unit is in its scope today." in said
    half = post(client, "reading", status=200, **typed(customer, nth="2", weekday=""))
    assert "Every 3 months" not in half
    nth = post(client, "reading", status=200, **typed(customer, nth="2", weekday="0", every="1"))
    assert "Every month on the second Monday, from 31 Jan 2026." in nth
    meter = post(
        client,
        "reading",
        status=200,
        **typed(customer, rule="meter", meter_name="Runtime", meter_step="2 000"),
    )
    assert "Every 2,000 of the meter “Runtime”." in meter


def test_a_new_plan_begins_with_what_the_address_names(client, boss):
    contract = make_contract()
    asset = make_asset(contract.customer)

    assert f"{contract} #{contract.pk}" in page(client, "new", contract=contract.number).replace(
        "&quot;", '"'
    )
    shown = page(client, "new", asset=asset.pk)
    assert f"{asset} #{asset.pk}" in shown
    assert f"{asset.customer} #{asset.customer.pk}" in shown
    page(client, "new", asset="nonsense", contract="x", customer="99999999999999999999")


@pytest.mark.req("S0.24", "S0.32")
@pytest.mark.parametrize("count", [3, 30])
def test_a_year_is_foreseen_with_a_fixed_number_of_statements(
    client, boss, set_clock, count, django_assert_max_num_queries
):
    set_clock("2026-01-10 09:00")
    customer = make_customer()
    sites = [make_site(customer) for _n in range(3)]
    for number in range(count):
        make_asset(customer, site=sites[number % 3])
    plan = make_plan(customer, state=Plan.State.DRAFT, standard_minutes=60)
    page(client, "preview", plan.number)

    with django_assert_max_num_queries(18):
        shown = page(client, "preview", plan.number)

    assert "Moved: a day off" in shown  # 31 January 2026 is a Saturday
    assert f'<div class="v num">{count}</div>' in shown
    assert f'<div class="v num">{count * 4}</div>' in shown  # 31 Jan, 30 Apr, 31 Jul, 31 Oct
    assert "at 3 sites" in shown


def test_a_draft_is_activated_and_a_running_plan_rests_and_ends_with_a_reason(client, boss):
    customer = make_customer()
    make_asset(customer)
    plan = make_plan(customer, state=Plan.State.DRAFT)

    post(client, "plan_act", plan.number, "activate")
    plan.refresh_from_db()
    assert plan.state == Plan.State.ACTIVE
    assert "id_because_error" in post(client, "plan_act", plan.number, "pause", status=422, because="")
    post(client, "plan_act", plan.number, "pause", because="The school is rebuilt")
    assert "The school is rebuilt" in page(client, "plan", plan.number)
    post(client, "plan_act", plan.number, "resume")
    post(client, "plan_act", plan.number, "end", because="Sold")
    plan.refresh_from_db()
    assert (plan.state, plan.state_because) == (Plan.State.ENDED, "Sold")
    post(client, "plan_act", plan.number, "activate", status=422)
    page(client, "plan_act", plan.number, "explode", status=404)


def test_a_plan_that_cannot_be_activated_says_why(client, boss):
    plan = make_plan(state=Plan.State.DRAFT)

    assert "No unit in service" in post(client, "plan_act", plan.number, "activate", status=422)


def test_only_those_who_plan_write_plans(client):
    plan = make_plan()
    for role, may in ((Role.DISPATCHER, True), (Role.ENGINEER, False), (Role.STOREKEEPER, False)):
        client.force_login(make_user(role), backend="allauth.account.auth_backends.AuthenticationBackend")
        page(client, "edit", plan.number, status=200 if may else 403)


def test_who_sees_only_some_customers_writes_no_plan_for_all(client):
    client.force_login(
        make_user(Role.ACCOUNT_MANAGER), backend="allauth.account.auth_backends.AuthenticationBackend"
    )

    assert "id_customer_error" in post(client, "new", status=422, **typed(None))


def test_a_change_of_somebody_else_is_not_overwritten(client, boss):
    plan = make_plan()
    Plan.objects.filter(pk=plan.pk).update(version=4)

    shown = post(client, "edit", plan.number, status=422, **typed(plan.customer, seen="3"))

    assert "Somebody changed this plan meanwhile" in shown


@pytest.mark.req("S0.24")
@pytest.mark.parametrize("count", [1, 4])
def test_the_list_costs_the_same_however_long(client, boss, count, django_assert_num_queries):
    for _number in range(count):
        make_occurrence(make_plan(owner=boss, contract=make_contract()))
    page(client, "plans")

    with django_assert_num_queries(8):
        shown = page(client, "plans")
    assert "Every quarter from 31 Jan 2026." in shown
    assert "30 Apr" in shown


def test_the_list_filters_by_state_customer_contract_and_words(client, boss):
    contract = make_contract()
    plan = make_plan(contract.customer, title="Compressors", contract=contract)
    make_plan(title="Old servers", state=Plan.State.ENDED, state_because="Sold")

    def titles(**query):
        shown = page(client, "plans", **query)
        return {one for one in ("Compressors", "Old servers") if one in shown}

    assert titles() == {"Compressors"}
    assert titles(state="") == {"Compressors", "Old servers"}
    assert titles(state="ended") == {"Old servers"}
    assert titles(state="", customer=f"#{plan.customer_id}") == {"Compressors"}
    assert titles(state="", contract=contract.number) == {"Compressors"}
    exported = client.get(reverse("maintenance:plans"), {"export": "csv"}).getvalue().decode()
    assert "Compressors" in exported


@pytest.mark.req("S0.24")
@pytest.mark.parametrize("count", [1, 5])
def test_the_plan_shows_who_is_in_it_with_their_next_day(client, boss, count, django_assert_num_queries):
    plan = make_plan()
    for _number in range(count):
        make_occurrence(plan, asset=make_asset(plan.customer))
    page(client, "plan", plan.number)

    with django_assert_num_queries(12):
        shown = page(client, "plan", plan.number)

    assert "Its rounds" in shown
    for one in Enrolment.objects.all():
        assert one.asset.serial in shown
    part = page(client, "plan", plan.number, headers={"HX-Request": "true", "HX-Target": "enrolments"})
    assert "Who is in it" in part
    assert "Its rounds" not in part


def scoped(customer=None, *scopes, **fields):
    plan = make_plan(customer, **fields)
    Plan.objects.filter(pk=plan.pk).update(customer=customer)
    for scope in scopes:
        PlanScope.objects.create(plan=plan, **scope)
    return Plan.objects.get(pk=plan.pk)


@pytest.mark.req("S0.24")
def test_a_plan_says_whom_it_serves_on_its_page_and_in_the_list(client, boss):
    school, clinic = make_customer(name="School 12"), make_customer(name="Kidney Centre")
    unit = make_asset(school, site=make_site(school, name="Annex"), serial="A-1")
    here = {"site": make_site(clinic, name="Main building")}
    plans = {
        scoped(None, here): ("Kidney Centre", "Main building"),
        scoped(None, {"asset": unit}): ("School 12", str(unit)),
        scoped(None, here, {"asset": unit}): (None, "2 customers"),
        scoped(None, {"model": unit.model}): (None, f"every customer: {unit.model}"),
        scoped(None): (None, "every customer"),
        scoped(clinic, here): ("Kidney Centre", "Main building"),
        scoped(clinic): ("Kidney Centre", ""),
        scoped(None, here, {"category": unit.model.category}): (None, "every customer"),
    }
    listed = page(client, "plans")
    for plan, (customer, text) in plans.items():
        found = whom(plan)
        assert (found.customer.name if found.customer else None, found.text) == (customer, text)
        said = f"{customer}</a> · {text}" if customer and text else f"{customer}</a>" if customer else text
        assert said in page(client, "plan", plan.number).partition('id="reading"')[0]
        assert said in listed
