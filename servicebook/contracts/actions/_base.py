"""What all moves share: take the contract, write it once, keep exactly one spell open."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicebook import agenda, journal, search
from servicebook.accounts.models import User
from servicebook.contracts.checking import NotValid
from servicebook.contracts.models import Contract, ContractSpell
from servicebook.contracts.models.choices import State
from servicebook.contracts.rules import states, terms
from servicebook.core import clock
from servicebook.core.errors import Changed, Refused
from servicebook.customers.actions import promises

LONGEST_REASON = 250
ENDED = (State.CANCELLED, State.EXPIRED, State.RENEWED)
GOES_ON = gettext_lazy("The contract that follows was made.")
_HAS_ENDED = gettext_lazy("The contract has ended.")


class MoveRefused(Refused):
    """The state does not allow this move."""

    code = "move_refused"


def locked(contract_id: int, *, seen: int | None = None) -> Contract:
    """Return the contract with what its moves need, locked until the transaction ends.

    Args:
        seen: the version of the contract that the person had before their eyes.

    Raises:
        Contract.DoesNotExist
        Changed: it changed since `seen`.
    """
    contract = (
        Contract.objects.select_for_update(of=("self",))
        .select_related("customer__region", "owner")
        .get(pk=contract_id)
    )
    if seen is not None and seen != contract.version:
        raise changed(contract)
    return contract


def changed(contract: Contract) -> Changed:
    return Changed(
        _("%(number)s changed while you were working on it. Look at what is new, then do it again.")
        % {"number": contract.number}
    )


def write(contract: Contract, **changes: Any) -> None:
    """Write `changes`, if nobody else wrote since the contract was read.

    Raises:
        Changed: somebody did.
    """
    seen = contract.version
    changes = {**changes, "version": seen + 1}
    if not Contract.objects.filter(pk=contract.pk, version=seen).update(**changes):
        raise changed(contract)
    for name, value in changes.items():
        setattr(contract, name, value)


def refuse_move(contract: Contract, to: State) -> None:
    """Refuse a move that the state does not allow.

    Raises:
        MoveRefused
    """
    state = terms.State(contract.state)
    if not states.may(state, to):
        raise MoveRefused(_(states.WHY_NOT[state]) % {"number": contract.number})


def only_from(contract: Contract, state: State) -> None:
    """Refuse a move that begins in another state.

    Raises:
        MoveRefused
    """
    if contract.state != state:
        sentence = states.WHY_NOT[terms.State(contract.state)]
        raise MoveRefused(_(sentence) % {"number": contract.number})


def move(contract: Contract, to: State, *, at: datetime | None = None, **changes: Any) -> None:
    """Bring the contract into another state: end its spell, open the next, write the changes.

    Raises:
        MoveRefused: the state does not allow it.
        Changed: somebody else moved it.
    """
    refuse_move(contract, to)
    open_spell = ContractSpell.objects.filter(contract=contract, ended_at=None).get()
    # A clock that was set back must not make a spell end before it began.
    now = max(at or clock.now(), open_spell.started_at)
    write(contract, state=to, **changes)
    open_spell.ended_at = now
    open_spell.save(update_fields=["ended_at"])
    ContractSpell.objects.create(contract=contract, state=to, started_at=now)
    if to in ENDED:
        drop_next_steps(contract, because=_HAS_ENDED)


def drop_next_steps(contract: Contract, *, because: LazyText) -> None:
    """What the program asked for about the contract is done with, now that it was decided."""
    with translation.override(settings.LANGUAGE_CODE):
        promises.drop_next_steps(contract, because=str(because))


def settled(
    contract: Contract, verb: str, *, by: User | None, at: datetime | None = None, **facts: Any
) -> None:
    """Record what was done, and bring search and agenda in line with it."""
    journal.record(verb, contract, by=by, at=at, **facts)
    search.index(contract)
    agenda.refresh(contract)
    if contract.predecessor:  # announces its end only while nothing follows it
        agenda.refresh(contract.predecessor)


def reason(because: str, missing: str) -> str:
    """One line that says why.

    Raises:
        NotValid: there is none, or it is too long.
    """
    line = " ".join(because.split())
    if not line:
        raise NotValid(missing, fields={"because": missing})
    if len(line) > LONGEST_REASON:
        text = _("At most %(most)s characters fit. Put the rest into the special considerations.")
        raise NotValid(text % {"most": LONGEST_REASON}, fields={"because": text % {"most": LONGEST_REASON}})
    return line
