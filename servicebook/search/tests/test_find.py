import pytest

from servicebook import search
from servicebook.accounts.models import Role
from servicebook.customers.models import Customer
from servicebook.search.indexing import REGISTERED, Findable, Kind, forget
from servicebook.search.models import Indexed
from servicebook.search.queries import find
from servicebook.testing import make_customer, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def customers(monkeypatch):
    """Customers alone can be found, by name and notes."""
    monkeypatch.setattr(Customer, "get_absolute_url", lambda self: f"/c/{self.pk}/", raising=False)
    for other in list(REGISTERED):
        monkeypatch.delitem(REGISTERED, other)
    kind = Kind(Customer, lambda one: Findable(one.name, words=one.notes), "building", 6)
    monkeypatch.setitem(REGISTERED, Customer, kind)

    def add(*names, **fields):
        made = [make_customer(name=name, **fields) for name in names]
        search.index_many(made, new=True)
        return made

    return add


def titles(text, user):
    return [hit.title for hit in find(text, user)]


@pytest.mark.parametrize(
    "typed",
    [
        "7CX-20418",
        "20418",  # the end of a serial
        "cx-204",  # its middle
        "7cx 20418 gse",  # words in any order
        "7CX-20481",  # two digits changed places
    ],
)
def test_a_unit_is_found_by_part_of_its_serial_and_through_a_typo(typed, customers, dispatcher):
    customers("GSE Server R2 · 7CX-20418", "Fridge · 9AA-11111", "Pump · 5KK-77777")

    assert titles(typed, dispatcher) == ["GSE Server R2 · 7CX-20418"]


@pytest.mark.parametrize("typed", ["карганда", "Қарағанды", "медцентр", "МЕДЦЕНТ", "медцетр"])
def test_names_are_found_in_every_script_with_a_slip(typed, customers, dispatcher):
    customers("Медцентр Караганда Қарағанды", "Astyk LLP")

    assert titles(typed, dispatcher) == ["Медцентр Караганда Қарағанды"]


def test_a_phone_number_is_found_however_it_is_written(customers, dispatcher):
    customers("School 12", notes="+77015550112")
    customers("School 13", notes="+77015550199")

    for typed in ("+77015550112", "8 701 555 01 12", "8 (701) 555-01-12"):
        assert titles(typed, dispatcher) == ["School 12"]


def test_the_best_fit_comes_first_then_the_newest(customers, dispatcher):
    customers("School 12", "School 120", "School 121 of 12", "Old school number 12")

    assert titles("school 12", dispatcher)[0] == "School 12"
    assert titles("school", dispatcher)[-1] == "Old school number 12"


def test_a_changed_object_is_found_by_its_new_words_alone(customers, dispatcher):
    [customer] = customers("Medcenter")
    customer.name = "Hospital"
    search.index(customer)

    assert (titles("medcenter", dispatcher), titles("hospital", dispatcher)) == ([], ["Hospital"])
    assert Indexed.objects.count() == 1


def test_a_forgotten_object_is_found_no_more(customers, dispatcher):
    [customer] = customers("Medcenter")
    forget(customer)

    assert titles("medcenter", dispatcher) == []


@pytest.mark.trust("B1")
def test_nobody_finds_what_they_may_not_see(customers):
    mine, other = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER)
    customers("Medcenter North", owner=mine)
    customers("Medcenter South", owner=other)

    assert titles("medcenter", mine) == ["Medcenter North"]
    assert titles("medcenetr", other) == ["Medcenter South"]
    assert titles("medcenter", make_user(Role.ENGINEER)) == []


@pytest.mark.trust("B11", "B20")
@pytest.mark.parametrize(
    "typed", ["'", '"', "%", "_", "\\", "a OR b", "NEAR(", "*", "x" * 5000, "; drop", "\0", "-"]
)
def test_no_text_breaks_the_search(typed, customers, dispatcher):
    customers("Medcenter")

    assert titles(typed, dispatcher) in ([], ["Medcenter"])


@pytest.mark.parametrize("count", [3, 30])
def test_one_statement_per_kind_whatever_is_found(count, customers, dispatcher, django_assert_num_queries):
    customers(*[f"School {number}" for number in range(count)])
    find("warm", dispatcher)

    with django_assert_num_queries(1):
        find("school", dispatcher)


@pytest.mark.parametrize("count", [3, 300])
def test_a_typo_costs_three_statements_whatever_is_there(
    count, customers, dispatcher, django_assert_num_queries
):
    customers(*[f"School {number}" for number in range(count)])
    find("warm", dispatcher)

    with django_assert_num_queries(3):
        assert find("scool", dispatcher)


def test_the_page_works_without_javascript(client, customers, dispatcher):
    customers("Medcenter")
    client.force_login(dispatcher)

    page = client.get("/search/", {"q": "medc"})
    partial = client.get("/search/", {"q": "medc"}, headers={"hx-request": "true"})

    assert "Medcenter" in page.content.decode()
    assert "Medcenter" in partial.content.decode()
    assert "<html" not in partial.content.decode()
