"""Rows that are changed each in its own way."""

from datetime import date

import pytest

from servicebook.core import clock
from servicebook.core.updates import AT_ONCE, write_each
from servicebook.maintenance.models import Occurrence
from servicebook.testing import make_asset, make_customer, make_occurrence, make_plan, make_site

pytestmark = pytest.mark.django_db


def test_each_row_gets_its_own_values_and_nothing_else_is_touched() -> None:
    plan = make_plan(make_customer())
    first, second, other = (
        make_occurrence(plan, asset=make_asset(plan.customer), because="") for _number in range(3)
    )
    first.due_on, first.skipped_at, first.because = date(2026, 5, 1), clock.now(), "The school is closed"
    second.due_on, second.site = date(2026, 6, 1), make_site(plan.customer)

    write_each([first, second], ["due_on", "skipped_at", "because", "site"])

    for one in (first, second, other):
        one_read = Occurrence.objects.get(pk=one.pk)
        assert (one_read.due_on, one_read.skipped_at, one_read.because, one_read.site) == (
            one.due_on,
            one.skipped_at,
            one.because,
            one.site,
        )


def test_many_rows_take_a_statement_for_each_part(django_assert_num_queries) -> None:
    one = make_occurrence()
    rows = [Occurrence(pk=number, version=3) for number in range(one.pk, one.pk + AT_ONCE + 1)]

    with django_assert_num_queries(2):
        write_each(rows, ["version"])
    with django_assert_num_queries(0):
        write_each([], ["version"])

    assert Occurrence.objects.get().version == 3
