"""A contract goes on: by hand, by itself, or not at all (S0.12, S0.66)."""

from datetime import date
from decimal import Decimal

import pytest

from servicebook.agenda import audit
from servicebook.agenda.models import Obligation
from servicebook.agenda.worker import run_due
from servicebook.contracts import actions as contracts
from servicebook.contracts import renewals
from servicebook.contracts.actions import MoveRefused, NotValid
from servicebook.contracts.actions.prices import PriceRefused, announce_price
from servicebook.contracts.actions.refusals import RenewalRefused, Why, mark_at_risk, refuse, take_back_doubt
from servicebook.contracts.actions.renewals import renew
from servicebook.contracts.document import Document, Included, Scope, Target, Terms
from servicebook.contracts.models import Balance, Contract, ContractSpell, PriceChange, RefusalReason
from servicebook.contracts.rules.renewal import Outlook
from servicebook.customers.models import Promise
from servicebook.journal.models import Entry
from servicebook.testing import make_asset, make_customer, make_region, make_user, make_why, sign_contract

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _autumn(set_clock):
    set_clock("2026-10-14 09:00")


@pytest.fixture
def too_dear(db):
    return RefusalReason.objects.get_or_create(name="Too dear")[0]


@pytest.fixture
def why(too_dear):
    return Why(too_dear, "customer", date(2026, 10, 12), "We found a cheaper one")


def armed(contract: Contract) -> set[tuple[str, str]]:
    rows = Obligation.objects.filter(
        subject_id=contract.pk, kind__regex=r"^(contracts|reminders)\.", state="armed"
    )
    rows = rows.exclude(kind="contracts.terms_begin")
    return {(row.kind.partition(".")[2], row.stage) for row in rows if row.subject == contract}


def use(contract: Contract, service: str, amount: int) -> None:
    contracts.balances.use(
        contract.pk,
        service,
        Decimal(amount),
        version_id=contract.versions.get().pk,
        on=date(2026, 12, 15),
        key=f"{service}-1",
        about=contract.customer,
        by=None,
    )


@pytest.mark.req("S0.12")
def test_a_renewal_drafts_the_next_term_with_the_same_terms(manager):
    customer = make_customer()
    unit = make_asset(customer)
    terms = Terms(
        included=[Included(code="visit", service="visit", limit=12, period="year")],
        targets=[Target(measure="response", minutes=60, priority=1)],
        scopes=[Scope(asset=unit.pk)],
        we_do="Everything",
    )
    contract = sign_contract(customer, terms=terms, price=Decimal(4_800_000), external_ref="OLD-7")

    offer = renew(contract.pk, by=manager)

    assert (offer.state, offer.predecessor) == ("draft", contract)
    assert (offer.starts_on, offer.ends_on) == (date(2027, 1, 1), date(2027, 12, 31))
    assert (offer.price, offer.title, offer.owner) == (contract.price, contract.title, contract.owner)
    assert (offer.external_ref, contract.external_ref) == ("", "OLD-7")
    assert Terms.of(offer.versions.get()) == Terms.of(contract.versions.get())
    assert offer.versions.get().valid_from == date(2027, 1, 1)
    contract = Contract.objects.get(pk=contract.pk)
    assert contract.state == "active"
    assert renewals.outlook(contract) is Outlook.OFFERED
    assert Entry.objects.get(verb="contract.offer_drafted").facts["following"] == offer.number


@pytest.mark.req("S0.12")
def test_the_terms_of_the_last_day_go_on_and_not_those_of_the_first(manager, set_clock):
    contract = sign_contract(terms=Terms(we_do="Little"))
    more = Terms(we_do="Much")
    contracts.amend(contract.pk, more, valid_from=date(2026, 12, 1), what_changed="More", by=manager)

    offer = renew(contract.pk, by=manager)

    assert [version.we_do for version in offer.versions.all()] == ["Much"]


def test_an_expired_pack_does_not_go_on(manager):
    def pack(code: str, day: date) -> Included:
        return Included(code=code, service="labour", limit=600, period="pack", expires_on=day)

    terms = Terms(included=[pack("old", date(2026, 12, 31)), pack("new", date(2027, 3, 31))])
    contract = sign_contract(terms=terms)

    offer = renew(contract.pk, by=manager)

    assert [line.code for line in offer.versions.get().included.all()] == ["new"]


