"""Opening many planned tickets writes the rows that opening each alone writes."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from servicebook.agenda.models import Obligation
from servicebook.contracts import deciding
from servicebook.contracts.rules import snapshot
from servicebook.core import clock
from servicebook.equipment.models import Asset, Warranty
from servicebook.journal.models import Entry
from servicebook.search.models import Indexed
from servicebook.testing import (
    make_asset,
    make_balance,
    make_contract,
    make_customer,
    make_reason,
    make_site,
    make_user,
    make_work_type,
)
from servicebook.tickets import actions
from servicebook.tickets.actions import Planned
from servicebook.tickets.actions._deciding import question_of
from servicebook.tickets.models import CoverageDecision, Message, Spell, Ticket

pytestmark = pytest.mark.django_db

# What opening writes, and what of it is another's for each ticket.
OWN: dict[type[Model], set[str]] = {
    Ticket: {"id", "number"},
    Message: {"id", "ticket"},
    Spell: {"id", "ticket"},
    CoverageDecision: {"id", "ticket"},
    Entry: {"id", "subject_id"},
    Obligation: {"id", "subject_id"},
    Indexed: {"id", "subject_id", "url", "title", "text"},
}


def rows_of(ticket: Ticket) -> dict[type[Model], list[dict[str, Any]]]:
    kind = ContentType.objects.get_for_model(Ticket)
    found = {}
    for model, own in OWN.items():
        names = [one.name for one in model._meta.concrete_fields if one.name not in own]
        mine: dict[str, Any] = {"pk": ticket.pk}
        if model is not Ticket:
            mine = {"ticket": ticket} if "ticket" in own else {"subject_type": kind, "subject_id": ticket.pk}
        found[model] = list(model._default_manager.filter(**mine).order_by("pk").values(*names))
    return found


def units() -> list[Asset]:
    """Units that are covered for different reasons, or not."""
    chain, other = make_customer(), make_customer()
    branch = make_customer(parent=chain)
    named = make_asset(chain)
    site = make_site(other)
    included = {"service": "labour", "limit": Decimal(600), "period": "year", "code": "hours"}
    used_up = make_contract(chain, scopes=[{"asset": named}, {"model": named.model}], included=[included])
    make_balance(used_up, service="labour", code="hours", granted=Decimal(600), used=Decimal(600))
    make_contract(other, scopes=[{"site": site}], included=[{"service": "visit", "code": "trips"}])
    make_contract(other, scopes=[{"model": named.model}], type="sla")
    found = [
        named,
        *(make_asset(chain, model=named.model) for _twin in range(2)),
        make_asset(chain),
        *(make_asset(branch, model=named.model) for _twin in range(2)),
        *(make_asset(other, site=site) for _twin in range(2)),
        make_asset(other),
        make_asset(),
        make_asset(criticality=3),
    ]
    promise = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    Warranty.objects.create(asset=found[-2], **promise)
    Warranty.objects.create(asset=found[1], covers_labour=False, **promise)
    return found


@pytest.mark.req("S0.25", "S0.23")
def test_many_are_opened_with_the_rows_of_one(set_clock: Any) -> None:
    set_clock("2026-03-02 09:00")
    make_user("manager")
    make_reason("maintenance", downtime_risk=1)
    due = clock.now() + timedelta(days=14)
    like = Planned(make_customer(), "Quarterly", "Look at it", due, make_work_type())
    wanted = [replace(like, customer=one.customer, asset=one, site=one.site) for one in units()]
    wanted += [replace(like, owner=make_user("engineer", is_active=False)), replace(like, owner=make_user())]

    together = actions.open_many(wanted)
    apart = [actions.open_many([one])[0] for one in wanted]

    assert [rows_of(one) for one in together] == [rows_of(one) for one in apart]
    assert len({one.coverage for one in together}) > 1
    for one in together:
        answer = deciding.decide(question_of(one))  # nothing was read ahead for it
        kept = CoverageDecision.objects.get(ticket=one)
        assert (kept.facts, kept.decision) == snapshot.dump(answer.facts, answer.decision)
