from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from servicebook.agenda.models import Obligation
from servicebook.journal.models import Entry
from servicebook.messaging.models import Delivery
from servicebook.search.models import Indexed
from servicebook.testing import make_customer, make_reason
from servicebook.tickets.actions import OldTicket, import_tickets
from servicebook.tickets.models import Spell, Ticket

pytestmark = pytest.mark.django_db
OPENED = datetime(2024, 12, 31, 20, 0, tzinfo=UTC)  # the new year has begun in Almaty


def old(customer, reason, **what):
    closed = what.get("status", "closed") == "closed"
    given = {"closed_at": OPENED + timedelta(days=2) if closed else None, "opened_at": OPENED, **what}
    return OldTicket(customer=customer, title="No light", text="It is dark.", reason=reason, **given)


def test_old_tickets_come_in_whole_and_nobody_is_written_to(manager):
    customer, reason = make_customer(), make_reason()

    shut, waiting = import_tickets(
        [
            old(customer, reason, done="Lamp", result="Light", external_ref="Z-1"),
            old(
                customer,
                reason,
                status="waiting",
                waiting_for="client",
                opened_at=OPENED - timedelta(days=60),
            ),
        ],
        by=manager,
    )

    assert (shut.number, waiting.number) == ("T-2025-000001", "T-2024-000001")
    assert (shut.owner, shut.channel, shut.priority_because != "") == (manager, "import", True)
    assert [s.status for s in Spell.objects.filter(ticket=shut)] == ["working", "closed"]
    assert Spell.objects.filter(ended_at=None).count() == 2
    assert Entry.objects.filter(verb="ticket.imported").count() == 2
    assert Indexed.objects.filter(title__contains="No light").count() == 2
    assert not Delivery.objects.exists()
    assert not Obligation.objects.filter(subject_id=shut.pk).exists()


@pytest.mark.parametrize("count", [3, 60])
def test_the_number_of_statements_does_not_grow_with_the_rows(count, manager):
    customer, reason = make_customer(), make_reason()
    import_tickets([old(customer, reason)], by=manager)

    with CaptureQueriesContext(connection) as asked:
        import_tickets([old(customer, reason) for _number in range(count)], by=manager)

    assert len(asked) <= 12, "\n".join(q["sql"][:80] for q in asked)


@pytest.mark.parametrize(
    "bad",
    [
        {"status": "closed", "closed_at": None},
        {"status": "queued", "closed_at": OPENED},
        {"status": "waiting"},
        {"status": "waiting", "waiting_for": "weather"},
        {"status": "lost"},
    ],
)
def test_a_row_that_contradicts_itself_stops_all(bad, manager):
    customer, reason = make_customer(), make_reason()

    with pytest.raises(ValueError, match="No light"):
        import_tickets([old(customer, reason), old(customer, reason, **bad)], by=manager)
    assert not Ticket.objects.exists()
