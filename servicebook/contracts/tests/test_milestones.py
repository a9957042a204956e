"""Dated events and the payment plan of a contract."""

from datetime import date

import pytest
from django.urls import reverse

from servicebook.contracts.actions import milestones as actions
from servicebook.contracts.models import ContractVersion, Milestone
from servicebook.customers.saving import NotSaved
from servicebook.testing import make_contract, make_user, sign_contract

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return make_user("manager")


def plan(contract, lead, **fields):
    values = {"text": "First instalment", "on": date(2026, 3, 1), "amount": 1000, **fields}
    return actions.save_milestone(Milestone(contract=contract, **values), by=lead)


@pytest.mark.req("S3.1")
def test_a_milestone_is_settled_once_and_opened_again(lead):
    one = plan(make_contract(), lead)

    settled = actions.settle_milestone(one.pk, by=lead)
    again = actions.settle_milestone(one.pk, by=make_user("manager"))
    assert settled.settled_by == again.settled_by == lead
    with pytest.raises(actions.MilestoneSettled):
        actions.remove_milestone(one.pk, by=lead)

    assert actions.reopen_milestone(one.pk, by=lead).settled_at is None
    actions.remove_milestone(one.pk, by=lead)
    assert not Milestone.objects.exists()


@pytest.mark.parametrize("wrong", [{"text": "  "}, {"amount": 0}, {"amount": -5}])
def test_what_makes_no_sense_is_refused(lead, wrong):
    with pytest.raises(NotSaved):
        plan(make_contract(), lead, **wrong)


@pytest.mark.req("S3.1")
def test_the_page_of_a_contract_has_its_events(client, lead):
    contract = make_contract()
    client.force_login(lead)
    address = reverse("contracts:new_milestone", args=[contract.number])
    assert client.post(address, {"text": "Mine", "on": "nonsense"}).status_code == 422
    assert (
        client.post(address, {"text": "Second instalment", "on": "2026-05-01", "amount": "1 500"}).status_code
        == 302
    )
    page = client.get(contract.get_absolute_url()).content.decode()
    assert "Second instalment" in page
    one = Milestone.objects.get()
    client.post(reverse("contracts:move_milestone", args=[contract.number, one.pk, "settle"]))
    one.refresh_from_db()
    assert one.settled_by == lead


@pytest.mark.req("S0.32")
def test_that_visits_are_not_combined_is_a_term_and_is_kept(lead):
    contract = sign_contract(terms={"own_trips": True})
    assert ContractVersion.objects.get(contract=contract).own_trips
