"""What customers' rows owe the future."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from servicebook import journal
from servicebook.agenda import Due, duty
from servicebook.customers.models import Promise


@duty("customers.promise_overdue", subject=Promise, related=("owner",), title=_("Promise turns overdue"))
class PromiseOverdue:
    """A promise that is neither kept nor dropped turns overdue on its own (S0.4)."""

    def owed(self, promise: Promise) -> Iterator[Due]:
        if promise.kept_at or promise.dropped_at:
            return
        # The date is the occurrence: one that was moved can turn overdue again.
        yield Due(at=promise.due_at, occurrence=occurrence_of(promise))

    def fire(self, promise: Promise, due: Due, *, at: datetime) -> None:
        if not still_late(promise, due):
            return
        journal.record(
            "promise.overdue", promise, at=at, text=promise.text, owner=promise.owner.name, due=promise.due_at
        )


def still_late(promise: Promise, due: Due) -> bool:
    """Whether a promise still stands for the date of `due`; locks it until the transaction ends."""
    standing = Promise.objects.select_for_update().filter(pk=promise.pk).open().first()
    return standing is not None and occurrence_of(standing) == due.occurrence


def occurrence_of(promise: Promise) -> str:
    """Which due date of a promise is meant; other floors' duties on it use the same."""
    return promise.due_at.astimezone(UTC).isoformat()
