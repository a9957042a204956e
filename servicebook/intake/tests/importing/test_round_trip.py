"""What lists export comes back unchanged, and memory does not follow the length of a file."""

import tracemalloc

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.customers.models import Customer
from servicebook.intake.importing import actions, engine
from servicebook.intake.tests.importing.conftest import counts, csv_of
from servicebook.testing import make_asset, make_contact, make_customer, make_site, make_user

pytestmark = pytest.mark.django_db
LISTS = {
    "customers": "customers:customers",
    "contacts": "customers:contacts",
    "sites": "customers:sites",
    "assets": "equipment:assets",
}


@pytest.mark.trust("B10")
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("entity", LISTS)
def test_an_exported_list_comes_back_and_changes_nothing(bring, client, entity, ending):
    customer = make_customer(
        name="=Plant", phone="+77015550112", customer_class="@gold", email="a@plant.example"
    )
    site = make_site(customer, name="-Hall", city="+City", address="'=1+1")
    make_contact(customer, name="=cmd|' /C calc'!A0", site=site, phone="+77015550113", position="@x")
    make_asset(customer, site=site, serial="=SN-1", inventory_number="@7")
    client.force_login(make_user(Role.MANAGER))

    answer = client.get(reverse(LISTS[entity]), {"export": ending})
    data = b"".join(answer.streaming_content)
    run = bring(data, entity, file_name=f"list.{ending}")

    said = [f"{one.column}: {one.reason}" for one in run.problems.all()]
    assert (run.state, said, counts(run)) == ("done", [], (0, 0, 1, 0))
    names = {one.name for one in Customer.objects.all()}
    assert names == {"=Plant"}


@pytest.mark.slow
def test_a_check_takes_no_more_memory_for_many_rows(dispatcher):
    grown = []
    for rows in (3_000, 15_000):
        data = csv_of(
            "Name,Tax number,City", *[f"Customer {rows} {n},{rows}{n:09d},Karaganda" for n in range(rows)]
        )
        run = actions.take_in(data, name="a.csv", entity="customers", by=dispatcher)
        run = actions.check(run.pk, mapping=run.mapping, choice="good", by=dispatcher)
        engine.step(run.pk)
        tracemalloc.start()
        while not engine.step(run.pk):
            pass
        grown.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        run.refresh_from_db()
        assert counts(run) == (rows, 0, 0, 0)

    # The names by which doubles are found stay in memory: about 200 bytes a row.
    assert grown[1] - grown[0] < 12_000 * 400
