"""A ticket has one owner who is here: what somebody who leaves has in hand goes to others."""

from django.contrib.contenttypes.models import ContentType

from servicebook import journal
from servicebook.accounts.leaving import hands_over
from servicebook.accounts.models import User
from servicebook.customers.actions import hand_promise
from servicebook.customers.models import Promise
from servicebook.tickets import directory
from servicebook.tickets.actions.moving import assign
from servicebook.tickets.models import Ticket


@hands_over
def hand_over(person: User, by: User) -> None:
    """Give the open tickets of `person` to the lead of the team, else to whom the queue's rules name.

    A promise about a ticket follows the ticket; another goes to the lead, or to a manager.
    """
    tickets = Ticket.objects.open().filter(owner=person).order_by("pk")
    moved = [
        assign(one.pk, to=directory.owner_instead(one), by=by)
        for one in tickets.select_related("team__lead", "owner__team__lead", "customer__parent", "reason")
    ]
    promises = Promise.objects.open().filter(owner=person).order_by("pk")
    followed = [hand_promise(one.pk, to=_who_keeps(one, person), by=by) for one in promises]
    if moved or followed:
        journal.record(
            "user.handed_over", person, by=by, name=person.name, tickets=len(moved), promises=len(followed)
        )


def _who_keeps(promise: Promise, person: User) -> User:
    if promise.about_type_id == ContentType.objects.get_for_model(Ticket).pk:
        ticket = Ticket.objects.filter(pk=promise.about_id or 0).select_related("owner").first()
        if ticket and ticket.owner.is_active:
            return ticket.owner
    return directory.lead_of(person.team) or directory.somebody()
