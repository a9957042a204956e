"""What the rows of the floors above owe to the people who must hear of it."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.agenda import Due, duty
from servicebook.core import preferences
from servicebook.customers.duties import occurrence_of, still_late
from servicebook.customers.models import Promise
from servicebook.messaging import deliveries
from servicebook.messaging.models import Lane


@duty(
    "messaging.promise_overdue",
    subject=Promise,
    related=("owner", "customer"),
    title=_("Tell the owner that a promise is overdue"),
)
class PromiseOverdueMail:
    """The owner of a promise is told the moment it turns overdue (S0.4)."""

    def owed(self, promise: Promise) -> Iterator[Due]:
        if promise.kept_at or promise.dropped_at:
            return
        yield Due(at=promise.due_at, occurrence=occurrence_of(promise))

    def fire(self, promise: Promise, due: Due, *, at: datetime) -> None:
        if not still_late(promise, due):
            return
        receiver = promise.owner if promise.owner.is_active else _whoever_owns_the_service()
        if receiver is None:
            return
        deliveries.queue(
            "promise_overdue",
            to=receiver,
            about=promise,
            key=f"promise-{promise.pk}-{promise.due_at:%Y%m%d%H%M%S}",
            facts={"link": f"{settings.CONFIG.origin}{promise.get_absolute_url()}"},
            lane=Lane.REMINDERS,
        )


def _whoever_owns_the_service() -> User | None:
    return User.objects.filter(pk=preferences.current().service_owner_id or 0, is_active=True).first()
