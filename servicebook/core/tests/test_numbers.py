from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from servicebook.core import numbers
from servicebook.core.models import NumberSeries


@pytest.mark.django_db
@pytest.mark.req("S4.3")
def test_numbers_count_up_per_series_and_year():
    assert numbers.take("T", 2026) == "T-2026-000001"
    assert numbers.take_many("T", 2026, 2) == ["T-2026-000002", "T-2026-000003"]
    assert numbers.take("T", 2027) == "T-2027-000001"
    assert numbers.take("INV", 2026) == "INV-2026-000001"


@pytest.mark.django_db
def test_a_number_that_was_not_used_leaves_no_gap():
    def fail_afterwards():
        with transaction.atomic():
            numbers.take("T", 2026)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_afterwards()

    assert numbers.take("T", 2026) == "T-2026-000001"


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_no_number_is_given():
    with pytest.raises(RuntimeError, match="inside the transaction"):
        numbers.take("T", 2026)


def _race(take):
    """Let eight threads take 25 numbers each; return all of them."""

    def work(_):
        try:
            return [take() for _ in range(25)]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return [number for taken in pool.map(work, range(8)) for number in taken]


@pytest.mark.trust("B22")
def test_eight_takers_at_once_get_every_number_once(real_rows):
    def take():
        with transaction.atomic():
            return numbers.take("T", 2026)

    assert sorted(_race(take)) == [f"T-2026-{n:06d}" for n in range(1, 201)]


@pytest.mark.trust("B22")
def test_without_the_counter_statement_numbers_would_be_doubled(real_rows):
    NumberSeries.objects.create(series="T", year=2026, last=0)

    def take():  # reads, then writes: what one writes by hand
        row = NumberSeries.objects.get(series="T", year=2026)
        NumberSeries.objects.filter(pk=row.pk).update(last=row.last + 1)
        return row.last + 1

    assert len(set(_race(take))) < 200
