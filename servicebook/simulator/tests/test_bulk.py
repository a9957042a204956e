"""Data made for measuring must be such as the actions would have left it."""

import pytest
from django.core.management import call_command

from servicebook.accounts.models import Role
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

    opened = Program(manager).call("POST", "/tickets", {"customer": company.customers[0].pk, "title": "No"})

    assert opened.status_code == 201
    last = NumberSeries.objects.filter(series="T").order_by("-year")[0].last
    assert opened.json()["number"].endswith(f"-{last:06d}")
    call_command("check_invariants", verbosity=0)
