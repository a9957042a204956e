"""Which moves between the states of a contract are lawful (S2.4). Only an active one covers anything."""

from collections.abc import Mapping

from servicebook.contracts.rules.terms import State
from servicebook.contracts.rules.words import gettext_noop as _

LAWFUL: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.ACTIVE, State.CANCELLED}),
    State.ACTIVE: frozenset({State.ON_HOLD, State.EXPIRED, State.CANCELLED, State.RENEWED}),
    State.ON_HOLD: frozenset({State.ACTIVE, State.EXPIRED, State.CANCELLED, State.RENEWED}),
    State.EXPIRED: frozenset({State.RENEWED}),  # the successor was signed late
    State.CANCELLED: frozenset(),
    State.RENEWED: frozenset(),
}

WHY_NOT: Mapping[State, str] = {
    State.DRAFT: _("Contract %(number)s is a draft. Activate it first."),
    State.ACTIVE: _("Contract %(number)s is already active."),
    State.ON_HOLD: _("Contract %(number)s is on hold. Resume it first."),
    State.EXPIRED: _("Contract %(number)s has expired. Renew it, or make a new contract."),
    State.CANCELLED: _("Contract %(number)s is cancelled. Make a new contract."),
    State.RENEWED: _("Contract %(number)s was renewed. Do it with the contract that follows it."),
}


def may(before: str, after: str) -> bool:
    """Whether a contract may go from one state to the other."""
    return State(after) in LAWFUL[State(before)]
