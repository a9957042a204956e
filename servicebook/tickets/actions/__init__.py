"""The only writers of tickets: one function per transition.

Each locks the ticket, decides with a rule, writes rows, records it in the journal, and brings the
agenda in line.
"""

from servicebook.tickets.actions._base import MoveRefused, NotValid
from servicebook.tickets.actions.bulk import MOST, Outcome, each
from servicebook.tickets.actions.closing import NotReadyToClose, close
from servicebook.tickets.actions.importing import OldTicket, import_tickets
from servicebook.tickets.actions.leaving import hand_over
from servicebook.tickets.actions.moving import ask_approval, assign, put_back, reopen, resume, start, wait
from servicebook.tickets.actions.opening import open_ticket, open_with_message
from servicebook.tickets.actions.promised import (
    arrive,
    clock_event_from_device,
    deadline_missed,
    deadline_near,
    recover,
)
from servicebook.tickets.actions.relating import hand_off, link, merge, split, unlink
from servicebook.tickets.actions.talking import add_note, receive_message, reply
from servicebook.tickets.actions.views import NOT_KEPT, remove_view, save_view
from servicebook.tickets.actions.working import change, log_time, set_priority

__all__ = [
    "MOST", "NOT_KEPT", "MoveRefused", "NotReadyToClose", "NotValid", "OldTicket", "Outcome",
    "add_note", "arrive", "ask_approval", "assign", "change", "clock_event_from_device", "close",
    "deadline_missed", "deadline_near", "each", "hand_off", "hand_over", "import_tickets", "link",
    "log_time", "merge", "open_ticket", "open_with_message", "put_back", "receive_message", "recover",
    "remove_view", "reopen", "reply", "resume", "save_view", "set_priority", "split", "start", "unlink",
    "wait",
]  # fmt: skip
