from collections.abc import Iterator
from datetime import timedelta

from servicebook.core import clock, leases
from servicebook.core.invariants import invariant
from servicebook.messaging.models import Delivery

NAMED = 20
OVERDUE = timedelta(minutes=10)


@invariant("I5", "No delivery is held by a sender that has gone")
def held() -> Iterator[str]:
    gone = clock.now() - leases.LEASE - OVERDUE
    for row in Delivery.objects.waiting().exclude(token="").filter(ready_at__lt=gone)[:NAMED]:
        yield f"delivery {row.pk} ({row.key}) is held since before {row.ready_at:%Y-%m-%d %H:%M}"
