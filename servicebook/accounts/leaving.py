"""What somebody who leaves has in hand goes to others in the same moment; and a browser, to who uses it next.

People stand below the apps that know what they own, so those apps register here how it is handed over.
"""

from collections.abc import Callable

from django.http import HttpRequest

from servicebook.accounts.models import User

HandOver = Callable[[User, User], None]

# Given a request, and who uses its browser from now on; None once somebody signed out.
ChangeOfHands = Callable[[HttpRequest, User | None], None]

_handovers: list[HandOver] = []
_changes: list[ChangeOfHands] = []


def hands_over(handover: HandOver) -> HandOver:
    """Register what is called with who leaves and who ends the access, inside that transaction."""
    _handovers.append(handover)
    return handover


def hand_over(person: User, *, by: User) -> None:
    """Hand over everything that `person`, who has no access any more, still owns."""
    for handover in _handovers:
        handover(person, by)


def changes_hands(told: ChangeOfHands) -> ChangeOfHands:
    """Register what is called when somebody signs in or out in a browser."""
    _changes.append(told)
    return told


def pass_on(request: HttpRequest, *, to: User | None) -> None:
    """Tell that `to` uses the browser of a request from now on; nobody if None."""
    for told in _changes:
        told(request, to)
