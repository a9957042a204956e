from datetime import date

import pytest

from servicebook.contracts import actions, terms
from servicebook.contracts.document import Document
from servicebook.customers.models import Customer
from servicebook.testing import make_customer


@pytest.fixture
def school(db: None) -> Customer:
    return make_customer(name="School 12", currency="KZT")


@pytest.fixture
def running(draft, manager):
    """Save a contract of 2026 and put it into force."""

    def make(**fields):
        return actions.activate(draft(**fields).pk, by=manager)

    return make


@pytest.fixture
def draft(school, manager):
    """Save a draft of 2026 for the school; say only what the test is about."""

    def save(*, contract=None, **fields):
        fields = {
            "title": "Network and servers",
            "customer": school.pk,
            "starts_on": date(2026, 1, 1),
            "ends_on": date(2026, 12, 31),
            **fields,
        }
        return actions.save_draft(Document(**fields), by=manager, contract=contract)

    return save


@pytest.fixture
def kept(django_capture_on_commit_callbacks):
    """Read terms once, as a process that has run for a while."""

    def read(*contracts):
        with django_capture_on_commit_callbacks(execute=True):
            terms.terms_of_many([one.versions.get().pk for one in contracts])

    return read
