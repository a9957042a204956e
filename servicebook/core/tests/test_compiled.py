"""A statement that is compiled once must answer as the ORM does."""

import pytest

from servicebook.core import compiled
from servicebook.customers.models import Contact, Customer
from servicebook.testing import make_contact, make_customer, make_region, make_site

pytestmark = pytest.mark.django_db
COLUMNS = ("id", "name", "custom", "mail_domains", "region__name", "owner__name", "active")


def test_it_gives_what_the_orm_gives_for_each_value_of_the_key(dispatcher):
    full = make_customer(region=make_region(), owner=dispatcher, custom={"a": 1}, mail_domains=["x.kz"])
    bare = make_customer()

    for one in (full, bare, full):
        expected = Customer.objects.values_list(*COLUMNS).get(pk=one.pk)
        assert compiled.first(Customer, COLUMNS, "pk", one.pk) == expected
        assert compiled.first(Customer, COLUMNS, "name", one.name) == expected
    assert compiled.first(Customer, COLUMNS, "pk", full.pk + 999) is None


def test_a_single_related_row_is_joined(django_assert_num_queries):
    contact = make_contact(site=None)
    with_site = make_contact(contact.customer, site=make_site(contact.customer))
    columns = ("name", "site__name", "site__latitude")

    with django_assert_num_queries(2):
        assert compiled.first(Contact, columns, "pk", contact.pk) == (contact.name, None, None)
        assert compiled.first(Contact, columns, "pk", with_site.pk)[1] == with_site.site.name


@pytest.mark.trust("B11")
@pytest.mark.parametrize("value", ["' OR 1=1 --", "%s", "\\", "\N{SNOWMAN}"])
def test_the_value_stays_a_value(value):
    make_customer()

    assert compiled.first(Customer, COLUMNS, "name", value) is None
