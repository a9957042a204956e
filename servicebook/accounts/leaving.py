"""What somebody who leaves has in hand goes to others in the same moment.

People stand below the apps that know what they own, so those apps register here how it is handed over.
"""

from collections.abc import Callable

from servicebook.accounts.models import User

HandOver = Callable[[User, User], None]

_handovers: list[HandOver] = []


def hands_over(handover: HandOver) -> HandOver:
    """Register what is called with who leaves and who ends the access, inside that transaction."""
    _handovers.append(handover)
    return handover


def hand_over(person: User, *, by: User) -> None:
    """Hand over everything that `person`, who has no access any more, still owns."""
    for handover in _handovers:
        handover(person, by)
