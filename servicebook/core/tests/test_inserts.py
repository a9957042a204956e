"""Rows that are written with ready statements must be the rows that the ORM would have written."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from servicebook.core import inserts
from servicebook.core.models import IdempotentAnswer, NumberSeries
from servicebook.customers.models import Customer, Site
from servicebook.testing import make_customer

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def answer(key: str) -> IdempotentAnswer:
    return IdempotentAnswer(caller=1, key=key, fingerprint="", status=200, body="% %s ; 'x", at=AT)


def test_a_row_reads_back_as_it_was_written():
    written = Customer(name="School; DROP", custom={"a": [1, None]}, mail_domains=["x.kz"])

    inserts.insert(written)

    read = Customer.objects.get(pk=written.pk)
    assert (read.name, read.custom, read.mail_domains) == ("School; DROP", {"a": [1, None]}, ["x.kz"])
    written.name = "School 12"
    written.save()  # it is known to be there
    assert Customer.objects.get().name == "School 12"


def test_many_rows_of_many_models_go_together_in_order(django_assert_num_queries):
    trips = 1 if connection.vendor == "postgresql" else 3
    with transaction.atomic(), django_assert_num_queries(trips), inserts.together():
        inserts.add([answer("k1"), answer("k2")])
        inserts.add([NumberSeries(series="X", year=2026, last=1)])
        with inserts.together():
            inserts.add([answer("k3")])

    assert list(IdempotentAnswer.objects.order_by("pk").values_list("key", "body")) == [
        (key, "% %s ; 'x") for key in ("k1", "k2", "k3")
    ]
    assert NumberSeries.objects.get(series="X").last == 1


def breaks_off():
    with transaction.atomic(), inserts.together():
        inserts.add([answer("k1")])
        raise ZeroDivisionError


def test_what_was_collected_before_an_error_is_not_written():
    with pytest.raises(ZeroDivisionError):
        breaks_off()
    inserts.add([answer("k2")])

    assert IdempotentAnswer.objects.get().key == "k2"


def test_what_is_there_can_be_left_out():
    inserts.add([answer("k1")])
    inserts.add([answer("k1"), answer("k2")], unless_there=True)

    assert IdempotentAnswer.objects.count() == 2


def test_more_rows_than_one_statement_takes():
    inserts.add([answer(f"k{number}") for number in range(inserts.AT_ONCE * 2 + 1)])
    inserts.add([])

    assert IdempotentAnswer.objects.count() == inserts.AT_ONCE * 2 + 1
    assert make_customer().pk


def test_a_text_learnt_last_takes_the_place_of_its_stand_in_within_the_limit_of_its_column():
    long = answer("k1 S-abc " + "x" * 91)  # 100 characters, as many as the column takes
    learnt = []

    def learn():
        learnt.append(list(IdempotentAnswer.objects.values_list("key", flat=True)))
        return "S-1000"

    with transaction.atomic(), inserts.together() as rows:
        inserts.add([long])
        inserts.add([answer("without")])
        rows.settle("S-abc", learn)

    assert learnt == [["without"]], "what does not hold the stand-in is written before"
    assert IdempotentAnswer.objects.get(key__startswith="k1").key == "k1 S-1000 " + "x" * 90


@pytest.mark.django_db(transaction=True)
def test_what_is_left_to_the_end_is_committed_with_it_in_one_trip_or_not_at_all():
    with inserts.ending() as last, inserts.left_to_the_end():
        with inserts.atomic(), inserts.together():
            inserts.add([answer("k1")])
        assert len(last.waiting) == 1
        assert not IdempotentAnswer.objects.exists()
    assert not connection.in_atomic_block
    assert IdempotentAnswer.objects.get().key == "k1"

    with pytest.raises(IntegrityError), inserts.ending(), inserts.left_to_the_end():
        inserts.add([answer("k2"), answer("k1")])
    with pytest.raises(ValueError, match="no"):
        refused_after_a_row()
    assert [one.key for one in IdempotentAnswer.objects.all()] == ["k1"]


def refused_after_a_row():
    with inserts.ending(), inserts.left_to_the_end(), inserts.atomic():
        inserts.add([answer("k3")])
        raise ValueError("no")


def test_a_row_that_is_like_another_is_the_row_that_would_have_been_made():
    customer = Customer.objects.create(name="School 12")
    first = Site(customer=customer, name="Gym")

    rows = [inserts.like(first, name=f"Room {number}") for number in range(inserts.MANY)]
    inserts.insert_many(rows)

    read = {one.pk: one for one in Site.objects.all()}
    assert [read[row.pk].name for row in rows] == [f"Room {number}" for number in range(inserts.MANY)]
    assert {one.customer_id for one in read.values()} == {customer.pk}
    assert (first.pk, first.name, first._state.adding) == (None, "Gym", True)


def test_what_a_row_refers_to_is_at_hand_at_one_that_is_like_it(django_assert_num_queries):
    customer = Customer.objects.create(name="School 12")
    first = Site(customer=customer, name="Gym")
    other = inserts.like(first, name="Hall")

    with django_assert_num_queries(0):
        assert other.customer is customer
    other.customer = Customer(name="School 13")
    assert first.customer is customer
