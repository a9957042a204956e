"""What an act is: when it is offered, what it asks, what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise as LazyText

from servicebook.accounts.models import User
from servicebook.rights import SERVICE
from servicebook.tickets import forms
from servicebook.tickets.models import Status, Ticket

Values = Mapping[str, Any]
OPENED = (Status.QUEUED, Status.WORKING, Status.APPROVAL, Status.WAITING)
ANY = (*OPENED, Status.CLOSED)


@dataclass(frozen=True)
class Act:
    """An act: when it is offered, what it asks, what it does.

    Attributes:
        run: takes the ticket, the form's values and the person; returns the sentence to show and
            the ticket to go to.
        roles: who may do it; the same as in the API.
        renamed: a refusal's field → the form's field, where they differ.
        when: what of the ticket, besides its status, the act is offered for.
    """

    title: LazyText
    button: LazyText
    run: Callable[[Ticket, Values, User], tuple[str, Ticket]]
    form: type[forms.MoveForm] = forms.MoveForm
    offered: tuple[str, ...] = OPENED
    roles: frozenset[str] = SERVICE
    icon: str = "point"
    renamed: Mapping[str, str] | None = None
    about: LazyText | str = ""
    when: Callable[[Ticket], bool] = lambda ticket: True

    @property
    def asks(self) -> bool:
        """Whether there is anything to fill in."""
        return self.form is not forms.MoveForm