@pytest.mark.req("S0.12")
def test_a_renewed_contract_covers_to_its_last_day_and_the_next_one_from_then(manager, set_clock):
    contract = sign_contract()
    following = renew(contract.pk, by=manager, in_force=True)

    assert {one.state for one in Contract.objects.all()} == {"active"}
    terms = [(one.starts_on, one.ends_on) for one in Contract.objects.order_by("starts_on")]
    assert terms[1][0].toordinal() - terms[0][1].toordinal() == 1  # each day is of exactly one

    set_clock("2026-12-31 23:59")
    run_due()
    assert Contract.objects.get(pk=contract.pk).state == "active"
    set_clock("2027-01-01 00:00")
    run_due()
    contract = Contract.objects.get(pk=contract.pk)
    assert (contract.state, Contract.objects.get(pk=following.pk).state) == ("renewed", "active")
    assert [spell.state for spell in ContractSpell.objects.filter(contract=contract)] == [
        "draft",
        "active",
        "renewed",
    ]
    assert list(audit.everything()) == []


@pytest.mark.req("S0.12")
def test_the_last_day_ends_where_the_customer_is(manager, set_clock):
    far_east = make_customer(region=make_region(time_zone="Pacific/Kiritimati"))
    contract = sign_contract(far_east)
    following = renew(contract.pk, by=manager, in_force=True)

    set_clock("2026-12-31 14:59")  # a minute to midnight there
    run_due()
    assert Contract.objects.get(pk=contract.pk).state == "active"
    set_clock("2026-12-31 15:00")
    run_due()
    assert Contract.objects.get(pk=contract.pk).state == "renewed"
    assert Contract.objects.get(pk=following.pk).state == "active"


@pytest.mark.req("S0.12")
def test_a_contract_that_renews_itself_does_so_when_nobody_can_refuse_any_more(set_clock):
    contract = sign_contract(renews_itself=True, notice_days=30, renewal_months=12, price=Decimal(100))

    set_clock("2026-12-01 23:59")  # the legal notice date goes on until midnight
    run_due()
    assert Contract.objects.count() == 1
    set_clock("2026-12-02 00:00")
    run_due()
    run_due()
    following = Contract.objects.exclude(pk=contract.pk).get()
    assert (following.state, following.starts_on, following.price) == ("active", date(2027, 1, 1), 100)
    assert following.ends_on == date(2027, 12, 31)
    assert armed(contract) == {("expire", "")}  # nobody announces the end of what goes on

    set_clock("2027-12-02 00:00")
    run_due()
    third = Contract.objects.get(predecessor=following)
    assert (third.starts_on, third.ends_on) == (date(2028, 1, 1), date(2028, 12, 31))
    assert Contract.objects.count() == 3
    assert list(audit.everything()) == []


@pytest.mark.req("S0.12", "S0.66")
def test_a_refused_contract_does_not_renew_itself(manager, why, set_clock):
    contract = sign_contract(renews_itself=True)
    refuse(contract.pk, why, by=manager)

    set_clock("2027-01-01 00:00")
    run_due()

    assert Contract.objects.get().state == "expired"
    assert not Promise.objects.exists()


@pytest.mark.req("S0.12")
def test_an_offer_that_lies_there_is_decided_by_the_owner_and_not_by_the_program(manager, set_clock):
    contract = sign_contract(renews_itself=True)
    offer = renew(contract.pk, by=manager)

    set_clock("2026-12-02 00:00")
    run_due()

    assert Contract.objects.get(pk=offer.pk).state == "draft"
    promise = Promise.objects.get(text__startswith="Activate or cancel")
    assert (promise.owner, promise.about) == (contract.owner, contract)


@pytest.mark.req("S0.12")
def test_what_cannot_renew_itself_is_the_owners_next_step(set_clock):
    customer = make_customer()
    unit = make_asset(customer)
    contract = sign_contract(customer, renews_itself=True, terms=Terms(scopes=[Scope(asset=unit.pk)]))
    unit.customer = make_customer()  # sold
    unit.save()

    set_clock("2026-12-02 00:00")
    run_due()

    assert Contract.objects.get() == contract
    assert Promise.objects.filter(text__startswith="Renew ").get().about == contract
    assert Entry.objects.filter(verb="contract.not_renewed_itself").count() == 1


def test_one_that_was_signed_late_follows_without_a_gap(manager, set_clock):
    contract = sign_contract()
    set_clock("2027-02-01 09:00")
    run_due()
    assert Contract.objects.get().state == "expired"

    following = renew(contract.pk, by=manager, in_force=True)
    run_due()

    assert following.starts_on == date(2027, 1, 1)
    assert Contract.objects.get(pk=contract.pk).state == "renewed"
    assert list(audit.everything()) == []


