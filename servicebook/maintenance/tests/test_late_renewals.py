"""A contract is renewed after its end: the plans under it go on from the new term (S0.24)."""

from datetime import date
from typing import Any

import pytest

from servicebook.accounts.models import User
from servicebook.agenda.audit import everything
from servicebook.agenda.worker import run_due
from servicebook.contracts import actions as contracts
from servicebook.contracts.models import Contract
from servicebook.equipment import actions as equipment
from servicebook.equipment.models import Asset
from servicebook.journal.models import Entry
from servicebook.maintenance.actions import plans
from servicebook.maintenance.models import Enrolment, Occurrence, Plan
from servicebook.maintenance.tests.conftest import started
from servicebook.testing import (
    close_ticket,
    make_asset,
    make_customer,
    make_why,
    sign_contract,
)
from servicebook.tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("S0.24")]


@pytest.fixture
def asset() -> Asset:
    return make_asset(make_customer())


@pytest.fixture
def contract(manager: User, asset: Asset) -> Contract:
    return sign_contract(asset.customer, ends_on=date(2026, 6, 30))


def start(contract: Contract, manager: User, **fields: Any) -> Plan:
    given = {"anchor_on": date(2026, 1, 15), **fields}
    return started(manager, customer=contract.customer, contract=contract, **given)


def play(set_clock: Any, *moments: str) -> None:
    for moment in moments:
        set_clock(moment)
        run_due()


def standing(plan: Plan) -> list[tuple[str, str]]:
    """The day of the rule, and the day on which it is due, of what stands."""
    rows = Occurrence.objects.standing().filter(plan=plan).order_by("due_on", "pk")
    return [(row.nominal_on.isoformat(), row.due_on.isoformat()) for row in rows]


def left_out(plan: Plan) -> list[str]:
    rows = Occurrence.objects.filter(plan=plan, skipped_at__isnull=False).order_by("nominal_on")
    return [row.nominal_on.isoformat() for row in rows]


def balanced() -> None:
    assert list(everything()) == []


def test_a_plan_goes_on_when_its_contract_is_renewed_after_all(manager, asset, contract, set_clock):
    plan = start(contract, manager)
    play(set_clock, "2026-04-02 09:00", "2026-07-02 09:00")
    plan.refresh_from_db()
    assert (plan.state, plan.goes_on_as) == ("ended", "active")
    balanced()

    set_clock("2026-07-10 09:00")
    following = contracts.renew(contract.pk, by=manager, in_force=True)
    run_due()
    plan.refresh_from_db()
    assert (plan.state, plan.goes_on_as, plan.contract) == ("active", "", following)
    assert plan.owed_since is None
    assert [day for day, _due in standing(plan)][:4] == [
        "2026-01-15", "2026-04-15", "2026-07-15", "2026-10-15"
    ]  # fmt: skip
    assert Enrolment.objects.get(plan=plan).ended_at is None
    said = [one.sentence for one in Entry.objects.filter(verb="plan.revived")]
    assert said == [f"Goes on again under {following.number}: {contract.number} was renewed after all"]
    balanced()


def test_what_came_due_between_the_terms_is_made_up_for_soon_and_once(manager, asset, contract, set_clock):
    plan = start(contract, manager)
    play(set_clock, "2026-04-02 09:00", "2026-07-02 09:00")
    set_clock("2026-08-20 09:00")
    contracts.renew(contract.pk, by=manager, in_force=True)
    run_due()
    run_due()
    assert standing(plan)[2:4] == [("2026-07-15", "2026-09-03"), ("2026-10-15", "2026-10-15")]
    made = Ticket.objects.latest("pk")
    assert Occurrence.objects.get(ticket=made).nominal_on == date(2026, 7, 15)
    assert left_out(plan) == []
    balanced()


