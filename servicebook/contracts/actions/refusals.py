"""Somebody says that a contract may not go on, or will not (S0.66)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook.accounts.models import User
from servicebook.contracts import queries, renewals
from servicebook.contracts.actions._base import MoveRefused, drop_next_steps, locked, settled, write
from servicebook.contracts.checking import NotValid
from servicebook.contracts.models import LIVE, Contract, RefusalReason
from servicebook.contracts.models.choices import Initiator, State
from servicebook.core.errors import Refused

LONGEST_NOTE = 250
RENEWABLE = (*LIVE, State.EXPIRED)  # signed late: the term still follows without a gap


_IS_DECIDED = gettext_lazy("The renewal was refused.")
NO_DOUBT = {"refusal_reason": None, "refusal_initiator": "", "refusal_known_on": None, "refusal_note": ""}


class RenewalRefused(Refused):
    """The contract cannot go on like this."""

    code = "renewal_refused"


@dataclass(frozen=True, slots=True)
class Why:
    """Why somebody does not want to go on (S0.66).

    Attributes:
        initiator: a value of `Initiator`.
        known_on: the day on which it became clear.
        note: in their words.
    """

    reason: RefusalReason | None = None
    initiator: str = ""
    known_on: date | None = None
    note: str = ""


@transaction.atomic
def mark_at_risk(contract_id: int, why: Why, *, by: User | None, seen: int | None = None) -> Contract:
    """Say that a running contract may not be renewed.

    Raises:
        NotValid: reason, initiator or day is missing; `fields` says which.
        RenewalRefused: it does not run, or it goes on already.
    """
    contract = locked(contract_id, seen=seen)
    facts = checked(contract, why)
    _refuse_doubt(contract, of=LIVE)
    write(contract, at_risk=True, refused=False, **facts)
    settled(contract, "contract.at_risk", by=by, **said(contract))
    return contract


@transaction.atomic
def refuse(contract_id: int, why: Why, *, by: User | None, seen: int | None = None) -> Contract:
    """Say that a contract will not be renewed: it runs to its last day, and nobody is reminded any more.

    It can also be said of one that has expired, to keep why it was not renewed.

    Raises:
        NotValid: reason, initiator or day is missing; `fields` says which.
        RenewalRefused: another contract follows it already.
    """
    contract = locked(contract_id, seen=seen)
    facts = checked(contract, why)
    _refuse_doubt(contract, of=RENEWABLE)
    write(contract, at_risk=False, refused=True, **facts)
    drop_next_steps(contract, because=_IS_DECIDED)
    settled(contract, "contract.renewal_refused", by=by, **said(contract))
    return contract


@transaction.atomic
def take_back_doubt(contract_id: int, *, by: User | None, seen: int | None = None) -> Contract:
    """The risk has passed, or the refusal was taken back: the renewal is open again."""
    contract = locked(contract_id, seen=seen)
    if not contract.at_risk and not contract.refused:
        return contract
    write(contract, at_risk=False, refused=False, **NO_DOUBT)
    settled(contract, "contract.doubt_taken_back", by=by)
    return contract


def checked(contract: Contract, why: Why) -> dict[str, Any]:
    """Return a reason as columns of a contract.

    Raises:
        NotValid: `fields` names what is missing.
    """
    problems = {}
    if why.reason is None:
        problems["reason"] = _("Choose the reason. The directory of reasons can be extended in the settings.")
    if why.initiator not in Initiator.values:
        problems["initiator"] = _("Say who does not want to go on: the customer or we.")
    if why.known_on is None:
        problems["known_on"] = _("Say since when this is known.")
    elif why.known_on > queries.today(contract.customer):
        problems["known_on"] = _("This day is still to come. Say since when this is known.")
    note = " ".join(why.note.split())
    if len(note) > LONGEST_NOTE:
        problems["note"] = _("At most %(most)s characters fit.") % {"most": LONGEST_NOTE}
    if problems:
        text = _("Not saved yet. %(problems)s") % {"problems": " ".join(problems.values())}
        raise NotValid(text, fields=problems)
    return {
        "refusal_reason": why.reason,
        "refusal_initiator": why.initiator,
        "refusal_known_on": why.known_on,
        "refusal_note": note,
    }


def said(contract: Contract) -> dict[str, Any]:
    """Return why a contract does not go on, as facts for the journal."""
    return {
        "reason": str(contract.refusal_reason),
        "initiator": str(contract.get_refusal_initiator_display()),
        "known_on": contract.refusal_known_on,
        "note": contract.refusal_note,
    }


def _refuse_doubt(contract: Contract, *, of: tuple[State, ...]) -> None:
    if contract.state not in of:
        raise MoveRefused(
            _("Contract %(number)s does not run, so there is no renewal to refuse.")
            % {"number": contract.number}
        )
    following = renewals.successor_of(contract)
    if following and renewals.is_followed(contract):
        raise RenewalRefused(
            _("Contract %(number)s is followed by %(following)s, which is in force. Cancel that one instead.")
            % {"number": contract.number, "following": following.number},
            code="renewed_already",
        )
