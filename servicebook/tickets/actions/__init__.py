"""The only writers of tickets: one function per transition.

Each locks the ticket, decides with a rule, writes rows, records it in the journal, and brings the
agenda in line.
"""

from servicebook.tickets.actions._base import MoveRefused, NotValid
from servicebook.tickets.actions._sharing import Share, is_outside
from servicebook.tickets.actions._units import owners, still_of
from servicebook.tickets.actions.bulk import MOST, Outcome, each
from servicebook.tickets.actions.closing import NotReadyToClose, close
from servicebook.tickets.actions.coverage import (
    add_extra,
    decide_again,
    drop_charge,
    found,
    record_consent,
    use_contract,
)
from servicebook.tickets.actions.importing import OldTicket, import_tickets
from servicebook.tickets.actions.leaving import hand_over
from servicebook.tickets.actions.moving import (
    ask_approval,
    assign,
    go_on,
    put_back,
    reopen,
    resume,
    start,
    wait,
)
from servicebook.tickets.actions.opening import foresee, open_ticket, open_with_message
from servicebook.tickets.actions.planned import plan_for, take_back, withdraw
from servicebook.tickets.actions.planning import Planned, open_many
from servicebook.tickets.actions.promised import (
    arrive,
    clock_event_from_device,
    deadline_missed,
    deadline_near,
    hours_changed,
    recover,
)
from servicebook.tickets.actions.relating import hand_off, link, merge, split, unlink
from servicebook.tickets.actions.talking import add_note, receive_message, reply
from servicebook.tickets.actions.views import NOT_KEPT, remove_view, save_view
from servicebook.tickets.actions.working import change, log_time, set_priority, usual_service

__all__ = [
    "MOST", "NOT_KEPT", "MoveRefused", "NotReadyToClose", "NotValid", "OldTicket", "Outcome", "Planned",
    "Share", "add_extra", "add_note", "arrive", "ask_approval", "assign", "change", "clock_event_from_device",
    "close", "deadline_missed", "deadline_near", "decide_again", "drop_charge", "each", "foresee",
    "found", "go_on", "hand_off", "hand_over", "hours_changed", "import_tickets", "is_outside", "link",
    "log_time", "merge", "open_many", "open_ticket", "open_with_message", "owners", "plan_for",
    "put_back", "receive_message", "record_consent", "recover", "remove_view", "reopen", "reply", "resume",
    "save_view", "set_priority", "split", "start", "still_of", "take_back", "unlink", "use_contract",
    "usual_service", "wait", "withdraw",
]  # fmt: skip
