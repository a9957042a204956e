"""The decision as the database gives it: the right contract, version and state of the moment."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from servicebook.agenda.worker import run_due
from servicebook.contracts import actions
from servicebook.contracts.deciding import Question, decide
from servicebook.contracts.document import Terms
from servicebook.contracts.models import Balance, ContractVersion, ExtraService, IncludedService
from servicebook.contracts.rules.terms import Asked, Service, Verdict
from servicebook.contracts.terms import terms_of, typed
from servicebook.equipment.models import Warranty
from servicebook.sla.models import ServiceHours
from servicebook.testing import make_asset, make_contract, make_customer, make_site, sign_contract

VISITS = {"code": "visits", "service": "visit", "limit": 12}
A_VISIT = (Asked(Service.VISIT, Decimal(1)),)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ask(customer, when="2026-06-01 09:00", **facts):
    facts.setdefault("asked", A_VISIT)
    return decide(Question(customer, at(when), **facts)).decision


@pytest.mark.django_db
@pytest.mark.req("S0.23")
def test_a_request_is_decided_in_three_statements(kept, django_assert_num_queries):
    asset = make_asset()
    Warranty.objects.create(
        asset=asset, side="vendor", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)
    )
    hours = ServiceHours.objects.create(name="Office", week=[[[480, 1200]]] * 5 + [[], []])
    contracts = [make_contract(asset.customer, included=[VISITS], version={"hours": hours}) for _ in range(3)]
    kept(*contracts)
    question = Question(asset.customer, at("2026-06-01 09:00"), asset=asset, site=asset.site, asked=A_VISIT)
    decide(question)  # reference data is read once

    with django_assert_num_queries(3):
        answer = decide(question)

    assert answer.decision.verdict is Verdict.COVERED
    assert answer.facts.category == asset.model.category_id
    assert answer.decision.vendor_warranty
    assert answer.facts.open_hours == {hours.pk}


@pytest.mark.django_db
@pytest.mark.req("S2.4", "S0.23")
def test_an_old_ticket_keeps_the_verdict_of_its_day():
    contract = make_contract(included=[VISITS])
    later = ContractVersion.objects.create(
        contract=contract, number=2, valid_from=date(2026, 7, 1), in_force=True
    )
    IncludedService.objects.create(version=later, code="remote", service="remote")
    contract.spells.update(ended_at=at("2026-03-01 00:00"))
    contract.spells.create(
        state="on_hold", started_at=at("2026-03-01 00:00"), ended_at=at("2026-04-01 00:00")
    )
    contract.spells.create(state="active", started_at=at("2026-04-01 00:00"))

    verdicts = {
        when: ask(contract.customer, when).because.code
        for when in ("2026-02-01 09:00", "2026-03-01 09:00", "2026-06-30 09:00", "2026-07-01 09:00")
    }

    assert verdicts == {
        "2026-02-01 09:00": "line.left",
        "2026-03-01 09:00": "contract.on_hold",
        "2026-06-30 09:00": "line.left",
        "2026-07-01 09:00": "line.none",
    }


@pytest.mark.django_db
@pytest.mark.req("S0.15", "S0.23")
def test_a_branch_is_covered_by_the_contract_of_who_stands_above_it():
    top = make_customer()
    branch = make_customer(parent=make_customer(parent=top))
    contract = make_contract(top, included=[VISITS])
    make_contract(make_customer(parent=branch), included=[VISITS])  # of somebody below it

    decision = ask(branch)

    assert (decision.verdict, decision.contract) == (Verdict.COVERED, contract.pk)
    assert [step.clause for step in decision.steps if step.said.code == "contract.runs"] == [
        f"contract:{contract.pk}"
    ]


@pytest.mark.django_db
@pytest.mark.req("S0.17", "S0.23")
def test_what_is_left_is_that_of_the_day():
    contract = make_contract(included=[{**VISITS, "period": "month"}])
    june = {"contract": contract, "code": "visits", "service": "visit", "granted": 12}
    Balance.objects.create(**june, starts_on=date(2026, 6, 1), ends_on=date(2026, 6, 30), used=11, reserved=1)

    in_june, in_july = ask(contract.customer), ask(contract.customer, "2026-07-01 09:00")

    assert (in_june.because.code, in_july.because.code) == ("line.used_up", "line.left")
    assert {flip.said.code for flip in in_june.flips} == {"flip.more_left", "flip.next_period"}


@pytest.mark.django_db
@pytest.mark.req("S0.12", "S0.23", "S2.4")
@pytest.mark.parametrize(
    ("fields", "code", "flip"),
    [
        ({"ends_on": date(2026, 4, 1)}, "contract.ended", "flip.renewed"),
        ({"starts_on": date(2026, 8, 1)}, "nothing.covers", None),  # its state is known from its start
        ({"ends_on": date(2026, 2, 1)}, "nothing.covers", None),  # too long ago to be told of
        ({"state": "on_hold", "state_because": "unpaid"}, "contract.on_hold", "flip.not_held"),
        ({"state": "draft"}, "nothing.covers", None),
        (
            {"cancelled_on": date(2026, 5, 31), "cancel_because": "moved away"},
            "contract.ended",
            "flip.renewed",
        ),
    ],
)
def test_contracts_that_do_not_run_are_told_of_when_they_are_near(fields, code, flip):
    contract = make_contract(included=[VISITS], **fields)

    decision = ask(contract.customer)

    assert (decision.verdict, decision.because.code) == (Verdict.EXTRA, code)
    assert [one.said.code for one in decision.flips] == ([flip] if flip else [])


@pytest.mark.django_db
@pytest.mark.req("S0.21")
def test_the_rate_card_is_that_of_the_customers_currency():
    for currency, price in (("KZT", 25_000), ("EUR", 60)):
        ExtraService.objects.create(
            code=f"visit-{currency}", name="Visit", service="visit", price=price, currency=currency,
            is_standard=True,
        )  # fmt: skip

    prices = [ask(make_customer(currency=currency)).services[0].price for currency in ("", "EUR", "USD")]

    assert [one and (one.currency, one.unit_price) for one in prices] == [("KZT", 25_000), ("EUR", 60), None]


@pytest.mark.django_db
@pytest.mark.req("S2.4")
def test_only_terms_that_are_sure_to_stay_are_kept(django_capture_on_commit_callbacks):
    contract = make_contract(included=[VISITS])
    draft = make_contract(included=[VISITS], state="draft")
    versions = [contract.versions.get(), draft.versions.get()]

    with django_capture_on_commit_callbacks() as later:
        first = [terms_of(one.pk) for one in versions]
        assert terms_of(versions[0].pk) is not first[0]  # the transaction may still be taken back
    for keep in later:
        keep()

    assert terms_of(versions[0].pk) is terms_of(versions[0].pk)
    assert terms_of(versions[1].pk) is not terms_of(versions[1].pk)
    with pytest.raises(ContractVersion.DoesNotExist):
        terms_of(0)


@pytest.mark.django_db
@pytest.mark.req("S2.5")
def test_what_is_typed_is_tested_as_what_is_kept():
    hours = ServiceHours.objects.create(name="Our own", week=[[[480, 1200]]] * 7)
    contract = make_contract(
        version={
            "hours": hours,
            "channels": ["phone"],
            "pauses": ["part"],
            "uptime_percent": Decimal("99.5"),
        },
        scopes=[{"site": make_site()}],
        included=[VISITS, {"code": "parts", "service": "parts", "parts": "consumables"}],
        targets=[{"measure": "response", "minutes": 60, "priority": 1}],
        exclusions=[{"unless": "misuse", "factor": 2}],
        rates=[{"service": "visit", "price": 5}],
    )
    version = contract.versions.get()
    kept, given = terms_of(version.pk), typed(Terms.of(version), contract)

    def bare(terms):
        """Without what only a row has."""
        clauses = {
            name: tuple(replace(one, id=0) for one in getattr(terms, name))
            for name in ("included", "targets", "exclusions")
        }
        return replace(terms, contract=0, version=0, version_number=0, number="", customer=0, **clauses)

    assert bare(kept) == bare(given)


@pytest.mark.django_db
@pytest.mark.req("S0.12")
@pytest.mark.trust("B24")
@pytest.mark.parametrize(
    "zone", ["Pacific/Midway", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"]
)
def test_a_renewed_contract_covers_a_site_in_another_zone_at_every_moment(manager, set_clock, zone):
    """Its days are those of the customer, in Almaty: for a site behind it no gap opens at its midnight."""
    set_clock("2026-12-01 09:00")
    customer = make_customer()
    asset = make_asset(customer, site=make_site(customer, time_zone=zone))
    first = sign_contract(customer, terms={"included": [{"service": "visit"}]})
    second = actions.renew(first.pk, by=manager, in_force=True)

    for moment, number in [
        ("2026-12-31 00:00", first.number),
        ("2026-12-31 23:59", first.number),
        ("2027-01-01 00:00", second.number),
        ("2027-01-01 12:00", second.number),
    ]:
        now = set_clock(moment)
        run_due()
        decision = decide(Question(customer, now, asset=asset, asked=A_VISIT)).decision
        assert (decision.verdict, decision.because.facts["contract"]) == (Verdict.COVERED, number)
