"""Which moves between statuses are lawful (S0.48), and what waiting needs (S0.49, S0.50)."""

from collections.abc import Mapping
from datetime import timedelta

from servicebook.tickets.rules.words import gettext_noop as _

QUEUED, WORKING, APPROVAL, WAITING, CLOSED = "queued", "working", "approval", "waiting", "closed"

LAWFUL: Mapping[str, frozenset[str]] = {
    QUEUED: frozenset({WORKING, WAITING, APPROVAL, CLOSED}),
    WORKING: frozenset({QUEUED, WAITING, APPROVAL, CLOSED}),
    APPROVAL: frozenset({WORKING, WAITING, CLOSED}),
    WAITING: frozenset({WORKING, APPROVAL, CLOSED, WAITING}),  # for another reason
    CLOSED: frozenset({QUEUED}),  # reopened
}

# A part on order carries the day on which it is expected (S0.50).
NEEDS_A_DATE = frozenset({"part", "delivery"})

# Nothing waits for ever: without another date the owner looks at it again after this time.
LOOK_AGAIN_AFTER: Mapping[str, timedelta] = {
    "client": timedelta(hours=48),
    "access": timedelta(hours=24),
    "payment": timedelta(days=3),
    APPROVAL: timedelta(hours=48),
}

# A queued ticket that nobody starts within this time is brought to the manager's attention.
START_WITHIN: Mapping[int, timedelta] = {
    1: timedelta(minutes=30),
    2: timedelta(hours=2),
    3: timedelta(hours=8),
    4: timedelta(hours=24),
}

WHY_NOT: Mapping[str, str] = {
    CLOSED: _("Ticket %(number)s is closed. Reopen it first, or open a new ticket that refers to it."),
    QUEUED: _("Ticket %(number)s is in the queue. Start it first."),
    WORKING: _("Ticket %(number)s is already in progress."),
    APPROVAL: _("Ticket %(number)s already waits for approval."),
    WAITING: _("Ticket %(number)s is waiting. Resume it first."),
}


def may(before: str, after: str) -> bool:
    """Whether a ticket may go from one status to the other."""
    return after in LAWFUL.get(before, frozenset())
