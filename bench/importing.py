"""Old tickets imported, beside `bulk_create` of the same rows alone."""

import time
from statistics import median

from bench.data import Known
from bench.figures import Figure

ROWS, ROUNDS = 2_000, 3


def measure(known: Known) -> list[Figure]:
    """Rows per second of both, in turns."""
    from datetime import timedelta
    from uuid import uuid4

    from django.db import transaction

    from servicebook.core import clock
    from servicebook.customers.models import Customer
    from servicebook.tickets.actions.importing import OldTicket, import_tickets
    from servicebook.tickets.models import Reason, Ticket

    customers = list(Customer.objects.select_related("parent")[:200])
    reason, now = Reason.objects.get(pk=known.reason), clock.now()
    ours, bare = [], []
    for _ in range(ROUNDS):
        rows = [
            OldTicket(
                customer=customers[number % len(customers)],
                title="Does not start",
                text="It did not start this morning.",
                opened_at=now - timedelta(days=400, minutes=number),
                closed_at=now - timedelta(days=399),
                reason=reason,
                external_ref=uuid4().hex,
            )
            for number in range(ROWS)
        ]
        began = time.perf_counter()
        made = import_tickets(rows, by=None)
        ours.append(ROWS / (time.perf_counter() - began))
        copies = list(Ticket.objects.filter(pk__in=[one.pk for one in made]))
        for one in copies:
            one.pk, one.number, one.external_ref = None, f"B-{uuid4().hex[:16]}", uuid4().hex
        began = time.perf_counter()
        with transaction.atomic():
            Ticket.objects.bulk_create(copies, batch_size=1000)
        bare.append(ROWS / (time.perf_counter() - began))
    part = "Old tickets imported"
    return [
        Figure(part, "rate, with owner, priority and journal", median(ours), "1/s"),
        Figure(part, "rate of bulk_create alone", median(bare), "1/s"),
        Figure(part, "rate against bulk_create", median(ours) / median(bare), "×", 0.2, True),
    ]