@pytest.mark.req("S0.12", "S0.17")
@pytest.mark.parametrize(("new_limit", "left"), [(600, 420), (900, 1320)])
def test_what_is_left_of_a_pack_goes_on_and_is_not_granted_twice(manager, set_clock, new_limit, left):
    pack = Included(code="pack", service="labour", limit=600, period="pack", expires_on=date(2027, 6, 30))
    visits = Included(code="visit", service="visit", limit=12, period="month", rollover=True)
    contract = sign_contract(terms=Terms(included=[pack, visits]))
    run_due()
    use(contract, "labour", 180)
    use(contract, "visit", 2)
    following = renew(contract.pk, by=manager)
    document = Document.of(following, following.versions.get())
    terms = Terms(included=[pack.model_copy(update={"limit": new_limit}), visits])
    contracts.save_draft(document.model_copy(update={"terms": terms}), by=manager, contract=following)
    contracts.activate(following.pk, by=manager)

    set_clock("2027-01-01 00:00")
    run_due()
    run_due()

    balances = {(one.contract_id, one.code): one for one in Balance.objects.order_by("starts_on")}
    assert balances[following.pk, "pack"].left == left
    assert balances[contract.pk, "pack"].left == 0
    assert balances[following.pk, "visit"].left > 12  # the rest of December on top
    assert list(audit.everything()) == []


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_what_does_not_run_is_not_renewed(manager, state):
    contract = sign_contract(draft=True)
    if state == "cancelled":
        contracts.cancel(contract.pk, because="A mistake", by=manager)

    with pytest.raises(MoveRefused, match="does not run"):
        renew(contract.pk, by=manager)


def test_a_second_renewal_is_refused_until_the_first_is_cancelled(manager):
    contract = sign_contract()
    offer = renew(contract.pk, by=manager)

    with pytest.raises(RenewalRefused, match=offer.number) as refused:
        renew(contract.pk, by=manager)
    assert refused.value.code == "renewed_already"

    contracts.cancel(offer.pk, because="They want another", by=manager)
    second = renew(contract.pk, by=manager, months=24)
    assert (second.predecessor, second.ends_on) == (contract, date(2028, 12, 31))


def test_a_contract_that_is_cancelled_ahead_is_not_renewed(manager):
    contract = sign_contract(renews_itself=True)
    contracts.cancel(contract.pk, because="They move", why=make_why(), on=date(2026, 11, 30), by=manager)

    assert armed(contract) == {("expire", "")}
    with pytest.raises(RenewalRefused, match="cancelled after 30 Nov 2026"):
        renew(contract.pk, by=manager)


def test_an_owner_who_left_gives_the_offer_to_the_account_manager(manager):
    account_manager = make_user("account_manager")
    contract = sign_contract(make_customer(owner=account_manager))
    contract.owner.is_active = False
    contract.owner.save()

    assert renew(contract.pk, by=manager).owner == account_manager


# Refusals (S0.66)


@pytest.mark.req("S0.66")
@pytest.mark.parametrize("say", [refuse, mark_at_risk])
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": None}, "reason"),
        ({"initiator": ""}, "initiator"),
        ({"initiator": "the moon"}, "initiator"),
        ({"known_on": None}, "known_on"),
        ({"known_on": date(2026, 10, 15)}, "known_on"),
        ({"note": "x" * 251}, "note"),
    ],
)
def test_a_refusal_says_why_who_and_since_when(manager, too_dear, say, changed, field):
    contract = sign_contract()
    given = {"reason": too_dear, "initiator": "customer", "known_on": date(2026, 10, 14), **changed}

    with pytest.raises(NotValid) as refused:
        say(contract.pk, Why(**given), by=manager)

    assert list(refused.value.fields) == [field]


@pytest.mark.req("S0.66")
def test_a_refusal_ends_the_reminders_and_taking_it_back_brings_them_again(manager, why):
    contract = sign_contract()
    before = armed(contract)
    assert ("renewal", "before-30") in before

    refused = refuse(contract.pk, why, by=manager)
    assert armed(contract) == {("expire", "")}
    assert renewals.outlook(refused) is Outlook.REFUSED
    facts = Entry.objects.get(verb="contract.renewal_refused").facts
    assert (facts["reason"], facts["known_on"]) == ("Too dear", "2026-10-12")

    with pytest.raises(RenewalRefused, match="was refused"):
        renew(contract.pk, by=manager)

    take_back_doubt(contract.pk, by=manager)
    assert armed(contract) == before
    contract = Contract.objects.get()
    assert (contract.refused, contract.refusal_reason, contract.refusal_note) == (False, None, "")


