"""Data made for measuring must be such as the actions would have left it."""

import pytest
from django.core.management import call_command

from servicebook.accounts.models import Role
from servicebook.contracts.models import Contract
from servicebook.core.models import NumberSeries
from servicebook.search.queries import find
from servicebook.simulator import bulk
from servicebook.testing import Program, make_user
from servicebook.tickets.models import Ticket


@pytest.mark.django_db
def test_a_bulk_company_balances_and_work_goes_on_in_it():
    company = bulk.fill(customers=20, assets=60, tickets=300)

    assert Ticket.objects.count() == 300
    assert set(Ticket.objects.values_list("status", flat=True)) >= {"queued", "working", "closed"}
    call_command("check_invariants", verbosity=0)
    manager = make_user(Role.MANAGER)
    assert find(company.assets[0].serial, manager)

    program = Program(manager)
    body = {"customer": company.customers[0].pk, "title": "No"}
    opened = program.call("POST", "/tickets", body)
    without = program.call("POST", "/tickets", {**body, "customer": company.customers[1].pk})

    assert (opened.status_code, without.status_code) == (201, 201)
    covered, other = (Ticket.objects.get(number=one.json()["number"]) for one in (opened, without))
    assert covered.contract == Contract.objects.get(customer=company.customers[0])
    assert {one.measure for one in covered.clocks.all()} == {"response", "recovery"}
    assert other.contract is None
    last = NumberSeries.objects.filter(series="T").order_by("-year")[0].last
    assert without.json()["number"].endswith(f"-{last:06d}")
    call_command("check_invariants", verbosity=0)
