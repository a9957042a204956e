"""How an occurrence stands. It is derived from what happened, and never copied.

So a visit that is called off does not leave the schedule "done", and half of the work is not the whole.
"""

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    AHEAD = "ahead"
    CALLED = "called"  # it has a ticket
    ASKED = "asked"  # the customer was asked for a window
    AGREED = "agreed"  # the window is agreed
    OVERDUE = "overdue"
    DONE = "done"
    PARTLY = "partly"  # its ticket is closed, and something was left
    SKIPPED = "skipped"  # somebody decided so
    CANCELLED = "cancelled"  # the plan, the contract or the unit is gone
    WITHDRAWN = "withdrawn"  # its ticket was called off: it was not done

    @property
    def tone(self) -> str:
        """The tone of its mark."""
        return TONES[self]

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self in OVER


TONES = {
    Standing.AHEAD: "wait",
    Standing.CALLED: "live",
    Standing.ASKED: "wait",
    Standing.AGREED: "live",
    Standing.OVERDUE: "late",
    Standing.DONE: "done",
    Standing.PARTLY: "risk",
    Standing.SKIPPED: "off",
    Standing.CANCELLED: "off",
    Standing.WITHDRAWN: "risk",
}
OVER = frozenset({Standing.DONE, Standing.PARTLY, Standing.SKIPPED, Standing.CANCELLED, Standing.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened to one occurrence.

    Attributes:
        closed: its ticket is closed.
        done: its ticket was closed as work that was done; False when it was called off or merged away.
        left: required lines of its worksheet that are not finished.
        asked, agreed: a window was offered or wished for; one is agreed.
        late: its day is over where the work is, and so is the agreed window, which may go on over night.
    """

    skipped: bool = False
    cancelled: bool = False
    called: bool = False
    closed: bool = False
    done: bool = False
    left: int = 0
    asked: bool = False
    agreed: bool = False
    late: bool = False


def standing(facts: Facts) -> Standing:
    """Say how an occurrence stands. The first line that fits wins."""
    if facts.closed and facts.done:
        return Standing.PARTLY if facts.left else Standing.DONE
    if facts.skipped:
        return Standing.SKIPPED
    if facts.cancelled:
        return Standing.CANCELLED
    if facts.closed:
        return Standing.WITHDRAWN
    if facts.late:
        return Standing.OVERDUE
    if facts.agreed:
        return Standing.AGREED
    if facts.asked:
        return Standing.ASKED
    return Standing.CALLED if facts.called else Standing.AHEAD
