"""A plan under a sensitive contract: it goes on for everybody, and names the contract to few (S1.2)."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from servicebook.accounts.models import Role
from servicebook.contracts.models import ContractVersion
from servicebook.core.errors import Refused
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import plans, trips
from servicebook.maintenance.models import Plan
from servicebook.maintenance.tests.test_plan_pages import page, post, typed
from servicebook.maintenance.veiling import veiled
from servicebook.testing import (
    Program,
    make_asset,
    make_contract,
    make_customer,
    make_occurrence,
    make_plan,
    make_site,
    make_user,
    make_work_type,
)

pytestmark = [pytest.mark.django_db, pytest.mark.req("S1.2")]


@pytest.fixture
def contract(set_clock):
    set_clock("2026-04-10 09:00")
    return make_contract(title="Secret vault", sensitive=True, owner=make_user(Role.MANAGER))


@pytest.fixture
def plan(contract):
    return make_plan(contract.customer, contract=contract, title="Check")


@pytest.fixture
def dispatcher(contract, client):
    user = make_user(Role.DISPATCHER)
    client.force_login(user)
    return user


@pytest.fixture
def program(dispatcher):
    return Program(dispatcher)


def test_the_form_keeps_the_contract_that_it_does_not_name(client, dispatcher, plan, contract):
    form = page(client, "edit", plan.number)
    other = make_contract(contract.customer)

    post(client, "edit", plan.number, **typed(contract.customer, title="New title", contract=other.number))

    plan.refresh_from_db()
    assert (plan.title, plan.contract) == ("New title", contract)
    assert "contract that you may not see" in form
    assert 'name="contract"' not in form


def test_the_form_asks_who_may_see_the_contract(client, dispatcher, plan, contract):
    contract.sensitive = False
    contract.save()

    assert f"{contract} #{contract.pk}" in page(client, "edit", plan.number)
    post(client, "edit", plan.number, **typed(contract.customer))

    plan.refresh_from_db()
    assert plan.contract is None


def test_a_refused_customer_does_not_name_the_contract(client, dispatcher, plan, contract):
    said = post(client, "edit", plan.number, status=422, **typed(make_customer(name="Another")))

    assert "of its customer that you may not see" in said
    assert contract.number not in said


def test_a_plan_that_cannot_be_switched_on_does_not_name_its_contract(dispatcher, contract):
    type(contract).objects.filter(pk=contract.pk).update(state="draft")
    plan = make_plan(contract.customer, contract=contract, state=Plan.State.DRAFT)

    with pytest.raises(Refused) as refused:
        plans.activate(plan.pk, by=dispatcher)
    with pytest.raises(Refused, match=contract.number):
        plans.activate(plan.pk, by=contract.owner)

    assert contract.number not in f"{refused.value} {refused.value.fields}"


def test_a_trip_that_is_refused_does_not_name_the_contract(dispatcher, contract, plan):
    ContractVersion.objects.filter(contract=contract).update(own_trips=True)
    tasks = [
        make_occurrence(one, asset=make_asset(one.customer, site=make_site(one.customer, city="Aktobe")))
        for one in (plan, make_plan())
    ]
    ids = [one.pk for one in tasks]

    with pytest.raises(Refused, match="Its contract says") as refused:
        trips.make_trip(tasks[0].due_on, ids, title="Aktobe", by=dispatcher)
    with pytest.raises(Refused, match=contract.number):
        trips.make_trip(tasks[0].due_on, ids, title="Aktobe", by=contract.owner)

    assert contract.number not in f"{refused.value} {refused.value.fields}"


@pytest.mark.parametrize("given", [{}, {"contract": None}])
def test_a_program_that_may_not_see_the_contract_leaves_it(program, plan, contract, given):
    body = {"title": "New title", "customer": contract.customer_id, "work_type": make_work_type().pk}
    when = {"every": 1, "every_unit": "quarters", "anchor_on": "2026-01-31"}

    answer = program.call("PUT", f"/maintenance-plans/{plan.number}", {**body, **when, **given})

    plan.refresh_from_db()
    assert (answer.status_code, answer.json()["contract"]) == (200, None)
    assert (plan.title, plan.contract) == ("New title", contract)


def test_a_program_puts_no_other_contract_in_the_place_of_a_veiled_one(program, plan, contract):
    other = make_contract(contract.customer)
    body = {"title": "New", "work_type": make_work_type().pk, "contract": other.number}

    answer = program.call("PUT", f"/maintenance-plans/{plan.number}", body)

    assert answer.status_code == 422
    assert "contract" in answer.json()["fields"]
    assert Plan.objects.get(pk=plan.pk).contract == contract


def test_a_filter_does_not_tell_which_plans_stand_under_it(client, program, plan, contract):
    assert program.call("GET", f"/maintenance-plans?contract={contract.number}").json()["items"] == []
    for name in ("plans", "due", "every", "trips"):
        known, unknown = (
            page(client, name, contract=number).replace(number, "") for number in (contract.number, "C-1")
        )
        assert ("Nothing called" in known) == ("Nothing called" in unknown) is True

    boss = Program(make_user(Role.MANAGER))
    found = boss.call("GET", f"/maintenance-plans?contract={contract.number}").json()["items"]
    assert [(one["number"], one["contract"]) for one in found] == [(plan.number, contract.number)]


def test_the_history_names_a_contract_to_who_may_see_it(dispatcher, plan, contract):
    shown = make_contract(contract.customer, title="Open")
    plan.contract = shown
    plans.save_plan(plan, [], by=contract.owner)
    facts = [Entry.objects.get(verb="plan.changed").facts, {"before": shown.number, "after": contract.number}]

    assert veiled(facts, contract.owner) == facts
    changed, carried = veiled(facts, dispatcher)
    assert changed["changes"]["contract"] == ["that you may not see", str(shown)]
    assert carried == {"before": shown.number, "after": "that you may not see"}


def test_the_list_of_plans_takes_as_many_statements_however_many_contracts_are_veiled(
    client, dispatcher, plan
):
    counts = []
    for _more in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(client, "plans")
        counts.append(len(asked))
        for _n in range(3):
            one = make_contract(sensitive=True)
            make_plan(one.customer, contract=one, anchor_on=date(2026, 1, 31))

    assert counts[0] == counts[1]
