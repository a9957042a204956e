"""Access to the site for one visit, agreed or not (S0.28)."""

from django.db import transaction
from django.utils.translation import gettext as _

from servicebook.accounts.models import User
from servicebook.core import clock
from servicebook.maintenance.actions._base import (
    heard,
    locked,
    reason,
    refuse_unless_to_do,
    settled,
    write,
)
from servicebook.maintenance.models import Occurrence


@transaction.atomic
def agree_access(occurrence_id: int, *, by_name: str, channel: str, by: User | None = None) -> Occurrence:
    """Record that the customer lets us in. Agreed to already, nothing changes.

    Args:
        by_name: who at the customer agreed.
        channel: how, of `Heard`.
        by: who of the house recorded it; None for the customer's own link.

    Raises:
        NotValid: nobody is named, or the channel is none.
        MoveRefused: there is nothing to do any more.
    """
    occurrence = locked(occurrence_id)
    refuse_unless_to_do(occurrence)
    name, how = heard(by_name, channel)
    if occurrence.access_agreed_at:
        return occurrence
    write(occurrence, access_agreed_at=clock.now(), access_agreed_by=name)
    settled(occurrence, "occurrence.access_agreed", by=by, by_name=name, who=name, how=how)
    return occurrence


@transaction.atomic
def withdraw_access(occurrence_id: int, *, because: str, by: User) -> Occurrence:
    """Record that nobody lets us in after all. Not agreed to, nothing changes.

    Raises:
        NotValid: no reason is given.
        MoveRefused: there is nothing to do any more.
    """
    occurrence = locked(occurrence_id)
    refuse_unless_to_do(occurrence)
    because = reason(because, _("Say why there is no access after all."))
    if not occurrence.access_agreed_at:
        return occurrence
    write(occurrence, access_agreed_at=None, access_agreed_by="")
    settled(occurrence, "occurrence.access_withdrawn", by=by, because=because)
    return occurrence
