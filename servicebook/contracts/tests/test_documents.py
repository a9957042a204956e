"""Documents hang on contracts, and are seen by whoever sees the contract (S1.1, S1.2)."""

import pytest

from servicebook.accounts.models import Role
from servicebook.files.actions import attach
from servicebook.files.models import Document
from servicebook.search.queries import find
from servicebook.testing import Program, make_contract, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.req("S1.1")
def test_the_signed_contract_and_an_nda_are_attached_and_found(manager):
    contract = make_contract(title="Servers")
    attach(contract, name="Contract.txt", data=b"Renewal clause", kind="contract", by=manager)
    attach(contract, name="NDA.txt", data=b"Secret", by=manager)

    listed = Program(manager).call("GET", f"/documents?subject=contract&id={contract.pk}").json()["items"]

    assert [(one["name"], one["kind"]) for one in listed] == [
        ("Contract.txt", "contract"),
        ("NDA.txt", "other"),
    ]
    assert "Contract.txt" in [hit.title for hit in find("renewal clause", manager, 5)]


@pytest.mark.req("S1.2")
def test_documents_of_a_sensitive_contract_are_for_those_who_see_it(manager):
    contract = make_contract(sensitive=True)
    document = attach(contract, name="Price.txt", data=b"Price", by=manager)
    outsider = make_user(Role.DISPATCHER)

    seen = [Document.objects.visible_to(one).count() for one in (manager, contract.owner, outsider)]

    assert seen == [1, 1, 0]
    assert Program(outsider).call("GET", f"/documents/{document.pk}").status_code == 404
    assert Program(outsider).call("GET", f"/documents?subject=contract&id={contract.pk}").status_code == 404
