"""What the forms of tickets share."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from servicebook.accounts.models import User
from servicebook.tickets import directory
from servicebook.tickets.models import Ticket

MOST_CHOICES = 300  # of one customer's units or contacts in a list; more are found by the search

DOWNTIME = (
    (1, _("Nothing stands still")),
    (2, _("Work goes on with limits")),
    (3, _("Part of the work stands still")),
    (4, _("Work stands still")),
)


def people_choices() -> list[tuple[str, str]]:
    """The active people, without a statement."""
    return [(str(one.pk), one.name) for one in directory.people().values()]


class MoveForm(forms.Form):
    """The base of the small forms that move a ticket; knows the ticket and the person.

    A form with a hidden `seen` says what of the ticket the person had before their eyes.
    """

    def __init__(self, *args: Any, ticket: Ticket, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.ticket, self.user = ticket, user
        self.prepare()

    def prepare(self) -> None:
        """Fill choices that depend on the ticket."""

    @staticmethod
    def seen_of(ticket: Ticket) -> int:
        """What `seen` carries; a change of it since is said once, before the move is done."""
        raise NotImplementedError

    def look_again(self) -> None:
        """Take it that the person sees the ticket as it is now: they were told what changed."""
        typed = QueryDict(mutable=True)
        typed.update(self.data)
        typed["seen"] = str(self.seen_of(Ticket.objects.get(pk=self.ticket.pk)))
        self.data = typed


def offer(form: forms.Form, name: str, choices: list[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared in the form
    field.choices = choices


def among(form: forms.Form, name: str, rows: QuerySet[Any], *, chosen: Any) -> None:
    """Offer `rows` to choose from: the first of them in the list, and `chosen` wherever it stands.

    A list of ten thousand units helps nobody; the search leads to the others.
    """
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared in the form
    field.queryset = rows
    shown = list(rows[:MOST_CHOICES])
    if chosen and str(chosen).isdecimal() and int(chosen) not in {one.pk for one in shown}:
        shown += list(rows.filter(pk=int(chosen)))
    offered: list[Any] = [("", field.empty_label or "–"), *((one.pk, str(one)) for one in shown)]
    field.choices = offered
