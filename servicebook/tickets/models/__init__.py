"""What we owe customers: tickets, the talk about them, what was promised, and what covers it."""

from servicebook.tickets.models.coverage import Charge, Consent, CoverageDecision
from servicebook.tickets.models.directories import QueueRule, Reason, WorkType
from servicebook.tickets.models.promised import ClockEvent, Outage, SlaClock
from servicebook.tickets.models.talk import Link, Message, SavedView, Spell, TimeEntry
from servicebook.tickets.models.ticket import SEES_EVERY_TICKET, Coverage, Ticket, TicketQuerySet
from servicebook.tickets.models.words import (
    KINDS_BY_HAND,
    OPEN,
    Channel,
    Kind,
    Priority,
    Status,
    WaitingReason,
)

__all__ = [
    "KINDS_BY_HAND",
    "OPEN",
    "SEES_EVERY_TICKET",
    "Channel",
    "Charge",
    "ClockEvent",
    "Consent",
    "Coverage",
    "CoverageDecision",
    "Kind",
    "Link",
    "Message",
    "Outage",
    "Priority",
    "QueueRule",
    "Reason",
    "SavedView",
    "SlaClock",
    "Spell",
    "Status",
    "Ticket",
    "TicketQuerySet",
    "TimeEntry",
    "WaitingReason",
    "WorkType",
]
