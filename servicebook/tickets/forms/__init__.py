"""What people type about tickets. The rules are in the actions; forms only read values."""

from servicebook.tickets.forms.base import DOWNTIME, MoveForm
from servicebook.tickets.forms.coverage import (
    ConsentForm,
    DropChargeForm,
    ExtraForm,
    FoundForm,
    HappenedForm,
    UseForm,
)
from servicebook.tickets.forms.moves import (
    AssignForm,
    ChangeForm,
    CloseForm,
    HandOffForm,
    LogTimeForm,
    NoteForm,
    OtherTicketForm,
    PriorityForm,
    PromiseForm,
    ReopenForm,
    SplitForm,
    WaitForm,
)
from servicebook.tickets.forms.opening import OpeningForm
from servicebook.tickets.forms.queue import QueueFilter, SavedViewForm

__all__ = [
    "DOWNTIME", "AssignForm", "ChangeForm", "CloseForm", "ConsentForm", "DropChargeForm", "ExtraForm",
    "FoundForm", "HandOffForm", "HappenedForm", "LogTimeForm", "MoveForm", "NoteForm", "OpeningForm",
    "OtherTicketForm", "PriorityForm", "PromiseForm", "QueueFilter", "ReopenForm", "SavedViewForm",
    "SplitForm", "UseForm", "WaitForm",
]  # fmt: skip
