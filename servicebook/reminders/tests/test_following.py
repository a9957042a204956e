"""Very many contracts follow a changed rule: of those that are alike, one is asked."""

from collections.abc import Sequence
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from servicebook import agenda
from servicebook.agenda import Due, audit
from servicebook.agenda.models import Obligation
from servicebook.contracts.actions import refusals
from servicebook.contracts.actions.renewals import renew
from servicebook.contracts.models import Contract
from servicebook.contracts.models.choices import ContractType, State
from servicebook.core import clock, reference
from servicebook.customers.models import Customer
from servicebook.reminders import standard
from servicebook.reminders.actions import following
from servicebook.reminders.actions.following import follow
from servicebook.reminders.kinds import KINDS, Kind
from servicebook.reminders.models import Ladder, Stage, What
from servicebook.testing import make_customer, make_region, make_why, sign_contract
from servicebook.tickets.tests.test_races import one_inside_the_other

ALIKE = [kind for kind in KINDS.values() if kind.alike]


def rule() -> Ladder:
    return Ladder.objects.get(what=What.RENEWAL, contract=None)


def change(ladder: Ladder, days: int = 1) -> None:
    for stage in ladder.stages.all():
        Stage.objects.filter(pk=stage.pk).update(offset=stage.offset + days)
    Ladder.objects.filter(pk=ladder.pk).update(changed_at=clock.now())
    reference.changed()


def owed_one_by_one(kind: Kind[Any]) -> dict[int, list[Due]]:
    rows = list(kind.candidates())
    kind.gather(rows)
    return {one.pk: list(kind.owed(one, now=clock.now())) for one in rows}


def by_id(shares: list[tuple[list[int], Sequence[Due]]]) -> dict[int, list[Due]]:
    return {pk: list(dues) for ids, dues in shares for pk in ids}


@pytest.fixture
def contracts(db, manager) -> list[Contract]:
    """Contracts that differ in one thing each, two of each, and one with a rule of its own."""
    end, region = clock.now().date() + timedelta(days=200), make_region(time_zone="Asia/Tokyo")
    for _twice in range(2):
        sign_contract(ends_on=end)
        sign_contract(ends_on=end + timedelta(days=1))
        sign_contract(make_customer(region=region), ends_on=end)
        refusals.refuse(sign_contract(ends_on=end).pk, make_why(), by=manager)
        Contract.objects.filter(pk=sign_contract(ends_on=end).pk).update(state=State.EXPIRED)
        Contract.objects.filter(pk=sign_contract(ends_on=end).pk).update(
            cancelled_on=end, cancel_because="They close"
        )
        Contract.objects.filter(pk=sign_contract(ends_on=end).pk).update(type=ContractType.ONE_OFF)
        renew(sign_contract(ends_on=end).pk, by=manager, in_force=True)
    Contract.objects.filter(ends_on=end).update(review_on=end)
    own = Ladder.objects.create(
        what=What.RENEWAL, contract=sign_contract(ends_on=end), active=True, changed_at=clock.now()
    )
    Stage.objects.create(ladder=own, name="before-5", offset=5, step="Call")
    reference.changed()
    return list(Contract.objects.order_by("pk"))


@pytest.mark.req("S0.33", "S0.34")
@pytest.mark.parametrize("kind", ALIKE, ids=lambda kind: kind.what)
def test_those_that_are_alike_owe_the_same(contracts, kind):
    everybody = [one.pk for one in contracts]
    shares = kind.owed_together(kind.candidates(), of=everybody, now=clock.now())
    assert by_id(shares) == owed_one_by_one(kind)
    assert 1 < len(shares) < len(contracts) / 2
    assert kind.owed_together(kind.candidates(), of=[], now=clock.now()) == []


@pytest.mark.req("S0.34")
@pytest.mark.parametrize("kind", ALIKE, ids=lambda kind: kind.what)
def test_nothing_is_read_of_one_contract_at_a_time(contracts, kind, django_assert_max_num_queries):
    """What `matters` looks at besides `alike` would be read of each."""
    with django_assert_max_num_queries(7):  # what is alike, one of each, successors; reference data
        kind.owed_together(kind.candidates(), of=[one.pk for one in contracts], now=clock.now())


@pytest.mark.parametrize("left_out", [(kind, name) for kind in ALIKE for name in kind.alike])
def test_without_one_of_the_things_in_which_they_are_alike_it_is_wrong(contracts, left_out, monkeypatch):
    kind, name = left_out
    monkeypatch.setattr(type(kind), "alike", tuple(one for one in kind.alike if one != name))
    shares = kind.owed_together(kind.candidates(), of=[one.pk for one in contracts], now=clock.now())
    assert by_id(shares) != owed_one_by_one(kind)


@pytest.mark.req("S0.34")
def test_more_than_a_thousand_contracts_of_different_customers_are_armed(manager):
    """Of each of them the customer is read, in one statement for many."""
    end = clock.now().date() + timedelta(days=200)
    whose = Customer.objects.bulk_create(Customer(name=f"Customer {number}") for number in range(1_001))
    facts = {"owner": manager, "state": State.ACTIVE, "starts_on": clock.now().date(), "ends_on": end}
    rows = [Contract(number=f"X-{one.pk}", title="Many", customer_id=one.pk, **facts) for one in whose]
    agenda.refresh_many(Contract.objects.bulk_create(rows), new=True)
    armed = Obligation.objects.armed().filter(kind="reminders.renewal")
    assert armed.values("subject_id").distinct().count() == 1_001


@pytest.mark.req("S0.33", "S0.34")
def test_a_changed_rule_is_followed_part_by_part(contracts, monkeypatch):
    monkeypatch.setattr(following, "AT_A_TIME", 5)
    ladder = rule()
    change(ladder)
    parts = 1
    while follow(ladder.pk):
        parts += 1
    assert parts == -(-KINDS[What.RENEWAL].candidates().count() // 5)
    ladder.refresh_from_db()
    assert (ladder.followed, ladder.followed_up_to) == (ladder.changed_at, 0)
    assert [one for one in audit.everything() if one.kind == "reminders.renewal"] == []


def refused_while_the_rule_is_followed(manager) -> Contract:
    """Somebody refuses the renewal, and has not committed when the contract's turn comes."""
    standard.install(Ladder, Stage)
    reference.changed()
    contract = sign_contract(ends_on=clock.now().date() + timedelta(days=200))
    change(rule())
    read, go = Event(), Event()

    def refuse() -> None:
        with transaction.atomic():
            refusals.refuse(contract.pk, make_why(), by=manager)
            read.set()
            go.wait(timeout=2)  # it is waited for, so nobody says "go"

    one_inside_the_other(refuse, lambda: follow(rule().pk), read, go)
    assert Contract.objects.get(pk=contract.pk).refused
    return contract


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.req("S0.33")
@pytest.mark.trust("2.4")
@pytest.mark.django_db(transaction=True)
def test_what_is_changed_meanwhile_is_followed_as_it_is_then(real_rows, manager):
    contract = refused_while_the_rule_is_followed(manager)
    assert not Obligation.objects.armed().filter(kind="reminders.renewal", subject_id=contract.pk).exists()


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_refused_renewal_is_announced(real_rows, manager, monkeypatch):
    monkeypatch.setattr(following, "_locked", lambda rows: set(rows.values_list("pk", flat=True)))
    contract = refused_while_the_rule_is_followed(manager)
    assert Obligation.objects.armed().filter(kind="reminders.renewal", subject_id=contract.pk).exists()
