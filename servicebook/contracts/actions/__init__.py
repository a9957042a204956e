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
from servicebook.contracts.actions.prices import PriceRefused, announce_price, apply_price, withdraw_price
from servicebook.contracts.actions.refusals import (
    RenewalRefused,
    Why,
    mark_at_risk,
    refuse,
    take_back_doubt,
)
from servicebook.contracts.actions.renewals import renew, succeed
from servicebook.contracts.checking import NotValid

__all__ = [
    "MoveRefused", "NotEndedYet", "NotValid", "PriceRefused", "RenewalRefused", "Why", "activate", "amend",
    "announce_price", "apply_price", "cancel", "change", "expire", "hold", "mark_at_risk", "refuse", "renew",
    "resume", "save_draft", "succeed", "take_back_doubt", "withdraw_cancellation", "withdraw_price",
]  # fmt: skip
