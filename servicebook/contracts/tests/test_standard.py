"""A new installation has templates with which a contract can be in force at once (S2.5)."""

from datetime import date

import pytest

from servicebook.contracts import actions, patterns
from servicebook.contracts.models import ContractTemplate
from servicebook.contracts.standard import TEMPLATES
from servicebook.testing import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.req("S2.5")]


@pytest.mark.parametrize("name", list(TEMPLATES))
def test_a_contract_from_a_standard_template_comes_into_force(name, manager, set_clock):
    set_clock("2026-03-02 10:00")
    template = ContractTemplate.objects.get(name=name)
    pattern = patterns.read(template)
    assert pattern is not None

    document = patterns.begin(pattern, starts_on=date(2026, 3, 1), currency="KZT")
    document = document.model_copy(update={"customer": make_customer().pk, "title": name})
    contract = actions.activate(actions.save_draft(document, by=manager).pk, by=manager)

    assert (contract.state, contract.type) == ("active", template.type)
    version = contract.versions.select_related("hours").get()
    assert version.hours.name == TEMPLATES[name]["terms"]["hours"]
    assert version.included.count() == len(TEMPLATES[name]["terms"]["included"])


def test_a_template_with_an_unknown_clause_is_not_read():
    template = ContractTemplate(name="Odd", type="sla", terms={"terms": {"wishes": []}})

    assert patterns.read(template) is None
