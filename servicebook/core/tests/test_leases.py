import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from servicebook.agenda.models import Lane, Obligation
from servicebook.core import clock, leases

pytestmark = pytest.mark.django_db


def test_whether_something_waits_is_asked_in_the_order_of_the_queue() -> None:
    """Without an order, a database that expects many rows reads a long table until it meets one."""
    ready = Obligation.objects.ready(Lane.PROMISES, clock.now())
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert not leases.waits(ready)
    (statement,) = [one["sql"] for one in asked]
    assert 'ORDER BY "agenda_obligation"."ready_at"' in statement
