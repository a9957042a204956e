"""What long lists refer to is read on both engines."""

import pytest
from django.db import OperationalError, connection
from django.db.models import prefetch_related_objects  # noqa: TID251 - the twin

from servicebook.core import related
from servicebook.customers.models import Customer

pytestmark = pytest.mark.django_db

MORE_THAN_ONE_CONDITION_HOLDS = 1900


@pytest.fixture
def branches():
    offices = [Customer(name=f"Office {number}") for number in range(MORE_THAN_ONE_CONDITION_HOLDS)]
    Customer.objects.bulk_create(offices)
    Customer.objects.bulk_create([Customer(name=f"Branch of {one.name}", parent=one) for one in offices])
    return list(Customer.objects.exclude(parent=None))


def test_a_long_list_is_read_with_a_statement_for_each_part(branches, django_assert_num_queries):
    with django_assert_num_queries(3):
        related.fetch(branches, "parent")
        assert all(one.name == f"Branch of {one.parent.name}" for one in branches)


def test_in_one_condition_sqlite_refuses_it(branches):
    if connection.vendor == "sqlite":
        with pytest.raises(OperationalError, match="too large"):
            prefetch_related_objects(branches, "parent")


def test_nothing_is_asked_for_no_rows(django_assert_num_queries):
    with django_assert_num_queries(0):
        related.fetch([], "parent")
