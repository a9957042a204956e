"""How a messenger or a browser that a person linked comes to its end."""

from datetime import datetime

from servicebook import journal
from servicebook.accounts.leaving import hands_over
from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.messaging.models import Delivery, Reach


def end(reach: Reach, because: Reach.Ended, *, at: datetime, by: User | None = None) -> None:
    """Write to it no more. Of a browser the person reads why in their own history.

    Of a chat it is written there by `chats`, which knows who ended it.
    """
    reach.ended_at, reach.ended_because = at, because
    reach.save(update_fields=["ended_at", "ended_because"])
    if reach.user is not None and reach.channel == Delivery.Channel.PUSH:
        why = Reach.Ended(because)
        journal.record("user.browser_off", reach.user, by=by, label=reach.label, why=why.value)


@hands_over
def end_all(person: User, by: User) -> None:
    """Nothing rings for somebody who has no access any more."""
    for reach in Reach.objects.filter(user=person, ended_at=None).select_related("user").order_by("pk"):
        end(reach, Reach.Ended.LEFT, at=clock.now(), by=by)