def test_the_next_visit_stands_for_what_came_due_shortly_before_it(manager, asset, contract, set_clock):
    plan = start(contract, manager, every=1)
    play(set_clock, "2026-06-02 09:00", "2026-07-02 09:00")
    set_clock("2026-09-10 09:00")
    contracts.renew(contract.pk, by=manager, in_force=True)
    run_due()
    assert left_out(plan) == ["2026-07-15", "2026-08-15"]
    assert standing(plan)[6:8] == [("2026-09-15", "2026-09-15"), ("2026-10-15", "2026-10-15")]
    balanced()


def test_a_moving_rule_owes_its_next_visit(manager, asset, contract, set_clock):
    plan = start(contract, manager, counts_from="done")
    play(set_clock, "2026-01-14 09:00")
    close_ticket(Ticket.objects.get(), by=manager)
    play(set_clock, "2026-04-02 09:00", "2026-04-14 09:00")
    close_ticket(Ticket.objects.latest("pk"), by=manager)
    play(set_clock, "2026-04-15 09:00", "2026-07-02 09:00")
    set_clock("2026-08-20 09:00")
    contracts.renew(contract.pk, by=manager, in_force=True)
    run_due()
    assert standing(plan)[2:] == [("2026-07-14", "2026-09-03")]
    balanced()


def test_an_offer_that_is_no_contract_yet_lets_nothing_go_on(manager, asset, contract, set_clock):
    plan = start(contract, manager)
    play(set_clock, "2026-07-02 09:00")
    offer = contracts.renew(contract.pk, by=manager)
    play(set_clock, "2026-07-10 09:00")
    plan.refresh_from_db()
    assert plan.state == "ended"

    contracts.activate(offer.pk, by=manager)
    run_due()
    plan.refresh_from_db()
    assert (plan.state, plan.contract) == ("active", offer)
    balanced()


def test_a_paused_plan_goes_on_paused_with_its_reason(manager, asset, contract, set_clock):
    plan = start(contract, manager)
    plans.pause(plan.pk, because="The school is renovated", by=manager)
    play(set_clock, "2026-07-02 09:00")
    set_clock("2026-08-20 09:00")
    contracts.renew(contract.pk, by=manager, in_force=True)
    run_due()
    plan.refresh_from_db()
    assert (plan.state, plan.state_because) == ("paused", "The school is renovated")
    plans.resume(plan.pk, by=manager)
    run_due()
    assert standing(plan)[-1][0] >= "2026-10-15"
    balanced()


def test_a_plan_that_a_person_ended_stays_ended(manager, asset, contract, set_clock):
    before = start(contract, manager)
    plans.end(before.pk, because="The pumps are sold", by=manager)
    after = start(contract, manager)
    play(set_clock, "2026-07-02 09:00")
    plans.end(after.pk, because="Nobody needs it", by=manager)  # for good, though it would have gone on
    contracts.renew(contract.pk, by=manager, in_force=True)
    play(set_clock, "2026-07-03 09:00")
    assert set(Plan.objects.values_list("state", flat=True)) == {"ended"}
    with pytest.raises(plans.PlanMoveRefused):
        plans.end(after.pk, because="Once more", by=manager)
    balanced()


def test_a_plan_waits_for_nothing_when_its_contract_was_cancelled(manager, asset, contract, set_clock):
    plan = start(contract, manager)
    contracts.cancel(contract.pk, because="They moved", why=make_why(), by=manager)
    play(set_clock, "2026-02-02 09:00")
    plan.refresh_from_db()
    assert (plan.state, plan.goes_on_as) == ("ended", "")
    balanced()


def test_a_unit_that_left_before_the_end_stays_away(manager, asset, contract, set_clock):
    other = make_asset(asset.customer)
    plan = start(contract, manager)
    equipment.change_state(other.pk, state=Asset.State.RETIRED, by=manager)
    play(set_clock, "2026-07-02 09:00")
    set_clock("2026-08-20 09:00")
    contracts.renew(contract.pk, by=manager, in_force=True)
    run_due()
    assert {one.asset for one in Enrolment.objects.filter(plan=plan, ended_at=None)} == {asset}
    balanced()
