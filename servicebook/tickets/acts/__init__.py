"""What a person can do to a ticket from its page: one line per act, its form and its action."""

from servicebook.accounts.models import User
from servicebook.tickets.acts import coverage, work
from servicebook.tickets.acts.base import Act
from servicebook.tickets.models import Ticket

__all__ = ["ACTS", "Act", "may", "offered"]

ACTS: dict[str, Act] = {**work.ACTS, **coverage.ACTS}


def may(act: Act, user: User) -> bool:
    """Whether the role of `user` includes the act."""
    return user.has_role(*act.roles)


def offered(ticket: Ticket, user: User) -> dict[str, Act]:
    """The acts that the status and the person's role allow, in their order."""
    if ticket.merged_into_id:
        return {}
    return {
        name: act
        for name, act in ACTS.items()
        if ticket.status in act.offered and may(act, user) and act.when(ticket)
    }
