"""What a person does with messages."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook.agenda.worker import wake
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.messaging import settled
from servicebook.messaging.models import Delivery

if TYPE_CHECKING:
    from servicebook.accounts.models import User


class NotDead(Refused):
    """The message waits or was sent, so it is not sent again."""

    code = "delivery_not_dead"


@transaction.atomic
def send_again(delivery_id: int, *, by: "User") -> Delivery:
    """Put a message that could not be delivered back into the queue.

    It goes to the address that its contact has today: mend the address first. Where its phone or chat cannot
    be reached any more, it goes as its contact would be told today.
    """
    dead = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.DEAD)
    found = dead.update(
        state=Delivery.State.WAITING, settled_at=None, ready_at=clock.now(), token="", attempts=0, unknown=0
    )
    row = Delivery.objects.get(pk=delivery_id)
    if not found:
        raise NotDead(
            _("Only a message that could not be delivered is sent again. This one is “%(state)s”.")
            % {"state": row.get_state_display()}
        )
    settled.record([row], verb="delivery.sent_again", by=by)
    transaction.on_commit(lambda: wake(row.channel))
    return row
