"""The only writers of contracts: one function per transition.

Each locks the contract, decides with a rule, writes rows, records it in the journal, and brings
search and agenda in line.
"""

from servicebook.contracts.actions._base import MoveRefused
from servicebook.contracts.actions.amending import amend, change
from servicebook.contracts.actions.drafting import save_draft
from servicebook.contracts.actions.moving import (
    NotEndedYet,
    activate,
    cancel,
    expire,
    hold,
    resume,
    withdraw_cancellation,
)
from servicebook.contracts.checking import NotValid

__all__ = [
    "MoveRefused", "NotEndedYet", "NotValid", "activate", "amend", "cancel", "change", "expire", "hold",
    "resume", "save_draft", "withdraw_cancellation",
]  # fmt: skip
