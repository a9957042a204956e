"""The decision as the database gives it: the right contract, version and state of the moment."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from servicebook.contracts import terms
from servicebook.contracts.deciding import Question, decide
from servicebook.contracts.models import ContractVersion, IncludedService
from servicebook.contracts.rules.terms import Asked, Service, Verdict
from servicebook.equipment.models import Warranty
from servicebook.sla.models import ServiceHours
from servicebook.testing import make_asset, make_contract

VISITS = {"code": "visits", "service": "visit", "limit": 12}
A_VISIT = (Asked(Service.VISIT, Decimal(1)),)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ask(customer, when="2026-06-01 09:00", **facts):
    facts.setdefault("asked", A_VISIT)
    return decide(Question(customer, at(when), **facts)).decision


@pytest.fixture
def kept(django_capture_on_commit_callbacks):
    """Read terms once, as a process that has run for a while."""

    def read(*contracts):
        with django_capture_on_commit_callbacks(execute=True):
            terms.terms_of_many([one.versions.get().pk for one in contracts])

    return read


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
