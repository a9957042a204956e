"""A contract comes into force, rests, goes on, and ends."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.contracts import checking, queries
from servicebook.contracts.actions._base import (
    GOES_ON,
    drop_next_steps,
    locked,
    move,
    only_from,
    reason,
    refuse_move,
    settled,
    write,
)
from servicebook.contracts.actions.refusals import NO_DOUBT, Why, checked
from servicebook.contracts.models import LIVE, Contract
from servicebook.contracts.models.choices import State
from servicebook.core.errors import Refused

_ENDS_EARLIER = gettext_lazy("The contract was cancelled.")


class NotEndedYet(Refused):
    """Its last day has not passed."""

    code = "not_ended_yet"


@transaction.atomic
def activate(contract_id: int, *, by: User | None, seen: int | None = None) -> Contract:
    """Put a draft into force: from now on it decides, and its version never changes again.

    Raises:
        NotValid: it has ended already, covers nothing, or contradicts itself; `fields` says where.
        MoveRefused: it is no draft.
        Changed: it changed since `seen`.
    """
    contract = locked(contract_id, seen=seen)
    only_from(contract, State.DRAFT)
    version = contract.versions.get()
    checking.refuse(checking.before_activation(contract, version))
    version.in_force = True
    version.save(update_fields=["in_force"])
    move(contract, State.ACTIVE)
    if contract.predecessor:
        drop_next_steps(contract.predecessor, because=GOES_ON)
    settled(contract, "contract.activated", by=by, until=contract.ends_on)
    return contract


@transaction.atomic
def hold(contract_id: int, *, because: str, by: User | None, seen: int | None = None) -> Contract:
    """Let an active contract rest: it covers nothing until it is resumed."""
    contract = locked(contract_id, seen=seen)
    because = reason(because, _("Say why the contract is put on hold; the customer will ask."))
    move(contract, State.ON_HOLD, state_because=because)
    settled(contract, "contract.held", by=by, because=because)
    return contract


@transaction.atomic
def resume(contract_id: int, *, by: User | None, seen: int | None = None) -> Contract:
    """Let a contract on hold cover again, from now on.

    Raises:
        NotValid: its last day has passed.
        MoveRefused: it is not on hold.
    """
    contract = locked(contract_id, seen=seen)
    only_from(contract, State.ON_HOLD)
    checking.refuse(checking.has_ended(contract))
    move(contract, State.ACTIVE, state_because="")
    settled(contract, "contract.resumed", by=by)
    return contract


@transaction.atomic
def cancel(
    contract_id: int,
    *,
    because: str,
    why: Why | None = None,
    on: date | None = None,
    by: User | None,
    seen: int | None = None,
) -> Contract:
    """End a contract before its term.

    Args:
        because: one line; of what is in force it is also the note of `why`.
        why: reason, initiator and the day on which it became clear (S0.66); a draft needs none.
        on: the last day on which it covers, in the zone of the customer. From a day ahead it goes on
            until then; today, the past or None end it at once.

    Raises:
        NotValid: a reason is missing, or `on` is not before its last day anyway.
        MoveRefused: it has ended.
    """
    contract = locked(contract_id, seen=seen)
    refuse_move(contract, State.CANCELLED)
    because = reason(because, _("Say why the contract is cancelled."))
    doubt = NO_DOUBT if contract.state == State.DRAFT else checked(contract, why or Why())
    doubt = {**doubt, "refusal_note": because if doubt["refusal_reason"] else ""}
    if on is None or on <= queries.today(contract.customer) or contract.state == State.DRAFT:
        move(contract, State.CANCELLED, state_because=because, cancelled_on=None, cancel_because="", **doubt)
        settled(contract, "contract.cancelled", by=by, because=because)
        return contract
    if on >= contract.ends_on:
        text = _("It ends on that day or before without being cancelled. Say that it is not renewed instead.")
        raise checking.NotValid(text, fields={"on": text})
    drop_next_steps(contract, because=_ENDS_EARLIER)
    write(contract, cancelled_on=on, cancel_because=because, **doubt)
    settled(contract, "contract.cancelled_ahead", by=by, because=because, on=on)
    return contract


@transaction.atomic
def withdraw_cancellation(contract_id: int, *, by: User | None, seen: int | None = None) -> Contract:
    """Take back a cancellation that is still ahead."""
    contract = locked(contract_id, seen=seen)
    if contract.cancelled_on and contract.state in LIVE:
        write(contract, cancelled_on=None, cancel_because="", at_risk=False, refused=False, **NO_DOUBT)
        settled(contract, "contract.cancellation_withdrawn", by=by)
    return contract


@transaction.atomic
def expire(contract_id: int, *, at: datetime) -> Contract:
    """End a contract whose last day has passed at `at` (aware): expired, or cancelled as was said ahead.

    Raises:
        NotEndedYet: its last day goes on.
        MoveRefused: it is not in force.
    """
    contract = locked(contract_id)
    last_day = contract.last_day
    if at.astimezone(queries.zone(contract.customer)).date() <= last_day:
        raise NotEndedYet(
            _("Contract %(number)s runs until the end of %(day)s.")
            % {"number": contract.number, "day": last_day}
        )
    if contract.cancelled_on:
        move(contract, State.CANCELLED, at=at, state_because=contract.cancel_because)
        settled(contract, "contract.cancelled", by=None, at=at, because=contract.cancel_because)
    else:
        move(contract, State.EXPIRED, at=at)
        settled(contract, "contract.expired", by=None, at=at, on=last_day)
    return contract
