"""A mail that was sent and came back."""

from collections.abc import Sequence

from django.db import transaction

from servicebook.messaging import settled, suppressing, undelivered
from servicebook.messaging.models import Delivery
from servicebook.messaging.rules.refusals import means_the_address


@transaction.atomic
def came_back(message_ids: Sequence[str], *, because: str) -> list[Delivery]:
    """Mark the mails with these ids as not delivered, with the other server's reason.

    An address that there is none of gets nothing more until somebody mends it.
    The ids are signed and known only to whoever got the mail, so a report cannot be made up.
    Returns the mails that are ours; one that is dead already stays as it was.
    """
    found = list(Delivery.objects.select_for_update().filter(message_id__in=message_ids).order_by("pk"))
    back = [row for row in found if row.state == Delivery.State.SENT]
    for row in back:
        row.state, row.last_error = Delivery.State.DEAD, because
        row.save(update_fields=["state", "last_error"])
        if means_the_address(because):
            suppressing.suppress(row, [row.to_address], because=because)
    settled.record(back)
    undelivered.tell_owners(back)
    return found
