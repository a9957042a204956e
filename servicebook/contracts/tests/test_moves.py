"""A contract comes into force, rests, goes on, changes from a day on, and ends (S2.4)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from servicebook.agenda.worker import run_due
from servicebook.contracts import actions
from servicebook.contracts.document import Document, Terms
from servicebook.contracts.models import Contract, ContractSpell
from servicebook.core import clock
from servicebook.core.errors import Changed
from servicebook.customers.models import Region
from servicebook.journal.models import Entry
from servicebook.testing import make_customer, make_user, make_why

pytestmark = [pytest.mark.django_db, pytest.mark.req("S2.4")]
VISITS = {"included": [{"service": "visit", "limit": 12, "period": "year"}]}


@pytest.fixture(autouse=True)
def _spring(set_clock):
    set_clock("2026-03-02 10:00")


def spells(contract):
    return [one.state for one in ContractSpell.objects.filter(contract=contract)]


def test_the_life_of_a_contract_is_kept_spell_by_spell(draft, manager, set_clock):
    contract = draft()
    actions.activate(contract.pk, by=manager)
    set_clock("2026-04-01 10:00")
    actions.hold(contract.pk, because="  Not paid   since January ", by=manager)
    assert Contract.objects.get().state_because == "Not paid since January"
    set_clock("2026-04-20 10:00")
    actions.resume(contract.pk, by=manager)
    assert Contract.objects.get().state_because == ""
    set_clock("2026-06-01 10:00")
    actions.cancel(contract.pk, because="The school was closed", why=make_why(), by=manager)

    rows = list(ContractSpell.objects.filter(contract=contract))
    assert [one.state for one in rows] == ["draft", "active", "on_hold", "active", "cancelled"]
    assert [one.ended_at for one in rows] == [*(one.started_at for one in rows[1:]), None]
    contract = Contract.objects.get()
    assert (contract.state, contract.state_because) == ("cancelled", "The school was closed")
    verbs = [one.verb for one in Entry.objects.filter(verb__startswith="contract.").order_by("pk")]
    assert verbs == [
        "contract.drafted", "contract.activated", "contract.held", "contract.resumed", "contract.cancelled"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "action", "says"),
    [
        ("draft", "hold", "is a draft. Activate it first"),
        ("draft", "resume", "is a draft. Activate it first"),
        ("active", "activate", "already active"),
        ("active", "resume", "already active"),
        ("on_hold", "activate", "on hold. Resume it first"),
        ("on_hold", "hold", "on hold. Resume it first"),
        ("cancelled", "activate", "is cancelled. Make a new contract"),
        ("cancelled", "cancel", "is cancelled. Make a new contract"),
    ],
)
def test_an_unlawful_move_is_refused_with_what_would_work(draft, manager, state, action, says):
    contract = draft()
    held = {"because": "For the test", "by": manager}
    ended = {**held, "why": make_why()}
    way = {
        "active": [actions.activate],
        "on_hold": [actions.activate, actions.hold],
        "cancelled": [actions.cancel],
    }
    for step in way.get(state, []):
        given = {actions.activate: {"by": manager}, actions.hold: held, actions.cancel: ended}
        step(contract.pk, **given[step])
    before = spells(contract)

    with pytest.raises(actions.MoveRefused, match=says):
        getattr(actions, action)(contract.pk, **(held if action in ("hold", "cancel") else {"by": manager}))

    assert spells(contract) == before


def test_hold_and_cancellation_need_a_reason(running, manager):
    contract = running()

    for action in (actions.hold, actions.cancel):
        with pytest.raises(actions.NotValid) as refused:
            action(contract.pk, because=" ", by=manager)
        assert refused.value.fields.keys() == {"because"}


def test_what_has_ended_or_lost_its_equipment_does_not_come_into_force(draft, manager, set_clock):
    contract = draft(ends_on=date(2026, 3, 1))

    with pytest.raises(actions.NotValid) as refused:
        actions.activate(contract.pk, by=manager)

    assert "2026" in refused.value.fields["ends_on"]
    assert spells(contract) == ["draft"]


def test_whoever_moves_what_changed_meanwhile_is_told(draft, manager):
    contract = draft()
    draft(contract=contract, title="Second thoughts")

    with pytest.raises(Changed):
        actions.activate(contract.pk, by=manager, seen=contract.version)


@pytest.mark.parametrize(
    ("zone", "ends"),
    [
        ("Asia/Kathmandu", "2026-12-31 18:15"),  # +05:45
        ("Pacific/Kiritimati", "2026-12-31 10:00"),  # +14
        ("America/Adak", "2027-01-01 10:00"),  # -10
    ],
)
def test_it_ends_by_itself_after_its_last_day_where_the_customer_is(running, zone, ends):
    region = Region.objects.create(name="There", time_zone=zone)
    contract = running(customer=make_customer(region=region).pk)
    moment = datetime.fromisoformat(ends).replace(tzinfo=UTC)

    clock.set_to(moment - timedelta(seconds=1))
    run_due()
    assert Contract.objects.get().state == "active"
    clock.set_to(moment)
    run_due()

    assert Contract.objects.get().state == "expired"
    assert ContractSpell.objects.get(contract=contract, ended_at=None).started_at == moment


def test_a_cancellation_ahead_ends_it_on_its_day(running, manager, set_clock):
    contract = running()
    actions.cancel(contract.pk, because="Moves abroad", why=make_why(), on=date(2026, 5, 31), by=manager)
    assert Contract.objects.get().state == "active"
    set_clock("2026-05-31 23:59")
    run_due()
    assert Contract.objects.get().state == "active"

    set_clock("2026-06-01 00:00")
    run_due()

    assert Contract.objects.get().state == "cancelled"
    assert Contract.objects.get().state_because == "Moves abroad"


def test_a_cancellation_ahead_can_be_taken_back(running, manager, set_clock):
    contract = running()
    actions.cancel(contract.pk, because="Moves abroad", why=make_why(), on=date(2026, 5, 31), by=manager)
    actions.withdraw_cancellation(contract.pk, by=manager)

    set_clock("2026-06-01 00:00")
    run_due()

    assert Contract.objects.get().state == "active"


def test_a_cancellation_on_the_last_day_or_later_says_nothing_new(running, manager):
    contract = running()

    with pytest.raises(actions.NotValid) as refused:
        actions.cancel(contract.pk, because="Moves", why=make_why(), on=contract.ends_on, by=manager)

    assert refused.value.fields.keys() == {"on"}


def test_it_does_not_expire_before_its_time(running, set_clock):
    contract = running()

    with pytest.raises(actions.NotEndedYet):
        actions.expire(contract.pk, at=set_clock("2026-12-31 23:59"))


def test_one_with_a_successor_in_force_ends_as_renewed(running, set_clock):
    contract = running()
    following = running(starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    following.predecessor = contract
    following.save(update_fields=["predecessor"])

    set_clock("2027-01-01 00:00")
    run_due()

    assert Contract.objects.get(pk=contract.pk).state == "renewed"
    assert Contract.objects.get(pk=following.pk).state == "active"


# Amendments -------------------------------------------------------------------------------------


def amend(
    contract, manager, *, terms=VISITS, valid_from=date(2026, 4, 1), what_changed="Twelve visits", **how
):
    return actions.amend(
        contract.pk, Terms(**terms), valid_from=valid_from, what_changed=what_changed, by=manager, **how
    )


@pytest.mark.req("S3.1")
def test_an_amendment_is_a_new_version_and_the_old_one_stays(running, manager):
    contract = running()
    old = contract.versions.get()
    before = Document.of(contract, old).terms

    version = amend(contract, manager)

    assert (version.number, version.in_force, version.what_changed) == (2, True, "Twelve visits")
    old.refresh_from_db()
    assert Document.of(contract, old).terms == before
    assert [line.code for line in version.included.all()] == ["visit"]


@pytest.mark.parametrize(
    ("how", "field", "says"),
    [
        ({"valid_from": date(2026, 1, 1)}, "valid_from", "two never overlap"),
        ({"valid_from": date(2025, 12, 1)}, "valid_from", "two never overlap"),
        ({"valid_from": date(2026, 3, 2)}, "valid_from", "until today stays"),
        ({"valid_from": date(2027, 1, 1)}, "valid_from", "before that day"),
        ({"what_changed": " "}, "what_changed", "Say what changes"),
        ({"what_changed": "x" * 251}, "what_changed", "250"),
        ({"terms": {}}, "what_changed", "hold already"),
        ({"terms": {"warn_percent": 0}}, "warn_percent", "1 %"),
    ],
)
def test_an_amendment_never_rewrites_the_past(running, manager, how, field, says):
    contract = running()

    with pytest.raises(actions.NotValid) as refused:
        amend(contract, manager, **how)

    assert says in refused.value.fields[field]
    assert contract.versions.count() == 1


def test_a_line_keeps_its_kind_of_service(running, manager):
    contract = running(terms=VISITS)

    with pytest.raises(actions.NotValid) as refused:
        amend(contract, manager, terms={"included": [{"service": "remote", "code": "visit"}]})

    assert "in another way before" in refused.value.fields["included.0.code"]


def test_only_what_is_in_force_is_amended_and_a_draft_is_saved(draft, manager):
    contract = draft()
    with pytest.raises(actions.MoveRefused):
        amend(contract, manager)

    actions.activate(contract.pk, by=manager)

    with pytest.raises(actions.MoveRefused, match="Amend it"):
        draft(contract=contract, title="Late thoughts")


def test_what_is_not_terms_changes_in_any_state(running, manager):
    contract = running()
    other = make_user("account_manager")

    actions.change(contract.pk, by=manager, owner=other, review_on=date(2026, 9, 1))

    contract = Contract.objects.get()
    assert (contract.owner, contract.review_on) == (other, date(2026, 9, 1))
    with pytest.raises(actions.NotValid) as refused:
        actions.change(contract.pk, by=manager, title=" ")
    assert refused.value.fields.keys() == {"title"}
    with pytest.raises(ValueError, match="ends_on"):
        actions.change(contract.pk, by=manager, ends_on=date(2027, 1, 1))