@pytest.mark.req("S0.66")
def test_a_risk_is_shown_and_reminders_go_on(manager, why):
    contract = sign_contract()
    before = armed(contract)

    found = mark_at_risk(contract.pk, why, by=manager)

    assert renewals.outlook(found) is Outlook.AT_RISK
    assert (found.refusal_reason, found.refusal_initiator) == (why.reason, "customer")
    assert armed(contract) == before
    assert renewals.outlook(refuse(contract.pk, why, by=manager)) is Outlook.REFUSED


@pytest.mark.req("S0.66")
def test_what_is_followed_already_is_not_refused(manager, why):
    contract = sign_contract()
    following = renew(contract.pk, by=manager, in_force=True)

    with pytest.raises(RenewalRefused, match=following.number):
        refuse(contract.pk, why, by=manager)


@pytest.mark.req("S0.66")
def test_of_what_expired_without_a_word_the_owner_says_why(manager, why, set_clock):
    contract = sign_contract()
    set_clock("2027-01-01 09:00")
    run_due()
    assert Promise.objects.filter(text__contains="say why it was not renewed").get().about == contract

    refuse(contract.pk, why, by=manager)
    assert renewals.outlook(Contract.objects.get()) is Outlook.REFUSED


# The price of a renewal (S0.13)


@pytest.mark.req("S0.13")
def test_a_dearer_renewal_is_refused_within_a_year_of_a_rise(manager):
    contract = sign_contract(price=Decimal(100))
    PriceChange.objects.create(
        contract=contract,
        applies_on=date(2026, 3, 1),
        year=2026,
        before=90,
        after=100,
        percent=11,
        announced_at=contract.made_at,
        applied_at=contract.made_at,
    )

    with pytest.raises(PriceRefused, match="1 Mar 2027") as refused:
        renew(contract.pk, by=manager, price=Decimal(108))
    assert refused.value.code == "rise_twice_in_a_year"

    assert renew(contract.pk, by=manager, price=Decimal(95)).price == 95


@pytest.mark.req("S0.13")
def test_a_renewal_takes_the_price_that_was_announced_for_its_first_day(manager, set_clock):
    contract = sign_contract(price=Decimal(1000), index_percent=8, renews_itself=True)
    change = announce_price(contract.pk, applies_on=date(2027, 1, 1), by=manager)

    set_clock("2027-01-01 00:00")
    run_due()

    following = Contract.objects.get(predecessor=contract)
    assert (following.price, Contract.objects.get(pk=contract.pk).price) == (1080, 1000)
    change.refresh_from_db()
    assert change.applied_at is not None
    history = renewals.price_history(following)
    assert [(line["day"], line["price"], line["percent"]) for line in history] == [
        (date(2026, 1, 1), 1000, None),
        (date(2027, 1, 1), 1080, 8),
    ]


@pytest.mark.req("S0.34", "S0.66")
@pytest.mark.parametrize("decide", ["renew", "refuse", "cancel"])
def test_what_the_program_asked_for_is_dropped_once_it_is_decided(manager, set_clock, decide):
    contract = sign_contract()
    set_clock("2026-11-02 09:00")
    run_due()
    asked = Promise.objects.open().filter(about_id=contract.pk)
    assert [one.made_by for one in asked] == [None]

    if decide == "renew":
        renew(contract.pk, by=manager, in_force=True)
    elif decide == "refuse":
        refuse(contract.pk, make_why(), by=manager)
    else:
        contracts.cancel(contract.pk, because="Moves away", why=make_why(), by=manager)

    assert not asked.all().exists()
    assert list(audit.everything()) == []


@pytest.mark.req("S0.12")
@pytest.mark.parametrize("starts_on", [date(2026, 12, 31), date(2027, 1, 2)])
def test_an_offer_neither_overlaps_the_contract_before_it_nor_leaves_a_gap(manager, starts_on):
    contract = sign_contract()
    offer = renew(contract.pk, by=manager)
    document = Document.of(offer, offer.versions.get())

    moved = document.model_copy(update={"starts_on": starts_on})
    with pytest.raises(NotValid) as refused:
        contracts.save_draft(moved, by=manager, contract=offer)

    assert refused.value.fields["starts_on"] == (
        f"It follows {contract.number}, which ends on 31 Dec 2026: it begins on the day after."
    )
    contracts.save_draft(document.model_copy(update={"title": "Longer"}), by=manager, contract=offer)
